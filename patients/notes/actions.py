"""What is done with notes: start, save, sign, co-sign, add, strike out. Nothing signed is ever changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.actions import record
from kap_clinic.documents.actions import ask_for
from patients.course.models import Course
from patients.notes import rules, selectors
from patients.notes.letters import PAPER, PAPERS_TASK
from patients.notes.models import Note, NoteAddendum, NoteRevision
from patients.notes.terms import Event, NoteKind
from patients.record.models import Patient


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


class Changed(Exception):
    """The text was written on a version that is not the newest, or the note was signed meanwhile. Nothing is lost:
    the text is kept as a revision that was not taken. `note` is the note as it is now, `was` the text it was written
    on, `mine` the text that met it; each maps `title` and the sections' keys to words.
    """

    def __init__(self, note: Note, was: dict[str, str], mine: dict[str, str]) -> None:
        super().__init__("This note was changed meanwhile")
        self.note, self.was, self.mine = note, was, mine


@dataclass(frozen=True)
class Proof:
    """What a signature proves about its making (SEC-40): `role` the role used, `zone` the IANA zone its time is printed
    in, `identity` in words how the signer proved who they are."""

    role: str
    zone: str
    identity: str


@transaction.atomic
def start(
    *,
    patient: Patient,
    course: Course | None,
    kind: NoteKind | str,
    by: User,
    about_ref: UUID | None = None,
    needs_cosign: bool = False,
) -> Note:
    """An empty draft, its author's alone until it is signed.

    `about_ref` is the `ref` of the visit or session it belongs to: asked for again by the same person while it is
    unsigned, the same note is the answer, and `needs_cosign` is only ever added. `needs_cosign`: a prescriber co-signs
    (protocol 8: the first session, any adverse event). NotPossible: the course is closed, or another patient's.
    """
    if course is not None and course.patient_id != patient.pk:
        raise NotPossible(["This course is another patient's."])
    if course is not None and not course.is_live:
        raise NotPossible(["This course is closed. Open a new course for new work."])
    found = _draft_of(about_ref, kind, by)
    if found is None:
        try:
            with transaction.atomic():
                found = Note.objects.create(
                    clinic_id=patient.clinic_id,
                    patient=patient,
                    course=course,
                    kind=NoteKind(kind),
                    about_ref=about_ref,
                    author=by,
                    needs_cosign=needs_cosign,
                )
        except IntegrityError:
            if (found := _draft_of(about_ref, kind, by)) is None:
                raise
        else:
            record(Event.NOTE_STARTED, by=by, on=found, kind=found.kind)
    return ask_cosign(note=found, by=by) if needs_cosign else found


def _draft_of(about_ref: UUID | None, kind: NoteKind | str, by: User) -> Note | None:
    if about_ref is None:
        return None
    return Note.objects.unsigned().filter(about_ref=about_ref, kind=kind, author=by).select_related("patient").first()


def save(*, note: Note, by: User, version: int, title: str, sections: Mapping[str, str]) -> Note:
    """Keep the text of a draft as its next version; `version` is the one the person wrote on.

    Changed: a newer version says something else, or the note was signed or struck out. The same words again are no
    change and no version.
    """
    with transaction.atomic():
        now = _locked(note)
        mine = {"title": title, **rules.tidy(now.kind, sections)}
        if mine == selectors.text_of(now):
            return now
        refused = now.version != version or now.signed_at is not None or now.voided_at is not None
        if not refused:
            return _next_version(now, mine, by=by)
        _keep(now, mine, by=by, version=min(version, now.version), taken=False)
    raise Changed(now, selectors.text_at(now, version), mine)


def _next_version(note: Note, text: dict[str, str], *, by: User) -> Note:
    note.title, note.sections = text["title"], {key: said for key, said in text.items() if key != "title"}
    note.version, note.saved_at = note.version + 1, timezone.now()
    note.save(update_fields=["title", "sections", "version", "saved_at"])
    _keep(note, text, by=by, version=note.version, taken=True)
    record(Event.NOTE_SAVED, by=by, on=note, version=note.version)
    return note


def _keep(note: Note, text: dict[str, str], *, by: User, version: int, taken: bool) -> None:
    NoteRevision.objects.create(
        clinic_id=note.clinic_id,
        patient=note.patient,
        note=note,
        version=version,
        taken=taken,
        title=text["title"],
        sections={key: said for key, said in text.items() if key != "title"},
        saved_by=by,
    )


@transaction.atomic
def sign(*, note: Note, by: User, version: int, proof: Proof, ask_cosign: bool = False) -> Note:
    """The author signs the version they have just read; from then on only addenda follow, and its paper is asked for.

    NotPossible: every reason, such as the sections still to be written.
    """
    note = _locked(note)
    reasons = list(
        rules.reasons_against_signing(
            signed=note.signed_at is not None,
            voided=note.voided_at is not None,
            version=note.version,
            seen=version,
            kind=note.kind,
            said=note.sections,
        )
    )
    if note.author_id != by.pk:
        reasons.append("Only its author signs a note.")
    if reasons:
        raise NotPossible(reasons)
    fields = _put(note, "signed", by=by, proof=proof, at=timezone.now())
    note.signed_sha256 = selectors.content_digest(note)
    note.needs_cosign = note.needs_cosign or ask_cosign
    note.save(update_fields=[*fields, "signed_sha256", "needs_cosign"])
    record(Event.NOTE_SIGNED, by=by, on=note, role=proof.role, version=note.version, sha256=note.signed_sha256)
    _ask_for_paper(note, by=by)
    return note


@transaction.atomic
def ask_cosign(*, note: Note, by: User) -> Note:
    """Somebody has to co-sign this note; also after it is signed, say when an adverse event is reported later."""
    note = _locked(note)
    if not note.needs_cosign and note.voided_at is None:
        note.needs_cosign = True
        note.save(update_fields=["needs_cosign"])
        record(Event.NOTE_COSIGN_ASKED, by=by, on=note)
    return note


@transaction.atomic
def cosign(*, note: Note, by: User, proof: Proof) -> Note:
    """Somebody else has read the signed note and signs it too. NotPossible: what stands in the way."""
    note = _locked(note)
    reasons = list(
        rules.reasons_against_cosigning(
            signed=note.signed_at is not None,
            voided=note.voided_at is not None,
            needed=note.needs_cosign,
            cosigned=note.cosigned_at is not None,
        )
    )
    if note.author_id == by.pk:
        reasons.append("Nobody co-signs their own note.")
    if reasons:
        raise NotPossible(reasons)
    fields = _put(note, "cosigned", by=by, proof=proof, at=timezone.now())
    note.cosigned_sha256 = selectors.cosign_digest(note)
    note.save(update_fields=[*fields, "cosigned_sha256"])
    record(Event.NOTE_COSIGNED, by=by, on=note, role=proof.role, sha256=note.cosigned_sha256)
    _ask_for_paper(note, by=by)
    return note


@transaction.atomic
def add(*, note: Note, by: User, text: str, proof: Proof) -> NoteAddendum:
    """Add to a signed note, with a signature of its own. NotPossible: what stands in the way."""
    note = _locked(note)
    signed, voided = note.signed_at is not None, note.voided_at is not None
    if reasons := list(rules.reasons_against_adding(signed=signed, voided=voided, text=text)):
        raise NotPossible(reasons)
    row = NoteAddendum(clinic_id=note.clinic_id, patient=note.patient, note=note, text=text.strip())
    _put(row, "signed", by=by, proof=proof, at=timezone.now())
    row.signed_sha256 = selectors.addendum_digest(row)
    row.save()
    record(Event.NOTE_ADDED, by=by, on=note, role=proof.role, sha256=row.signed_sha256)
    _ask_for_paper(note, by=by)
    return row


@transaction.atomic
def void(*, note: Note, by: User, why: str) -> Note:
    """Strike a note out: it is another patient's, or was begun by mistake. It stays for who may see what is struck out.

    NotPossible: no reason is given, or it is struck out already.
    """
    note = _locked(note)
    if reasons := list(rules.reasons_against_voiding(voided=note.voided_at is not None, why=why)):
        raise NotPossible(reasons)
    note.voided_at, note.voided_by, note.voided_why = timezone.now(), by, why.strip()[:200]
    note.save(update_fields=["voided_at", "voided_by", "voided_why"])
    record(Event.NOTE_VOIDED, by=by, on=note, reason=note.voided_why)
    return note


@transaction.atomic
def print_copy(*, note: Note, by: User) -> None:
    """A paper of a signed note as it stands. NotPossible: a draft is its author's alone and makes no paper."""
    note = _locked(note)
    if note.signed_at is None or note.voided_at is not None:
        raise NotPossible(["Only a signed note makes a paper."])
    _ask_for_paper(note, by=by)
    record(Event.NOTE_PRINTED, by=by, on=note)


def _locked(note: Note) -> Note:
    rows = Note.objects.select_for_update(of=("self",))
    return rows.select_related("patient", "course", "author", "signed_by", "cosigned_by").get(pk=note.pk)


def _put(row: Any, prefix: str, *, by: User, proof: Proof, at: datetime) -> list[str]:
    """Write a signature into the fields that begin with `prefix`; which they are."""
    values = {
        "at": at,
        "by": by,
        "name": by.name[:120],
        "role": proof.role[:40],
        "zone": proof.zone,
        "identity": proof.identity[:120],
    }
    for name, value in values.items():
        setattr(row, f"{prefix}_{name}", value)
    return [f"{prefix}_{name}" for name in values]


def _ask_for_paper(note: Note, *, by: User) -> None:
    """Queue a paper of the note as it stands now."""
    note.papers += 1
    note.save(update_fields=["papers"])
    ask_for(
        kind=PAPER,
        title=str(NoteKind(note.kind).label),
        subject=note,
        patient_ref=note.patient.ref,
        permission=Permission.NOTE_VIEW,
        by=by,
        version=note.papers,
        task=PAPERS_TASK,
    )
