"""A note on paper: what it says, its signatures and addenda, as they stood when the paper was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

from kap_clinic.documents.models import StoredDocument
from patients.notes import selectors
from patients.notes.models import Note
from patients.notes.selectors import Reading
from patients.notes.terms import NoteKind
from patients.record import letterhead
from patients.record.letterhead import Letterhead

PAPER, PAPERS_TASK = "note", "patients.render_notes"


@dataclass(frozen=True)
class NoteLetter(Letterhead):
    heading: str
    kind: str
    written: str  # by whom and when
    reading: Reading
    waits: bool  # for a co-signature
    facts: list[tuple[str, str]]


def note(document: StoredDocument) -> str:
    """The HTML of the note this paper prints."""
    rows = Note.objects.select_related("patient", "course", "clinic", "author", "signed_by", "cosigned_by")
    row = rows.get(ref=document.subject_ref)
    return letterhead.page("letters/note.html", letter(document, row), document.clinic_id)


def letter(document: StoredDocument, row: Note) -> NoteLetter:
    then = document.asked_at
    reading = selectors.reading(row, before=then)
    draft = not reading.signatures
    waits = row.needs_cosign and len(reading.signatures) < 2
    voided = row.voided_at is not None and row.voided_at <= then
    status = "struck out" if voided else "draft" if draft else "signed, not co-signed yet" if waits else "signed"
    return NoteLetter(
        **letterhead.head(document, row.patient, status=f"version {row.version}, {status}", draft=draft, facts=[]),
        heading=str(row),
        kind=str(NoteKind(row.kind).label),
        written=f"Begun by {row.author.name}, {letterhead.moment(row.started_at, row.clinic.zone)}",
        reading=reading,
        waits=waits and not draft,
        facts=list(_facts(row)),
    )


def _facts(row: Note) -> Iterator[tuple[str, str]]:
    yield "Note", str(row.ref)
    yield "Version", str(row.version)
    if row.course:
        yield "Course", str(row.course.number)
    if row.signed_sha256:
        yield "SHA-256 of what is signed", row.signed_sha256
