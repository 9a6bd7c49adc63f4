"""Whose second factor is being sealed or opened: bound to the person, it cannot be moved to another (SEC-17)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import User

_whose: ContextVar[int | None] = ContextVar("whose", default=None)


@contextmanager
def secrets_of(user: User) -> Iterator[None]:
    """Within this block the MFA adapter seals and opens secrets of this person, outside of it of nobody."""
    token = _whose.set(user.pk)
    try:
        yield
    finally:
        _whose.reset(token)


def place() -> str:
    whose = _whose.get()
    if whose is None:
        raise cipher.Unreadable("Nobody's second factor is being handled here.")
    return cipher.place("mfa_authenticator", "data", whose)
