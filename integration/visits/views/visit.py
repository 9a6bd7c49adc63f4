"""One integration visit."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from integration.visits import actions, selectors
from integration.visits.forms import IntegrationForm
from integration.visits.terms import Event
from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.course.actions import NotReady
from patients.notes import actions as notes
from patients.notes.terms import NoteKind
from patients.record.days import today_in
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

SAVED = "Written down"
COMPLETED = "Written down, and the visit is completed"
OVER = (VisitState.CANCELLED, VisitState.NO_SHOW)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.NOTE_VIEW)
def visit(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What an integration visit is about: a form for who writes notes of the patient, for others to read."""
    row = _find(request, ref, Permission.NOTE_VIEW)
    may_write = _may_write(request, row)
    if request.method == "POST" and not may_write:
        raise Refused(Permission.NOTE_WRITE, row)
    form = _form(request, row) if may_write else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            with transaction.atomic():
                done = _save(request, row, form)
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, done)
            return redirect("integration:visit", row.ref)
    if request.method != "POST":
        opened(request, Event.INTEGRATION_OPENED, on=row)
    return _page(request, row, form)


@require_POST
@requires(Permission.NOTE_WRITE)
def start(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = _find(request, ref, Permission.NOTE_WRITE)
    try:
        visits.start(appointment=row, by=request.user, role=role_used(request.member, Permission.NOTE_WRITE, row))
    except NotReady as no:
        messages.error(request, " ".join(no.reasons))
    else:
        messages.success(request, "The visit has started")
    return redirect("integration:visit", row.ref)


@require_POST
@requires(Permission.NOTE_WRITE)
def note(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Begin the note of the visit, or go on with it."""
    row = _find(request, ref, Permission.NOTE_WRITE)
    try:
        made = notes.start(
            patient=row.patient, course=row.course, kind=NoteKind.INTEGRATION, by=request.user, about_ref=row.ref
        )
    except notes.NotPossible as no:
        messages.error(request, " ".join(no.reasons))
        return redirect("integration:visit", row.ref)
    return redirect(made)


def _find(request: StaffRequest, ref: UUID, permission: Permission) -> Appointment:
    row = find(request, Appointment, ref, permission)
    if row.kind != VisitKind.INTEGRATION or row.course is None:
        raise Http404
    return row


def _may_write(request: StaffRequest, row: Appointment) -> bool:
    assert row.course is not None
    return may(request.member, Permission.NOTE_WRITE, row) and row.course.is_live and row.state not in OVER


def _form(request: StaffRequest, row: Appointment) -> IntegrationForm:
    assert row.course is not None
    today = today_in(request.member.zone)
    themes = value_of("integration_themes", row.clinic_id)
    return IntegrationForm(
        request.POST if request.method == "POST" else None,
        initial={"from_on": today, **IntegrationForm.initial_of(selectors.newest(row), themes)},
        today=today,
        themes=themes,
        intentions=selectors.intentions(row),
        practices=[kept for kept in selectors.practices(row.course) if not kept.is_over(today)],
    )


def _save(request: StaffRequest, row: Appointment, form: IntegrationForm) -> str:
    """Words, practices and looks at once; with `complete` the visit is completed with it."""
    who: dict[str, Any] = {"by": request.user}
    assert row.course is not None
    for kept, how, words, ends in form.looked_at():
        if how:
            actions.look_at_practice(practice=kept.practice, kept=how, words=words, **who)
        if ends:
            actions.end_practice(practice=kept.practice, why=words, **who)
    practice = form.new_practice()
    if practice is not None:
        actions.set_practice(course=row.course, dosing=selectors.dose_before(row), **practice, **who)
    _write(row, form, who, beside=practice is not None or any(form.looked_at()))
    if "complete" not in request.POST:
        return SAVED
    actions.complete(appointment=row, role=role_used(request.member, Permission.NOTE_WRITE, row), **who)
    return COMPLETED


def _write(row: Appointment, form: IntegrationForm, who: dict[str, Any], *, beside: bool) -> None:
    """The words of the visit; where only practices were spoken of, there may be none."""
    said = form.said()
    words = {**said, "insights": [one for one in said["insights"] if one["insight"]]}
    words["themes"] = [theme for theme in words["themes"] if theme.strip()]
    if any(words.values()) or not beside:
        actions.write(appointment=row, **words, **who)


def _page(request: StaffRequest, row: Appointment, form: IntegrationForm | None) -> HttpResponse:
    assert row.course is not None
    today, now = today_in(request.member.zone), timezone.now()
    dosing = selectors.dose_before(row)
    practices = selectors.practices(row.course)
    after = selectors.after_doses([dosing], now, selectors.window(row.clinic_id)) if dosing else []
    shown = {
        "row": row,
        "patient": row.patient,
        "course": row.course,
        "form": form,
        "newest": selectors.newest(row),
        "versions": selectors.versions(row),
        "after": after[0] if after else None,
        "dose": selectors.dose_facts(dosing) if dosing and may(request.member, Permission.DOSING_VIEW, row) else None,
        "earlier": selectors.earlier(row),
        "practices": practices,
        "past_practices": [kept for kept in practices if kept.is_over(today)],
        "notes": selectors.notes_of(row, request.member),
        "may_start": form is not None and row.state == VisitState.PLANNED,
        "may_complete": form is not None and row.state in (VisitState.PLANNED, VisitState.IN_PROGRESS),
    }
    return render(request, "integration/visit.html", shown, status=form.status if form else 200)
