"""Booking visits, one by one or as a series."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.models import Membership, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.course.terms import Stage
from patients.record.models import Patient
from sessions.visits import messages, rules
from sessions.visits.actions import clashes, dose_day, team
from sessions.visits.actions.clashes import Wanted
from sessions.visits.models import Appointment, AppointmentMove, AppointmentStaff
from sessions.visits.rules import Asked, Time
from sessions.visits.terms import Event, Modality, VisitKind, VisitState

People = Iterable[tuple[User, Role | str]]


@dataclass(frozen=True)
class Visit:
    """One visit of a series: `starts` is a naive wall time, `fold` says which where it comes twice."""

    kind: VisitKind
    starts: datetime
    minutes: int
    room: Room | None
    staff: tuple[tuple[User, Role | str], ...]
    modality: Modality = Modality.IN_PERSON
    fold: int | None = None


@transaction.atomic
def book(
    *,
    patient: Patient,
    course: Course | None,
    kind: VisitKind,
    starts: datetime,
    minutes: int,
    room: Room | None,
    staff: People,
    by: User,
    role: str,
    modality: Modality = Modality.IN_PERSON,
    zone: str = "",
    fold: int | None = None,
    follows: Appointment | None = None,
    series: UUID | None = None,
    note: str = "",
    afterwards: bool = False,
) -> Appointment:
    """A visit at a wall time in the clinic's zone, or in `zone`. Whoever is in it joins the care team.

    NotReady: why not; WhichTime: the time comes twice; Clash: who or what is taken. Then nothing is written.
    `afterwards`: it took place without a booking and is written down now.
    """
    visit = Visit(kind, starts, minutes, room, tuple(staff), Modality(modality), fold)
    patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    clashes.hold([room], [person for person, _ in visit.staff])
    more = {"follows": follows, "series": series, "note": note}
    return _book(patient, course, visit, zone or patient.clinic.zone, by, role, afterwards=afterwards, **more)


@transaction.atomic
def book_series(
    *, patient: Patient, course: Course, visits: Iterable[Visit], by: User, role: str, zone: str = "", note: str = ""
) -> list[Appointment]:
    """Preparation, dose and integration as one: all are booked or none. The integration follows the dose."""
    wanted = list(visits)
    patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    zone = zone or patient.clinic.zone
    moments = [(visit.kind, clashes.time_of(visit.starts, visit.minutes, zone, visit.fold)) for visit in wanted]
    if reasons := list(rules.reasons_against_series([(kind, time.starts_at) for kind, time in moments])):
        raise NotReady(reasons)
    clashes.hold([visit.room for visit in wanted], [person for visit in wanted for person, _ in visit.staff])
    series, booked = uuid7(), []
    dose: Appointment | None = None
    for visit in sorted(wanted, key=lambda each: each.starts):
        follows = dose if visit.kind == VisitKind.INTEGRATION else None
        made = _book(patient, course, visit, zone, by, role, follows=follows, series=series, note=note)
        dose = made if visit.kind == VisitKind.DOSING else dose
        booked.append(made)
    return booked


def _book(
    patient: Patient,
    course: Course | None,
    visit: Visit,
    zone: str,
    by: User,
    role: str,
    *,
    afterwards: bool = False,
    **more: Any,
) -> Appointment:
    time = clashes.time_of(visit.starts, visit.minutes, zone, visit.fold)
    reasons = reasons_against(patient, course, visit)
    if not afterwards:
        reasons += rules.reasons_against_time(time, timezone.now())
    if reasons:
        raise NotReady(reasons)
    people = tuple(person for person, _ in visit.staff)
    with clashes.said_with_names(Wanted(time, patient, visit.room, people)):
        made = _write(patient, course, visit, time, by, **more)
    AppointmentMove.objects.create(
        clinic_id=made.clinic_id,
        patient=patient,
        appointment=made,
        after=VisitState.PLANNED,
        role=role,
        moved_by=by,
    )
    team.join(patient, people, by=by)
    record(Event.VISIT_BOOKED, by=by, on=made, role=role, starts=time.wall_start, minutes=visit.minutes)
    if visit.kind == VisitKind.DOSING:
        dose_day.open_day(made, by=by, role=role)
    if not afterwards:
        messages.booked(made, by)
    return made


def _write(patient: Patient, course: Course | None, visit: Visit, time: Time, by: User, **more: Any) -> Appointment:
    made = Appointment.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=course,
        kind=visit.kind,
        modality=visit.modality,
        room=visit.room,
        booked_by=by,
        **vars(time),
        **more,
    )
    put_in(made, visit.staff)
    return made


def put_in(visit: Appointment, staff: People) -> None:
    """These people are in the visit; the database gives their rows its time."""
    for person, role in staff:
        AppointmentStaff.objects.create(
            clinic_id=visit.clinic_id,
            appointment=visit,
            user=person,
            role=role,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
        )


def reasons_against(patient: Patient, course: Course | None, visit: Visit) -> list[str]:
    """Everything that stands in the way of a booking but the time itself."""
    asked = Asked(
        kind=VisitKind(visit.kind),
        minutes=visit.minutes,
        modality=visit.modality,
        stage=Stage(course.stage) if course else None,
        people=len(visit.staff),
        **place_of(visit.room),
    )
    reasons = list(rules.reasons_against_booking(asked))
    if course and course.patient_id != patient.pk:
        reasons.append("This course is another patient's")
    return reasons + reasons_against_people(patient.clinic_id, visit.staff)


def place_of(room: Room | None) -> dict[str, Any]:
    """A room as the rules read it."""
    if room is None:
        return {}
    return {
        "room": room.name,
        "room_is_closed": room.closed_at is not None,
        "room_is_for_dosing": room.is_dosing_room,
    }


def reasons_against_people(clinic_id: int, staff: People) -> list[str]:
    """Whether each works here, in the role named."""
    listed = list(staff)
    here = Membership.objects.filter(clinic_id=clinic_id, ended_at=None, user__in=[person for person, _ in listed])
    roles = dict(here.values_list("user_id", "roles"))
    reasons = [
        f"{person} does not work here as {Role(role).label.lower()}"
        for person, role in listed
        if role not in roles.get(person.pk, [])
    ]
    if len({person.pk for person, _ in listed}) < len(listed):
        reasons.append("Name each person once")
    return reasons
