"""A dose that was given and the visit that follows it, through the real actions; the gate stands open."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.course.actions import open_course
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


def planned(patient: Patient, kind: VisitKind, *, by: User) -> Appointment:
    """A visit by video as a bare row, whatever stage the course is at: for who may see it."""
    starts = timezone.now() + timedelta(days=40 + list(VisitKind).index(kind))
    return Appointment.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=open_course(patient=patient, by=by, role="therapist"),
        kind=kind,
        modality="video",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        zone="America/New_York",
        wall_start="2026-03-02T09:00",
        wall_end="2026-03-02T10:00",
        booked_by=by,
    )
