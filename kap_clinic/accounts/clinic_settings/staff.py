"""The page of staff: who works here, who is invited, and where changes of roles wait for a second person."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.clinic_settings.selectors import staff as staff_of
from kap_clinic.accounts.clinic_settings.tabs import tabs
from kap_clinic.accounts.invitations import actions
from kap_clinic.accounts.invitations.forms import InviteForm
from kap_clinic.accounts.invitations.models import Invitation
from kap_clinic.accounts.models import Clinic
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import opened


@require_http_methods(["GET", "POST"])
@requires(Permission.STAFF_VIEW)
@recently_confirmed
def staff(request: StaffRequest) -> HttpResponse:
    """Everybody and their roles; inviting somebody."""
    member = request.member
    may_invite = may(member, Permission.STAFF_INVITE)
    if request.method == "POST" and not may_invite:
        raise Refused(Permission.STAFF_INVITE)
    form = InviteForm(request.POST if request.method == "POST" else None, clinic_id=member.clinic_id)
    if form.is_valid():
        actions.invite(clinic=Clinic.objects.get(pk=member.clinic_id), by=request.user, **form.cleaned_data)
        messages.success(request, f"Invited: {form.cleaned_data['name']}. The link works for seven days.")
        return redirect("settings:staff")
    if request.method == "GET":
        opened(request, Event.STAFF_OPENED)
    context = {
        "tabs": tabs(request, "staff"),
        "people": staff_of(member.clinic_id),
        "invitations": Invitation.objects.open().filter(clinic_id=member.clinic_id).order_by("-invited_at"),
        "form": form,
        "may_invite": may_invite,
        "may_change": may(member, Permission.STAFF_EDIT),
    }
    return render(request, "settings/staff.html", context, status=form.status)


@require_POST
@requires(Permission.STAFF_INVITE)
def revoke(request: StaffRequest, ref: Any) -> HttpResponse:
    invitation = find(request, Invitation, ref, Permission.STAFF_INVITE)
    try:
        actions.revoke(invitation=invitation, by=request.user)
    except actions.NotOpen:
        messages.warning(request, "It was accepted or taken back already.")
    else:
        messages.success(request, "Taken back. The link no longer works.")
    return redirect("settings:staff")
