"""What one person may see of a visit: details of their own patients, neutral names at the desk, else busy or free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from kap_clinic.accounts.access import duties, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.record.models import Patient
from patients.record.rules import in_words
from sessions.visits import rules
from sessions.visits.models import Appointment, AppointmentStaff
from sessions.visits.terms import LETTERS, NEUTRAL, Modality, VisitKind, VisitState

BUSY = "Busy"
STATE_CHIPS = {
    VisitState.PLANNED: "plain",
    VisitState.IN_PROGRESS: "info",
    VisitState.COMPLETED: "ok",
    VisitState.CANCELLED: "plain",
    VisitState.NO_SHOW: "warn",
}


@dataclass(frozen=True)
class Sight:
    """How far one person sees into some visits: keys of those with details, and of patients they may name."""

    member: Member
    details: frozenset[int]
    patients: frozenset[int]
    busy_only: bool

    def names(self, visit: Appointment) -> bool:
        """Whether the patient is named: to whoever may find them, if they see more than busy or free."""
        if visit.patient_id not in self.patients:
            return False
        return not self.busy_only or visit.pk in self.details or self.is_in(visit)

    def is_in(self, visit: Appointment) -> bool:
        """Whether the person is in the visit: they know whom they meet."""
        return any(one.user_id == self.member.user_id for one in people_in(visit))

    def what(self, visit: Appointment) -> str:
        kind = VisitKind(visit.kind)
        if visit.pk in self.details:
            return kind.label
        return NEUTRAL[kind] if self.sees(visit) else BUSY

    def letter(self, visit: Appointment) -> str:
        kind = VisitKind(visit.kind)
        if visit.pk in self.details:
            return LETTERS[kind]
        return NEUTRAL[kind][-1] if self.sees(visit) else ""

    def sees(self, visit: Appointment) -> bool:
        return not self.busy_only or visit.pk in self.details or self.names(visit)


def sight_of(member: Member, visits: Sequence[Appointment]) -> Sight:
    """Two queries, however many visits there are."""
    rows = Appointment.objects.filter(pk__in=[visit.pk for visit in visits])
    patients = Patient.objects.filter(pk__in={visit.patient_id for visit in visits})
    return Sight(
        member=member,
        details=frozenset(visible(member, Permission.SCHEDULE_DETAILS, rows).values_list("pk", flat=True)),
        patients=frozenset(visible(member, Permission.PATIENT_FIND, patients).values_list("pk", flat=True)),
        busy_only="busy_only" in duties(member, Permission.SCHEDULE_VIEW),
    )


def people_in(visit: Appointment) -> list[AppointmentStaff]:
    """Who is in a visit now; read ahead by `between`."""
    if not hasattr(visit, "people"):
        visit.people = list(visit.staff.filter(left_at=None).select_related("user"))  # type: ignore[attr-defined]
    return visit.people  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Shown:
    """A visit as a page shows it to one person. `tone` colours it; blank for whoever sees only that it is busy."""

    ref: str
    url: str
    starts_at: datetime
    ends_at: datetime
    on: date
    begins: str
    ends: str
    what: str
    letter: str
    tone: str
    patient: str
    room: str
    people: str
    state: str
    chip: str
    is_over: bool
    is_off: bool
    is_mine: bool
    room_id: int | None = None
    place: list[str] = field(default_factory=list)  # classes that put it on the grid of hours

    @property
    def day(self) -> str:
        return in_words(self.on)

    @property
    def says(self) -> str:
        """All of it in one line, for those who hear it."""
        said = [f"{self.begins} to {self.ends}", self.patient, self.what, self.room, self.people, self.state]
        return ", ".join(filter(None, said))


def shown(visit: Appointment, sight: Sight) -> Shown:
    start, end = rules.from_text(visit.wall_start), rules.from_text(visit.wall_end)
    state, sees = VisitState(visit.state), sight.sees(visit)
    return Shown(
        ref=str(visit.ref),
        url=reverse("visits:visit", args=[visit.ref]),
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        on=start.date(),
        begins=f"{start:%H:%M}",
        ends=f"{end:%H:%M}",
        what=sight.what(visit),
        letter=sight.letter(visit),
        tone=f"tone-{NEUTRAL[VisitKind(visit.kind)][-1].lower()}" if sees else "tone-busy",
        patient=str(visit.patient) if sight.names(visit) else "",
        room=place_words(visit),
        people=", ".join(one.user.name for one in people_in(visit)),
        state=state_words(visit) if sees else "",
        chip=STATE_CHIPS[state],
        is_over=state in (VisitState.COMPLETED, VisitState.NO_SHOW),
        is_off=state in (VisitState.CANCELLED, VisitState.NO_SHOW),
        is_mine=sight.is_in(visit),
        room_id=visit.room_id,
    )


def place_words(visit: Appointment) -> str:
    return visit.room.name if visit.room else Modality(visit.modality).label


def state_words(visit: Appointment) -> str:
    """Where a visit stands, in the words of the desk."""
    if visit.state == VisitState.PLANNED and visit.arrived_at:
        return "Arrived"
    return VisitState(visit.state).label


def all_shown(visits: Iterable[Appointment], member: Member) -> list[Shown]:
    rows = list(visits)
    sight = sight_of(member, rows)
    return [shown(visit, sight) for visit in rows]


def shown_to(visit: Appointment, member: Member) -> tuple[Shown, Sight]:
    """One visit, with how far the person sees into it."""
    sight = sight_of(member, [visit])
    return shown(visit, sight), sight


def series_of(visit: Appointment, member: Member) -> list[Shown]:
    """What was booked together with a visit."""
    if visit.series is None:
        return []
    rows = Appointment.objects.filter(series=visit.series).exclude(pk=visit.pk).select_related("patient", "room")
    return all_shown(rows.order_by("starts_at"), member)


def moves_of(visit: Appointment) -> list[dict[str, Any]]:
    """What happened to a visit, oldest first, with what it was before each change of time or place."""
    rows = visit.moves.select_related("moved_by")
    return [
        {
            "at": move.moved_at,
            "what": _what(move),
            "why": ": ".join(filter(None, [move.get_why_display(), move.words])) if move.why else "",
            "was": _was(move.was),
            "who": move.moved_by.name if move.moved_by else "System",
        }
        for move in rows
    ]


def _what(move: Any) -> str:
    if not move.before:
        return "Booked"
    if move.was:
        return "Moved"
    if move.after == move.before:
        return "Arrived"
    return "Started" if move.after == VisitState.IN_PROGRESS else move.get_after_display()


def _was(was: dict[str, Any]) -> str:
    if not was:
        return ""
    start = rules.from_text(was["wall_start"])
    people = ", ".join(was.get("people", []))
    return ", ".join(filter(None, [f"{in_words(start.date())}, {start:%H:%M}", was.get("room", ""), people]))
