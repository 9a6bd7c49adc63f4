"""What every act on a consent needs: the locked row, the frozen text, the paper, and a way to say no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from patients.consents import selectors, texts
from patients.consents.models import Consent

PATIENT = "patient"
PAPER, PAPERS_TASK = "consent", "patients.render_papers"


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Evidence:
    """What the record of a signature must be able to prove about its making (consent-elements 6).

    `identity` says in words how the signer proved who they are; `session_hash` and `link_ref` tell which session or
    link it was; `zone` is the IANA name the time is printed in.
    """

    identity: str
    zone: str
    address: str = ""
    device: str = ""
    session_hash: str = ""
    link_ref: UUID | None = None


def locked(consent: Consent) -> Consent:
    rows = Consent.objects.select_for_update(of=("self",)).select_related("text", "patient", "course")
    return rows.get(pk=consent.pk)


def freeze(consent: Consent, values: Mapping[str, Any]) -> None:
    consent.sections = texts.filled(consent.text.sections, values)
    consent.sha256 = selectors.content_digest(consent)


def refreeze(consent: Consent) -> None:
    freeze(consent, selectors.values(consent))
    consent.save(update_fields=["sections", "sha256"])


def ask_for_paper(consent: Consent, *, by: User | None) -> None:
    """Queue a paper of the consent as it stands now."""
    consent.papers += 1
    consent.save(update_fields=["papers"])
    ask_for(
        kind=PAPER,
        title=consent.text.title,
        subject=consent,
        patient_ref=consent.patient.ref,
        permission=Permission.CONSENT_VIEW,
        by=by,
        version=consent.papers,
        task=PAPERS_TASK,
    )
