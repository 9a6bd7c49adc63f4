"""What the author reads of their private notes. Asked by anybody else, the database gives no row."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import User
from patients.notes import drafts, rules
from patients.notes.selectors import Signature
from patients.notes.terms import Meaning
from patients.process_notes.models import ProcessNote, ProcessNoteText
from patients.record.models import Patient

MOST = 100
NOT_READABLE = "These words cannot be read: they were changed, or their key is gone."


@dataclass(frozen=True)
class Words:
    """What is sealed. `salt` is random, so that the hash under a signature gives nothing away."""

    title: str
    text: str
    salt: str

    @property
    def said(self) -> dict[str, str]:
        return {"title": self.title, "text": self.text}


@dataclass(frozen=True)
class Private:
    """A private note as its author reads it. `is_sound`: they can be read, and are those that were signed."""

    ref: UUID
    title: str
    text: str
    version: int
    started_at: datetime
    saved_at: datetime
    signature: Signature | None
    is_sound: bool

    @property
    def name(self) -> str:
        return self.title or "Private note"

    @property
    def is_signed(self) -> bool:
        return self.signature is not None


def own(patient: Patient, user: User) -> list[Private]:
    """The author's own private notes of a patient, newest first; addenda are read with the note they add to."""
    rows = ProcessNote.objects.filter(patient=patient, author=user, adds_to=None).order_by("-id")[:MOST]
    return [read(row) for row in rows]


def addenda(note: ProcessNote) -> list[Private]:
    return [read(row) for row in note.addenda.filter(author_id=note.author_id).order_by("id")]


def read(note: ProcessNote) -> Private:
    try:
        words = words_of(note)
    except cipher.Unreadable:
        words = None
    return Private(
        ref=note.ref,
        title=words.title if words else "",
        text=words.text if words else NOT_READABLE,
        version=note.version,
        started_at=note.started_at,
        saved_at=note.saved_at,
        signature=_signature(note),
        is_sound=words is not None and (note.signed_at is None or note.signed_sha256 == digest(note, words)),
    )


def words_of(note: ProcessNote) -> Words:
    """The words of the note's version. Unreadable: they were not sealed for this note, or were changed."""
    row = newest(note)
    return opened(row) if row else Words("", "", "")


def newest(note: ProcessNote) -> ProcessNoteText | None:
    rows = ProcessNoteText.objects.filter(note=note, version=note.version, taken=True).select_related("note")
    return rows.order_by("-id").first()


def text_at(note: ProcessNote, version: int) -> dict[str, str]:
    """The words of one version as a form names them; of one never saved, nothing."""
    rows = ProcessNoteText.objects.filter(note=note, version=version, taken=True).select_related("note")
    row = rows.order_by("-id").first()
    return opened(row).said if row else {}


def opened(row: ProcessNoteText) -> Words:
    said = json.loads(cipher.unseal(row.sealed, at=row.place))
    return Words(said["title"], said["text"], said["salt"])


def digest(note: ProcessNote, words: Words) -> str:
    """Of all that is signed: words and salt, whose, which version, and the signature itself."""
    return rules.digest(
        {
            "note": note.ref,
            "adds_to": note.adds_to.signed_sha256 if note.adds_to else None,
            "patient": note.patient.ref,
            "author": note.author.ref,
            "title": words.title,
            "text": words.text,
            "salt": words.salt,
            "version": note.version,
            "meaning": str(Meaning.ADDENDUM if note.adds_to_id else Meaning.AUTHOR),
            "name": note.signed_name,
            "role": note.signed_role,
            "zone": note.signed_zone,
            "identity": note.signed_identity,
            "at": note.signed_at.isoformat(timespec="microseconds") if note.signed_at else None,
        }
    )


def _signature(note: ProcessNote) -> Signature | None:
    if note.signed_at is None:
        return None
    meaning = Meaning.ADDENDUM if note.adds_to_id else Meaning.AUTHOR
    return Signature(
        str(meaning.label),
        note.signed_name,
        note.signed_role,
        note.signed_at,
        note.signed_zone,
        note.signed_identity,
        note.signed_sha256,
    )


def has_begun(patient: Patient, user: User) -> bool:
    """Whether a new private note was typed and not saved."""
    place = drafts.place("private", patient.ref)
    fields = drafts.waiting(patient.clinic_id, user, [place]).get(place, {})
    return bool(fields.get("title") or fields.get("text"))
