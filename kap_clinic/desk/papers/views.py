"""A paper is opened through the patient it is about, with the permission of what it prints."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened, record
from kap_clinic.desk.papers.offers import offers
from kap_clinic.documents import actions, selectors
from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import Event
from patients.record.models import Patient

# What a paper may need: what a letter of some room prints.
PRINTED = (
    Permission.CONSENT_VIEW,
    Permission.SCREENING_VIEW,
    Permission.MEASURE_VIEW,
    Permission.NOTE_VIEW,
    Permission.ORDER_VIEW,
    Permission.DOSE_VIEW,
    Permission.DOSING_VIEW,
    Permission.RECEIPT_VIEW,
)


@require_safe
@requires(Permission.CONSENT_VIEW)
def papers(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The papers of a patient that this person may open; the others are not even counted."""
    patient = find(request, Patient, ref, Permission.CONSENT_VIEW)
    opened(request, Event.PAPERS_OPENED, on=patient)
    rows = selectors.of_patient(patient.ref)
    open_to = {needs for needs in {row.needs for row in rows} if may(request.member, Permission(needs), patient)}  # type: ignore[call-arg]
    shown = {
        "patient": patient,
        "papers": [row for row in rows if row.needs in open_to],
        "offers": offers(patient, request.member),
    }
    return render(request, "desk/papers/list.html", shown)


@require_safe
@requires(*PRINTED)
def paper(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The file, as it was stored."""
    document = _stored(ref)
    patient = find(request, Patient, document.patient_ref, document.needs)
    if document.content is None:
        raise Http404
    record(Event.PAPER_OPENED, by=request.user, on=document, patient=patient, sha256=document.sha256)
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.file_name}"'
    return response


@require_POST
@requires(*PRINTED)
def again(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Once more for a paper that could not be made."""
    document = _stored(ref)
    patient = find(request, Patient, document.patient_ref, document.needs)
    actions.try_again(document=document, by=request.user)
    messages.success(request, "It is being made again. Look again in a minute.")
    if may(request.member, Permission.CONSENT_VIEW, patient):
        return redirect("desk:papers", patient.ref)
    return redirect("papers:receipts", patient.ref)


def _stored(ref: UUID) -> StoredDocument:
    document = selectors.one(ref)
    if document is None or document.patient_ref is None:
        raise Http404
    return document
