"""What a session has proven, and when. allauth keeps the list; these are the questions we ask of it."""

import time
from collections.abc import Iterator
from typing import Any

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from kap_clinic.accounts.models import User

FRESH_MINUTES = 5  # SEC-22
SERIES_MINUTES = 15  # SEC-40: within it a further signature asks for one component only
LONGEST_LIST = 20
FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN}


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether this session has shown a second factor (SEC-16)."""
    return any(record.get("method") == "mfa" and record.get("type") in FACTORS for record in _records(request))


def confirmed_within(request: HttpRequest, minutes: int = FRESH_MINUTES, *, both: bool = False) -> bool:
    """Whether the person proved who they are within the last minutes (SEC-22).

    `both`: for signatures (SEC-40). Something within these minutes, and password and second factor, or a passkey (which
    asks for a PIN or a finger), within 15.
    """
    if not any(_since(request, minutes)):
        return False
    if not both:
        return True
    recent = set(_since(request, SERIES_MINUTES))
    return "passkey" in recent or {"password", "code"} <= recent


def add(request: HttpRequest, user: User, method: str, **facts: Any) -> None:
    """Note that the person has just proven who they are; the list is kept short."""
    record_authentication(request, user, method, **facts)
    records = request.session[AUTHENTICATION_METHODS_SESSION_KEY]
    if len(records) > LONGEST_LIST:
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records[:1] + _first_factor(records) + records[-10:]


def add_factor(request: HttpRequest, user: User, factor: Authenticator) -> None:
    factor.record_usage()
    add(request, user, "mfa", id=factor.pk, type=factor.type, reauthenticated=True)


def _first_factor(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return next(([record] for record in records if record.get("method") == "mfa"), [])


def _since(request: HttpRequest, minutes: int) -> Iterator[str]:
    """The components shown within the last minutes: password, code, passkey."""
    earliest = time.time() - minutes * 60
    for record in _records(request):
        if record.get("at", 0) < earliest:
            continue
        if record.get("method") == "password":
            yield "password"
        elif record.get("method") == "mfa":
            yield "passkey" if record.get("type") == Authenticator.Type.WEBAUTHN else "code"


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    return get_authentication_records(request, request.user) if request.user.is_authenticated else []
