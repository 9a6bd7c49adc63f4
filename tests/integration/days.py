"""A dose that was given and the visit that follows it, through the real actions; the gate stands open."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.course.terms import Stage
from patients.models import Patient
from sessions.dosing.actions import common
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from tests import factories
from tests.sessions import days

NEXT_DAY_HOURS = 26


def given(monkeypatch: Any, patient: Patient, *, therapist: User, prescriber: User, nurse: User) -> DosingSession:
    """A dose given at this moment, in a course in its dosing series."""
    days.gate(monkeypatch)
    factories.course_at(patient, Stage.DOSING_SERIES, by=therapist)
    return days.dosed(patient, therapist=therapist, prescriber=prescriber, nurse=nurse)


def to_follow(dosing: DosingSession, *, by: User, hours: int = NEXT_DAY_HOURS, **fields: Any) -> Appointment:
    """The integration visit that follows a dose, so many hours after it, in another room."""
    starts = (dosing.t0 + timedelta(hours=hours)).astimezone(ZoneInfo(dosing.clinic.zone))
    return factories.booked(
        dosing.patient,
        VisitKind.INTEGRATION,
        by=by,
        course=dosing.course,
        follows=dosing.appointment,
        starts=starts.replace(tzinfo=None, second=0, microsecond=0),
        room=factories.room(dosing.clinic, "Room 5"),
        staff=[(by, Role.THERAPIST)],
        **fields,
    )


def leave(dosing: DosingSession, *, by: User) -> DosingSession:
    """The patient goes home, as if everything that needs had been met: how they leave is proven elsewhere."""
    for state in (DosingState.RECOVERY, DosingState.DISCHARGE_CHECK, DosingState.DISCHARGED):
        held = common.locked(dosing)
        facts = {"during_done": True, "awake": True, "leave_time_reached": True, "items_met": True}
        dosing = common.move(held, state, by=by, role="nurse", evidence=facts)
    return dosing
