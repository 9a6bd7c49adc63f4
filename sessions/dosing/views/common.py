"""What the pages of a dose day share: parts for htmx, whole pages without it, and the role an act is done in."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kap_clinic.accounts.access import find, may, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import is_part
from sessions.dosing import actions
from sessions.dosing.models import DosingSession, Entry
from sessions.dosing.selectors.live import Sheet, ask_of, sheet

LOOK = "kap_live"
LOOKS = ("dark", "light")


def role_of(request: StaffRequest, permission: Permission, dosing: DosingSession) -> str:
    """The role an act is done in: the first through which it is allowed."""
    return role_used(request.member, permission, dosing)


def role_at_alerts(request: StaffRequest, dosing: DosingSession) -> str:
    """Who signs gates acknowledges red too; everybody else as who they are here."""
    signs = role_used(request.member, Permission.GATE_SIGN, dosing)
    return signs or role_used(request.member, Permission.EVENT_ACKNOWLEDGE, dosing)


def look_of(request: StaffRequest) -> str:
    """Dark in a dim room, unless this device was set to light."""
    chosen = request.COOKIES.get(LOOK)
    return chosen if chosen in LOOKS else "dark"


def sheet_of(request: StaffRequest, dosing: DosingSession, just: Entry | None = None) -> Sheet:
    return sheet(dosing, zone=request.member.zone, role=role_at_alerts(request, dosing), now=timezone.now(), just=just)


def rights(request: StaffRequest, dosing: DosingSession) -> dict[str, bool]:
    """What this person may press on the sheet."""
    member = request.member
    return {
        "may_record": may(member, Permission.DOSING_RECORD, dosing),
        "may_give": may(member, Permission.DOSE_GIVE, dosing),
        "may_acknowledge": may(member, Permission.EVENT_ACKNOWLEDGE, dosing),
    }


def waiting_dose(request: StaffRequest, dosing: DosingSession) -> dict[str, Any]:
    """What was prepared and waits for a second person, and whether this person may be the one."""
    prepared = actions.newest_prepared(dosing, timezone.now())
    if prepared is None:
        return {}
    witnessed = actions.witness_of(prepared)
    others = prepared.entered_by_id != request.user.pk
    return {
        "prepared": prepared,
        "witnessed": witnessed,
        "may_witness": others and not witnessed and may(request.member, Permission.DOSE_WITNESS, dosing),
    }


def whole(request: StaffRequest, dosing: DosingSession, just: Entry | None = None, **more: Any) -> dict[str, Any]:
    """Everything the live sheet and each of its parts need."""
    return {
        "dosing": dosing,
        "patient": dosing.patient,
        "sheet": sheet_of(request, dosing, just),
        "ask": ask_of(just, request.member.zone) if just else None,
        "look": look_of(request),
        "theme": look_of(request),
        "rail": None,
        **rights(request, dosing),
        **waiting_dose(request, dosing),
        **more,
    }


def done(request: StaffRequest, dosing: DosingSession, *, just: Entry | None = None, say: str = "") -> HttpResponse:
    """After something was written: the parts that changed for htmx, the sheet itself without it."""
    if not is_part(request):
        back = redirect("dosing:live", dosing.ref)
        if just is not None and ask_of(just, request.member.zone):
            back["Location"] += f"?ask={just.ref}"
        return back
    fresh = find(request, DosingSession, dosing.ref, Permission.DOSING_VIEW)
    response = render(
        request, "sessions/live/_parts.html", whole(request, fresh, just, oob=True, answered=True, say=say)
    )
    response.headers["HX-Reswap"] = "none"
    return response


def form_part(
    request: StaffRequest, dosing: DosingSession, part: str, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """A form over the sheet for htmx, a page of its own without it."""
    context = {
        "dosing": dosing,
        "patient": dosing.patient,
        "part": f"sessions/live/{part}",
        "title": title,
        "theme": look_of(request),
        "rail": None,
        **more,
    }
    page = "sessions/live/_over.html" if is_part(request) else "sessions/live/alone.html"
    return render(request, page, context, status=status)


def add_reasons(form: Any, no: actions.NotReady) -> None:
    for reason in no.reasons:
        form.add_error(None, reason)
