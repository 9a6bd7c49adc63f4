"""Three buttons of a visit: arrived, start, complete."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from sessions.visits import actions
from sessions.visits.actions import NotReady
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from sessions.visits.views.schedule import visit_page

GREETS = (Permission.SCHEDULE_EDIT, Permission.NOTE_WRITE, Permission.DOSING_RECORD)


@require_POST
@requires(*GREETS)
def arrive(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Said by the desk, or by whoever is in the visit."""
    row = find(request, Appointment, ref, Permission.SCHEDULE_VIEW)
    through = next((one for one in GREETS if may(request.member, one, row)), None)
    if through is None:
        raise Refused(Permission.SCHEDULE_EDIT, row)
    return _act(request, row, actions.arrive, through, "Arrived")


@require_POST
@requires(Permission.NOTE_WRITE)
def start(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Appointment, ref, Permission.NOTE_WRITE)
    return _act(request, row, actions.start, Permission.NOTE_WRITE, "The visit has started")


@require_POST
@requires(Permission.NOTE_WRITE)
def complete(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Appointment, ref, Permission.NOTE_WRITE)
    return _act(request, row, actions.complete, Permission.NOTE_WRITE, "The visit is completed")


def _act(
    request: StaffRequest, row: Appointment, act: Callable[..., Any], through: Permission, done: str
) -> HttpResponse:
    """Do it and go back to the visit, or show it with what stands in the way. A dose has its own pages; who starts a
    preparation goes on to what is prepared."""
    if row.kind == VisitKind.DOSING and act is not actions.arrive:
        return visit_page(request, row, 422, reasons=["A dosing visit starts with the check before the dose"])
    try:
        with transaction.atomic():
            act(appointment=row, by=request.user, role=role_used(request.member, through, row))
    except NotReady as no:
        return visit_page(request, row, 422, reasons=no.reasons)
    messages.success(request, done)
    prepares = row.kind == VisitKind.PREPARATION and act is actions.start
    return redirect("visits:preparation" if prepares else "visits:visit", row.ref)
