"""What closing a session rests on, and what is signed when its record is."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from patients.tasks.models import Task
from patients.tasks.terms import TaskKind
from sessions.dosing.models import DosingSession
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

NOT_SIGNED = {"id", "clinic", "patient", "dosing"}


def closing_evidence(dosing: DosingSession) -> dict[str, Any]:
    """What must be true before a session is closed (protocol 3), each asked of its own rows."""
    counted = dosing.ticks.filter(item="drug_counted").order_by("-id").values_list("met", flat=True).first()
    calls = Task.objects.filter(source_ref=dosing.ref, kind=TaskKind.CALL, closed_at__isnull=False)
    followed = Appointment.objects.filter(follows_id=dosing.appointment_id, kind=VisitKind.INTEGRATION)
    return {
        "notes_signed": dosing.signed_at is not None,
        "drug_counted": counted is True,
        "events_graded": not dosing.adverse_events.filter(grade=None, is_boundary_concern=False).exists(),
        "next_day_call": calls.exists(),
        "integration_booked": followed.exclude(state__in=[VisitState.CANCELLED, VisitState.NO_SHOW]).exists(),
    }


def needs_cosign(dosing: DosingSession) -> bool:
    """A first session and any with an adverse event carry the prescriber's signature too (protocol 8, PD)."""
    return dosing.number == 1 or dosing.adverse_events.filter(is_boundary_concern=False).exists()


WRITTEN = {
    "moves": "moved_at",
    "doses": "entered_at",
    "vitalsignss": "entered_at",
    "entrys": "entered_at",
    "alerts": "opened_at",
}  # what a record holds, and when each row of it was written


def record_digest(dosing: DosingSession, until: datetime | None = None) -> str:
    """SHA-256 over everything written down of the day, in the order it was written; `until`: up to a signature."""
    return digest_of(dosing, {name: _rows(_until(getattr(dosing, name), at, until)) for name, at in WRITTEN.items()})


def digest_of(dosing: DosingSession, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The same over rows that were read: for each name in WRITTEN the columns of `signed_columns`, in order of id."""
    said = {
        "session": str(dosing.ref),
        "t0": dosing.t0,
        "number": dosing.number,
        "order": str(dosing.order.ref) if dosing.order else "",
        **rows,
    }
    text = json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def signed_columns(model: type[Model]) -> list[str]:
    """What a signature of the record stands for, of a row of one of its tables."""
    return [field.attname for field in model._meta.concrete_fields if field.name not in NOT_SIGNED]


def is_whole(dosing: DosingSession) -> bool:
    """Whether what was written until the signature still is what was signed; what was added since does not matter."""
    return dosing.signed_at is None or dosing.record_sha256 == record_digest(dosing, dosing.signed_at)


def added_since(dosing: DosingSession) -> int:
    """How many lines were added after the signature: corrections, moves to the closing."""
    if dosing.signed_at is None:
        return 0
    return sum(getattr(dosing, name).filter(**{f"{at}__gt": dosing.signed_at}).count() for name, at in WRITTEN.items())


def _until(rows: Any, at: str, until: datetime | None) -> Any:
    return rows.filter(**{f"{at}__lte": until}) if until else rows


def _rows(rows: Any) -> list[dict[str, Any]]:
    return list(rows.order_by("id").values(*signed_columns(rows.model)))
