"""Setting up, adding and taking away second factors."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts import cipher
from kap_clinic.accounts.access import requires
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin import factors, passkeys, records, sessions
from kap_clinic.accounts.signin.confirm import ask, recently_confirmed
from kap_clinic.accounts.signin.forms import WRONG_PASSKEY, code_field
from kap_clinic.accounts.signin.records import confirmed_within
from kap_clinic.accounts.signin.second_factor import before_second_factor
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record
from kap_clinic.web.forms import ClinicForm, JsonField

SECRET = "new_app_secret"  # noqa: S105  # where the session keeps it, sealed
CODES = "new_recovery_codes"  # shown once, then taken out of the session


class AppForm(ClinicForm):
    code = code_field(label="The six digits your app shows now")

    def __init__(self, *args: Any, secret: str, **kwargs: Any) -> None:
        self.secret = secret
        super().__init__(*args, **kwargs)

    def clean_code(self) -> int:
        step = factors.step_of(self.secret, self.cleaned_data["code"])
        if step is None:
            raise forms.ValidationError("This is not the code of now. Wait for the next one and enter it.")
        return step


class PasskeyNameForm(ClinicForm):
    name = forms.CharField(
        label="Name of this passkey", max_length=60, help_text="Like “work laptop”, so that you know it again"
    )
    credential = JsonField(widget=forms.HiddenInput, error_messages={"required": WRONG_PASSKEY})


@before_second_factor
@requires(Permission.OWN_ACCOUNT)
def choose(request: StaffRequest) -> HttpResponse:
    """The first page of somebody without a second factor: a passkey, or an app."""
    return render(request, "account/second_factor.html", {"has_one": factors.has_factor(request.user)})


@before_second_factor
@requires(Permission.OWN_ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
def add_app(request: StaffRequest) -> HttpResponse:
    """An authenticator app: show its picture, ask for its first code."""
    if not confirmed_within(request):
        return ask(request)
    secret = _secret(request)
    form = AppForm(request.POST if request.method == "POST" else None, secret=secret)
    if form.is_valid():
        factor = factors.add_app(request.user, secret, last_step=form.cleaned_data["code"])
        del request.session[SECRET]
        return _added(request, factor)
    context = {"form": form, "secret": " ".join(_fours(secret)), "picture": factors.picture_of(request.user, secret)}
    return render(request, "account/add_app.html", context, status=form.status)


@before_second_factor
@requires(Permission.OWN_ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
def add_passkey(request: StaffRequest) -> HttpResponse:
    """A passkey: the browser makes one and sends what we keep of it."""
    if not confirmed_within(request):
        return ask(request)
    form = PasskeyNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        factor = passkeys.add(request.user, form.cleaned_data["name"], form.cleaned_data["credential"])
        if factor is not None:
            return _added(request, factor)
        form.add_error(None, "The passkey could not be made. Try again, or use an authenticator app.")
    context = {"form": form, "options": passkeys.new_passkey_options(request.user)}
    return render(request, "account/add_passkey.html", context, status=form.status)


@before_second_factor
@requires(Permission.OWN_ACCOUNT)
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """Fresh codes, shown this once."""
    codes = request.session.pop(CODES, None)
    if codes is None:
        return redirect("account")
    return render(request, "account/recovery_codes.html", {"codes": codes})


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
@recently_confirmed
def new_recovery_codes(request: StaffRequest) -> HttpResponse:
    if not factors.has_factor(request.user):
        return redirect("second_factor")
    return _show_codes(request)


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
@recently_confirmed
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a passkey or the app away; the last one stays until there is another."""
    mine = Authenticator.objects.select_for_update().filter(user=request.user, type__in=factors.LONG_LIVED)
    gone = next((factor for factor in mine if factor.pk == pk), None)
    if gone is None:
        raise Http404
    if len(mine) == 1:
        messages.warning(request, "This is your only second factor. Add another one first, then remove this one.")
        return redirect("account")
    gone.delete()
    record(Event.FACTOR_REMOVED, by=request.user, kind=gone.type)
    notify(request.user.email, "factor_removed", name=request.user.name)
    sessions.end_all(request.user, keep=request)
    messages.success(request, "Removed. You stay signed in here; every other session has ended.")
    return redirect("account")


@transaction.atomic
def _added(request: StaffRequest, factor: Authenticator) -> HttpResponse:
    """The factor counts for this session from now on; the first one brings recovery codes."""
    user = request.user
    first = not Authenticator.objects.filter(user=user, type=factors.Type.RECOVERY_CODES).exists()
    record(Event.FACTOR_ADDED, by=user, kind=factor.type)
    notify(user.email, "factor_added", name=user.name)
    records.add_factor(request, user, factor)
    sessions.renew(request)
    if first:
        return _show_codes(request)
    messages.success(request, "Added.")
    return redirect("account")


def _show_codes(request: StaffRequest) -> HttpResponse:
    request.session[CODES] = factors.new_recovery_codes(request.user)
    return redirect("recovery_codes")


def _secret(request: StaffRequest) -> str:
    """The secret being set up, kept in the session sealed until its first code is right."""
    at = cipher.place("django_session", SECRET, request.user.pk)
    if sealed := request.session.get(SECRET):
        try:
            return cipher.unseal(sealed, at=at)
        except cipher.Unreadable:
            del request.session[SECRET]
    secret = generate_totp_secret()
    request.session[SECRET] = cipher.seal(secret, at=at)
    return secret


def _fours(secret: str) -> list[str]:
    return [secret[start : start + 4] for start in range(0, len(secret), 4)]
