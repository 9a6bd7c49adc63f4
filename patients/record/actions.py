"""What is done with the patient record: register, change, and add or end the facts in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kap_clinic.accounts.models import Clinic, Membership, User
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from kap_clinic.wiring import tell
from patients.record import phones, rules
from patients.record.models import AllergyReview, CareTeamMember, Condition, Contact, Patient, Weight
from patients.record.terms import CARE_ROLES, ContactKind, Event, WeightUnit

FIRST_RECORD_NUMBER = 4001
# What of a patient's own row may be said at registering and changed afterwards.
FIELDS = (
    "family_name",
    "given_name",
    "preferred_name",
    "pronouns",
    "birth_date",
    "sex_for_scoring",
    "language",
    "zone",
    "phone",
    "email",
    "address",
    "message_wish",
    "safe_to_leave_message",
    "safe_contact",
)


class Overtaken(NotPossible):
    """Somebody else gave another answer meanwhile; theirs is `row`."""

    def __init__(self, words: str, row: Any) -> None:
        super().__init__(words)
        self.row = row


class NeedsSecondPerson(NotPossible):
    """Nobody puts oneself on a care team alone (permissions.md, row 2): somebody else has to agree."""


@dataclass(frozen=True)
class Difference:
    """One field two people saved differently, and what it was when the second of them looked."""

    field: str
    was: Any
    theirs: Any
    mine: Any


class Changed(Exception):
    """Somebody else saved the record meanwhile: nothing was written, both versions are here."""

    def __init__(self, differences: list[Difference], *, by: User, at: datetime, version: int) -> None:
        super().__init__("Changed meanwhile")
        self.differences, self.by, self.at, self.version = differences, by, at, version


@transaction.atomic
def register(
    *,
    clinic: Clinic,
    by: User,
    family_name: str,
    given_name: str,
    birth_date: date,
    not_the_same: Iterable[str] = (),
    reason: str = "",
    **fields: Any,
) -> Patient:
    """A new patient of the clinic, with the next record number. A therapist who registers joins the care team.

    `fields` are others of FIELDS; the zone is the clinic's unless given. `not_the_same` are the record
    numbers of possible duplicates somebody was shown, and `reason` says why this is another person.
    """
    values = {"zone": clinic.zone, **_known(fields)}
    values |= {"family_name": family_name, "given_name": given_name, "birth_date": birth_date}
    patient = Patient.objects.create(
        clinic=clinic, record_number=_next_record_number(clinic), registered_by=by, **values, **_keys(values)
    )
    record(Event.PATIENT_REGISTERED, by=by, on=patient, reason=reason, not_the_same=list(not_the_same))
    if Role.THERAPIST in _roles(clinic.pk, by):
        _join(patient, by, by=by, why="Registered the patient")
    return patient


def _next_record_number(clinic: Clinic) -> int:
    """Counted by the database in one statement, so that two people registering at once get two numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into patients_recordnumber (clinic_id, last) values (%s, %s)"
            " on conflict (clinic_id) do update set last = patients_recordnumber.last + 1 returning last",
            [clinic.pk, FIRST_RECORD_NUMBER],
        )
        return cursor.fetchone()[0]


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := values.keys() - set(FIELDS):
        raise TypeError(f"A patient has no {', '.join(sorted(unknown))}.")
    return dict(values)


def _keys(values: Mapping[str, Any]) -> dict[str, str]:
    """What search reads, for those of these values it depends on."""
    keys = {
        name.replace("_name", "_key"): rules.search_key(values[name])
        for name in ("family_name", "given_name", "preferred_name")
        if name in values
    }
    return keys | ({"phone_tail": phones.tail(values["phone"])} if "phone" in values else {})


def _roles(clinic_id: int, user: User) -> set[str]:
    found = Membership.objects.filter(clinic_id=clinic_id, user=user, ended_at=None).values_list("roles", flat=True)
    return {role for roles in found for role in roles}


@transaction.atomic
def change(*, patient: Patient, by: User, version: int, values: Mapping[str, Any]) -> Patient:
    """Change what a record says of the person. `version` is the one the person looked at.

    Changed: somebody else saved in between and would be overwritten. One's own earlier save is no conflict.
    """
    now = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    changes = {name: value for name, value in _known(values).items() if getattr(now, name) != value}
    if not changes:
        return now
    if now.version != version:
        _refuse_to_overwrite(now, changes, by=by, since=version)
    for name, value in {**changes, **_keys(changes)}.items():
        setattr(now, name, value)
    now.version += 1
    now.changed_at, now.changed_by = timezone.now(), by
    now.save(update_fields=[*changes, *_keys(changes), "version", "changed_at", "changed_by"])
    record(Event.PATIENT_CHANGED, by=by, on=now, fields=sorted(changes), version=now.version)
    return now


def _refuse_to_overwrite(now: Patient, changes: Mapping[str, Any], *, by: User, since: int) -> None:
    others = now.events.filter(version__gt=since).exclude(changed_by=by).select_related("changed_by")
    last = others.order_by("-version").first()
    if last is None:
        return
    seen = now.events.filter(version=since).last()
    differences = [
        Difference(name, getattr(seen, name, None), getattr(now, name), mine) for name, mine in changes.items()
    ]
    raise Changed(differences, by=last.changed_by, at=last.changed_at, version=now.version)


# Contacts and escorts


@transaction.atomic
def add_contact(
    *, patient: Patient, by: User, kind: ContactKind | str, name: str, phone: str, relation: str = ""
) -> Contact:
    """Somebody to call, or an escort home. The phone is E.164, as `phones.read` gives it."""
    contact = Contact.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        kind=ContactKind(kind),
        name=name,
        relation=relation,
        phone=phone,
        added_by=by,
    )
    record(Event.CONTACT_ADDED, by=by, on=contact, kind=contact.kind)
    return contact


@transaction.atomic
def end_contact(*, contact: Contact, by: User, reason: str = "") -> Contact:
    """The contact no longer holds. It stays readable."""
    return _end(contact, by=by, event=Event.CONTACT_ENDED, reason=reason)


def _end(row: Any, *, by: User, event: Event, reason: str) -> Any:
    """End a row once; ended again it stays as it was."""
    row = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.ended_at is None:
        row.ended_at, row.ended_by = timezone.now(), by
        row.save(update_fields=["ended_at", "ended_by"])
        record(event, by=by, on=row, reason=reason)
    return row


# Allergies, weights, conditions


@transaction.atomic
def record_allergies(
    *,
    patient: Patient,
    by: User,
    none_known: bool,
    allergies: Iterable[Mapping[str, str]] = (),
    seen: str | None = None,
) -> AllergyReview:
    """That allergies were asked just now: the whole list as told, or none known. The newest answer holds.

    Each allergy is {"to": "penicillin", "reaction": "rash"}; the reaction may be "". `seen` is the reference of the
    answer the person had before them ("" for none; None: not asked). Overtaken: somebody else gave a newer one.
    """
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    newest = patient.allergy_reviews.select_related("asked_by").order_by("-id").first()
    if seen is not None and newest and str(newest.ref) != seen and newest.asked_by != by:
        raise Overtaken(f"{newest.asked_by} wrote meanwhile: {newest}. Compare, then save again", newest)
    listed = [{"to": allergy["to"], "reaction": allergy.get("reaction", "")} for allergy in allergies]
    if none_known == bool(listed):
        raise NotPossible("List the allergies, or say that none are known")
    review = AllergyReview.objects.create(
        clinic_id=patient.clinic_id, patient=patient, none_known=none_known, allergies=listed, asked_by=by
    )
    record(Event.ALLERGIES_ASKED, by=by, on=review, none_known=none_known, count=len(listed))
    return review


@transaction.atomic
def measure_weight(
    *,
    patient: Patient,
    by: User,
    value: Decimal,
    unit: WeightUnit | str,
    measured_at: datetime | None = None,
    confirmed: bool = False,
) -> Weight:
    """A weight as it was read off, in kg or lb. NotPossible: outside 30 to 300 kg (screening-rules 3).

    `confirmed`: it is far from the last one, and somebody said it is right.
    """
    kg = rules.kilograms(value, unit)
    if not rules.is_usable_weight(kg):
        raise NotPossible("A weight is between 30 and 300 kg. Check the number and the unit")
    weight = Weight.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        value=value,
        unit=WeightUnit(unit),
        kg=rules.to_one_decimal(kg),
        measured_at=measured_at or timezone.now(),
        recorded_by=by,
    )
    record(Event.WEIGHT_MEASURED, by=by, on=weight, confirmed=confirmed)
    tell("patients.facts_changed", patient=patient, by=by, why=f"New weight: {weight}")
    return weight


@transaction.atomic
def add_condition(*, patient: Patient, by: User, text: str, since: str = "") -> Condition:
    """A diagnosis or illness, as told or from a letter."""
    condition = Condition.objects.create(
        clinic_id=patient.clinic_id, patient=patient, text=text, since=since, added_by=by
    )
    record(Event.CONDITION_ADDED, by=by, on=condition)
    return condition


@transaction.atomic
def end_condition(*, condition: Condition, by: User, reason: str = "") -> Condition:
    """The condition is over, or was never so. It stays readable."""
    return _end(condition, by=by, event=Event.CONDITION_ENDED, reason=reason)


# Care team


@transaction.atomic
def join_team(*, patient: Patient, user: User, by: User, why: str = "") -> CareTeamMember:
    """Put somebody on the care team; who is on it already stays as they are.

    NotPossible: they have no role that looks after patients here. NeedsSecondPerson: it is oneself.
    """
    if user == by:
        raise NeedsSecondPerson("Somebody else has to agree that you join this care team")
    if not _roles(patient.clinic_id, user) & CARE_ROLES:
        raise NotPossible(f"{user} does not look after patients at this clinic")
    return _join(patient, user, by=by, why=why)


@transaction.atomic
def cover(*, patient: Patient, by: User, why: str) -> CareTeamMember:
    """Taking a visit, a task or a review joins the care team until it is done (permissions.md, rule 11)."""
    return _join(patient, by, by=by, why=why)


def _join(patient: Patient, user: User, *, by: User, why: str) -> CareTeamMember:
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    if already := patient.care_team.filter(user=user, left_at=None).first():
        return already
    member = CareTeamMember.objects.create(
        clinic_id=patient.clinic_id, patient=patient, user=user, joined_by=by, why=why
    )
    record(Event.TEAM_JOINED, by=by, on=member, reason=why, member=user.pk)
    return member


@transaction.atomic
def leave_team(*, member: CareTeamMember, by: User, why: str = "") -> CareTeamMember:
    """Somebody leaves the care team; what the team may see ends for them at once."""
    member = CareTeamMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if member.left_at is None:
        member.left_at, member.left_by = timezone.now(), by
        member.save(update_fields=["left_at", "left_by"])
        record(Event.TEAM_LEFT, by=by, on=member, reason=why, member=member.user_id)
    return member
