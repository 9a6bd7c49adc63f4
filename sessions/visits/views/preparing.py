"""What is prepared in a preparation visit."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kap_clinic.accounts.access import find, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.consents.selectors.touch import touch_limits
from patients.course.actions import set_goal
from patients.record.days import today_in
from sessions.visits import actions, selectors
from sessions.visits.actions import NotReady
from sessions.visits.forms import PreparationForm
from sessions.visits.models import Appointment
from sessions.visits.terms import Event, VisitKind, VisitState


@requires(Permission.NOTE_WRITE)
def preparation(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Goals, intention, wishes and safety plan. Begins from what holds; what is typed is kept while it is typed."""
    row = find(request, Appointment, ref, Permission.NOTE_WRITE)
    if row.kind != VisitKind.PREPARATION or row.course is None:
        raise Http404
    newest = selectors.newest_preparation(row.course)
    form = PreparationForm(
        request.POST if request.method == "POST" else None, initial=PreparationForm.initial_of(newest)
    )
    if form.is_valid():
        try:
            with transaction.atomic():
                done = _save(request, row, form)
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, done)
            return redirect("visits:preparation" if done == SAVED else "visits:visit", row.ref)
    if request.method != "POST":
        opened(request, Event.VISIT_OPENED, on=row, page="preparation")
    shown = {
        "row": row,
        "patient": row.patient,
        "course": row.course,
        "form": form,
        "newest": newest,
        "goals": row.course.goals.filter(closed_at=None).order_by("id"),
        "touch": touch_limits(row.patient, today_in(request.member.zone)).in_words,
        "may_complete": row.state == VisitState.IN_PROGRESS,
        "may_start": row.state == VisitState.PLANNED,
    }
    return render(request, "visits/preparation.html", shown, status=form.status)


SAVED = "Written down"


def _save(request: StaffRequest, row: Appointment, form: PreparationForm) -> str:
    """Write it down; with `complete` the visit is completed with it."""
    assert row.course is not None
    who: dict[str, Any] = {"by": request.user}
    if goal := form.cleaned_data["goal"]:
        set_goal(course=row.course, text=goal, **who)
    said = form.said()
    if goal and not any(said.values()):
        return SAVED
    actions.write_preparation(course=row.course, appointment=row, **who, **said)
    if "complete" not in request.POST:
        return SAVED
    actions.complete(appointment=row, role=role_used(request.member, Permission.NOTE_WRITE, row), **who)
    return "Written down, and the visit is completed"
