"""Who may do what to which row. One function answers; pages, parts, files, exports and tasks all ask it (SEC-02)."""

import csv
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse

from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission

Row = TypeVar("Row", bound=Model)
TABLE = Path(__file__).with_name("permissions.csv")


@cache
def grants() -> dict[tuple[str, str], frozenset[str]]:
    """(role, permission) -> scopes: k whole own clinic, c care team, a rows the actor wrote, o oneself."""
    table: dict[tuple[str, str], set[str]] = {}
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            table.setdefault((row["role"], row["permission"]), set()).add(row["scope"])
    return {key: frozenset(scopes) for key, scopes in table.items()}


def may(member: Member | None, permission: Permission, thing: Any = None) -> bool:
    """Whether this person, in this clinic, may do this; with a thing, whether to this very row."""
    if member is None:
        return False
    scopes = frozenset().union(*(grants().get((role, permission), frozenset()) for role in member.roles))
    if thing is None or not scopes:
        return bool(scopes)
    return any(_holds(scope, member, thing) for scope in scopes)


def _holds(scope: str, member: Member, thing: Any) -> bool:
    if thing.clinic_id != member.clinic_id:
        return False
    if scope == "c":
        return thing.patient.care_team.filter(user_id=member.user_id, left_at=None).exists()
    if scope == "a":
        return getattr(thing, "author_id", None) == member.user_id
    return scope == "k"


def requires(permission: Permission) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Declare a view's permission. Without it the answer is 403 before anything is read."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.member, permission):  # type: ignore[attr-defined]
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        asked.permission = permission  # type: ignore[attr-defined]
        return asked

    return decorate


def find(request: HttpRequest, model: type[Row], ref: Any, permission: Permission, **also: Any) -> Row:
    """The row with this reference. Another clinic's is 404, one's own clinic's without the right or the team 403."""
    row = model._default_manager.filter(ref=ref, **also).first()  # the wall shows this clinic's rows only
    if row is None:
        raise Http404
    if not may(request.member, permission, row):  # type: ignore[attr-defined]
        raise PermissionDenied(permission)
    return row
