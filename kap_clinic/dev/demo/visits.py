"""Visits of the demo: some that took place, today's day filled, and the days to come."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.decisions import FAMILY
from patients.course.actions import note_enrolment, set_goal
from patients.course.terms import Stage
from patients.models import Patient
from patients.record.days import today_in
from screening.actions import move_course
from sessions.visits import actions, rules
from sessions.visits.actions import Visit
from sessions.visits.models import Appointment
from sessions.visits.terms import Modality, VisitKind, VisitState, Why

ROOMS = (("Room 1", True), ("Room 2", True), ("Room 3", False))
PREPARED = {
    "intention": "To meet the grief for my father without running from it.",
    "music": "Cello and piano; nothing with words. Never brass.",
    "scent": "None",
    "movement": "Lying down; may shake out the hands.",
    "touch_wishes": "A hand on the shoulder when asked.",
    "stop_word": "Harbour",
    "safety_plan": {
        "warning_signs": "Stops answering the phone, sleeps in the day.",
        "coping": "Walks by the water, calls the choir.",
        "people": "Sam, spouse; sister Aiko.",
        "professionals": "This clinic by day, 988 at any hour.",
        "safe_place": "Sam keeps the medicines locked.",
    },
}


@dataclass(frozen=True)
class Plan:
    """One visit: days from today, the hour on the clock, who and where. `ends` is what became of a past one."""

    family: str
    days: int
    at: str
    minutes: int
    who: str
    room: str = ""
    kind: VisitKind = VisitKind.CONSULT
    ends: str = "completed"


PLANS = (
    Plan("Halvorsen", -9, "10:00", 45, "prescriber", "Room 1"),
    Plan("Rivera", -8, "14:00", 45, "therapist", "Room 2", ends="cancelled"),
    Plan("Osei", -6, "09:30", 45, "therapist", "Room 2"),
    Plan("Abebe", -3, "15:00", 45, "therapist2", "Room 1", ends="no_show"),
    Plan(FAMILY, -2, "09:00", 60, "therapist", "Room 3", VisitKind.PREPARATION),
    Plan("Rivera", 0, "09:00", 45, "therapist"),
    Plan("Halvorsen", 0, "09:00", 45, "prescriber", "Room 2"),
    Plan("Osei", 0, "10:30", 60, "therapist", "Room 1"),
    Plan("Abebe", 0, "11:00", 45, "therapist2", "Room 3"),
    Plan(FAMILY, 0, "13:00", 60, "therapist", "Room 3", VisitKind.PREPARATION),
    Plan("Halvorsen", 0, "14:30", 30, "prescriber", "Room 2"),
    Plan("Abebe", 0, "15:30", 60, "therapist2", "Room 1"),
    Plan("Rivera", 5, "10:00", 45, "prescriber", "Room 2"),
    Plan("Osei", 7, "11:00", 60, "therapist", "Room 1"),
)
ROLES = {"therapist": Role.THERAPIST, "therapist2": Role.THERAPIST, "prescriber": Role.PRESCRIBER, "nurse": Role.NURSE}


def load(clinic: Clinic, users: dict[str, User]) -> None:
    """Three rooms, the visits of PLANS as far as they have come by now, and a dose with integration next week."""
    rooms = {
        name: Room.objects.get_or_create(clinic=clinic, name=name, defaults={"is_dosing_room": dosing})[0]
        for name, dosing in ROOMS
    }
    _enrol(clinic, users)
    for plan in PLANS:
        _book(plan, clinic, users, rooms)
    _series(clinic, users, rooms["Room 1"])


def _enrol(clinic: Clinic, users: dict[str, User]) -> None:
    """The approved patient is enrolled: seen by video, the monitoring database checked."""
    today = today_in(clinic.zone)
    course = note_enrolment(
        course=Patient.objects.get(family_name=FAMILY).courses.live().get(),
        by=users["prescriber"],
        indication="Depression that did not answer to two medicines",
        tried_before="Sertraline and venlafaxine, each at full dose for over eight weeks",
        live_visit_on=today - timedelta(days=1),
        live_visit_by_video=True,
        monitoring_checked_on=today,
        planned_preparations=2,
        planned_doses=3,
    )
    move_course(course=course, to=Stage.ENROLLED, by=users["prescriber"], role=Role.PRESCRIBER, on=today)


def _book(plan: Plan, clinic: Clinic, users: dict[str, User], rooms: dict[str, Room]) -> None:
    patient = Patient.objects.get(family_name=plan.family)
    who = (users[plan.who], ROLES[plan.who])
    visit = actions.book(
        patient=patient,
        course=patient.courses.live().first(),
        kind=plan.kind,
        starts=_wall(today_in(clinic.zone), plan.days, plan.at),
        minutes=plan.minutes,
        room=rooms.get(plan.room),
        modality=Modality.IN_PERSON if plan.room else Modality.VIDEO,
        staff=[who],
        by=users["desk"],
        role=Role.FRONT_DESK,
        afterwards=True,
    )
    _pass(visit, plan, who, users)


def _wall(today: date, days: int, at: str) -> datetime:
    return datetime.combine(today + timedelta(days=days), time.fromisoformat(at))


def _pass(visit: Appointment, plan: Plan, who: tuple[User, Role], users: dict[str, User]) -> None:
    """What has become of the visit by now."""
    now = timezone.now()
    desk: dict[str, Any] = {"by": users["desk"], "role": Role.FRONT_DESK}
    if visit.starts_at > now:
        return
    if plan.ends == VisitState.CANCELLED:
        actions.cancel(appointment=visit, why=Why.PATIENT_ILL, **desk)
    elif plan.ends == VisitState.NO_SHOW:
        actions.miss(appointment=visit, why=Why.NOT_REACHED, **desk)
    else:
        _hold(visit, who, desk, now)


def _hold(visit: Appointment, who: tuple[User, Role], desk: dict[str, Any], now: datetime) -> None:
    person: dict[str, Any] = {"by": who[0], "role": who[1]}
    actions.arrive(appointment=visit, at=visit.starts_at - timedelta(minutes=6), **desk)
    actions.start(appointment=visit, at=visit.starts_at, **person)
    if visit.kind == VisitKind.PREPARATION and visit.course:
        if not visit.course.goals.exists():
            set_goal(course=visit.course, text="To sleep through the night, and to sing again", by=who[0])
        actions.write_preparation(course=visit.course, appointment=visit, by=who[0], **PREPARED)
    if visit.ends_at <= now:
        actions.complete(appointment=visit, at=visit.ends_at, **person)


def _series(clinic: Clinic, users: dict[str, User], room: Room) -> None:
    """The approved patient's first dose next week, and the integration after it."""
    patient = Patient.objects.get(family_name=FAMILY)
    course = patient.courses.live().get()
    dose = _wall(today_in(clinic.zone), 6, "09:00")
    minutes = {VisitKind.PREPARATION: 60, VisitKind.DOSING: 180, VisitKind.INTEGRATION: 60}
    team = ((users["therapist"], Role.THERAPIST), (users["nurse"], Role.NURSE))
    actions.book_series(
        patient=patient,
        course=course,
        visits=[
            Visit(one.kind, one.starts, one.minutes, room, team if one.kind == VisitKind.DOSING else team[:1])
            for one in rules.propose_series(dose, minutes, frozenset(range(5)))
            if one.kind != VisitKind.PREPARATION
        ],
        by=users["therapist"],
        role=Role.THERAPIST,
    )
