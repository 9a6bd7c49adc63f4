"""What is done with papers: ask for one, store what was made, or write down why it could not be."""

import hashlib
import logging
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.actions import record
from kap_clinic.documents import pdf
from kap_clinic.documents.models import MOST_TRIES, StoredDocument
from kap_clinic.documents.terms import DocumentState, Event

log = logging.getLogger(__name__)


@transaction.atomic
def ask_for(
    *,
    kind: str,
    title: str,
    subject: Any,
    patient_ref: UUID | None,
    permission: Permission,
    by: User | None,
    version: int = 1,
) -> StoredDocument:
    """Queue a paper; asked for twice it is one paper."""
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
    return document


@transaction.atomic
def store(*, document: StoredDocument, content: bytes, pages: int) -> StoredDocument:
    """Keep the file with its hash; what is stored is never made again."""
    document.content, document.pages, document.stored_at = content, pages, timezone.now()
    document.sha256, document.state, document.trouble = hashlib.sha256(content).hexdigest(), DocumentState.STORED, ""
    document.save()
    record(Event.PAPER_STORED, by="system", on=document, sha256=document.sha256, pages=pages)
    return document


@transaction.atomic
def put_off(*, document: StoredDocument, trouble: str) -> StoredDocument:
    """It did not work: try again later with growing, jittered waits, or show it as failed (REL-10)."""
    document.tries += 1
    document.trouble = trouble[:300]
    wait = min(2**document.tries * 15, 3600) * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load, guards nothing
    document.try_at = timezone.now() + timedelta(seconds=wait)
    if document.tries >= MOST_TRIES:
        document.state = DocumentState.FAILED
        record(Event.PAPER_FAILED, by="system", on=document, tries=document.tries)
    document.save(update_fields=["tries", "trouble", "try_at", "state"])
    return document


@transaction.atomic
def try_again(*, document: StoredDocument, by: User) -> StoredDocument:
    """Somebody asks once more for a paper that failed."""
    document.state, document.tries, document.try_at = DocumentState.QUEUED, 0, timezone.now()
    document.save(update_fields=["state", "tries", "try_at"])
    record(Event.PAPER_ASKED, by=by, on=document, kind=document.kind, again=True)
    return document


def make_due(kind: str, write: Callable[[StoredDocument], str], *, most: int = 20) -> int:
    """Make every due paper of a kind, clinic by clinic. `write` gives the HTML of one; returns how many were made.

    One bad paper never stops others. The file is made outside the transaction that stores it (REL-01).
    """
    made = 0
    for clinic in Clinic.objects.all():
        for ref in _due(clinic.pk, kind, most):
            made += _make(clinic.pk, ref, write)
    return made


def _due(clinic_id: int, kind: str, most: int) -> list[UUID]:
    with wall.as_clinic(clinic_id):
        rows = StoredDocument.objects.due(timezone.now()).filter(kind=kind).order_by("id")[:most]
        return [document.ref for document in rows]


def _make(clinic_id: int, ref: UUID, write: Callable[[StoredDocument], str]) -> bool:
    try:
        with wall.as_clinic(clinic_id):
            html = write(StoredDocument.objects.get(ref=ref))
        content, pages = pdf.render(html)
    except Exception as trouble:
        log.exception("paper %s could not be made", ref)
        with wall.as_clinic(clinic_id):
            put_off(document=StoredDocument.objects.select_for_update().get(ref=ref), trouble=type(trouble).__name__)
        return False
    with wall.as_clinic(clinic_id):
        document = StoredDocument.objects.select_for_update().get(ref=ref)
        if document.state != DocumentState.STORED:  # another worker may have been quicker
            store(document=document, content=content, pages=pages)
    return True
