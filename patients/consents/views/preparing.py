"""Drafting a consent, giving it to the patient, and writing down the talk about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.consents import actions, selectors
from patients.consents.forms import DETAIL_FORMS, TalkForm
from patients.consents.forms.preparing import Choices, DetailForm
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, Event
from patients.consents.views.overview import page
from patients.record.models import Patient


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONSENT_MAKE)
def draft(request: StaffRequest, ref: UUID, kind: str) -> HttpResponse:
    """A new draft of a kind."""
    patient = find(request, Patient, ref, Permission.CONSENT_MAKE)
    if kind not in ConsentKind.values:
        raise Http404
    form = _form(request, patient, ConsentKind(kind), selectors.suggested(patient, kind, clinical=_clinical(request)))
    if form.is_valid():
        try:
            row = actions.draft(patient=patient, kind=ConsentKind(kind), details=form.details(), by=request.user)
        except actions.NotPossible as no:
            _say(form, no.reasons)
        else:
            return redirect("consents:one", ref, row.ref)
    return _draft_page(request, patient, ConsentKind(kind), form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONSENT_MAKE)
def change(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    """Other details, while it is a draft."""
    patient = find(request, Patient, ref, Permission.CONSENT_MAKE)
    row = find(request, Consent, consent_ref, Permission.CONSENT_VIEW, patient=patient)
    form = _form(request, patient, ConsentKind(row.kind), row.details)
    if form.is_valid():
        try:
            actions.change_draft(consent=row, details=form.details(), by=request.user)
        except actions.NotPossible as no:
            _say(form, no.reasons)
        else:
            return redirect("consents:one", ref, row.ref)
    return _draft_page(request, patient, ConsentKind(row.kind), form)


def _form(request: StaffRequest, patient: Patient, kind: ConsentKind, details: dict[str, Any]) -> DetailForm:
    zone = request.member.zone
    choices = Choices(
        prescribers=selectors.prescribers(patient, zone),
        therapists=selectors.therapists(patient, zone),
        may_touch=selectors.may_touch(patient, zone),
        techniques=value_of("touch_techniques", patient.clinic_id),
    )
    return DETAIL_FORMS[kind](request.POST if request.method == "POST" else None, choices=choices, details=details)


def _clinical(request: StaffRequest) -> bool:
    """Whether this person may read what a draft would be filled in with: the diagnosis and what was tried."""
    return may(request.member, Permission.SCREENING_VIEW)


def _draft_page(request: StaffRequest, patient: Patient, kind: ConsentKind, form: DetailForm) -> HttpResponse:
    if request.method != "POST":
        opened(request, Event.CONSENTS_OPENED, on=patient, kind=str(kind))
    shown = {"patient": patient, "kind": kind, "form": form, "title": f"Prepare: {kind.label.lower()}"}
    return render(request, "consents/draft.html", shown, status=form.status)


def _say(form: Any, reasons: list[str]) -> None:
    for reason in reasons:
        form.add_error(None, reason)


@require_POST
@requires(Permission.CONSENT_MAKE)
def present(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    """Give it to the patient."""
    patient = find(request, Patient, ref, Permission.CONSENT_MAKE)
    row = find(request, Consent, consent_ref, Permission.CONSENT_VIEW, patient=patient)
    try:
        actions.present(consent=row, by=request.user)
    except actions.NotPossible as no:
        return page(request, row, reasons=no.reasons)
    messages.success(request, "Ready for the patient, who reads and signs on their own device.")
    return redirect("consents:one", ref, row.ref)


@require_POST
@requires(Permission.CONSENT_SIGN)
def talk(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    """Write down the talk; by somebody the consent names."""
    patient = find(request, Patient, ref, Permission.CONSENT_VIEW)
    row = find(request, Consent, consent_ref, Permission.CONSENT_VIEW, patient=patient)
    places = [one for one in row.signatures.all() if may(request.member, Permission.CONSENT_SIGN, one)]
    if not places:
        raise Refused(Permission.CONSENT_SIGN, row)
    form = TalkForm(request.POST, kind=row.kind)
    if form.is_valid():
        role = role_used(request.member, Permission.CONSENT_SIGN, places[0])
        try:
            actions.note_talk(consent=row, by=request.user, role=role, **form.talk())
        except actions.NotPossible as no:
            _say(form, no.reasons)
        else:
            messages.success(request, "Written down. It stands in the consent now.")
            return redirect("consents:one", ref, row.ref)
    return page(request, row, talk_form=form)
