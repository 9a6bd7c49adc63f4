"""Where somebody works, asked before a clinic is known: one of the two doors in the wall."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from kap_clinic.accounts.terms import Role


@dataclass(frozen=True)
class Member:
    """A person at work in one clinic, with the roles that hold right now."""

    user_id: int
    clinic_id: int
    clinic_name: str
    zone: str
    is_demo: bool
    roles: frozenset[Role]
    # What access control has asked of the database for this one request; None: ask each time.
    known: dict[int, Any] | None = field(default=None, compare=False, repr=False)

    def for_one_request(self) -> "Member":
        """The same person, asked about each patient's team once. Never kept longer (SEC-13)."""
        return replace(self, known={})


def all_live(user: Any) -> list[Member]:
    """The live memberships of a user, oldest first (SQL function `memberships_of`)."""
    with connection.cursor() as cursor:
        cursor.execute("select clinic_id, clinic_name, zone, is_demo, roles from memberships_of(%s)", [user.pk])
        return [
            Member(user.pk, clinic_id, name, zone, demo, frozenset(Role(role) for role in roles))
            for clinic_id, name, zone, demo, roles in cursor.fetchall()
        ]


def live(user: Any, *, chosen: int | None = None) -> Member | None:
    """The membership somebody works under: the chosen clinic's, else the first."""
    members = all_live(user)
    return next((member for member in members if member.clinic_id == chosen), members[0] if members else None)
