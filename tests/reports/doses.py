"""Doses of the past for reports: each move a row, as the database wants it, without the hours in between."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import Room, User
from patients.course.models import Course
from patients.models import Patient
from screening.models import MeasureResponse
from sessions.models import Appointment, AppointmentMove, DoseOrder, DosingMove, DosingSession
from tests.sessions import days

WAY = ("planned", "gate_check", "ready", "dosed", "monitoring", "recovery", "discharge_check", "discharged")


def dosed(course: Course, t0: datetime, number: int, *, by: User) -> DosingSession:
    """A dose given at a moment of the past, and the patient long at home."""
    patient = course.patient
    order = DoseOrder.objects.in_force().filter(patient=patient).first() or days.order(patient, by=by)
    room, _ = Room.objects.get_or_create(clinic_id=patient.clinic_id, name=f"Room of {patient.pk}")
    visit = Appointment.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=course,
        kind="dosing",
        room=room,
        starts_at=t0 - timedelta(minutes=30),
        ends_at=t0 + timedelta(hours=3),
        zone="America/New_York",
        wall_start="2026-03-02T09:00",
        wall_end="2026-03-02T12:00",
        booked_by=by,
    )
    dosing = DosingSession.objects.create(
        clinic_id=patient.clinic_id, patient=patient, course=course, appointment=visit, opened_by=by
    )
    for before, after in zip(("", *WAY), WAY, strict=False):
        DosingMove.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            dosing=dosing,
            before=before,
            after=after,
            role="prescriber",
            moved_by=by,
        )
        dosing.state = after
        if after == "ready":
            dosing.ready_at, dosing.ready_by = t0 - timedelta(minutes=5), by
        if after == "dosed":
            dosing.t0, dosing.number, dosing.order = t0, number, order
        dosing.save()
    return dosing


def integrated(dosing: DosingSession, *, by: User) -> Appointment:
    """The integration visit of a dose, a day later, completed."""
    day = dosing.t0 + timedelta(days=1)
    visit = Appointment.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        course_id=dosing.course_id,
        kind="integration",
        modality="video",
        starts_at=day,
        ends_at=day + timedelta(hours=1),
        zone="America/New_York",
        wall_start="2026-03-03T09:00",
        wall_end="2026-03-03T10:00",
        follows=dosing.appointment,
        booked_by=by,
    )
    for after in ("in_progress", "completed"):
        AppointmentMove.objects.create(
            clinic_id=visit.clinic_id,
            patient_id=visit.patient_id,
            appointment=visit,
            before=visit.state,
            after=after,
            role="therapist",
            moved_by=by,
        )
        visit.state = after
        visit.save()
    return visit


def scored(patient: Patient, instrument: str, total: int, at: datetime, *, by: User, **fields: Any) -> MeasureResponse:
    """A complete form of an instrument, with this total."""
    said = {"complete": True, "total": Decimal(total), "answers": {}, "entry": "staff"} | fields
    return MeasureResponse.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        instrument=instrument,
        instrument_version="1",
        scorer_version="1",
        answered_at=at,
        recorded_at=timezone.now(),
        recorded_by=by,
        **said,
    )
