"""Signing in the way people do: password, then the code of an app. For tests of what lies behind, take `signed_in`."""

import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import get_resolver

from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin.factors import add_app
from tests.factories import PASSWORD

FILLING = {"uuid": str(UUID(int=7)), "int": "7", "slug": "x", "str": "x", "path": "x"}


def every_page() -> Iterator[tuple[str, str, Any]]:
    """Each address of the site, filled with something, by its name, with its view."""
    yield from _pages(get_resolver().url_patterns, "", "")


def _pages(patterns: Any, start: str, space: str) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        address = start + re.sub(
            r"<(?:(\w+):)?\w+>", lambda part: FILLING.get(part[1] or "str", "x"), str(pattern.pattern)
        )
        if hasattr(pattern, "url_patterns"):
            yield from _pages(
                pattern.url_patterns, address, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield f"{space}{pattern.name}", f"/{address}", pattern.callback


def _filled(part: re.Match[str]) -> str:
    return FILLING.get(part[1] or "str", "x")


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


def enter_in_browser(page: Any, site: str, user: User, secret: str) -> None:
    """Sign in on the real pages, password first."""
    page.goto(f"{site}/account/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    page.get_by_role("button", name="Go on").click()


def signed_in_browser(context: Any, site: str, user: User) -> None:
    """Give a browser a session whose second factor is passed, without going through the pages."""
    from tests.people import signed_in

    client = signed_in(Client(), user)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site}])
