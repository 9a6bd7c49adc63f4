"""The papers of a course, each by its kind."""

from collections.abc import Callable, Mapping

from integration.papers.letters import ended, plain, receipt, summary
from integration.papers.letters.asking import PAPERS_TASK, ask
from integration.papers.terms import PaperKind
from kap_clinic.documents.models import StoredDocument

LETTERS: Mapping[str, Callable[[StoredDocument], str]] = {
    PaperKind.SUMMARY: summary.to_referrer,
    PaperKind.SUMMARY_PATIENT: plain.to_patient,
    PaperKind.ENDED: ended.to_referrer,
    PaperKind.ENDED_PATIENT: ended.to_patient,
    PaperKind.RECEIPT: receipt.receipt,
}

__all__ = ["LETTERS", "PAPERS_TASK", "ask"]
