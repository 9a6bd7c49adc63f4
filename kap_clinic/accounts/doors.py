"""Whose link this is, asked before a clinic is known: the second of the two doors in the wall."""

import hashlib
import secrets
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Door:
    """Where a link leads: the clinic to step into, and the key of the row inside."""

    clinic_id: int
    row_id: int


def new_token() -> str:
    """256 bits for an address; only its hash is stored."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def behind(kind: str, token: str) -> Door | None:
    """What a link of a kind ("invitation") leads to, by the hash of its token (SQL function `door_by_hash`)."""
    with connection.cursor() as cursor:
        cursor.execute("select clinic_id, row_id from door_by_hash(%s, %s)", [kind, hashed(token)])
        row = cursor.fetchone()
    return Door(*row) if row else None
