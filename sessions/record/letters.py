"""The record of a dosing session on paper: DRAFT until everybody who signs has signed."""

from dataclasses import dataclass

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record import selectors as records
from patients.record.letterhead import Letterhead
from sessions.dosing.models import DosingSession
from sessions.orders.letters import headline, ordered
from sessions.record import selectors
from sessions.record.selectors import Record

PAPER, PAPERS_TASK = "dosing_record", "sessions.render_records"


@dataclass(frozen=True)
class RecordLetter(Letterhead):
    record: Record
    headline: str
    ordered: list[tuple[str, str]]


def ask(dosing: DosingSession, *, by: User) -> StoredDocument:
    """Queue a paper of the record as it stands now. The caller holds the session's row."""
    before = StoredDocument.objects.filter(kind=PAPER, subject_ref=dosing.ref).count()
    return ask_for(
        kind=PAPER,
        title="Record of a dosing session",
        subject=dosing,
        patient_ref=dosing.patient.ref,
        permission=Permission.DOSING_VIEW,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )


def dosing_record(document: StoredDocument) -> str:
    """The HTML of the record this paper prints."""
    dosing = selectors.whole(DosingSession.objects.get(ref=document.subject_ref))
    zone = dosing.clinic.zone
    found = selectors.record(dosing, zone)
    status = f"waits for {found.waits_for}" if found.waits_for else "signed"
    weight = f"Weight {dosing.order.weight.kg} kg" if dosing.order and dosing.order.weight else "Weight not known"
    facts = [records.allergies(dosing.patient, zone).in_words, weight]
    letter = RecordLetter(
        **letterhead.head(document, dosing.patient, status=status, draft=found.is_draft, facts=facts),
        record=found,
        headline=headline(dosing.order) if dosing.order else "",
        ordered=ordered(dosing.order) if dosing.order else [],
    )
    return letterhead.page("letters/dosing_record.html", letter, document.clinic_id)
