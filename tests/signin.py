"""Signing in the way people do: password, then the code their app shows. For tests of what lies behind, `signed_in`."""

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin.factors import add_app
from tests.factories import PASSWORD


def with_app(user: User) -> str:
    """Give somebody the password of all tests and an authenticator app; returns the app's secret."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    secret = generate_totp_secret()
    add_app(user, secret)
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or some 30-second steps from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def enter_password(client: Client, user: User, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/account/login/", {"login": user.email, "password": password}, **more)


def enter_code(client: Client, code: str, **more: Any) -> Any:
    return client.post("/account/login/code/", {"code": code}, **more)
