"""How a paper of a course is asked for."""

from integration.papers.models import Receipt
from integration.papers.terms import PaperKind
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.course.models import Course

PAPERS_TASK = "integration.render_papers"


def ask(subject: Course | Receipt, kind: PaperKind, *, permission: Permission, by: User) -> StoredDocument:
    """Queue a paper of this kind as things stand now. The caller holds the row it is about."""
    before = StoredDocument.objects.filter(kind=kind, subject_ref=subject.ref).count()
    return ask_for(
        kind=kind,
        title=str(kind.label),
        subject=subject,
        patient_ref=subject.patient.ref,
        permission=permission,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )
