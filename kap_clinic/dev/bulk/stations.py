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
from kap_clinic.accounts.models import Room
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo import cast as demo
from kap_clinic.dev.demo import dosing as days
from kap_clinic.dev.demo import gate, going_home, intake, stories
from kap_clinic.dev.demo.moments import at, tell
from kap_clinic.dev.demo.orders import sign_order
from kap_clinic.dev.demo.people import BY_FAMILY
from kap_clinic.dev.demo.visits import book_at, prepare
from kap_clinic.dev.demo.ways import Way
from patients.course.actions import open_course, set_goal
from patients.course.models import CourseMove
from patients.course.terms import Stage
from patients.models import Patient
from patients.notes import actions as notes
from patients.notes.terms import NoteKind
from patients.record.actions import register
from sessions import course as series
from sessions.dosing import actions as dosing
from sessions.dosing.models import DosingSession
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

BEGINS, APPROVED, PREPARED, DOSED = -27, -26, -20, (-13, -6)  # days before today
NEXT, INTEGRATION = 7, 2  # days after a dose
REACHED = {"phone": "+12025550161", "email": "ada@example.org", "message_wish": "email"}
MG, WAY = 40, Way(BEGINS, 14)
MAIN = replace(
    BY_FAMILY["Vance"],
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
class Cast(demo.Cast):
    """The demo's, with a room of the walkers' own; days are those of the calendar."""

    @property
    def room(self) -> Room:
        return next(iter(self.rooms.values()))

    @property
    def today(self) -> date:
        return self.days.today

    def day(self, days: int, hour: str) -> datetime:
        return self.days.moment(self.today + timedelta(days=days), hour)


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
        course = stories.approve(MAIN, patient, WAY, cast)
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
    for family, (station, name) in WALKERS.items():
        with at(cast.day(BEGINS, "11:00")):
            patient = intake.take(replace(BY_FAMILY[family], family=name), cast)
        yield Station(station, patient, cast.day(BEGINS, "12:00"), ((cast.day(BEGINS, "10:00"), 0.0),))


def _registered(cast: Cast) -> Patient:
    with at(cast.day(BEGINS, "13:00")):
        return stories.consenting(MAIN, WAY, cast)


def _prepare(patient: Patient, course: Any, cast: Cast) -> None:
    sign_order(course, cast, first_mg=Decimal(MG), doses=6, systolic_stop=150, diastolic_stop=95)
    set_goal(course=course, text="To sleep through the night, and to sing again", by=cast.users["therapist"])
    starts, who = cast.day(PREPARED, "09:00"), [(cast.users["therapist"], Role.THERAPIST)]
    kind, more = VisitKind.PREPARATION, {"afterwards": True, **cast.therapist}
    visit = book_at(patient, course, kind, starts, cast.room.name, 60, who, cast, **more)
    visits.start(appointment=visit, **cast.therapist)
    prepare(visit, course, cast.therapist)
    visits.complete(appointment=visit, **cast.therapist)
    _note(patient, NoteKind.PREPARATION, cast)


def _note(patient: Patient, kind: NoteKind, cast: Cast) -> None:
    therapist = cast.users["therapist"]
    note = notes.start(patient=patient, course=patient.courses.live().get(), kind=kind, by=therapist)
    note = notes.save(note=note, by=therapist, version=note.version, title="", sections=WORDS)
    proof = notes.Proof(Role.THERAPIST, cast.clinic.zone, "Own account, password and code")
    notes.sign(note=note, by=therapist, version=note.version, proof=proof)


def _book(patient: Patient, cast: Cast, day: int) -> Appointment:
    """The dose visit, a week ahead."""
    course, who = patient.courses.live().get(), [(cast.users["nurse"], Role.NURSE)]
    starts = cast.day(day, "09:00")
    return book_at(patient, course, VisitKind.DOSING, starts, cast.room.name, 240, who, cast, **cast.therapist)


def _dose_day(visit: Appointment, cast: Cast, day: int) -> None:
    comes, given = cast.day(day, "09:00"), cast.day(day, "09:40")
    with at(comes):
        visits.arrive(appointment=visit, **cast.therapist)
        row = DosingSession.objects.select_related("patient", "course").get(appointment=visit)
        gate.arrive(row, cast)
    with at(given - timedelta(minutes=12)):
        gate.ask(row, cast)
    with at(given - timedelta(minutes=5)):
        dosing.make_ready(dosing=row, **cast.prescriber)
    with at(given):
        days.give(row, MG, cast)
    for minute, systolic, diastolic, pulse, spo2, moaas, distress in days.COURSE_OF_A_DAY:
        with at(given + timedelta(minutes=minute)):
            found = {"systolic": systolic, "diastolic": diastolic, "heart_rate": pulse, "spo2": spo2}
            gate.read(row, cast, **found, moaas=moaas, distress=distress)
    with at(given + timedelta(minutes=going_home.RECOVERS + 5)):
        dosing.to_recovery(dosing=row, **cast.therapist)
        _book_integration(visit, cast, day)
    tell(going_home.go(row, given, cast))
    _afterwards(row, cast, day)


def _book_integration(visit: Appointment, cast: Cast, day: int) -> None:
    starts, who = cast.day(day + INTEGRATION, "11:00"), [(cast.users["therapist"], Role.THERAPIST)]
    kind, more = VisitKind.INTEGRATION, {"follows": visit, **cast.therapist}
    book_at(visit.patient, visit.course, kind, starts, cast.room.name, 60, who, cast, **more)


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
    with at(cast.day(day + INTEGRATION, "12:30")):
        going_home.sign(row, cast)
