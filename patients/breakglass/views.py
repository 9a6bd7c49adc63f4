"""Opening a record in an emergency, closing it, and the review afterwards."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.breakglass import actions, selectors
from patients.breakglass.forms import ReasonForm, ReviewForm
from patients.breakglass.models import BreakGlass
from patients.breakglass.rules import STANDS_FOR
from patients.breakglass.terms import Event, Verdict
from patients.record.models import Patient


@require_http_methods(["GET", "POST"])
@requires(Permission.BREAK_GLASS_OPEN)
@recently_confirmed
def open_record(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Say why, and read this record for an hour."""
    patient = find(request, Patient, ref, Permission.BREAK_GLASS_OPEN)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"next": request.GET.get("next", "")})
    if form.is_valid():
        role = role_used(request.member, Permission.BREAK_GLASS_OPEN, patient)
        try:
            actions.break_glass(patient=patient, reason=form.cleaned_data["reason"], by=request.user, role=role)
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error("reason", reason)
        else:
            return redirect(_after(request, form.cleaned_data["next"], patient))
    minutes = int(STANDS_FOR.total_seconds() // 60)
    return render(request, "breakglass/open.html", {"form": form, "minutes": minutes}, status=form.status)


def _after(request: StaffRequest, wanted: str, patient: Patient) -> str:
    """Where the person was going, if that is one of our own pages; else the chart, or what else they may see."""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return patient.get_absolute_url() if may(request.member, Permission.PATIENT_VIEW, patient) else "/"


@require_POST
@requires(Permission.BREAK_GLASS_OPEN)
def close(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The emergency is over before the hour is."""
    patient = find(request, Patient, ref, Permission.BREAK_GLASS_OPEN)
    actions.close(patient=patient, by=request.user)
    return redirect("/")


@require_safe
@requires(Permission.BREAK_GLASS_REVIEW, Permission.TEAM_VIEW)
def waiting(request: StaffRequest) -> HttpResponse:
    """What nobody has reviewed yet."""
    uses = selectors.waiting(request.member)
    opened(request, Event.BREAK_GLASS_REVIEWS_OPENED, waiting=len(uses))
    return render(request, "breakglass/waiting.html", {"uses": uses})


@require_http_methods(["GET", "POST"])
@requires(Permission.BREAK_GLASS_REVIEW)
@recently_confirmed
def review(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Somebody else says whether it was in order."""
    glass = find(request, BreakGlass, ref, Permission.BREAK_GLASS_REVIEW)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.review(
                glass=glass,
                verdict=Verdict(form.cleaned_data["verdict"]),
                words=form.cleaned_data["words"],
                by=request.user,
                role=role_used(request.member, Permission.BREAK_GLASS_REVIEW, glass),
            )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            return redirect("breakglass:waiting")
    use = selectors.one(glass, request.member)
    return render(request, "breakglass/review.html", {"form": form, "use": use}, status=form.status)
