"""What an edit of a patient's own row changed, from old to new, out of the states the database kept of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from kap_clinic.audit.models import AuditEvent
from patients.models import Patient, PatientEvent
from patients.record import rules
from patients.record.actions import FIELDS
from patients.record.terms import Event


@dataclass(frozen=True)
class Change:
    """One field. Without the right to read it, only that it changed: old and new are None."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Edit:
    """One change of the row. `is_outside`: no event of the audit trail tells of it, so it was not made here."""

    at: datetime
    version: int
    changes: tuple[Change, ...]
    is_outside: bool


def edits(patient: Patient, readable: set[str]) -> list[Edit]:
    """Every edit of this patient's row, oldest first; `readable` are the fields whose values may be shown."""
    states = list(PatientEvent.objects.filter(clinic_id=patient.clinic_id, pgh_obj=patient).order_by("pgh_id"))
    told = _told_versions(patient) if len(states) > 1 else set()
    found = []
    for before, after in pairwise(states):
        if changes := tuple(_changes(before, after, readable)):
            is_outside = after.version == before.version or after.version not in told
            found.append(Edit(after.pgh_created_at, after.version, changes, is_outside))
    return found


def _told_versions(patient: Patient) -> set[int]:
    events = AuditEvent.objects.filter(
        clinic_id=patient.clinic_id, patient_ref=str(patient.ref), event=Event.PATIENT_CHANGED
    )
    return set(events.values_list("facts__version", flat=True))


def _changes(before: Any, after: Any, readable: set[str]) -> Iterator[Change]:
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            label = str(Patient._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            may_read = name in readable
            yield Change(label, _words(name, old) if may_read else None, _words(name, new) if may_read else None)


def _words(name: str, value: Any) -> str:
    """A value as people read it; none is a word of its own."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return rules.in_words(value)
    choices = dict(Patient._meta.get_field(name).choices or ())  # type: ignore[union-attr]
    return str(choices.get(value, value))
