"""The page of rooms."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import duties, find, may, requires
from kap_clinic.accounts.clinic_settings import actions
from kap_clinic.accounts.clinic_settings.forms import RoomForm
from kap_clinic.accounts.clinic_settings.tabs import tabs
from kap_clinic.accounts.models import Clinic, Room
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import opened

TAKEN = "There is a room of this name already. Enter another name."


@require_http_methods(["GET", "POST"])
@requires(Permission.SETTINGS_VIEW)
def rooms(request: StaffRequest) -> HttpResponse:
    """All rooms, open ones first; adding one."""
    member = request.member
    if "opening_hours" in duties(member, Permission.SETTINGS_VIEW):
        raise Refused(Permission.SETTINGS_VIEW)
    may_change = may(member, Permission.SETTINGS_EDIT)
    if request.method == "POST" and not may_change:
        raise Refused(Permission.SETTINGS_EDIT)
    form = RoomForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.add_room(clinic=Clinic.objects.get(pk=member.clinic_id), by=request.user, **form.cleaned_data)
        except actions.NameTaken:
            form.add_error("name", TAKEN)
        else:
            return redirect("settings:rooms")
    if request.method == "GET":
        opened(request, Event.SETTINGS_OPENED, topic="rooms")
    rows = Room.objects.filter(clinic_id=member.clinic_id).order_by("closed_at", "name")
    context = {"tabs": tabs(request, "rooms"), "rooms": rows, "form": form, "may_change": may_change}
    return render(request, "settings/rooms.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
@requires(Permission.SETTINGS_EDIT)
def room(request: StaffRequest, ref: Any) -> HttpResponse:
    row = find(request, Room, ref, Permission.SETTINGS_EDIT)
    initial = {"name": row.name, "is_dosing_room": row.is_dosing_room}
    form = RoomForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            actions.change_room(room=row, by=request.user, **form.cleaned_data)
        except actions.NameTaken:
            form.add_error("name", TAKEN)
        else:
            return redirect("settings:rooms")
    context = {"tabs": tabs(request, "rooms"), "room": row, "form": form}
    return render(request, "settings/room.html", context, status=form.status)


@require_POST
@requires(Permission.SETTINGS_EDIT)
def closure(request: StaffRequest, ref: Any) -> HttpResponse:
    """Close an open room, open a closed one."""
    row = find(request, Room, ref, Permission.SETTINGS_EDIT)
    if row.closed_at is None:
        actions.close_room(room=row, by=request.user)
        messages.success(request, f"{row} is closed. Past visits keep it.")
    else:
        actions.open_room(room=row, by=request.user)
        messages.success(request, f"{row} is open again.")
    return redirect("settings:rooms")
