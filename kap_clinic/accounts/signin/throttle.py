"""How often somebody may try: counted in PostgreSQL, and refused when it cannot be counted (SEC-19).

Five failures for an account in five minutes, twenty tries from an address in one minute. Accounts are counted by what
was typed, known or not, so that the limit tells nothing. Tries for one account, and from one address, wait for each
other: a thousand at once are still counted one by one.
"""

import hmac
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from kap_clinic.accounts.signin.models import Attempt

FAILURES, FAILURE_WINDOW = 5, timedelta(minutes=5)
TRIES, TRY_WINDOW = 20, timedelta(minutes=1)
KEEP = timedelta(days=1)


class TooMany(Exception):
    """Too many tries; the message says what to do."""

    def __str__(self) -> str:
        return "Too many tries. Wait five minutes and try again, or sign in with a passkey."


def ask(request: HttpRequest, who: str) -> None:
    """Let one try begin, or raise TooMany. Holds the account and the address until the transaction ends."""
    now = timezone.now()
    address = address_of(request)
    _hold(f"tries from {address}")
    _hold(f"tries of {key_of(who)}")
    tries = Attempt.objects.filter(address=address, at__gt=now - TRY_WINDOW).count()
    failures = Attempt.objects.filter(who=key_of(who), failed=True, at__gt=now - FAILURE_WINDOW).count()
    if tries >= TRIES or failures >= FAILURES:
        raise TooMany


def note(request: HttpRequest, who: str, *, failed: bool) -> None:
    """Count a try."""
    Attempt.objects.create(who=key_of(who), address=address_of(request), failed=failed)


def forget_old() -> int:
    return Attempt.objects.filter(at__lt=timezone.now() - KEEP).delete()[0]


def key_of(who: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), who.strip().lower().encode(), "sha256").hex()


def address_of(request: HttpRequest) -> str:
    return get_adapter().get_client_ip(request)


def _hold(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
