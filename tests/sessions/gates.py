"""A dosing day for tests, brought to an open gate through the real actions, on a stopped clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from patients.consents.terms import ConsentKind
from patients.course.terms import Stage
from patients.models import Course, Patient
from patients.outside.actions import record_lab
from patients.outside.rules import Result, units_of
from patients.outside.terms import LabKind
from patients.record.days import today_in
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.gate import actions
from sessions.gate.terms import Check, EquipmentPart, Topic
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from tests import factories
from tests.patients import consents
from tests.sessions import orders

FIRST_DAY, DOSE_DAY = "2026-11-16T10:00-05:00", "2026-11-24T09:30-05:00"
NOTHING_NEW = {"topics": {topic.value: "no" for topic in Topic}}
SAFE = {"asq.1": 0, "asq.2": 0, "asq.3": 0, "asq.4": 0}
LIVER = (("alt", "22", "40"), ("alp", "70", "120"), ("ggt", "18", "60"), ("bilirubin", "0.6", "1.2"))
CALM = {"systolic": 122, "diastolic": 78, "heart_rate": 68, "spo2": 98, "rested_minutes": 6}


@dataclass(frozen=True)
class Team:
    """Who works with the patient."""

    clinic: Clinic
    therapist: User
    prescriber: User
    nurse: User
    admin: User
    medical_director: User


def team(people: Mapping[str, Any]) -> Team:
    """The team among these people, by the names of the fixtures."""
    names = ("clinic", "therapist", "prescriber", "nurse", "admin", "medical_director")
    return Team(*(people[name] for name in names))


def up_to_the_day(patient: Patient, team: Team, frozen: Any, *, routes: tuple[str, ...] = ("im",)) -> Course:
    """Consents signed, screening approved, tests on file and one preparation done, eight days before the dose."""
    clock = frozen(FIRST_DAY)
    consents.ready(team.clinic, admin=team.admin, director=team.medical_director)
    for kind in ConsentKind:
        more = {"routes": list(routes)} if kind == ConsentKind.TREATMENT else {}
        consents.signed(patient, kind, prescriber=team.prescriber, therapist=team.therapist, **more)
    course = orders.approved(patient, therapist=team.therapist, prescriber=team.prescriber)
    liver_tests(patient, by=team.therapist)
    prepared(patient, factories.course_at(patient, Stage.PREPARATION, by=team.therapist), team)
    clock.move_to(datetime.fromisoformat(DOSE_DAY))
    return Course.objects.get(pk=course.pk)


def day(patient: Patient, team: Team, frozen: Any, **more: Any) -> DosingSession:
    """Everything on file in order, the patient here, nothing asked yet."""
    return check_begun(planned(patient, team, frozen, **more), by=team.therapist)


def planned(
    patient: Patient, team: Team, frozen: Any, *, ordered: Mapping[str, Any] | None = None, **more: Any
) -> DosingSession:
    """Everything on file in order, the visit booked for ten o'clock, the patient not here yet. `ordered`: what the
    order says besides."""
    course = up_to_the_day(patient, team, frozen, **more)
    orders.signed(course, by=team.prescriber, **(ordered or {}))
    course = factories.course_at(patient, Stage.DOSING_SERIES, by=team.therapist)
    visit = visits.book(
        patient=patient,
        course=course,
        kind=VisitKind.DOSING,
        starts=datetime.fromisoformat("2026-11-24T10:00"),
        minutes=180,
        room=factories.room(team.clinic, "Dosing room", is_dosing_room=True),
        staff=[(team.therapist, Role.THERAPIST), (team.nurse, Role.NURSE)],
        by=team.therapist,
        role=Role.THERAPIST,
    )
    return DosingSession.objects.get(appointment=visit)


def check_begun(dosing: DosingSession, *, by: User) -> DosingSession:
    """The patient is here and it is them."""
    visits.arrive(appointment=dosing.appointment, by=by, role=Role.THERAPIST)
    actions.answer(
        dosing=dosing, code=Check.IDENTITY, data={"identifiers": ["name", "birth_date"]}, by=by, role=Role.THERAPIST
    )
    return dose_day.begin_check(dosing=DosingSession.objects.get(pk=dosing.pk), by=by, role=Role.THERAPIST)


def open_gate(patient: Patient, team: Team, frozen: Any, **more: Any) -> DosingSession:
    """A gate with all 23 items met."""
    dosing = day(patient, team, frozen, **more)
    asked(dosing, team)
    return dosing


def asked(dosing: DosingSession, team: Team, *, but: tuple[Check | str, ...] = ()) -> None:
    """Everything that is asked and measured on the day, answered so that it is met; `but` is left out."""
    for code, data in good_answers(dosing, team).items():
        if code not in but:
            actions.answer(dosing=dosing, code=code, data=data, by=team.nurse, role="nurse")
    if "baseline" not in but:
        baseline(dosing, by=team.nurse)


def good_answers(dosing: DosingSession, team: Team) -> dict[Check, dict[str, Any]]:
    now = timezone.now()
    listed = dosing.patient.medicines.filter(ended_at=None).values_list("ref", flat=True)
    return {
        Check.CHANGES: NOTHING_NEW,
        Check.MEDICINES: {
            "list_is_right": "yes",
            "taken": {str(ref): (now - timedelta(hours=30)).isoformat() for ref in listed},
        },
        Check.ASQ: SAFE,
        Check.CONSENT_TODAY: {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 1},
        Check.FASTING: {
            "solids_at": (now - timedelta(hours=9)).isoformat(),
            "liquids_at": (now - timedelta(hours=3)).isoformat(),
        },
        Check.SUBSTANCES: {"alcohol": "no", "cannabis": "no", "other": "no", "intoxicated": "no"},
        Check.ESCORT: {"name": "Ada Berg", "phone": "+16175550101", "adult": "yes", "how": "in_person"},
        Check.STAFF: {"therapist": team.therapist.pk, "clinician": team.nurse.pk},
        Check.EQUIPMENT: {"items": EquipmentPart.values},
    }


def baseline(dosing: DosingSession, *, by: User, **changes: Any) -> Any:
    return dose_day.record_vitals(dosing=dosing, values=CALM | changes, happened_at=timezone.now(), by=by, role="nurse")


def liver_tests(patient: Patient, *, by: User, on: date | None = None) -> None:
    for kind, value, limit in LIVER:
        result = Result(LabKind(kind), Decimal(value), unit=units_of(LabKind(kind))[0], upper_limit=Decimal(limit))
        record_lab(patient=patient, by=by, result=result, taken_on=on or today_in("America/New_York"), source="report")


def prepared(patient: Patient, course: Course, team: Team) -> Appointment:
    """One preparation visit that began now and took an hour."""
    starts = timezone.localtime(timezone.now()).replace(tzinfo=None, second=0, microsecond=0)
    visit = visits.book(
        patient=patient,
        course=course,
        kind=VisitKind.PREPARATION,
        starts=starts,
        minutes=60,
        room=factories.room(team.clinic),
        staff=[(team.therapist, Role.THERAPIST)],
        by=team.therapist,
        role=Role.THERAPIST,
        afterwards=True,
    )
    visits.start(appointment=visit, by=team.therapist, role=Role.THERAPIST)
    visits.write_preparation(course=course, appointment=visit, by=team.therapist, intention="To rest")
    return visits.complete(appointment=visit, by=team.therapist, role=Role.THERAPIST)
