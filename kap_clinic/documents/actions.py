"""What is done with papers: ask for one, store what was made, or write down why it could not be."""

import hashlib
import logging
import random
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kap_clinic import bell, wall
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.actions import record
from kap_clinic.documents import pdf
from kap_clinic.documents.models import LEASE, MOST_TRIES, StoredDocument
from kap_clinic.documents.terms import DocumentState, Event

log = logging.getLogger(__name__)
Write = Callable[[StoredDocument], str]


@transaction.atomic
def ask_for(
    *,
    kind: str,
    title: str,
    subject: Any,
    patient_ref: UUID | None,
    permission: Permission,
    by: User | None,
    task: str,
    version: int = 1,
) -> StoredDocument:
    """Queue a paper and ring for `task`, which makes it; asked for twice it is one paper."""
    document, made = StoredDocument.objects.get_or_create(
        kind=kind,
        subject_ref=subject.ref,
        subject_version=version,
        defaults={
            "clinic_id": subject.clinic_id,
            "title": title,
            "patient_ref": patient_ref,
            "permission": permission,
            "asked_by": by,
        },
    )
    if made:
        record(Event.PAPER_ASKED, by=by or "system", on=document, kind=kind)
        bell.ring(task)
    return document


@transaction.atomic
def try_again(*, document: StoredDocument, by: User) -> StoredDocument:
    """Somebody asks once more for a paper that failed; one that did not stays as it is."""
    document = StoredDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.state == DocumentState.FAILED:
        document.state, document.tries, document.try_at = DocumentState.QUEUED, 0, timezone.now()
        document.save(update_fields=["state", "tries", "try_at"])
        record(Event.PAPER_ASKED, by=by, on=document, kind=document.kind, again=True)
    return document


def make_due(kind: str, write: Write, *, most: int = 20) -> int:
    """Make every due paper of a kind, clinic by clinic. `write` gives the HTML of one; returns how many were made.

    One bad paper never stops others. The file is made outside the transactions that claim and store it (REL-01). A
    claim is a lease: a worker that dies leaves a paper that is due again, and one that kills every worker ends as
    failed.
    """
    made = 0
    for clinic in Clinic.objects.all():
        for ref in _due(clinic.pk, kind, most):
            made += _make(clinic.pk, ref, write)
    return made


def _due(clinic_id: int, kind: str, most: int) -> list[UUID]:
    with wall.as_clinic(clinic_id):
        rows = StoredDocument.objects.due(timezone.now()).filter(kind=kind).order_by("id")[:most]
        return list(rows.values_list("ref", flat=True))


def _make(clinic_id: int, ref: UUID, write: Write) -> bool:
    if not _claim(clinic_id, ref):
        return False
    try:
        with wall.as_clinic(clinic_id):
            html = write(StoredDocument.objects.get(ref=ref))
        content, pages = pdf.render(html)
    except Exception as trouble:
        log.error("paper %s could not be made: %s in %s", ref, type(trouble).__name__, _where(trouble))
        with wall.as_clinic(clinic_id):
            _put_off(_locked(ref), type(trouble).__name__)
        return False
    with wall.as_clinic(clinic_id):
        return _store(_locked(ref), content, pages)


def _where(trouble: Exception) -> str:
    """Where it happened, without the words of the exception: they may hold a name (SEC-47)."""
    frames = traceback.extract_tb(trouble.__traceback__)
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _locked(ref: UUID) -> StoredDocument:
    return StoredDocument.objects.select_for_update(of=("self",)).get(ref=ref)


def _claim(clinic_id: int, ref: UUID) -> bool:
    """Take a due paper for a few minutes; False when another worker has it, or it has been tried too often."""
    now = timezone.now()
    with wall.as_clinic(clinic_id):
        due = StoredDocument.objects.due(now).select_for_update(of=("self",), skip_locked=True)
        document = due.filter(ref=ref).first()
        if document is None:
            return False
        if document.tries >= MOST_TRIES:
            _fail(document, document.trouble or "The worker stopped each time")
            return False
        document.tries, document.try_at = document.tries + 1, now + LEASE
        document.save(update_fields=["tries", "try_at"])
    return True


def _store(document: StoredDocument, content: bytes, pages: int) -> bool:
    """Keep the file with its hash; what is stored is never made again. False when another worker was quicker."""
    if document.state == DocumentState.STORED:
        return False
    document.content, document.pages, document.stored_at = content, pages, timezone.now()
    document.sha256, document.state, document.trouble = hashlib.sha256(content).hexdigest(), DocumentState.STORED, ""
    document.save(update_fields=["content", "pages", "stored_at", "sha256", "state", "trouble"])
    record(Event.PAPER_STORED, by="system", on=document, sha256=document.sha256, pages=pages)
    return True


def _put_off(document: StoredDocument, trouble: str) -> None:
    """It did not work: try again later with growing, jittered waits, or show it as failed (REL-10)."""
    if document.state == DocumentState.STORED:
        return
    if document.tries >= MOST_TRIES:
        _fail(document, trouble)
        return
    wait = min(2**document.tries * 15, 3600) * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load, guards nothing
    document.trouble, document.try_at = trouble[:300], timezone.now() + timedelta(seconds=wait)
    document.save(update_fields=["trouble", "try_at"])


def _fail(document: StoredDocument, trouble: str) -> None:
    document.state, document.trouble = DocumentState.FAILED, trouble[:300]
    document.save(update_fields=["state", "trouble"])
    record(Event.PAPER_FAILED, by="system", on=document, tries=document.tries)
