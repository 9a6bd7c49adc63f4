"""Passkeys: the one place that speaks to allauth's WebAuthn code. Each use asks for a PIN or a finger (two factors)."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin import throttle
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

# What a made-up or broken answer of a browser makes the libraries raise.
NONSENSE = (ValueError, TypeError, KeyError, AttributeError, IndexError, ValidationError, OverflowError)


def question(user: User | None) -> dict[str, Any]:
    """What the browser is asked to sign; without a user, any passkey of this site will do."""
    return auth.begin_authentication(user)


def check(request: HttpRequest, user: User, answer: Any) -> Authenticator | None:
    """The passkey that signed the last question for this person, or None. Raises throttle.TooMany."""
    throttle.ask(request, _nobody(request))
    try:
        factor = auth.complete_authentication(user, _parsed(answer))
    except NONSENSE:
        factor = None
    return _noted(request, user, factor)


def whose(request: HttpRequest, answer: Any) -> Authenticator | None:
    """The passkey of anybody who may sign in. Raises throttle.TooMany."""
    throttle.ask(request, _nobody(request))
    try:
        user = auth.extract_user_from_response(_parsed(answer))
        factor = auth.complete_authentication(user, answer) if user.is_active else None
    except NONSENSE:
        factor = None
    return _noted(request, "somebody", factor)


def new_passkey_options(user: User) -> dict[str, Any]:
    """What the browser is asked to make a new passkey from."""
    return auth.begin_registration(user, passwordless=True)


def add(user: User, name: str, answer: Any) -> Authenticator | None:
    """Keep a new passkey, or None when the browser's answer does not fit the question."""
    try:
        auth.parse_registration_response(_mapping(answer))
        made = auth.complete_registration(answer)
        if not made.is_user_verified():
            return None
        return auth.WebAuthn.add(user, name, answer).instance
    except NONSENSE:
        return None


def _parsed(answer: Any) -> dict[str, Any]:
    auth.parse_authentication_response(_mapping(answer))
    return answer


def _mapping(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


def _noted(request: HttpRequest, by: Any, factor: Authenticator | None) -> Authenticator | None:
    throttle.note(request, _nobody(request), failed=False)
    if factor is None:
        record(Event.SIGN_IN_FAILED, by=by, outcome="refused", way="passkey")
    return factor


def _nobody(request: HttpRequest) -> str:
    """A passkey cannot be guessed for an account, so only the address is counted."""
    return f"passkey from {throttle.address_of(request)}"
