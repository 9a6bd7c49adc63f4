"""The pre-dose check: from arrival to ready. Parts for htmx and whole pages from the same views."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import is_part, opened, record
from kap_clinic.web.forms import ClinicForm
from patients.course.actions import NotReady
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.gate import actions, pages, selectors
from sessions.gate.forms import FORMS, BaselineForm, ReasonForm
from sessions.gate.terms import Check, Event, GateItem
from sessions.visits import actions as visits

# Whose right an answer is; the prescriber's acknowledgement is part of the sign-off.
ASKED_BY = {Check.VITALS_SEEN: Permission.GATE_SIGN}


@require_safe
@requires(Permission.DOSE_VIEW)
def check(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSE_VIEW)
    opened(request, Event.CHECK_OPENED, on=dosing)
    return _page(request, dosing)


def _page(
    request: StaffRequest, dosing: DosingSession, *, tried: dict[str, ClinicForm] | None = None, status: int = 200
) -> HttpResponse:
    page = pages.page(dosing, request.member, tried)
    context = {"page": page, "dosing": page.dosing, "patient": page.dosing.patient}
    template = "gate/_gate.html" if is_part(request) else "gate/check.html"
    return render(request, template, context | {"refused": next(iter((tried or {}).values()), None)}, status=status)


def _done(request: StaffRequest, dosing: DosingSession, words: str) -> HttpResponse:
    """Where a saved answer leads: the same part again, or the page."""
    if is_part(request):
        return _page(request, dosing)
    messages.success(request, words)
    return redirect("gate:check", dosing.ref)


@require_POST
@requires(Permission.DOSING_RECORD)
def answer(request: StaffRequest, ref: UUID, code: str) -> HttpResponse:
    """Keep what was asked. The identity begins the check, if it has not begun."""
    if code not in Check.values or Check(code) not in FORMS:
        raise Http404
    asked = Check(code)
    permission = ASKED_BY.get(asked, Permission.DOSING_RECORD)
    dosing = find(request, DosingSession, ref, permission)
    if asked == Check.ASQ:
        find(request, DosingSession, ref, Permission.DOSING_RECORD)
    gate = selectors.gate_of(dosing, timezone.now())
    form = FORMS[asked](request.POST, around=pages.around(dosing, gate))
    if form.is_valid():
        try:
            with transaction.atomic():
                _answer(request, dosing, asked, form.answer(), permission)
        except NotReady as no:
            _add(form, no)
        else:
            return _done(request, dosing, f"Saved: {asked.label}.")
    return _page(request, dosing, tried={code: form}, status=422)


def _answer(
    request: StaffRequest, dosing: DosingSession, asked: Check, data: dict[str, Any], permission: Permission
) -> None:
    role = _role(request, asked, permission, dosing)
    actions.answer(dosing=dosing, code=asked, data=data, by=request.user, role=role)
    if asked == Check.IDENTITY and dosing.state == DosingState.PLANNED:
        visits.arrive(appointment=dosing.appointment, by=request.user, role=role)
        dose_day.begin_check(dosing=dosing, by=request.user, role=role)


def _role(request: StaffRequest, asked: Check, permission: Permission, dosing: DosingSession) -> str:
    """A waiver is the therapist's, whatever else they are."""
    if asked == Check.WAIVER and Role.THERAPIST in request.member.roles:
        return Role.THERAPIST
    return role_used(request.member, permission, dosing)


@require_POST
@requires(Permission.VITALS_RECORD)
def baseline(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.VITALS_RECORD)
    form = BaselineForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                _measure(request, dosing, form)
        except NotReady as no:
            _add(form, no)
        else:
            return _done(request, dosing, "Saved: the reading.")
    return _page(request, dosing, tried={"baseline": form}, status=422)


def _measure(request: StaffRequest, dosing: DosingSession, form: BaselineForm) -> None:
    if dosing.state not in actions.OPEN_STATES:
        raise NotReady([actions.TOO_LATE])
    dose_day.record_vitals(
        dosing=dosing,
        values=form.values(),
        happened_at=timezone.now(),
        by=request.user,
        role=role_used(request.member, Permission.VITALS_RECORD, dosing),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.GATE_SIGN)
@recently_confirmed
def override(request: StaffRequest, ref: UUID, item: str) -> HttpResponse:
    """Set one item aside, in writing; asked for by the prescriber, who proves again that it is them."""
    if item not in GateItem.values:
        raise Http404
    dosing = find(request, DosingSession, ref, Permission.GATE_SIGN)
    result = next(one for one in selectors.gate_of(dosing, timezone.now()).items if one.code == item)
    posted = request.method == "POST"
    form = pages.override_form(result, request.POST if posted else None)
    if posted and form.is_valid():
        try:
            with transaction.atomic():
                actions.override(
                    dosing=dosing,
                    item=item,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    role=role_used(request.member, Permission.GATE_SIGN, dosing),
                )
        except NotReady as no:
            _add(form, no)
        else:
            messages.warning(request, f"OVERRIDE: {result.code.label}.")
            return redirect("gate:check", dosing.ref)
    if not posted:
        record(Event.GATE_OVERRIDE_OPENED, by=request.user, on=dosing, item=item)
    context = {"dosing": dosing, "patient": dosing.patient, "item": result, "form": form}
    return render(request, "gate/override.html", context, status=form.status)


@require_POST
@requires(Permission.GATE_SIGN)
@recently_confirmed
def ready(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The prescriber signs that the dose may start. The gate is asked once more, in the same transaction."""
    dosing = find(request, DosingSession, ref, Permission.GATE_SIGN)
    try:
        with transaction.atomic():
            role = role_used(request.member, Permission.GATE_SIGN, dosing)
            dose_day.make_ready(dosing=dosing, by=request.user, role=role)
            record(Event.GATE_SIGNED, by=request.user, on=dosing, role=role)
    except NotReady as no:
        for reason in no.reasons:
            messages.error(request, reason)
        return _page(request, dosing, status=422)
    messages.success(request, "Ready to dose. The dose is given within 30 minutes, or the check begins again.")
    return redirect("gate:check", dosing.ref)


@require_POST
@requires(Permission.DOSING_RECORD)
def failed(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Not today, with the reason; before the check began or after it was signed the session is called off."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = ReasonForm(request.POST, label="Why not today?")
    if form.is_valid():
        stop = dose_day.fail_gate if dosing.state == DosingState.GATE_CHECK else dose_day.call_off
        try:
            with transaction.atomic():
                role = role_used(request.member, Permission.DOSING_RECORD, dosing)
                stop(dosing=dosing, reason=form.cleaned_data["reason"], by=request.user, role=role)
        except NotReady as no:
            _add(form, no)
        else:
            messages.success(request, "Not today. A task to book another day is open.")
            return redirect("gate:check", dosing.ref)
    return _page(request, dosing, tried={"failed": form}, status=422)


@require_safe
@requires(Permission.DOSE_VIEW)
def day_sheet(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The day on one sheet of paper: what the gate says now, or with `?blank` the same to be filled in by hand."""
    dosing = find(request, DosingSession, ref, Permission.DOSE_VIEW)
    opened(request, Event.DAY_SHEET_OPENED, on=dosing)
    gate = selectors.gate_of(dosing, timezone.now())
    context = {
        "dosing": dosing,
        "patient": dosing.patient,
        "gate": gate,
        "blank": "blank" in request.GET,
        "moments": pages.MOMENTS,
        "may_sign": may(request.member, Permission.GATE_SIGN, dosing),
    }
    return render(request, "gate/day_sheet.html", context)


def _add(form: ClinicForm, no: NotReady) -> None:
    for reason in no.reasons:
        form.add_error(None, reason)
