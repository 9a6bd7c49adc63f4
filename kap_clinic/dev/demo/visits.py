"""Visits of the demo: booked ahead like any other, and what became of each by now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kap_clinic.dev.demo.cast import FOR_TALKS, Cast
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.ways import Plan
from kap_clinic.dev.demo.words import prepared
from patients.course.actions import set_goal
from patients.course.models import Course
from patients.models import Patient
from sessions.visits import actions
from sessions.visits.models import Appointment
from sessions.visits.terms import Modality, VisitKind, Why

BOOKED_BEFORE = 5  # working days
GOAL = "To sleep through the night, and to sing again"


def book(
    patient: Patient,
    course: Course | None,
    kind: VisitKind | str,
    wanted: datetime,
    minutes: int,
    who: Sequence[str],
    cast: Cast,
    *,
    rooms: Sequence[str] = FOR_TALKS,
    **more: Any,
) -> Appointment | None:
    """At the first free time from the wanted one on. Without rooms it is by video. None: that day is full."""
    people = [cast.someone(key) for key in who]
    found = cast.diary.find(wanted, minutes, [person.name for person, _ in people] + [str(patient.ref)], rooms)
    return book_at(patient, course, kind, *found, minutes, people, cast, **more) if found else None


def book_at(
    patient: Patient,
    course: Course | None,
    kind: VisitKind | str,
    starts: datetime,
    room: str,
    minutes: int,
    people: Sequence[Any],
    cast: Cast,
    **more: Any,
) -> Appointment:
    return actions.book(
        patient=patient,
        course=course,
        kind=VisitKind(kind),
        starts=starts.replace(tzinfo=None),
        fold=starts.fold,
        minutes=minutes,
        room=cast.rooms.get(room),
        modality=Modality.IN_PERSON if room else Modality.VIDEO,
        staff=people,
        **{**cast.desk, **more},
    )


def visit(plan: Plan, cast: Cast, *, opens: int) -> Story:
    """One planned visit, booked some days before but not before `opens`; then it takes place, or does not."""
    wanted = cast.days.at(plan.day, plan.at)
    known = cast.days.at(max(plan.day - BOOKED_BEFORE, opens + 1), "16:30")
    yield min(known, wanted - timedelta(hours=1), cast.now)
    patient = Patient.objects.select_related("clinic").get(family_name=plan.family)
    course = patient.courses.live().first()
    rooms = () if plan.video else FOR_TALKS
    made = book(patient, course, plan.kind, wanted, plan.minutes, [plan.who], cast, rooms=rooms, afterwards=True)
    if made is not None:
        yield from _takes_place(made, plan, cast)


def _takes_place(made: Appointment, plan: Plan, cast: Cast) -> Story:
    if plan.ends == "cancelled":
        yield made.starts_at - timedelta(hours=17)
        actions.cancel(appointment=made, why=Why.PATIENT_ILL, **cast.desk)
        return
    if plan.ends == "no_show":
        yield made.starts_at + timedelta(minutes=20)
        actions.miss(appointment=made, why=Why.NOT_REACHED, **cast.desk)
        return
    person, role = cast.someone(plan.who)
    yield made.starts_at - timedelta(minutes=6)
    actions.arrive(appointment=made, **cast.desk)
    yield made.starts_at
    yield from hold(made, {"by": person, "role": role}, cast)


def hold(made: Appointment, by: dict[str, Any], cast: Cast) -> Story:
    """A visit that begins at this moment and takes as long as it was booked for."""
    actions.start(appointment=made, **by)
    if made.kind == VisitKind.PREPARATION and made.course is not None:
        prepare(made, made.course, by)
    yield made.ends_at
    actions.complete(appointment=Appointment.objects.get(pk=made.pk), **by)


def prepare(made: Appointment, course: Course, by: dict[str, Any]) -> None:
    if not course.goals.exists():
        set_goal(course=course, text=GOAL, by=by["by"])
    words = prepared(made.patient.family_name)
    actions.write_preparation(course=course, appointment=made, by=by["by"], **words)
