"""What an author does with private notes. Each runs inside the author's own wall, or the database refuses it."""

import json
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import Membership, User
from kap_clinic.audit.actions import record
from kap_clinic.wall import as_clinic
from patients.notes.actions import NotPossible, Proof
from patients.process_notes import selectors
from patients.process_notes.models import ProcessNote, ProcessNoteText
from patients.process_notes.selectors import Words
from patients.process_notes.terms import Event
from patients.record.models import Patient

SIGNED = "This note is signed already. What is to be added goes into an addendum."


class Changed(Exception):
    """The words were written on a version that is not the newest; they are kept, and nothing was overwritten."""

    def __init__(self, note: ProcessNote, was: dict[str, str], mine: dict[str, str]) -> None:
        super().__init__("This note was changed meanwhile")
        self.note, self.was, self.mine = note, was, mine


@transaction.atomic
def start(*, patient: Patient, by: User, title: str, text: str) -> ProcessNote:
    """A private note of this patient, its author's alone."""
    note = ProcessNote.objects.create(clinic_id=patient.clinic_id, patient=patient, author=by)
    _seal(note, _words(title, text))
    record(Event.PROCESS_NOTE_STARTED, by=by, on=note)
    return note


def save(*, note: ProcessNote, by: User, version: int, title: str, text: str) -> ProcessNote:
    """Keep the words as the next version. Changed: `version` is not the newest, or the note was signed meanwhile."""
    with transaction.atomic():
        now = _locked(note)
        mine = _words(title, text)
        if mine.said == selectors.words_of(now).said:
            return now
        if now.version == version and now.signed_at is None:
            now.version, now.saved_at = now.version + 1, timezone.now()
            now.save(update_fields=["version", "saved_at"])
            _seal(now, mine)
            record(Event.PROCESS_NOTE_SAVED, by=by, on=now)
            return now
        _seal(now, mine, version=min(version, now.version), taken=False)
    raise Changed(now, selectors.text_at(now, version), mine.said)


@transaction.atomic
def sign(*, note: ProcessNote, by: User, version: int, proof: Proof) -> ProcessNote:
    """The author signs the version they have read; from then on only addenda follow. NotPossible: every reason."""
    note = _locked(note)
    words = selectors.words_of(note)
    if reasons := _against_signing(note, words, version):
        raise NotPossible(reasons)
    _sign(note, words, by=by, proof=proof)
    record(Event.PROCESS_NOTE_SIGNED, by=by, on=note, role=proof.role)
    return note


def _against_signing(note: ProcessNote, words: Words, version: int) -> list[str]:
    if note.signed_at is not None:
        return [SIGNED]
    changed = ["The text was changed after you opened this page. Read it once more, then sign."]
    empty = ["Write the note before you sign it."]
    return [*(changed if note.version != version else []), *(empty if not words.text.strip() else [])]


@transaction.atomic
def add(*, note: ProcessNote, by: User, text: str, proof: Proof) -> ProcessNote:
    """Add to a signed private note, with a signature of its own. NotPossible: what stands in the way."""
    note = _locked(note)
    if note.signed_at is None or note.adds_to_id is not None:
        raise NotPossible(["This note is not signed yet. Write into the note itself."])
    if not text.strip():
        raise NotPossible(["Write what you want to add."])
    added = ProcessNote.objects.create(clinic_id=note.clinic_id, patient=note.patient, author=by, adds_to=note)
    words = _words("", text.strip())
    _seal(added, words)
    _sign(added, words, by=by, proof=proof)
    record(Event.PROCESS_NOTE_ADDED, by=by, on=note, role=proof.role)
    return added


def renew(clinic_id: int) -> int:
    """Seal what is under an old key once more, author by author; how many words were. Older versions need the old key.

    For `rotate_field_keys`: nobody reads the words on the way.
    """
    count = 0
    for author_id in _authors(clinic_id):
        with as_clinic(clinic_id, author_id):
            for note in ProcessNote.objects.filter(author_id=author_id).select_related("patient"):
                row = selectors.newest(note)
                if row is not None and not cipher.is_current(row.sealed):
                    _seal(note, selectors.opened(row))
                    count += 1
    return count


def _authors(clinic_id: int) -> Sequence[int]:
    with as_clinic(clinic_id):
        return list(Membership.objects.filter(clinic_id=clinic_id).values_list("user_id", flat=True).distinct())


def _words(title: str, text: str) -> Words:
    return Words(title, text, secrets.token_hex(16))


def _seal(note: ProcessNote, words: Words, *, version: int | None = None, taken: bool = True) -> ProcessNoteText:
    row = ProcessNoteText(
        clinic_id=note.clinic_id, note=note, author_id=note.author_id, version=version or note.version, taken=taken
    )
    said = {"title": words.title, "text": words.text, "salt": words.salt}
    row.sealed = cipher.seal(json.dumps(said, ensure_ascii=False), at=row.place)
    row.save()
    return row


def _sign(note: ProcessNote, words: Words, *, by: User, proof: Proof) -> None:
    note.signed_at, note.signed_by, note.signed_name = timezone.now(), by, by.name[:120]
    note.signed_role, note.signed_zone, note.signed_identity = proof.role[:40], proof.zone, proof.identity[:120]
    note.signed_sha256 = selectors.digest(note, words)
    note.save(
        update_fields=[
            *("signed_at", "signed_by", "signed_name", "signed_role", "signed_zone", "signed_identity"),
            "signed_sha256",
        ]
    )


def _locked(note: ProcessNote) -> ProcessNote:
    rows = ProcessNote.objects.select_for_update(of=("self",)).select_related("patient", "author", "adds_to")
    return rows.get(pk=note.pk)
