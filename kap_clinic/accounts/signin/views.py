"""Signing in and out."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kap_clinic.accounts.lock.marks import while_locked
from kap_clinic.accounts.signin import entry
from kap_clinic.accounts.signin.second_factor import before_second_factor


class SignIn(LoginView):
    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SecondStep(AuthenticateView):
    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"demo_code": _demo_code()}


class PasskeySignIn(LoginWebAuthnView):
    """Signing in with a passkey alone: it has asked for a PIN or a finger, so it is both factors."""


def _demo_code() -> str:
    """What the page of the demo says; anywhere else there is nothing to say."""
    if not settings.DEMO:
        return ""
    from kap_clinic.accounts.signin.demo import CODE

    return CODE


sign_in = SignIn.as_view()
second_step = SecondStep.as_view()
passkey_sign_in = PasskeySignIn.as_view()


@require_POST
@login_not_required
@before_second_factor
@while_locked
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, half or whole, and what the browser kept of it (SEC-33)."""
    clear_login(request)
    entry.signed_out(request)
    response = redirect("account_login")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
def inactive(request: HttpRequest) -> HttpResponse:
    """Where allauth sends a disabled account: back to signing in, with the words of a wrong password."""
    return redirect("account_login")
