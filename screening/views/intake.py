"""The intake, section by section, and its check page. Load, ask, call, answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import record
from patients.record.days import today_in
from patients.record.models import Patient
from screening import actions, policies, selectors
from screening.forms.intake import section_form
from screening.models import Screening
from screening.terms import Event, ScreeningState


@require_POST
@requires(Permission.SCREENING_RECORD)
def start(request: StaffRequest, patient_ref: UUID) -> HttpResponse:
    patient = find(request, Patient, patient_ref, Permission.SCREENING_RECORD)
    screening = actions.start(patient=patient, by=request.user, on=today_in(request.member.zone))
    return redirect("screening:section", screening.ref, selectors.first_section())


@require_safe
@requires(Permission.SCREENING_VIEW)
def screening(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The check page: what is open, what the rules say, every answer; from here it is submitted."""
    row = find(request, Screening, ref, Permission.SCREENING_VIEW)
    record(Event.SCREENING_OPENED, by=request.user, on=row)
    return _check_page(request, row)


def _check_page(request: StaffRequest, row: Screening, reasons: list[str] | None = None) -> HttpResponse:
    context = {
        "page": selectors.page(row),
        "screening": row,
        "patient": row.patient,
        "reasons": reasons or [],
        "reviews": selectors.reviews(row),
        "may_record": may(request.member, Permission.SCREENING_RECORD, row),
    }
    return render(request, "screening/check.html", context, status=422 if reasons else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SCREENING_RECORD)
def section(request: StaffRequest, ref: UUID, name: str) -> HttpResponse:
    row = find(request, Screening, ref, Permission.SCREENING_RECORD)
    if name not in selectors.sections():
        raise Http404
    if row.state != ScreeningState.DRAFT:
        return redirect("screening:check", row.ref)
    seen = policies.digest(policies.section_values(row, name))
    if request.method != "POST":
        record(Event.SCREENING_OPENED, by=request.user, on=row, section=name)
        return _section_page(request, row, name, section_form(name, None, row, seen))
    form = section_form(name, request.POST, row, seen)
    if not form.is_valid():
        return _section_page(request, row, name, form, status=422)
    try:
        with transaction.atomic():
            actions.save_section(
                screening=row, section=name, values=form.values(), seen=form.cleaned_data["seen"], by=request.user
            )
    except actions.ChangedMeanwhile as other:
        theirs = selectors.in_words(name, other.theirs)
        mine = selectors.in_words(name, form.values())
        return _section_page(request, row, name, form, status=409, both=selectors.side_by_side(theirs, mine), now=seen)
    except actions.NotPossible as no:
        return _section_page(request, row, name, form, status=422, reasons=no.reasons)
    if "more" in request.POST:
        return redirect("screening:section", row.ref, name)
    after = selectors.section_after(name)
    return redirect("screening:section", row.ref, after) if after else redirect("screening:check", row.ref)


def _section_page(
    request: StaffRequest, row: Screening, name: str, form: Any, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "page": selectors.page(row, at=name),
        "screening": row,
        "patient": row.patient,
        "section": name,
        "title": selectors.sections()[name],
        "form": form,
        "medicines": selectors.recognised(row) if name == policies.MEDICINES else [],
        **extra,
    }
    return render(request, "screening/section.html", context, status=status)


@require_POST
@requires(Permission.SCREENING_RECORD)
def submit(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Screening, ref, Permission.SCREENING_RECORD)
    try:
        with transaction.atomic():
            actions.submit(screening=row, by=request.user)
    except actions.NotPossible as no:
        return _check_page(request, row, no.reasons)
    messages.success(request, "Submitted. It is in the prescriber's queue.")
    return redirect("screening:check", row.ref)


@require_POST
@requires(Permission.SCREENING_RECORD)
def print_copy(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A paper as it stands now, kept with the patient's papers. Reading alone, or emergency access, makes none."""
    row = find(request, Screening, ref, Permission.SCREENING_RECORD)
    actions.print_copy(screening=row, by=request.user)
    messages.success(request, "The paper is being made. It appears here in a moment.")
    return redirect("desk:papers", row.patient.ref)
