"""From a booking to ready: opening a session, the check, the gate's signature, and the ways it ends before a dose."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.tasks.actions import open_task
from patients.tasks.terms import TaskKind
from sessions.dosing.actions.common import gate_now, locked, move, neighbour, refuse
from sessions.dosing.models import DosingMove, DosingSession
from sessions.dosing.rules import SYSTEM
from sessions.dosing.rules.doses import has_expired
from sessions.dosing.selectors.facts import order_in_force
from sessions.dosing.terms import DosingState, Event
from sessions.visits.models import Appointment
from sessions.visits.terms import Modality, VisitKind, VisitState

REBOOK_WITHIN = timedelta(days=2)  # PD


@transaction.atomic
def open_dosing(*, appointment: Appointment, by: User | None, role: str) -> DosingSession:
    """The dosing session of a dosing visit; asked twice it is one."""
    if known := DosingSession.objects.filter(appointment=appointment).first():
        return known
    course = appointment.course
    if appointment.kind != VisitKind.DOSING or course is None:
        raise NotReady(["Only a dosing visit of a course has a dosing session."])
    dosing = DosingSession.objects.create(
        clinic_id=appointment.clinic_id,
        patient_id=appointment.patient_id,
        course=course,
        appointment=appointment,
        remote=appointment.modality == Modality.VIDEO,
        opened_by=by,
    )
    DosingMove.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        after=DosingState.PLANNED,
        role=role,
        moved_by=by,
    )
    record(Event.DOSING_OPENED, by=by or SYSTEM, on=dosing, role=role)
    return dosing


@transaction.atomic
def begin_check(*, dosing: DosingSession, by: User, role: str, identity_checked: bool | None = None) -> DosingSession:
    """The patient is here and it is them: the check begins, and the visit with it.

    `identity_checked`: None looks whether the item was answered today.
    """
    dosing = locked(dosing, whole=True)
    if identity_checked is None:
        identity_checked = dosing.checks.filter(code="identity").exists()
    arrived = dosing.remote or dosing.appointment.arrived_at is not None
    evidence = {"arrived": arrived, "identity_checked": identity_checked}
    move(dosing, DosingState.GATE_CHECK, by=by, role=role, evidence=evidence)
    start = neighbour("sessions.visits.actions.start")
    if start is not None and dosing.appointment.state == VisitState.PLANNED:
        start(appointment=dosing.appointment, by=by, role=role)
    return dosing


@transaction.atomic
def make_ready(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """A prescriber signs that a dose may start: every item of the gate is asked now, in this transaction."""
    now = timezone.now()
    dosing = locked(dosing, whole=True)
    order = order_in_force(dosing.course_id)
    reasons, items = gate_now(dosing, now) if dosing.state == DosingState.GATE_CHECK else ([], {})
    refuse([*reasons, *([] if order else ["No dose order is in force."])])
    return move(
        dosing,
        DosingState.READY,
        by=by,
        role=role,
        evidence={"gate_open": True, "items": items},
        order=order,
        ready_at=now,
        ready_by=by,
    )


@transaction.atomic
def expire_ready(*, dosing: DosingSession, by: User | None = None, role: str = SYSTEM) -> DosingSession:
    """Half an hour without a dose: the day's items are asked again (protocol 3)."""
    now = timezone.now()
    dosing = locked(dosing)
    evidence = {"expired": dosing.ready_at is not None and has_expired(dosing.ready_at, now)}
    return move(dosing, DosingState.GATE_CHECK, by=by, role=role, evidence=evidence, ready_at=None, ready_by=None)


@transaction.atomic
def fail_gate(*, dosing: DosingSession, reason: str, by: User | None, role: str) -> DosingSession:
    """No dose today: an item is not met. Somebody books another day."""
    dosing = locked(dosing)
    move(dosing, DosingState.GATE_FAILED, by=by, role=role, evidence={}, reason=reason)
    open_task(
        patient=dosing.patient,
        kind=TaskKind.REBOOK,
        title="Book another day: a safety check did not pass",
        due_at=timezone.now() + REBOOK_WITHIN,
        owner_role=Role.THERAPIST,
        by=by,
        flag="gate-failed",
        source_ref=dosing.ref,
    )
    return dosing


@transaction.atomic
def call_off(*, dosing: DosingSession, reason: str, by: User | None, role: str) -> DosingSession:
    """Called off before the dose, by anybody on the team or by the patient's own wish."""
    dosing = locked(dosing)
    return move(dosing, DosingState.ABORTED, by=by, role=role, evidence={}, reason=reason)
