"""The Reviews page: load, ask, call, answer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import record
from kap_clinic.desk.reviews import selectors
from kap_clinic.desk.reviews.forms import DecisionForm, OverrideForm
from patients.record import actions as record_actions
from patients.record.days import today_in
from screening import actions, rules
from screening import selectors as screening_selectors
from screening.models import Finding, Override, Screening
from screening.terms import Event

KEYS = [
    {"key": "A", "words": "Approve"},
    {"key": "C", "words": "Approve with conditions"},
    {"key": "M", "words": "Ask for more"},
    {"key": "D", "words": "Decline"},
    {"key": "S", "words": "Sign"},
]


@require_safe
@requires(Permission.SCREENING_DECIDE)
def reviews(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    rows = selectors.worklist(request.member, now)
    record(Event.REVIEWS_OPENED, by=request.user, rows=len(rows))
    return render(request, "desk/reviews/list.html", {"rows": rows, "now": now})


@require_safe
@requires(Permission.SCREENING_DECIDE)
def review(request: StaffRequest, ref: UUID) -> HttpResponse:
    screening = find(request, Screening, ref, Permission.SCREENING_DECIDE)
    record(Event.SCREENING_OPENED, by=request.user, on=screening)
    return _page(request, screening)


def _page(
    request: StaffRequest,
    screening: Screening,
    *,
    form: DecisionForm | None = None,
    override_form: OverrideForm | None = None,
    overriding: int | None = None,
    status: int = 200,
) -> HttpResponse:
    today, now = today_in(request.member.zone), timezone.now()
    detail = selectors.detail(screening, today)
    latest = today + timedelta(days=int(rules.DEFAULTS.override_max_days))
    context: dict[str, Any] = {
        "rows": selectors.worklist(request.member, now),
        "now": now,
        "detail": detail,
        "screening": screening,
        "patient": screening.patient,
        "form": form or DecisionForm(lines=detail.lines, initial={"expires_on": latest}),
        "override_form": override_form or OverrideForm(initial={"expires_on": latest}),
        "overriding": overriding,
        "today": today,
        "latest": latest,
        "rules_version": rules.VERSION,
        "page_keys": KEYS,
    }
    return render(request, "desk/reviews/detail.html", context, status=status)


@require_POST
@requires(Permission.SCREENING_DECIDE)
def take(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Taking a review nobody has joins the patient's team (permissions.md rule 11)."""
    screening = find(request, Screening, ref, Permission.SCREENING_DECIDE)
    record_actions.cover(patient=screening.patient, by=request.user, why="Took the review")
    return redirect("desk:review", ref)


@require_POST
@requires(Permission.SCREENING_DECIDE)
@recently_confirmed
def decide(request: StaffRequest, ref: UUID) -> HttpResponse:
    screening = find(request, Screening, ref, Permission.SCREENING_DECIDE)
    form = DecisionForm(request.POST, lines=selectors.detail(screening, today_in(request.member.zone)).lines)
    if form.is_valid():
        try:
            with transaction.atomic():
                actions.decide(
                    screening=screening,
                    by=request.user,
                    role=role_used(request.member, Permission.SCREENING_DECIDE, screening),
                    on=today_in(request.member.zone),
                    **form.decision_data(),
                )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"Signed: {form.cleaned_data['decision'].replace('_', ' ')}.")
            return redirect("desk:reviews")
    return _page(request, screening, form=form, status=422)


@require_POST
@requires(Permission.SCREENING_DECIDE)
@recently_confirmed
def override(request: StaffRequest, ref: UUID, finding_ref: UUID) -> HttpResponse:
    screening = find(request, Screening, ref, Permission.SCREENING_DECIDE)
    finding = find(request, Finding, finding_ref, Permission.SCREENING_DECIDE, screening=screening)
    form = OverrideForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                actions.override_stop(
                    finding=finding,
                    by=request.user,
                    role=role_used(request.member, Permission.SCREENING_DECIDE, screening),
                    on=today_in(request.member.zone),
                    **form.override(),
                )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            return redirect("desk:review", ref)
    return _page(request, screening, override_form=form, overriding=finding.pk, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OVERRIDE_SECOND)
@recently_confirmed
def second(request: StaffRequest, ref: UUID, override_ref: UUID) -> HttpResponse:
    """The second signature of a `dual` override, by somebody who does not treat the patient."""
    row = find(request, Override, override_ref, Permission.OVERRIDE_SECOND, finding__screening__ref=ref)
    reasons: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                actions.second_override(
                    override=row, by=request.user, role=role_used(request.member, Permission.OVERRIDE_SECOND, row)
                )
        except actions.NotPossible as no:
            reasons = no.reasons
        else:
            messages.success(request, "Signed as the second person.")
            return redirect("desk:today")
    else:
        record(Event.SCREENING_OPENED, by=request.user, on=row.finding.screening)
    screening = row.finding.screening
    reads = may(request.member, Permission.SCREENING_VIEW, screening)  # the other findings, and the medicines in them
    context = {
        "override": row,
        "patient": row.patient,
        "rule": rules.RULES[row.finding.rule],
        "page": screening_selectors.page(screening) if reads else None,
        "reasons": reasons,
    }
    return render(request, "desk/reviews/second.html", context, status=422 if reasons else 200)
