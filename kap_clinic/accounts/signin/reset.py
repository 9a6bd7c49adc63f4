"""Setting a new password by a link in a letter, without telling who has an account (SEC-20)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.models import User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.signin import sessions, throttle
from kap_clinic.accounts.signin.forms import AddressForm, NewPasswordForm
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

IN_SESSION = "password_reset_token"
CLEAN = "set"  # what stands in the address once the token is in the session


@login_not_required
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same for every address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/forgotten.html", {"form": form}, status=form.status)
    address = form.cleaned_data["email"].lower()
    try:
        throttle.ask(request, f"reset {address}")
    except throttle.TooMany as no:
        form.add_error(None, str(no))
        return render(request, "account/forgotten.html", {"form": form}, status=429)
    throttle.note(request, f"reset {address}", failed=True)
    _send_link(address)
    return render(request, "account/forgotten_sent.html", {"address": address})


def _send_link(address: str) -> None:
    user = User.objects.filter(email=address, is_active=True).first()
    link = reverse(
        "new_password", args=[(user or _nobody()).ref, default_token_generator.make_token(user or _nobody())]
    )
    record(Event.PASSWORD_RESET_ASKED, by=user or "somebody")
    if user is not None:
        notify(address, "reset_link", name=user.name, link=link)


def _nobody() -> User:
    """Somebody to make a token for when there is no account, so that it takes as long."""
    return User(pk=0, email="nobody@example.org")


@login_not_required
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, ref: Any, token: str) -> HttpResponse:
    """The token goes from the address into the session at once; looking does not use it up."""
    user = User.objects.filter(ref=ref, is_active=True).first()
    if token != CLEAN:
        if user is None or not default_token_generator.check_token(user, token):
            return render(request, "account/link_over.html", status=404)
        request.session[IN_SESSION] = token
        return redirect("new_password", ref=ref, token=CLEAN)
    if user is None or not default_token_generator.check_token(user, request.session.get(IN_SESSION)):
        return render(request, "account/link_over.html", status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        return render(request, "account/new_password.html", {"form": form}, status=form.status)
    del request.session[IN_SESSION]
    set_password(user, form.cleaned_data["password"])
    messages.success(request, "Your new password is set. Sign in with it now.")
    return redirect("account_login")


def set_password(user: User, password: str, *, keep: HttpRequest | None = None) -> None:
    """A new password: every other session ends, and the person is told."""
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user, keep=keep)
    record(Event.PASSWORD_CHANGED, by=user)
    notify(user.email, "password_changed", name=user.name)
