"""What pages read of papers; never the file itself, but for the one that is opened."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import DocumentState

AT_MOST = 50
FIELDS = (
    *("ref", "title", "subject_version", "state", "permission", "sha256", "pages", "asked_at", "asked_by__name"),
    *("stored_at", "tries", "trouble"),
)
CHIPS = {DocumentState.STORED: "ok", DocumentState.QUEUED: "info", DocumentState.FAILED: "danger"}


@dataclass(frozen=True)
class Paper:
    """One paper in a list, in the order of FIELDS. `needs` is the permission it takes to open it."""

    ref: UUID
    title: str
    version: int
    state: str
    needs: str
    sha256: str  # empty until it is stored
    pages: int | None
    asked_at: datetime
    asked_by: str | None  # None: by the system
    stored_at: datetime | None
    tries: int
    trouble: str

    @property
    def is_stored(self) -> bool:
        return self.state == DocumentState.STORED

    @property
    def is_failed(self) -> bool:
        return self.state == DocumentState.FAILED

    @property
    def chip(self) -> str:
        return CHIPS[DocumentState(self.state)]

    @property
    def state_in_words(self) -> str:
        return str(DocumentState(self.state).label)


def of_patient(patient_ref: UUID, kind: str = "") -> list[Paper]:
    """The newest papers of a patient, of one kind or of all, whoever may open them."""
    found = StoredDocument.objects.filter(patient_ref=patient_ref, **({"kind": kind} if kind else {}))
    rows = found.order_by("-id").values_list(*FIELDS)
    return [Paper(*row) for row in rows[:AT_MOST]]


def of_subject(kind: str, subject_ref: UUID) -> list[Paper]:
    """Every paper that prints this row, newest first."""
    rows = StoredDocument.objects.filter(kind=kind, subject_ref=subject_ref).order_by("-id").values_list(*FIELDS)
    return [Paper(*row) for row in rows]


def one(ref: UUID) -> StoredDocument | None:
    """A paper of this clinic with its file; the wall shows no other clinic's."""
    return StoredDocument.objects.filter(ref=ref).first()
