"""One dosing session as a whole: its tabs, its moves, signing and closing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.web.rail import exists
from sessions.dosing import actions, selectors
from sessions.dosing.forms import ReasonForm
from sessions.dosing.models import UNDER_DRUG, DosingSession
from sessions.dosing.rules import NEEDS
from sessions.dosing.selectors.lines import log_of
from sessions.dosing.terms import DosingState, Event
from sessions.dosing.views.common import add_reasons, done, form_part, role_of


@dataclass(frozen=True)
class Tab:
    name: str
    url: str
    current: bool = False
    count: int | None = None


def tabs(dosing: DosingSession, current: str) -> list[Tab]:
    """Before, Live, After, Record: those that there are."""
    base = f"/sessions/{dosing.ref}/"
    every = [("Session", base), ("Before", f"{base}check/"), ("Live", f"{base}live/")]
    every += [("After", f"{base}discharge/"), ("Record", f"{base}record/")]
    return [Tab(name, url, name == current) for name, url in every if exists(url)]


@require_safe
@requires(Permission.DOSING_VIEW)
def session(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    opened(request, Event.SESSION_READ, on=dosing)
    return _page(request, dosing)


def _page(request: StaffRequest, dosing: DosingSession, reasons: list[str] | None = None) -> HttpResponse:
    member = request.member
    evidence = selectors.closing_evidence(dosing)
    over = dosing.state in {DosingState.DISCHARGED, DosingState.LEFT_AGAINST_ADVICE, DosingState.TRANSFERRED}
    context = {
        "dosing": dosing,
        "patient": dosing.patient,
        "tabs": tabs(dosing, "Session"),
        "order": dosing.order,
        "doses": dosing.doses.select_related("entered_by", "witnessed_by"),
        "moves": dosing.moves.select_related("moved_by"),
        "alerts": dosing.alerts.select_related("acknowledged_by", "closed_by"),
        "log": log_of(dosing, member.zone)[:12],
        "to_close": [(NEEDS[need].rstrip("."), met) for need, met in evidence.items()] if over else [],
        "needs_cosign": selectors.needs_cosign(dosing),
        "may_sign": over and not dosing.signed_at and may(member, Permission.DOSING_RECORD, dosing),
        "may_cosign": bool(dosing.signed_at) and not dosing.cosigned_at and may(member, Permission.NOTE_COSIGN, dosing),
        "may_close": over and may(member, Permission.DOSING_CLOSE, dosing),
        "under_drug": dosing.state in UNDER_DRUG,
        "reasons": reasons or [],
    }
    return render(request, "sessions/session.html", context, status=422 if reasons else 200)


# Moves


@dataclass(frozen=True)
class Go:
    verb: Callable[..., DosingSession]
    permission: Permission
    title: str
    reason: bool = False


P = Permission
MOVES: dict[str, Go] = {
    "recovery": Go(actions.to_recovery, P.DOSING_RECORD, "Start recovery"),
    "discharge-check": Go(actions.to_discharge_check, P.DISCHARGE_SIGN, "Start discharge"),
    "stop": Go(actions.stop_early, P.DOSING_RECORD, "Stop: no more drug", reason=True),
    "transfer": Go(actions.transfer, P.DOSING_RECORD, "Transfer to emergency care", reason=True),
    "call-off": Go(actions.call_off, P.DOSING_RECORD, "Call off before the dose", reason=True),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DOSING_RECORD)
def move(request: StaffRequest, ref: UUID, to: str) -> HttpResponse:
    if to not in MOVES:
        raise Http404
    go = MOVES[to]
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    if go.permission != Permission.DOSING_RECORD:
        dosing = find(request, DosingSession, ref, go.permission)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not go.reason:
        del form.fields["reason"]
        form.helper.layout = None
    if form.is_valid():
        said: dict[str, Any] = {"reason": form.cleaned_data["reason"]} if go.reason else {}
        try:
            go.verb(dosing=dosing, by=request.user, role=role_of(request, go.permission, dosing), **said)
        except actions.NotReady as no:
            add_reasons(form, no)
        else:
            return done(request, dosing, say=go.title)
    return form_part(request, dosing, "_form.html", go.title, form=form, status=form.status, verb=go.title)


# Signing and closing


@require_POST
@requires(Permission.DOSING_CLOSE)
def close(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_CLOSE)
    return _act(request, dosing, actions.close_dosing, Permission.DOSING_CLOSE)


def _act(
    request: StaffRequest,
    dosing: DosingSession,
    verb: Callable[..., DosingSession],
    permission: Permission,
) -> HttpResponse:
    try:
        verb(dosing=dosing, by=request.user, role=role_of(request, permission, dosing))
    except actions.NotReady as no:
        return _page(request, dosing, no.reasons)
    return redirect("dosing:session", dosing.ref)
