"""Notes for tests, made by the real actions; each steps inside the author's own wall."""

from typing import Any

from kap_clinic.accounts.models import User
from kap_clinic.wall import as_clinic
from patients.models import Note, Patient, ProcessNote
from patients.notes import actions, rules
from patients.notes.actions import Proof
from patients.notes.terms import NoteKind
from patients.process_notes import actions as process_notes

THERAPIST = Proof(role="therapist", zone="America/New_York", identity="Own account; a passkey, shown for this")
PRESCRIBER = Proof(role="prescriber", zone="America/New_York", identity="Own account; a passkey, shown for this")


def sections(kind: NoteKind, **said: str) -> dict[str, str]:
    """Every section that is needed, and what is said besides."""
    return {part.key: f"{part.label}: as it was." for part in rules.sections_of(kind) if part.needed} | said


def draft(
    patient: Patient,
    kind: NoteKind = NoteKind.INTEGRATION,
    *,
    by: User,
    title: str = "",
    start: Any = None,
    **said: str,
) -> Note:
    """A draft that could be signed. `start`: more for `actions.start`."""
    with as_clinic(patient.clinic_id, by.pk):
        row = actions.start(**{"patient": patient, "course": None, "kind": kind, "by": by, **(start or {})})
        return actions.save(note=row, by=by, version=row.version, title=title, sections=sections(kind, **said))


def signed(
    patient: Patient,
    kind: NoteKind = NoteKind.INTEGRATION,
    *,
    by: User,
    title: str = "",
    needs_cosign: bool = False,
    start: Any = None,
    **said: str,
) -> Note:
    row = draft(patient, kind, by=by, title=title, start={"needs_cosign": needs_cosign, **(start or {})}, **said)
    with as_clinic(patient.clinic_id, by.pk):
        return actions.sign(note=row, by=by, version=row.version, proof=THERAPIST)


def private(patient: Patient, *, by: User, title: str = "", text: str = "Countertransference") -> ProcessNote:
    with as_clinic(patient.clinic_id, by.pk):
        return process_notes.start(patient=patient, by=by, title=title, text=text)
