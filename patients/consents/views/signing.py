"""Signing one's own place, writing down that the patient took a consent back, and copies on paper."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import find, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened, origin
from patients.consents import actions
from patients.consents.actions import Evidence
from patients.consents.forms import CountersignForm, WithdrawalForm
from patients.consents.models import Consent, ConsentSignature
from patients.consents.terms import Event, Way
from patients.consents.views.overview import page
from patients.record.models import Patient

IDENTITY = "Own account; password and code, or a passkey, shown for this"


@require_POST
@requires(Permission.CONSENT_SIGN)
@recently_confirmed(both=True)
def countersign(request: StaffRequest, ref: UUID, consent_ref: UUID, place_ref: UUID) -> HttpResponse:
    """Sign one's own place, having shown who one is."""
    patient = find(request, Patient, ref, Permission.CONSENT_VIEW)
    row = find(request, Consent, consent_ref, Permission.CONSENT_VIEW, patient=patient)
    place = find(request, ConsentSignature, place_ref, Permission.CONSENT_SIGN, consent=row)
    form = CountersignForm(request.POST)
    if form.is_valid():
        try:
            actions.countersign(
                signature=place,
                by=request.user,
                role=role_used(request.member, Permission.CONSENT_SIGN, place),
                evidence=evidence(request),
                drawn_svg=form.cleaned_data["drawn_svg"],
            )
        except actions.NotPossible as no:
            return page(request, row, reasons=no.reasons)
        messages.success(request, "Signed.")
        return redirect("consents:one", ref, row.ref)
    return page(request, row, sign_form=form, reasons=["Draw your name again, or sign without a drawing."])


def evidence(request: StaffRequest) -> Evidence:
    """What a signature of somebody signed in can prove."""
    place = origin.get()
    return Evidence(
        identity=IDENTITY,
        zone=request.member.zone,
        address=place.address,
        device=request.headers.get("User-Agent", ""),
        session_hash=place.session_hash,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONSENT_REVOKE)
def withdraw(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    """Write down that the patient took it back. As easy as signing: no proof is asked again, no reason needed."""
    patient = find(request, Patient, ref, Permission.CONSENT_REVOKE)
    row = find(request, Consent, consent_ref, Permission.CONSENT_REVOKE, patient=patient)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.withdraw(consent=row, by=request.user, way=Way(said["way"]), reason=said["reason"])
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, "Taken back, from now on. What was signed stays readable.")
            return redirect("consents:overview", ref)
    if request.method != "POST":
        opened(request, Event.CONSENT_OPENED, on=row)
    return render(
        request, "consents/withdraw.html", {"patient": patient, "consent": row, "form": form}, status=form.status
    )


@require_POST
@requires(Permission.CONSENT_EXPORT)
def print_copy(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    """Ask for a paper as it stands now."""
    patient = find(request, Patient, ref, Permission.CONSENT_EXPORT)
    row = find(request, Consent, consent_ref, Permission.CONSENT_EXPORT, patient=patient)
    actions.print_copy(consent=row, by=request.user)
    messages.success(request, "The paper is being made. It appears below in a moment.")
    return redirect("consents:one", ref, row.ref)
