"""The invented people whose rows are copied, on their way through the real actions: a station wherever copies are made.

Their days lie behind: the way ends today, and each station says at which moment it stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integration.visits import actions as integration
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo import consents, people
from kap_clinic.dev.demo import dosing as days
from kap_clinic.dev.demo.dosing import CALM, COURSE_OF_A_DAY, VANCE, Cast
from kap_clinic.dev.demo.moments import at
from kap_clinic.dev.demo.orders import sign_order
from patients.consents.terms import ConsentKind
from patients.course.actions import open_course, set_goal
from patients.course.models import CourseMove
from patients.course.terms import Stage
from patients.models import Patient
from patients.notes import actions as notes
from patients.notes.terms import NoteKind
from patients.record.actions import add_contact, register
from patients.record.terms import ContactKind
from sessions import course as series
from sessions.dosing import actions as dosing
from sessions.dosing.models import DosingSession
from sessions.gate.terms import Check
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

BEGINS, APPROVED, PREPARED, DOSED = -27, -26, -20, (-13, -6)  # days before today
NEXT, INTEGRATION = 7, 2  # days after a dose
REACHED = {"phone": "+12025550161", "email": "ada@example.org", "message_wish": "email"}
MAIN = replace(
    VANCE,
    family="Merriweather",
    given="Ada",
    more=REACHED,
)
WALKERS = {  # people of the small demo whose intakes they have -> station, name
    "Halvorsen": ("review 1", "Quillfeather"),
    "Rivera": ("review 2", "Lanternby"),
    "Osei": ("review 3", "Thistlewick"),
    "Abebe": ("intake", "Marrowby"),
}
WORDS = {
    "talked": "What the session is like, and what helps when it is hard.",
    "course": "Quiet and inward. Tears in the second half, then rest.",
    "themes": "Grief, and room for it.",
    "state": "Mood low but brighter. No thoughts of suicide, asked.",
    "plan": "Next visit as booked. Calls if anything changes.",
}


@dataclass(frozen=True)
class Station:
    """Where a walker stands. `asked`: when questionnaires were due until now, with the share of the way walked then."""

    name: str
    patient: Patient
    now: datetime
    asked: tuple[tuple[datetime, float], ...] = ()
    without: dict[Any, list[int]] = field(default_factory=dict)


def way(cast: Cast) -> Iterator[Station]:
    """Every station in order. Copies are made while the walker stands there."""
    yield from _beginnings(cast)
    patient = _registered(cast)
    begun = cast.day(BEGINS, "09:00")
    asked = [(begun, 0.0)]
    with at(cast.day(APPROVED, "10:00")):
        course = days._approve(patient, cast)
        days._draw_blood(patient, cast)
    last = CourseMove.objects.filter(course=course).order_by("-id").values_list("pk", flat=True)[:1]
    yield Station("enrolled", patient, cast.day(APPROVED, "11:00"), tuple(asked), {CourseMove: list(last)})
    with at(cast.day(PREPARED, "09:00")):
        _prepare(patient, course, cast)
    asked.append((cast.day(PREPARED, "08:30"), 0.05))
    yield Station("preparation", patient, cast.day(PREPARED, "12:00"), tuple(asked))
    with at(cast.day(PREPARED, "13:00")):
        series.move_course(course=course, to=Stage.DOSING_SERIES, on=timezone.localdate(), **cast.prescriber)
    for number, day in enumerate(DOSED, start=1):
        with at(cast.day(day - NEXT, "14:00")):
            visit = _book(patient, cast, day)
        yield Station(f"series {number - 1}", patient, cast.day(day - NEXT, "15:00"), tuple(asked))
        _dose_day(visit, cast, day)
        asked += [
            (cast.day(day + 1, "18:00"), 0.5 * number - 0.2),
            (cast.day(day + INTEGRATION, "08:00"), 0.5 * number),
        ]
    yield Station("series 2", patient, cast.day(DOSED[-1] + INTEGRATION, "13:00"), tuple(asked))


def _beginnings(cast: Cast) -> Iterator[Station]:
    with at(cast.day(BEGINS, "09:00")):
        asks = register(
            clinic=cast.clinic,
            by=cast.users["therapist"],
            family_name="Fernhollow",
            given_name="Ida",
            birth_date=date(1988, 4, 2),
            phone="+12025550160",
        )
        open_course(patient=asks, by=cast.users["therapist"], role=Role.THERAPIST, why_now="Heard of it from a friend")
    yield Station("inquiry", asks, cast.day(BEGINS, "10:00"))
    for person in people.PEOPLE:
        if known := WALKERS.get(person.family):
            station, name = known
            with at(cast.day(BEGINS, "11:00")):
                people.load_one(replace(person, family=name), cast.clinic, cast.users)
            patient = Patient.objects.get(family_name=name)
            yield Station(station, patient, cast.day(BEGINS, "12:00"), ((cast.day(BEGINS, "10:00"), 0.0),))


def _registered(cast: Cast) -> Patient:
    with at(cast.day(BEGINS, "13:00")):
        people.load_one(MAIN, cast.clinic, cast.users)
        patient = Patient.objects.get(family_name=MAIN.family)
        for kind in (ConsentKind.FINANCIAL, ConsentKind.TREATMENT, ConsentKind.TOUCH):
            consents.sign(patient, kind, users=cast.users)
        escort = {"kind": ContactKind.ESCORT, "name": "Lee Merriweather", "phone": "+12025550178"}
        add_contact(patient=patient, by=cast.users["therapist"], **escort)
    return patient


def _prepare(patient: Patient, course: Any, cast: Cast) -> None:
    limits = {"first_mg": Decimal(40), "doses": 6, "systolic_stop": 150, "diastolic_stop": 95}
    no_booster = {"boosters": 0, "booster_mg": None, "booster_gap_minutes": None}
    sign_order(course, by=cast.users["prescriber"], **limits, **no_booster)
    set_goal(course=course, text="To sleep through the night, and to sing again", by=cast.users["therapist"])
    days._prepare(patient, course, cast)
    _note(patient, NoteKind.PREPARATION, cast)


def _note(patient: Patient, kind: NoteKind, cast: Cast) -> None:
    therapist = cast.users["therapist"]
    note = notes.start(patient=patient, course=patient.courses.live().get(), kind=kind, by=therapist)
    note = notes.save(note=note, by=therapist, version=note.version, title="", sections=WORDS)
    proof = notes.Proof(Role.THERAPIST, cast.clinic.zone, "Own account, password and code")
    notes.sign(note=note, by=therapist, version=note.version, proof=proof)


def _book(patient: Patient, cast: Cast, day: int) -> Appointment:
    """The dose visit, a week ahead."""
    return visits.book(
        patient=patient,
        course=patient.courses.live().get(),
        kind=VisitKind.DOSING,
        starts=cast.day(day, "09:00").replace(tzinfo=None),
        minutes=240,
        room=cast.room,
        staff=[(cast.users["nurse"], Role.NURSE)],
        **cast.therapist,
    )


def _dose_day(visit: Appointment, cast: Cast, day: int) -> None:
    comes, given = cast.day(day, "09:00"), cast.day(day, "09:40")
    with at(comes):
        visits.arrive(appointment=visit, **cast.therapist)
        row = DosingSession.objects.get(appointment=visit)
        days._ask(row, Check.IDENTITY, {"identifiers": ["name", "birth_date"]}, cast)
        dosing.begin_check(dosing=row, **cast.therapist)
    with at(given - timedelta(minutes=12)):
        for code, data in days._answers(cast).items():
            days._ask(row, code, data, cast)
        days._read(row, cast, {**CALM, "rested_minutes": 6})
    with at(given - timedelta(minutes=5)):
        dosing.make_ready(dosing=row, **cast.prescriber)
    with at(given):
        days._give(row, cast)
    for minute, *_ in COURSE_OF_A_DAY:
        with at(given + timedelta(minutes=minute)):
            days._minute(row, cast, minute)
    days._go_home(row, cast, given)
    _afterwards(row, cast, day)


def _afterwards(row: DosingSession, cast: Cast, day: int) -> None:
    """The call of the next day, the integration visit, the signed record."""
    with at(cast.day(day + 1, "10:00")):
        integration.call(dosing=row, reached="spoke", safe=True, slept="Well", words="Tired, calm.", **cast.therapist)
    visit = row.appointment.followed_by.get()
    with at(cast.day(day + INTEGRATION, "11:00")):
        visits.start(appointment=visit, **cast.therapist)
        integration.write(
            appointment=visit,
            by=cast.users["therapist"],
            patient_words="Lighter, and sad in a good way.",
            themes=["grief"],
        )
        _note(row.patient, NoteKind.INTEGRATION, cast)
    with at(cast.day(day + INTEGRATION, "12:00")):
        visits.complete(appointment=Appointment.objects.get(pk=visit.pk), **cast.therapist)
    days._sign(row, cast, cast.day(day + INTEGRATION, "12:30"), first=row.number == 1)
