"""Dose days of the demo: a patient with two doses behind her, and the third given three quarters of an hour ago.

Everything goes through the real actions and the real gate, each on its own day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo import consents, people
from kap_clinic.dev.demo.moments import at
from kap_clinic.dev.demo.orders import sign_order
from kap_clinic.dev.demo.people import Invented
from kap_clinic.dev.demo.visits import PREPARED
from patients.consents.terms import ConsentKind
from patients.course.actions import note_enrolment
from patients.course.models import Course
from patients.course.terms import Stage
from patients.models import Patient
from patients.outside.actions import record_lab
from patients.outside.rules import Result, units_of
from patients.outside.terms import LabKind
from patients.record.actions import add_contact
from patients.record.terms import ContactKind
from screening import actions as screening
from screening.models import Screening
from screening.terms import Decision, Judgement
from sessions import course as series
from sessions.discharge import actions as leaving
from sessions.discharge.rules import ASKED, MEASURED
from sessions.discharge.terms import DischargeItem
from sessions.dosing import actions
from sessions.dosing.models import DosingSession
from sessions.gate import actions as gate
from sessions.gate.terms import Check, EquipmentPart, Topic
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

VANCE = Invented(
    "Vance",
    "Noor",
    date(1984, 8, 19),
    {"pronouns": "she/her", "phone": "+12025550177"},
    {},
    (),
    (118, 74),
    "70",
    allergy=("penicillin", "rash"),
)
ROOM = "Dosing room"
INTAKE, APPROVED, PREPARED_ON, DOSES = -26, -25, -20, (-14, -7)
MINUTES_IN = 47  # since today's dose
WHY = "Two trials failed at full dose; risks and the plan were talked through at the live visit."
LIVER = (("alt", "22", "40"), ("alp", "70", "120"), ("ggt", "18", "60"), ("bilirubin", "0.6", "1.2"))
CALM = {
    "systolic": 118,
    "diastolic": 76,
    "heart_rate": 70,
    "spo2": 98,
    "respiratory_rate": 14,
    "moaas": 5,
    "distress": 0,
}
# Minutes after the dose and what was measured then: systolic, diastolic, pulse, SpO2, MOAA/S, distress.
COURSE_OF_A_DAY = (
    (5, 126, 80, 78, 98, 5, 0),
    (15, 141, 88, 88, 97, 4, 1),
    (30, 138, 86, 84, 97, 4, 1),
    (45, 132, 82, 80, 97, 4, 0),
    (60, 126, 80, 76, 98, 5, 0),
    (90, 120, 78, 72, 98, 5, 0),
    (120, 118, 76, 70, 98, 5, 0),
    (150, 118, 76, 70, 98, 5, 0),
)
SEEN: tuple[tuple[int, str, str, dict[str, str], str], ...] = (
    (1, "intervention", "eye-shade", {}, ""),
    (3, "music", "music-change", {"what": "cello, slow"}, ""),
    (8, "effect", "dissociation", {"strength": "moderate"}, ""),
    (12, "effect", "visions", {}, ""),
    (19, "effect", "tearful", {"strength": "mild"}, ""),
    (20, "intervention", "reassure", {}, ""),
    (26, "movement", "body-moves", {"what": "right arm"}, ""),
    (33, "effect", "quiet-inward", {}, ""),
    (38, "words", "", {}, "There is room for it now."),
    (43, "effect", "anxiety", {"strength": "mild"}, ""),
    (44, "intervention", "breathing", {}, ""),
)


@dataclass(frozen=True)
class Cast:
    """Who works on these days, and where."""

    clinic: Clinic
    users: dict[str, User]
    room: Room
    now: datetime = field(default_factory=timezone.now)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.clinic.zone)).date()

    def day(self, days: int, hour: str) -> datetime:
        return datetime.combine(self.today + timedelta(days=days), time.fromisoformat(hour), ZoneInfo(self.clinic.zone))

    def by(self, key: str, role: Role) -> dict[str, Any]:
        return {"by": self.users[key], "role": role}

    @property
    def therapist(self) -> dict[str, Any]:
        return self.by("therapist", Role.THERAPIST)

    @property
    def prescriber(self) -> dict[str, Any]:
        return self.by("prescriber", Role.PRESCRIBER)

    @property
    def nurse(self) -> dict[str, Any]:
        return self.by("nurse", Role.NURSE)


def load(clinic: Clinic, users: dict[str, User]) -> DosingSession:
    """The patient's way from intake to today's dose; today's session, in monitoring."""
    room, _ = Room.objects.get_or_create(clinic=clinic, name=ROOM, defaults={"is_dosing_room": True})
    cast = Cast(clinic, users, room)
    patient = _up_to_the_series(cast)
    for number, days in enumerate(DOSES, start=1):
        dosing = _dose_day(patient, cast, cast.day(days, "09:00"), cast.day(days, "10:00"))
        _go_home(dosing, cast, cast.day(days, "10:00"))
        _integrate(dosing, cast, cast.day(days + 2, "11:00"))
        _sign(dosing, cast, cast.day(days + 2, "12:30"), first=number == 1)
    given = cast.now - timedelta(minutes=MINUTES_IN)
    return _dose_day(patient, cast, given - timedelta(minutes=55), given, until=cast.now)


# Intake, approval, preparation


def _up_to_the_series(cast: Cast) -> Patient:
    with at(cast.day(INTAKE, "09:00")):
        people.load_one(VANCE, cast.clinic, cast.users)
        patient = Patient.objects.get(family_name=VANCE.family)
        for kind in (ConsentKind.FINANCIAL, ConsentKind.TREATMENT, ConsentKind.TOUCH):
            consents.sign(patient, kind, users=cast.users)
        add_contact(
            patient=patient, by=cast.users["therapist"], kind=ContactKind.ESCORT, name="Lee Vance", phone="+12025550178"
        )
    with at(cast.day(APPROVED, "10:00")):
        course = _approve(patient, cast)
        _draw_blood(patient, cast)
    with at(cast.day(PREPARED_ON, "10:00")):
        sign_order(
            course,
            by=cast.users["prescriber"],
            first_mg=Decimal(40),
            boosters=0,
            booster_mg=None,
            booster_gap_minutes=None,
            systolic_stop=150,
            diastolic_stop=95,
        )
        _prepare(patient, course, cast)
        series.move_course(course=course, to=Stage.DOSING_SERIES, on=timezone.localdate(), **cast.prescriber)
    return patient


def _approve(patient: Patient, cast: Cast) -> Course:
    row, today = Screening.objects.get(patient=patient), timezone.localdate()
    screening.decide(
        screening=row,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={finding.pk: (Judgement.SEEN, WHY) for finding in row.findings.all()},
        on=today,
        **cast.prescriber,
    )
    course = note_enrolment(
        course=patient.courses.live().get(),
        by=cast.users["prescriber"],
        indication="Depression that did not answer to two medicines",
        tried_before="Escitalopram and bupropion, each at full dose for over eight weeks",
        live_visit_on=today,
        live_visit_by_video=False,
        monitoring_checked_on=today,
        planned_preparations=1,
        planned_doses=6,
    )
    screening.move_course(course=course, to=Stage.ENROLLED, on=today, **cast.prescriber)
    return screening.move_course(course=course, to=Stage.PREPARATION, on=today, **cast.therapist)


def _draw_blood(patient: Patient, cast: Cast) -> None:
    for kind, value, limit in LIVER:
        found = Result(LabKind(kind), Decimal(value), unit=units_of(LabKind(kind))[0], upper_limit=Decimal(limit))
        day = timezone.localdate()
        record_lab(patient=patient, by=cast.users["therapist"], result=found, taken_on=day, source="report")


def _prepare(patient: Patient, course: Course, cast: Cast) -> None:
    visit = _book(patient, course, VisitKind.PREPARATION, 60, cast)
    visits.start(appointment=visit, **cast.therapist)
    visits.write_preparation(course=course, appointment=visit, by=cast.users["therapist"], **PREPARED)
    visits.complete(appointment=visit, **cast.therapist)


def _book(patient: Patient, course: Course, kind: VisitKind, minutes: int, cast: Cast, **more: Any) -> Appointment:
    starts = timezone.now().astimezone(ZoneInfo(cast.clinic.zone)).replace(tzinfo=None, second=0, microsecond=0)
    nurse, therapist = (cast.users["nurse"], Role.NURSE), (cast.users["therapist"], Role.THERAPIST)
    return visits.book(
        patient=patient,
        course=course,
        kind=kind,
        starts=starts,
        minutes=minutes,
        room=cast.room,
        staff=[nurse if kind == VisitKind.DOSING else therapist],
        afterwards=True,
        **cast.therapist,
        **more,
    )


# One dose day


def _dose_day(
    patient: Patient, cast: Cast, comes: datetime, given: datetime, *, until: datetime | None = None
) -> DosingSession:
    """From arrival through the dose to the last reading before `until`, or to the end of the day."""
    course = patient.courses.live().get()
    with at(comes):
        visit = _book(patient, course, VisitKind.DOSING, 240, cast)
        visits.arrive(appointment=visit, **cast.therapist)
        dosing = DosingSession.objects.get(appointment=visit)
        _ask(dosing, Check.IDENTITY, {"identifiers": ["name", "birth_date"]}, cast)
        actions.begin_check(dosing=dosing, **cast.therapist)
    with at(given - timedelta(minutes=12)):
        for code, data in _answers(cast).items():
            _ask(dosing, code, data, cast)
        _read(dosing, cast, {**CALM, "rested_minutes": 6})
    with at(given - timedelta(minutes=5)):
        actions.make_ready(dosing=dosing, **cast.prescriber)
    with at(given):
        _give(dosing, cast)
    for minute in sorted({*(row[0] for row in COURSE_OF_A_DAY), *(row[0] for row in SEEN)}):
        moment = given + timedelta(minutes=minute)
        if until is None or moment < until:
            with at(moment):
                _minute(dosing, cast, minute)
    return DosingSession.objects.get(pk=dosing.pk)


def _ask(dosing: DosingSession, code: Check, data: dict[str, Any], cast: Cast) -> None:
    gate.answer(dosing=dosing, code=code, data=data, **cast.nurse)


def _answers(cast: Cast) -> dict[Check, dict[str, Any]]:
    now = timezone.now()
    return {
        Check.CHANGES: {"topics": {topic.value: "no" for topic in Topic}},
        Check.MEDICINES: {"list_is_right": "yes"},
        Check.ASQ: {f"asq.{number}": 0 for number in range(1, 5)},
        Check.CONSENT_TODAY: {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 2},
        Check.FASTING: {
            "solids_at": (now - timedelta(hours=9)).isoformat(),
            "liquids_at": (now - timedelta(hours=3)).isoformat(),
        },
        Check.SUBSTANCES: {"alcohol": "no", "cannabis": "no", "other": "no", "intoxicated": "no"},
        Check.ESCORT: {"name": "Lee Vance", "phone": "+12025550178", "adult": "yes", "how": "in_person"},
        Check.STAFF: {"therapist": cast.users["therapist"].pk, "clinician": cast.users["nurse"].pk},
        Check.EQUIPMENT: {"items": EquipmentPart.values},
        Check.INTENTION: {"words": PREPARED["intention"]},
    }


def _give(dosing: DosingSession, cast: Cast) -> None:
    actions.give_dose(
        dosing=dosing,
        mg=Decimal(40),
        given_at=timezone.now(),
        witness=cast.users["therapist"],
        site="Left deltoid",
        lot="K2291",
        says_yes=True,
        **cast.nurse,
    )


def _read(dosing: DosingSession, cast: Cast, values: dict[str, Any]) -> None:
    actions.record_vitals(dosing=dosing, values=values, happened_at=timezone.now(), **cast.nurse)


def _minute(dosing: DosingSession, cast: Cast, minute: int) -> None:
    for when, systolic, diastolic, pulse, spo2, moaas, distress in COURSE_OF_A_DAY:
        if when == minute:
            found = {"systolic": systolic, "diastolic": diastolic, "heart_rate": pulse, "spo2": spo2}
            _read(dosing, cast, {**CALM, **found, "moaas": moaas, "distress": distress})
    for when, kind, code, data, words in SEEN:
        if when == minute:
            actions.write_entry(dosing=dosing, kind=kind, code=code, data=data, words=words, **cast.therapist)


# Going home, integration, the signed record


def _go_home(dosing: DosingSession, cast: Cast, given: datetime) -> None:
    with at(given + timedelta(minutes=75)):
        actions.to_recovery(dosing=dosing, **cast.therapist)
    with at(given + timedelta(minutes=151)):
        answers = {f"kapdr.{line}": 0 for line in range(1, 6)}
        actions.write_entry(dosing=dosing, kind="kap_dr", data={"answers": answers}, **cast.nurse)
        actions.write_entry(dosing=dosing, kind="agitation", data={"level": 0}, **cast.nurse)
        _book_integration(dosing, cast)
        actions.to_discharge_check(dosing=dosing, **cast.prescriber)
        for item in DischargeItem:
            if item not in MEASURED:
                _tick(dosing, item, cast)
    with at(given + timedelta(minutes=156)):
        leaving.discharge(dosing=dosing, **cast.prescriber)


def _tick(dosing: DosingSession, item: DischargeItem, cast: Cast) -> None:
    data: dict[str, Any] = dict.fromkeys(ASKED.get(item, {}), True)
    data |= {
        DischargeItem.ESCORT: {"name": "Lee Vance", "phone": "+12025550178"},
        DischargeItem.SAFE: {"asked_with": "asq"},
        DischargeItem.DRUG_COUNTED: {"drawn_mg": "50", "wasted_mg": "10", "left_mg": "0"},
    }.get(item, {})
    witness = cast.users["therapist"] if item == DischargeItem.DRUG_COUNTED else None
    leaving.tick(dosing=dosing, item=item, met=True, data=data, witness=witness, **cast.nurse)


def _book_integration(dosing: DosingSession, cast: Cast) -> None:
    day = timezone.now().astimezone(ZoneInfo(cast.clinic.zone)).date() + timedelta(days=2)
    visits.book(
        patient=dosing.patient,
        course=dosing.course,
        kind=VisitKind.INTEGRATION,
        starts=datetime.combine(day, time(11)),
        minutes=60,
        room=cast.room,
        staff=[(cast.users["therapist"], Role.THERAPIST)],
        follows=dosing.appointment,
        **cast.therapist,
    )


def _integrate(dosing: DosingSession, cast: Cast, starts: datetime) -> None:
    visit = dosing.appointment.followed_by.get()
    with at(starts):
        visits.start(appointment=visit, **cast.therapist)
    with at(starts + timedelta(minutes=60)):
        visits.complete(appointment=Appointment.objects.get(pk=visit.pk), **cast.therapist)


def _sign(dosing: DosingSession, cast: Cast, moment: datetime, *, first: bool) -> None:
    with at(moment):
        actions.sign_record(dosing=dosing, **cast.therapist)
        if first:
            actions.cosign_record(dosing=dosing, **cast.prescriber)
