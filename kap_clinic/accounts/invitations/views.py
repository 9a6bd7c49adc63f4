"""What somebody sees who was invited."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kap_clinic import wall
from kap_clinic.accounts import doors
from kap_clinic.accounts.invitations import actions
from kap_clinic.accounts.invitations.forms import JoinForm
from kap_clinic.accounts.invitations.models import Invitation
from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin import records
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

IN_SESSION = "invitation_token"
LINK_OVER = 404


@login_not_required
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The token goes from the address into the session at once; looking does not use it up."""
    request.session[IN_SESSION] = token
    return redirect("accept_invitation")


@login_not_required
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """A new person chooses a name and a password; one with an account signs in and says yes."""
    invitation = _invited(request)
    if invitation is None:
        return render(request, "account/link_over.html", {"invitation": True}, status=LINK_OVER)
    if request.method == "GET":
        record(Event.INVITATION_OPENED, by=invitation.name, on=invitation)
    try:
        if request.user.is_authenticated or User.objects.filter(email=invitation.email).exists():
            return _as_known(request, invitation)
        return _as_new(request, invitation)
    except actions.NotOpen:
        return render(request, "account/link_over.html", {"invitation": True}, status=LINK_OVER)


def _as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = JoinForm(posted, user=User(email=invitation.email, name=invitation.name), initial={"name": invitation.name})
    if not form.is_valid():
        return render(request, "account/join.html", {"form": form, "invitation": invitation}, status=form.status)
    user = actions.accept_as_new(
        invitation=invitation, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
    )
    del request.session[IN_SESSION]
    records.add(request, user, "password", email=user.email)
    get_adapter().login(request, user)
    return redirect("second_factor")


def _as_known(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    is_them = request.user.is_authenticated and request.user.email == invitation.email
    if request.method == "GET" or not is_them:
        return render(request, "account/join_known.html", {"invitation": invitation, "is_them": is_them})
    actions.accept(invitation=invitation, user=User.objects.get(email=invitation.email))
    del request.session[IN_SESSION]
    request.session["clinic_id"] = invitation.clinic_id
    messages.success(request, f"You now work at {invitation.clinic}.")
    return redirect("/")


def _invited(request: HttpRequest) -> Invitation | None:
    """The open invitation of this browser's token; the wall stands at its clinic from here on."""
    door = doors.behind("invitation", request.session.get(IN_SESSION, ""))
    if door is None:
        return None
    wall.set_clinic(door.clinic_id)
    invitation = Invitation.objects.select_related("clinic", "invited_by").get(pk=door.row_id)
    return invitation if invitation.is_open else None
