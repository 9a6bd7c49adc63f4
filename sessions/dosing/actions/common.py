"""What the verbs of the dose day share: locks in their order, moves, and writing once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.db import models

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.record.models import Patient
from sessions.dosing.models import DosingMove, DosingSession
from sessions.dosing.rules import SYSTEM, reasons_against_move
from sessions.dosing.terms import DosingState, Event

NOT_CHECKED = "The gate could not be checked. It counts as open."


def locked(dosing: DosingSession, *, whole: bool = False) -> DosingSession:
    """The session as it is now, held until the transaction ends; `whole`: patient and course before it (REL-11)."""
    if whole:
        Patient.objects.select_for_update(of=("self",)).get(pk=dosing.patient_id)
        Course.objects.select_for_update(of=("self",)).get(pk=dosing.course_id)
    rows = DosingSession.objects.select_for_update(of=("self",)).select_related("order", "patient", "clinic", "course")
    return rows.get(pk=dosing.pk)


def refuse(reasons: list[str]) -> None:
    """Raise NotReady with every sentence; with none go on."""
    if reasons:
        raise NotReady(reasons)


def move(
    dosing: DosingSession,
    to: DosingState,
    *,
    by: User | None,
    role: str,
    evidence: Mapping[str, Any],
    reason: str = "",
    **changes: Any,
) -> DosingSession:
    """Move a locked session along one row of the table, or raise NotReady with all that is not true yet.

    The caller has gathered the evidence in this transaction; `changes` are columns that change with the state.
    """
    facts = {**evidence, "reason": reason.strip()}
    refuse(reasons_against_move(dosing.state, to, role=role, evidence=facts))
    DosingMove.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        before=dosing.state,
        after=to,
        reason=reason.strip(),
        evidence={name: value if isinstance(value, dict) else str(value) for name, value in evidence.items()},
        role=role,
        moved_by=None if role == SYSTEM else by,
    )
    before, dosing.state = dosing.state, to
    for name, value in changes.items():
        setattr(dosing, name, value)
    dosing.save(update_fields=["state", *changes])
    record(Event.DOSING_MOVED, by=by or SYSTEM, on=dosing, role=role, reason=reason, before=before, after=str(to))
    return dosing


def written_before(
    model: type[models.Model], client_ref: UUID | None, clinic_id: int, content: Mapping[str, Any]
) -> Any:
    """The row a device has sent before under this reference, or None. Other content under it is refused (REL-03)."""
    if client_ref is None:
        return None
    row: Any = model._default_manager.filter(clinic_id=clinic_id, client_ref=client_ref).first()
    if row is not None and any(getattr(row, name) != value for name, value in content.items()):
        raise NotReady(["This was sent before with other content. Nothing was changed."])
    return row


def neighbour(dotted: str) -> Callable[..., Any] | None:
    """A function of another room by its name, or None where there is none. Asked late, since rooms ask each other."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError as missing:
        if missing.name and module.startswith(missing.name):
            return None
        raise


def gate_now(dosing: DosingSession, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """What the gate says at this moment, in this transaction: why not, and every item as it stands. A check that could
    not run counts as open."""
    gate_of = neighbour("sessions.gate.selectors.gate_of")
    if gate_of is None:
        return [NOT_CHECKED], {}
    gate = gate_of(dosing, now)
    as_evidence = getattr(gate, "as_evidence", dict)
    return [] if gate.is_open else [*gate.reasons] or [NOT_CHECKED], as_evidence()


def gate_reasons(dosing: DosingSession, now: datetime) -> list[str]:
    return gate_now(dosing, now)[0]
