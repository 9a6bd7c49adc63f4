"""The board, for a wall or a tablet; it asks for itself again every 15 seconds."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.record.days import today_in
from sessions.board import selectors
from sessions.dosing.terms import Event

SEEN = (Permission.DOSING_VIEW, Permission.DOSING_STATUS)


@require_safe
@requires(*SEEN)
def board(request: StaffRequest) -> HttpResponse:
    """Who is in the building, and what is due."""
    opened(request, Event.BOARD_OPENED)
    return render(request, "board/board.html", _shown(request))


@require_safe
@requires(*SEEN)
def now(request: StaffRequest) -> HttpResponse:
    """The part that renews itself."""
    opened(request, Event.BOARD_OPENED)
    return render(request, "board/_board.html", _shown(request))


now.quiet = True  # type: ignore[attr-defined]  # asked by the page itself: it keeps no screen from locking


def _shown(request: StaffRequest) -> dict[str, Any]:
    member = request.member
    found = selectors.board(member, today_in(member.zone), timezone.now())
    return {"board": found, "zone": member.zone, "is_whole": may(member, Permission.DOSING_VIEW)}
