"""The record of a dosing session: read, signed by the therapist, co-signed by the prescriber, printed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, visible
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened, record
from kap_clinic.documents import selectors as papers
from patients.course.actions import NotReady
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.dosing.views.common import role_of
from sessions.dosing.views.session import tabs
from sessions.events.selectors import of_dosing
from sessions.orders.letters import headline, ordered
from sessions.record import letters, selectors
from sessions.record.terms import Event


@require_safe
@requires(Permission.DOSING_VIEW)
def page(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Everything of the day, in order."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    opened(request, Event.RECORD_OPENED, on=dosing)
    return _page(request, dosing)


def _page(request: StaffRequest, dosing: DosingSession, reasons: list[str] | None = None) -> HttpResponse:
    member, dosing = request.member, selectors.whole(dosing)
    events = list(visible(member, Permission.EVENT_VIEW, of_dosing(dosing)))
    found = selectors.record(dosing, member.zone, events=events)
    sees_order = dosing.order is not None and may(member, Permission.ORDER_VIEW, dosing.order)
    shown = {
        "dosing": dosing,
        "patient": dosing.patient,
        "record": found,
        "tabs": tabs(dosing, "Record"),
        "headline": headline(dosing.order) if sees_order and dosing.order else "",
        "ordered": ordered(dosing.order) if sees_order and dosing.order else [],
        "may_sign": not dosing.signed_at and found.left is not None and may(member, Permission.DOSING_RECORD, dosing),
        "may_cosign": bool(dosing.signed_at)
        and not dosing.cosigned_at
        and dosing.signed_by_id != request.user.pk
        and may(member, Permission.NOTE_COSIGN, dosing),
        "may_report": dosing.t0 is not None and may(member, Permission.EVENT_RECORD, dosing.patient),
        "may_print": may(member, Permission.DOSING_RECORD, dosing),
        "papers": papers.of_subject(letters.PAPER, dosing.ref),
        "reasons": reasons or [],
        "zone": member.zone,
    }
    return render(request, "record/record.html", shown, status=422 if reasons else 200)


@require_POST
@requires(Permission.DOSING_RECORD)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The therapist's signature: from here only corrections are added."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    role = role_of(request, Permission.DOSING_RECORD, dosing)
    return _sign(request, dosing, dose_day.sign_record, role, "Signed. From here only corrections are added.")


@require_POST
@requires(Permission.NOTE_COSIGN)
@recently_confirmed(both=True)
def cosign(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The prescriber's signature under it."""
    dosing = find(request, DosingSession, ref, Permission.NOTE_COSIGN)
    role = role_of(request, Permission.NOTE_COSIGN, dosing)
    return _sign(request, dosing, dose_day.cosign_record, role, "Co-signed.")


def _sign(request: StaffRequest, dosing: DosingSession, verb: Callable[..., Any], role: str, said: str) -> HttpResponse:
    """The signature and its paper in one transaction."""
    try:
        with transaction.atomic():
            letters.ask(verb(dosing=dosing, by=request.user, role=role), by=request.user)
    except NotReady as no:
        return _page(request, dosing, no.reasons)
    messages.success(request, said)
    return redirect("record:page", dosing.ref)


@require_POST
@requires(Permission.DOSING_RECORD)
def print_record(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The record as a stored paper; DRAFT across it until it is signed."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    with transaction.atomic():
        dosing = dose_day.locked(dosing)
        letters.ask(dosing, by=request.user)
        record(Event.RECORD_PRINTED, by=request.user, on=dosing)
    messages.success(request, "The paper is being made. It stands below in a moment.")
    return redirect("record:page", dosing.ref)
