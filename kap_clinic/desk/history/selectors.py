"""The trail as people read it: each event a sentence, with what this reader may see of it and no more.

What is left out: events of private notes and boundary concerns, except in one's own trail; a patient's name where the
record may not be opened; a reason written in clinical work where the clinical record may not be read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet

from kap_clinic import wall
from kap_clinic.accounts.access import may, visible, visible_fields
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Event as AccountEvent
from kap_clinic.accounts.terms import Role
from kap_clinic.audit import words
from kap_clinic.audit.models import AuditEvent
from kap_clinic.audit.terms import Outcome
from kap_clinic.desk.history.changes import Change, Edit, edits
from kap_clinic.desk.history.forms import Filters, Person
from kap_clinic.desk.history.terms import Order
from patients.models import Patient
from patients.record import rules
from patients.record.terms import Event as PatientEvents

BATCH = 1_000  # rows of an export read at a time, each in a transaction of its own
ORDER = {
    Order.NEWEST: ("-at", "-pk"),
    Order.OLDEST: ("at", "pk"),
    Order.PERSON: ("actor", "-at", "-pk"),
    Order.EVENT: ("event", "-at", "-pk"),
}
ODD: dict[str, str] = {Outcome.REFUSED: "Refused", Outcome.FAILED: "Failed", Outcome.RAISED: "Alarm"}
ABOUT = "member"  # the fact that names a colleague, by id
WANTED = {str(permission): permission.words for permission in Permission}
OUTSIDE = "Somebody outside the application"


@dataclass(frozen=True)
class Row:
    """One sentence: "14:02 Dr N. Okafor, prescriber, approved the screening - reason"."""

    at: datetime  # in the clinic's zone
    who: str
    role: str
    verb: str
    event: str = ""
    outcome: str = Outcome.DONE
    reason: str = ""
    patient: str = ""  # name, where the reader may open the record
    patient_ref: str = ""
    thing: str = ""
    thing_ref: str = ""
    address: str = ""
    request_id: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def time(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def day(self) -> str:
        return rules.in_words(self.at.date())

    @property
    def did_not_go_well(self) -> bool:
        return self.outcome != Outcome.DONE

    @property
    def outcome_in_words(self) -> str:
        return ODD.get(self.outcome, self.outcome)

    @property
    def changes_in_words(self) -> str:
        return "; ".join(c.label if c.old is None else f"{c.label}: {c.old} -> {c.new}" for c in self.changes)


@dataclass(frozen=True)
class Reader:
    """Who reads, and what that lets them see. `patient` is set on one's page, `is_own` on what they did themselves."""

    member: Member
    is_own: bool = False
    patient: Patient | None = None
    edits: Mapping[int, tuple[Change, ...]] = field(default_factory=dict)  # by version, those the trail tells of

    def rows(self, events: Iterable[AuditEvent]) -> list[Row]:
        events = list(events)
        refs = {event.patient_ref for event in events} - {""}
        names = self._names(refs)
        clinical = self._clinical(refs)
        colleagues = _colleagues(events)
        return [self._row(event, names, clinical, colleagues) for event in events]

    def _names(self, refs: set[str]) -> dict[str, str]:
        if self.patient or not refs:
            return {}
        patients = visible(self.member, Permission.PATIENT_VIEW, Patient.objects.filter(ref__in=refs))
        return {str(patient.ref): str(patient) for patient in patients}

    def _clinical(self, refs: set[str]) -> set[str]:
        """The patients whose clinical record this person may read."""
        if self.is_own or not refs:
            return set()
        if self.patient:
            return refs if may(self.member, Permission.SCREENING_VIEW, self.patient) else set()
        patients = visible(self.member, Permission.SCREENING_VIEW, Patient.objects.filter(ref__in=refs))
        return {str(ref) for ref in patients.values_list("ref", flat=True)}

    def _row(
        self, event: AuditEvent, names: Mapping[str, str], clinical: set[str], colleagues: Mapping[int, str]
    ) -> Row:
        hides = words.is_clinical(event.event) and not (self.is_own or event.patient_ref in clinical)
        return Row(
            at=event.at.astimezone(ZoneInfo(self.member.zone)),
            who="The system" if event.actor == "system" else event.actor[:1].upper() + event.actor[1:],
            role=_roles(event.role),
            verb=_verb(event, colleagues),
            event=event.event,
            outcome=event.outcome,
            reason="(kept with the record)" if hides and event.reason else event.reason,
            patient=names.get(event.patient_ref, ""),
            patient_ref=event.patient_ref,
            thing=event.thing,
            thing_ref=event.thing_ref,
            address=event.address,
            request_id=event.request_id,
            changes=self._changes(event),
        )

    def _changes(self, event: AuditEvent) -> tuple[Change, ...]:
        is_edit = event.event == PatientEvents.PATIENT_CHANGED
        return self.edits.get(_facts(event).get("version", 0), ()) if is_edit else ()


@dataclass(frozen=True)
class Trail:
    """Events, filtered and in order, with the edits no event tells of among them. Sliced and counted like a list."""

    reader: Reader
    events: QuerySet[AuditEvent]
    order: Order = Order.NEWEST
    outside: Sequence[Row] = ()  # in the same order

    def count(self) -> int:
        return self.events.count() + len(self.outside)

    def __getitem__(self, part: slice) -> list[Row]:
        """One page of the two merged."""
        places = {self._before(row) + index: row for index, row in enumerate(self.outside)}
        inside = {place: row for place, row in places.items() if part.start <= place < part.stop}
        skipped = sum(place < part.start for place in places)
        first, last = part.start - skipped, part.stop - skipped - len(inside)
        rows = self.reader.rows(self.events[first:last])
        for place, row in sorted(inside.items()):
            rows.insert(place - part.start, row)
        return rows

    def _before(self, row: Row) -> int:
        """How many events stand before this row."""
        if self.order == Order.NEWEST:
            return self.events.filter(at__gt=row.at).count()
        return self.events.filter(at__lte=row.at).count() if self.order == Order.OLDEST else 0

    def so_far(self) -> tuple["Trail", int]:
        """The trail as it stands now, for an export that goes on reading while others write; and its count."""
        stand = self.events.order_by().aggregate(last=Max("pk"), rows=Count("pk"))
        return replace(self, events=self.events.filter(pk__lte=stand["last"] or 0)), stand["rows"] + len(self.outside)

    def stream(self) -> Iterator[Row]:
        """Every row, oldest or newest first. Runs after the request and its transaction have ended."""
        newest = self.order != Order.OLDEST
        return merge(self._stream_events(newest), self.outside, key=lambda row: row.at, reverse=newest)

    def _stream_events(self, newest: bool) -> Iterator[Row]:
        events, beyond = self.events.order_by(*ORDER[Order.NEWEST if newest else Order.OLDEST]), Q()
        side = "lt" if newest else "gt"
        while True:
            with wall.as_clinic(self.reader.member.clinic_id):
                batch = list(events.filter(beyond)[:BATCH])
                rows = self.reader.rows(batch)
            yield from rows
            if len(batch) < BATCH:
                return
            last = batch[-1]
            beyond = Q(**{f"at__{side}": last.at}) | Q(**{"at": last.at, f"pk__{side}": last.pk})


def of_patient(patient: Patient, member: Member, filters: Filters) -> Trail:
    """Who saw and changed what of one patient, with the values an edit changed."""
    found = edits(patient, visible_fields(member, patient))
    told = {edit.version: edit.changes for edit in found if not edit.is_outside}
    events = _events(member, filters, Q(patient_ref=str(patient.ref)) & ~_private())
    outside = [_outside(edit, member) for edit in found if edit.is_outside and _fits(edit, filters)]
    if filters.order != Order.OLDEST:
        outside.reverse()
    return Trail(Reader(member, patient=patient, edits=told), events, filters.order, outside)


def of_oneself(member: Member, filters: Filters) -> Trail:
    """What somebody did themselves."""
    own = replace(filters, actor_id=member.user_id, only_others=False)
    return Trail(Reader(member, is_own=True), _events(member, own, Q()), filters.order)


def of_clinic(member: Member, filters: Filters) -> Trail:
    """What everybody did."""
    return Trail(Reader(member), _events(member, filters, ~_private()), filters.order)


def may_see_all(member: Member) -> bool:
    """Whether the whole clinic's trail is theirs to read: asked of an event that is nobody's own."""
    return may(member, Permission.AUDIT_VIEW, AuditEvent(clinic_id=member.clinic_id))


def people(member: Member) -> list[Person]:
    """Everybody who ever worked in this clinic, by name."""
    found = Membership.objects.filter(clinic_id=member.clinic_id).order_by("user__name", "user__pk").distinct()
    return [Person(pk, str(ref), name) for pk, ref, name in found.values_list("user__pk", "user__ref", "user__name")]


def _events(member: Member, filters: Filters, which: Q) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.filter(which, clinic_id=member.clinic_id)
    if filters.only_others:
        events = events.filter(actor_id=None)
    if filters.actor_id is not None:
        events = events.filter(actor_id=filters.actor_id)
    if filters.event:
        events = events.filter(event=filters.event)
    if filters.since:
        events = events.filter(at__gte=filters.since)
    if filters.until:
        events = events.filter(at__lt=filters.until)
    return events.order_by(*ORDER[filters.order])


def _private() -> Q:
    """Events of which nobody but who did it learns (permissions.md, rules 1 and 12)."""
    starts = Q()
    for prefix in words.PRIVATE + words.CONCERNS:
        starts |= Q(event__startswith=prefix)
    return starts


def _fits(edit: Edit, filters: Filters) -> bool:
    """Whether an edit from outside is among what was asked for: it is nobody's."""
    if filters.actor_id is not None or filters.event not in {"", PatientEvents.PATIENT_CHANGED}:
        return False
    return (filters.since or edit.at) <= edit.at and (filters.until is None or edit.at < filters.until)


def _outside(edit: Edit, member: Member) -> Row:
    at = edit.at.astimezone(ZoneInfo(member.zone))
    return Row(at, OUTSIDE, "", "changed the record", outcome=Outcome.RAISED, changes=edit.changes)


def _roles(role: str) -> str:
    """The roles of an event in words: "medical director, prescriber"."""
    labels = {value: label.lower() for value, label in Role.choices}
    return ", ".join(labels.get(part, part) for part in role.split(", ") if part)


def _facts(event: AuditEvent) -> dict[str, Any]:
    """What record() wrote; whatever else stands there was not written by it."""
    return event.facts if isinstance(event.facts, dict) else {}


def _colleagues(events: Iterable[AuditEvent]) -> dict[int, str]:
    """The names of the staff these events are about, such as who was put on a care team."""
    ids = {_facts(event)[ABOUT] for event in events if _facts(event).get(ABOUT, event.actor_id) != event.actor_id}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _verb(event: AuditEvent, colleagues: Mapping[int, str]) -> str:
    about = colleagues.get(_facts(event).get(ABOUT, 0))
    wanted = WANTED.get(_facts(event).get("permission", "")) if event.event == AccountEvent.PAGE_DENIED else None
    verb = f"was refused: may not {wanted}" if wanted else words.verb(event.event)
    return f"{verb} ({about})" if about else verb
