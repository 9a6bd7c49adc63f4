"""Moving a visit, cancelling it, and that nobody came."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from sessions.visits import actions, rules
from sessions.visits.actions import NotReady
from sessions.visits.forms import CANCELLED_FOR, MISSED_FOR, EndForm, MoveForm, key_of
from sessions.visits.models import Appointment
from sessions.visits.selectors import pages, sight
from sessions.visits.terms import Event
from sessions.visits.views.booking import refuse


@requires(Permission.SCHEDULE_EDIT)
def move(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The same visit at another time, in another room, with other people; with its series if asked."""
    row = find(request, Appointment, ref, Permission.SCHEDULE_EDIT)
    rooms = pages.rooms_of(request.member.clinic_id)
    if row.room and row.room not in rooms:
        rooms.append(row.room)
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        clinic_id=request.member.clinic_id,
        rooms=rooms,
        has_series=row.series is not None,
        initial=_initial(row),
    )

    def save(form: Any, who: dict[str, Any]) -> str:
        said = form.cleaned_data
        act = actions.move_series if said.get("whole") else actions.move_visit
        act(appointment=row, why=said["why"], words=said["words"], version=said["version"], **form.visit(), **who)
        return "Moved with its series" if said.get("whole") else "Moved"

    return ask(request, row, form, save, "Move to", "Move", template="visits/move.html")


def _initial(row: Appointment) -> dict[str, Any]:
    start = rules.from_text(row.wall_start)
    return {
        "on": start.date(),
        "at": start.time(),
        "minutes": rules.minutes_between(row.starts_at, row.ends_at),
        "modality": row.modality,
        "room": str(row.room.ref) if row.room else "",
        "people": [key_of(one.user, one.role) for one in sight.people_in(row)],
        "version": row.version,
    }


@requires(Permission.SCHEDULE_EDIT)
def cancel(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Appointment, ref, Permission.SCHEDULE_EDIT)
    return _end(request, row, actions.cancel, CANCELLED_FOR, "Cancel this visit", "Cancel the visit", "Cancelled")


@requires(Permission.SCHEDULE_EDIT)
def miss(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Appointment, ref, Permission.SCHEDULE_EDIT)
    said = "Recorded. A task asks for a call within a day"
    return _end(request, row, actions.miss, MISSED_FOR, "The patient did not come", "Record it", said)


def _end(
    request: StaffRequest, row: Appointment, act: Callable[..., Any], reasons: Any, title: str, verb: str, done: str
) -> HttpResponse:
    form = EndForm(
        request.POST if request.method == "POST" else None,
        reasons=reasons,
        neutral=not may(request.member, Permission.SCHEDULE_DETAILS, row),
        initial={"version": row.version},
    )

    def save(form: Any, who: dict[str, Any]) -> str:
        act(appointment=row, **form.cleaned_data, **who)
        return done

    return ask(request, row, form, save, title, verb)


def ask(
    request: StaffRequest,
    row: Appointment,
    form: Any,
    save: Callable[[Any, dict[str, Any]], str],
    title: str,
    verb: str,
    template: str = "visits/end.html",
) -> HttpResponse:
    """A form about one visit: saved it leads back to the visit, refused it is shown again with what was typed."""
    if form.is_valid():
        who = {"by": request.user, "role": role_used(request.member, Permission.SCHEDULE_EDIT, row)}
        try:
            with transaction.atomic():
                done = save(form, who)
        except NotReady as no:
            refuse(form, no)
        else:
            messages.success(request, done)
            return redirect("visits:visit", row.ref)
    if request.method != "POST":
        opened(request, Event.VISIT_OPENED, on=row, page=title)
    shown, seen = sight.shown_to(row, request.member)
    patient = row.patient if seen.names(row) and may(request.member, Permission.PATIENT_VIEW, row.patient) else None
    context = {"visit": shown, "row": row, "patient": patient, "form": form, "title": title, "verb": verb}
    return render(request, template, context, status=form.status)
