"""What pages, papers and other rooms read of adverse events."""

import hashlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from patients.record.models import Patient
from sessions.dosing.models import DosingSession
from sessions.events.models import AdverseEvent, EventAddition
from sessions.events.rules import BOUNDARY, TERMS, Happened, Term

# What a person says of an event: changed while unsigned, kept as it was, sealed when signed.
SAID = (
    *("code", "details", "grade", "onset_at", "ended_at", "relation", "action", "outcome", "dose_off_percent"),
    *("words", "patient_words", "plan"),
)
SIGNED = ("ref", "route", "serious", "serious_why", "reported_at", "role", "version", *SAID)
MEANING = "I have reviewed this event and what follows from it."


def of_patient(patient: Patient) -> QuerySet[AdverseEvent]:
    """Every event of a patient, newest onset first. Pages narrow it to what the reader may see."""
    people = ("reported_by", "signed_by", "dosing")
    return AdverseEvent.objects.filter(patient=patient).select_related(*people)


def sessions_of(patient: Patient) -> QuerySet[DosingSession]:
    """The sessions with a dose an event may belong to, newest first."""
    return DosingSession.objects.filter(patient=patient).dosed().select_related("order").order_by("-t0")


def concern_of(patient: Patient) -> AdverseEvent:
    """A boundary concern about this patient that is not written: to ask who may write one."""
    return AdverseEvent(clinic_id=patient.clinic_id, patient=patient, code=BOUNDARY, is_boundary_concern=True)


def of_dosing(dosing: DosingSession) -> QuerySet[AdverseEvent]:
    """What went wrong in one session, in order; no boundary concerns, which are the safety officer's alone."""
    rows = AdverseEvent.objects.filter(dosing=dosing, is_boundary_concern=False)
    return rows.select_related("reported_by", "signed_by").order_by("onset_at", "id")


def open_serious(patient: Patient) -> QuerySet[AdverseEvent]:
    """Serious events nobody has signed: item 18 of the gate fails while there is one. No boundary concerns."""
    return of_patient(patient).filter(serious=True, signed_at=None, is_boundary_concern=False)


def unsigned_grave() -> QuerySet[AdverseEvent]:
    """Serious events and boundary concerns of the clinic that nobody has signed, oldest first."""
    rows = AdverseEvent.objects.filter(Q(serious=True) | Q(is_boundary_concern=True), signed_at=None)
    return rows.order_by("onset_at", "id")


def term_of(event: AdverseEvent) -> Term:
    return TERMS[event.code]


def details_of(event: AdverseEvent) -> list[str]:
    """What was so, in words."""
    return [detail.term for detail in term_of(event).details if detail.code in event.details]


def happened(event: AdverseEvent) -> Happened:
    return Happened(
        code=event.code,
        grade=event.grade,
        details=tuple(event.details),
        action=event.action,
        outcome=event.outcome,
        dose_off=event.dose_off_percent,
    )


def said(event: AdverseEvent) -> dict[str, Any]:
    """What a person says of it now, as JSON keeps it."""
    values = {name: getattr(event, name) for name in SAID}
    utc = {name: at.astimezone(UTC) for name, at in values.items() if isinstance(at, datetime)}
    plain: dict[str, Any] = json.loads(json.dumps(values | utc, cls=DjangoJSONEncoder))
    return plain


def digest(event: AdverseEvent) -> str:
    """SHA-256 of what was signed (SEC-40)."""
    return _digest({name: getattr(event, name) for name in SIGNED} | {"by": event.signed_name})


def digest_of_addition(addition: EventAddition) -> str:
    return _digest({"event": str(addition.event.ref), "words": addition.words, "by": addition.name})


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def named_in_the_trail(event: AdverseEvent) -> Any:
    """The row as the audit trail names it. Of a boundary concern it names no patient: who treats them reads the
    patient's history (rule 12)."""
    return SimpleNamespace(_meta=event._meta, ref=event.ref) if event.is_boundary_concern else event


def is_whole(event: AdverseEvent) -> bool:
    """Whether a signed event still is what was signed."""
    return event.signed_at is not None and event.sha256 == digest(event)
