"""The schedule, and one visit."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.models import Room
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from sessions.visits import rules
from sessions.visits.models import Appointment
from sessions.visits.selectors import pages, sight
from sessions.visits.selectors.pages import Asked
from sessions.visits.terms import LETTERS, NEUTRAL, Event, VisitKind, VisitState

VIEWS = {"day": "Day", "week": "Week", "list": "List", "room": "Room"}
STEPS = {"day": 1, "week": 7, "room": 7, "list": 7}
EARLIEST, LATEST = date(1970, 1, 8), date(2200, 1, 1)


@require_safe
@requires(Permission.SCHEDULE_VIEW)
def schedule(request: StaffRequest) -> HttpResponse:
    """A day, a week, a room or a list; `on` is a day, today when it cannot be read."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(request.member.zone)).date()
    on = _day(request.GET.get("on", ""), today)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "day"
    rooms = pages.rooms_of(request.member.clinic_id)
    room = next((one for one in rooms if str(one.ref) == request.GET.get("room")), rooms[0] if rooms else None)
    asked = Asked(request.member, on, now, mine=request.GET.get("mine") == "1", room=room)
    opened(request, Event.SCHEDULE_OPENED, view=view, day=str(on))
    may_book = may(request.member, Permission.SCHEDULE_BOOK) and may(request.member, Permission.PATIENT_FIND)
    shown: dict[str, Any] = {
        "view": view,
        "on": on,
        "is_today": on == today,
        "title": _title(view, asked),
        "may_book": may_book,
        "sees_board": any(may(request.member, one) for one in (Permission.DOSING_VIEW, Permission.DOSING_STATUS)),
        "tabs": _tabs(request, asked, view),
        "before": _address(asked, view, on - timedelta(days=STEPS[view])),
        "after": _address(asked, view, on + timedelta(days=STEPS[view])),
        "to_today": _address(asked, view, today),
        "mine": asked.mine,
        "other_mine": _address(asked, view, on, mine=not asked.mine),
        "rooms": [(one, _address(asked, view, on, room=one), one == room) for one in rooms],
        "legend": _legend(request),
        **_read(view, asked, rooms, may_book=may_book),
    }
    return render(request, "visits/schedule.html", shown)


def _read(view: str, asked: Asked, rooms: list[Room], *, may_book: bool) -> dict[str, Any]:
    if view == "week":
        return {"columns": pages.week_columns(asked)}
    if view == "list":
        listed = pages.listed(asked)
        return {"listed": listed, "more": listed.more and _address(asked, view, listed.more)}
    if view == "room":
        return {"grid": pages.room_grid(asked) if asked.room else None}
    return {"grid": pages.day_grid(asked, rooms, may_book=may_book)}


def _day(text: str, today: date) -> date:
    """The day somebody asks for, if it is one and within reach of a calendar."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if EARLIEST <= day <= LATEST else today


def _title(view: str, asked: Asked) -> str:
    if view == "day":
        return f"{asked.on:%A}, {asked.on.day} {asked.on:%B %Y}"
    if view == "list":
        return f"From {asked.on:%A}, {asked.on.day} {asked.on:%B %Y}"
    sunday = asked.monday + timedelta(days=6)
    return f"{asked.monday.day} {asked.monday:%B} to {sunday.day} {sunday:%B %Y}"


def _address(asked: Asked, view: str, on: date, *, mine: bool | None = None, room: Room | None = None) -> str:
    query = {"view": view, "on": str(on)}
    if asked.mine if mine is None else mine:
        query["mine"] = "1"
    if view == "room" and (chosen := room or asked.room):
        query["room"] = str(chosen.ref)
    return f"{reverse('visits:schedule')}?{urlencode(query)}"


def _tabs(request: StaffRequest, asked: Asked, view: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "url": _address(asked, key, asked.on), "count": None, "current": key == view}
        for key, name in VIEWS.items()
    ]


def _legend(request: StaffRequest) -> list[tuple[str, str, str]]:
    """Tone, letter and name of each kind of visit, in the words this person reads."""
    clinical = may(request.member, Permission.SCHEDULE_DETAILS)
    return [
        (
            f"tone-{NEUTRAL[kind][-1].lower()}",
            LETTERS[kind] if clinical else NEUTRAL[kind][-1],
            kind.label if clinical else NEUTRAL[kind],
        )
        for kind in VisitKind
    ]


@require_safe
@requires(Permission.SCHEDULE_VIEW)
def visit(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Appointment, ref, Permission.SCHEDULE_VIEW)
    opened(request, Event.VISIT_OPENED, on=row)
    return visit_page(request, row)


def visit_page(request: StaffRequest, row: Appointment, status: int = 200, **more: Any) -> HttpResponse:
    """One visit as this person may see it, with what they may do to it. `reasons`: why what was asked for cannot be."""
    member = request.member
    shown, seen = sight.shown_to(row, member)
    sees = seen.sees(row)
    series = sight.series_of(row, member) if sees else []
    context = {
        "visit": shown,
        "row": row,
        "sees": sees,
        "details": row.pk in seen.details,
        "patient": row.patient if seen.names(row) else None,
        "opens_patient": seen.names(row) and may(member, Permission.PATIENT_VIEW, row.patient),
        "minutes": rules.minutes_between(row.starts_at, row.ends_at),
        "moves": sight.moves_of(row) if sees else [],
        "series": series,
        "people": sight.people_in(row),
        **_may_do(request, row),
        **more,
    }
    return render(request, "visits/visit.html", context, status=status)


def _may_do(request: StaffRequest, row: Appointment) -> dict[str, bool]:
    """The buttons of a visit. A dosing visit starts and ends with its own pages."""
    member, is_dose = request.member, row.kind == VisitKind.DOSING
    planned, going = row.state == VisitState.PLANNED, row.state == VisitState.IN_PROGRESS
    may_edit = may(member, Permission.SCHEDULE_EDIT, row)
    runs = may(member, Permission.NOTE_WRITE, row) and not is_dose
    greets = may_edit or runs or may(member, Permission.DOSING_RECORD, row)
    begun = row.starts_at <= timezone.now()
    return {
        "may_arrive": greets and planned and row.arrived_at is None,
        "may_start": runs and planned,
        "may_complete": runs and going,
        "may_note": may(member, Permission.NOTE_WRITE, row) and not planned and row.state != VisitState.CANCELLED,
        "may_move": may_edit and planned,
        "may_cancel": may_edit and (planned or going),
        "may_miss": may_edit and planned and begun,
        "may_prepare": row.kind == VisitKind.PREPARATION and may(member, Permission.NOTE_WRITE, row),
        "may_dose": is_dose and may(member, Permission.DOSING_VIEW, row),
        "may_integrate": row.kind == VisitKind.INTEGRATION
        and bool(row.course_id)
        and may(member, Permission.NOTE_VIEW, row),
    }
