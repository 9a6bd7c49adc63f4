"""A dose day for tests, brought to a moment through the real actions. The gate is opened or closed by hand here: what
it asks has tests of its own."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import Room, User
from patients.course.actions import open_course
from patients.models import Patient
from patients.record.models import Weight
from sessions.dosing import actions
from sessions.dosing.actions import common
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.orders.models import DoseOrder
from sessions.orders.terms import OrderState
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

WELL = {
    "systolic": 124,
    "diastolic": 78,
    "heart_rate": 72,
    "spo2": 98,
    "respiratory_rate": 14,
    "moaas": 5,
    "distress": 0,
}


def gate(monkeypatch: Any, *reasons: str, there: bool = True, items: Any = None) -> None:
    """From now on the gate answers so: open without reasons; `there=False`: it cannot be asked at all."""
    answer = SimpleNamespace(is_open=not reasons, reasons=list(reasons), as_evidence=lambda: items or {})

    def neighbour(dotted: str) -> Any:
        return (lambda dosing, now: answer) if there and "gate_of" in dotted else None

    monkeypatch.setattr(common, "neighbour", neighbour)
    monkeypatch.setattr("sessions.dosing.actions.opening.neighbour", neighbour)


def order(patient: Patient, *, by: User, **fields: Any) -> DoseOrder:
    """A signed order: 60 mg into a muscle, for six sessions."""
    today = timezone.localdate()
    weight = Weight.objects.filter(patient=patient).first() or Weight.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        value=Decimal("68.4"),
        unit="kg",
        kg=Decimal("68.4"),
        recorded_by=by,
    )
    said = {
        "route": "im",
        "basis": "mg",
        "first_mg": Decimal("60.00"),
        "doses": 6,
        "valid_from": today - timedelta(days=1),
        "valid_until": today + timedelta(days=28),
    } | fields
    made = DoseOrder.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=open_course(patient=patient, by=by, role="prescriber"),
        weight=weight,
        drafted_by=by,
        **said,
    )
    made.state, made.signed_at, made.signed_by = OrderState.SIGNED, timezone.now(), by
    made.signed_name, made.sha256 = by.name, "0" * 64  # what a signature leaves; orders have tests of their own
    made.save()
    return made


def planned(patient: Patient, *, by: User, minutes: int = 180, **fields: Any) -> DosingSession:
    """A dosing visit that begins now, and its session."""
    now = timezone.now()
    room, _ = Room.objects.get_or_create(clinic_id=patient.clinic_id, name=fields.pop("room", "Room 2"))
    said = {"modality": "in_person", "room": room} | fields
    visit = Appointment.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=open_course(patient=patient, by=by, role="therapist"),
        kind=VisitKind.DOSING,
        starts_at=now,
        ends_at=now + timedelta(minutes=minutes),
        zone="America/New_York",
        wall_start="2026-03-02T09:00",
        wall_end="2026-03-02T12:00",
        arrived_at=now,
        booked_by=by,
        **said,
    )
    return actions.open_dosing(appointment=visit, by=by, role="therapist")


def checking(patient: Patient, *, by: User, **fields: Any) -> DosingSession:
    dosing = planned(patient, by=by, **fields)
    return actions.begin_check(dosing=dosing, by=by, role="therapist", identity_checked=True)


def ready(
    patient: Patient, *, therapist: User, prescriber: User, baseline: bool = True, **fields: Any
) -> DosingSession:
    """A session whose gate a prescriber has signed, with a baseline and the order in force."""
    if not DoseOrder.objects.in_force().filter(patient=patient).exists():
        order(patient, by=prescriber)
    dosing = checking(patient, by=therapist, **fields)
    if baseline:
        vitals(dosing, by=therapist)
    return actions.make_ready(dosing=dosing, by=prescriber, role="prescriber")


def dosed(patient: Patient, *, therapist: User, prescriber: User, nurse: User, **fields: Any) -> DosingSession:
    """A session in monitoring: the dose was given at this moment by the nurse, seen by the therapist."""
    dosing = ready(patient, therapist=therapist, prescriber=prescriber, **fields)
    give(dosing, nurse=nurse, therapist=therapist)
    return DosingSession.objects.get(pk=dosing.pk)


def give(dosing: DosingSession, *, nurse: User, therapist: User, **fields: Any) -> Any:
    said = {
        "mg": Decimal("60.00"),
        "given_at": timezone.now(),
        "by": nurse,
        "role": "nurse",
        "witness": therapist,
        "site": "Left deltoid",
        "lot": "K2291",
        "says_yes": True,
    } | fields
    return actions.give_dose(dosing=dosing, **said)


def vitals(dosing: DosingSession, *, by: User, happened_at: Any = None, **changes: Any) -> Any:
    """A whole reading of somebody who is well, but for what is said."""
    keep = {
        name: changes.pop(name) for name in ("client_ref", "corrects", "struck_why", "device_at") if name in changes
    }
    return actions.record_vitals(
        dosing=dosing,
        values=WELL | changes,
        happened_at=happened_at or timezone.now(),
        by=by,
        role="therapist",
        **keep,
    )


def entry(dosing: DosingSession, kind: str, code: str = "", *, by: User, **fields: Any) -> Any:
    return actions.write_entry(dosing=dosing, kind=kind, code=code, by=by, role="therapist", **fields)


def state(dosing: DosingSession) -> DosingState:
    return DosingState(DosingSession.objects.values_list("state", flat=True).get(pk=dosing.pk))
