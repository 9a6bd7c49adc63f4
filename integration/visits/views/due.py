"""Whose integration is due, who is to be called, and the call itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from integration.visits import actions, selectors
from integration.visits.forms import CallForm
from integration.visits.terms import Event
from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.course.actions import NotReady
from sessions.dosing.models import DosingSession


@require_safe
@requires(Permission.NOTE_VIEW, Permission.NOTE_STATUS, Permission.DOSING_RECORD)
def due(request: StaffRequest) -> HttpResponse:
    """Who has passed the clinic's window since their dose; calls for who logs them. The desk sees that, and when."""
    member, now = request.member, timezone.now()
    opened(request, Event.DUE_LIST_OPENED)
    reads = may(member, Permission.NOTE_VIEW)
    through = Permission.NOTE_VIEW if reads else Permission.NOTE_STATUS
    rows = selectors.due_list(member, now, through) if reads or may(member, through) else []
    calls = selectors.next_day_calls_due(member, now) if may(member, Permission.DOSING_RECORD) else []
    waiting = [row for row in rows if row.integration_waits]
    shown = {
        "hours": selectors.window(member.clinic_id),
        "waiting": waiting[: selectors.PAGE],
        "more": max(len(waiting) - selectors.PAGE, 0),
        "calls": calls[: selectors.PAGE],
        "sees_integration": reads or may(member, Permission.NOTE_STATUS),
        "sees_calls": may(member, Permission.DOSING_RECORD),
        "reads": reads,
    }
    return render(request, "integration/due.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DOSING_RECORD)
def call(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Log a call after a dose, or one more try."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    now = timezone.now()
    form = CallForm(request.POST if request.method == "POST" else None, now=now, zone=request.member.zone)
    if form.is_valid():
        try:
            with transaction.atomic():
                row = actions.call(
                    dosing=dosing,
                    by=request.user,
                    role=role_used(request.member, Permission.DOSING_RECORD, dosing),
                    **form.said(),
                )
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            return _logged(request, row)
    if request.method != "POST":
        opened(request, Event.CALL_OPENED, on=dosing)
    after = selectors.after_doses([dosing], now, selectors.window(dosing.clinic_id))
    shown: dict[str, Any] = {
        "dosing": dosing,
        "patient": dosing.patient,
        "form": form,
        "calls": selectors.calls_of(dosing),
        "after": after[0] if after else None,
    }
    return render(request, "integration/call.html", shown, status=form.status)


def _logged(request: StaffRequest, row: Any) -> HttpResponse:
    if row.safe is False:
        messages.error(request, "Not safe: a critical safety task is open. Assess the risk now.")
        return redirect("desk:safety")
    messages.success(request, "The call is logged")
    return redirect("integration:due")
