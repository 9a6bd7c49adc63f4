"""The one verb of the audit trail. Called inside the action it records: no audit, no action."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from kap_clinic import wall
from kap_clinic.audit.models import AuditEvent


@dataclass(frozen=True)
class Origin:
    """Where a request came from; set once by the middleware, empty for tasks and commands."""

    request_id: str = ""
    address: str = ""
    session_hash: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def record(
    event: str,
    *,
    by: Any,
    on: Any = None,
    patient: Any = None,
    role: str = "",
    reason: str = "",
    outcome: str = "done",
    **facts: Any,
) -> AuditEvent:
    """Write who did what to which row, in the same transaction as the act.

    `by` is a user (`id`, `name`) or a word such as "system"; `on` any row with a `ref`; `patient` a row with a `ref`,
    taken from `on.patient` when not given. Facts are JSON values: identifiers and codes, old and new live in history.
    """
    place = origin.get()
    patient = patient or getattr(on, "patient", None)
    return AuditEvent.objects.create(
        clinic_id=wall.current_clinic_id(),
        actor_id=getattr(by, "id", None),
        actor=getattr(by, "name", None) or str(by),
        role=role,
        event=event,
        thing=on._meta.label_lower if hasattr(on, "_meta") else "",
        thing_ref=str(getattr(on, "ref", "") or ""),
        patient_ref=str(getattr(patient, "ref", "") or ""),
        reason=reason,
        outcome=outcome,
        facts=facts,
        request_id=place.request_id,
        address=place.address,
        session_hash=place.session_hash,
    )
