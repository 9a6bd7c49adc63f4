"""What somebody sees who may not, what is written down about it, and how they could get in.

Add to the root URL configuration:
    handler403 = "kap_clinic.accounts.refusals.refused"
    handler404 = "kap_clinic.accounts.refusals.not_found"
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.resources import RESOURCES, patient_of
from kap_clinic.accounts.rights import rights, who_may
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.actions import record_apart
from kap_clinic.audit.terms import Outcome


class Refused(PermissionDenied):
    """A permission that was missing, and the row it was missing for, if one had been found."""

    def __init__(self, permission: Permission, thing: Model | None = None) -> None:
        super().__init__(f"You may not {permission.words}.")
        self.permission, self.thing = permission, thing


@dataclass(frozen=True)
class WayIn:
    """What the 403 page says: what it is, who may, whom to ask, and the emergency door where there is one."""

    what: str
    who: list[str]
    ask: list[str]
    break_glass_url: str | None


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page. Whatever the request had written is rolled back; the denial is written afterwards (SEC-43)."""
    denial = exception if isinstance(exception, Refused) else None
    way = way_in(request, denial) if denial else None
    response = render(request, "403.html", {"exception": str(exception), "way": way}, status=403)
    response.rolls_back = True  # type: ignore[attr-defined]
    if denial is not None and request.user.is_authenticated:
        _afterwards(request, partial(_write, **_denial(request, denial)))
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page: the same words and size whether a row is missing or another clinic's."""
    return render(request, "404.html", status=404)


def way_in(request: HttpRequest, denial: Refused) -> WayIn:
    permission = denial.permission
    return WayIn(permission.words, list(who_may(permission)), _admins(), _break_glass_url(request, denial))


def _admins() -> list[str]:
    """Whom to ask: those who give roles and places on a team."""
    admins = Membership.objects.filter(roles__contains=[Role.ADMIN], ended_at=None).select_related("user")
    return [str(membership.user) for membership in admins.order_by("user__name")[:3]]


def _break_glass_url(request: HttpRequest, denial: Refused) -> str | None:
    """The door of an emergency, for those whose role may see this kind of row through it."""
    member = getattr(request, "member", None)
    patient = patient_of(denial.thing) if denial.thing is not None and _is_declared(denial.thing) else None
    if member is None or patient is None:
        return None
    if not any(right.scope == "b" for role in member.roles for right in rights(role, denial.permission)):
        return None
    door = reverse("breakglass:open", args=[patient.ref])
    return f"{door}?{urlencode({'next': request.path})}" if request.method == "GET" else door


def _is_declared(thing: Model) -> bool:
    return thing._meta.label in RESOURCES


def _denial(request: HttpRequest, denial: Refused) -> dict[str, Any]:
    member, match = getattr(request, "member", None), request.resolver_match
    thing = denial.thing
    return {
        "clinic_id": member.clinic_id if member else None,
        "event": Event.PAGE_DENIED,
        "by": request.user,
        "on": thing,
        "patient": patient_of(thing) if thing is not None and _is_declared(thing) else None,
        "outcome": Outcome.REFUSED,
        "permission": str(denial.permission),
        "page": match.view_name if match else "",
        "method": request.method,
    }


def _write(*, clinic_id: int | None, event: Event, by: Any, **rest: Any) -> None:
    record_apart(clinic_id, event, by=by, **rest)


def _afterwards(request: HttpRequest, write: Callable[[], None]) -> None:
    request.after_rollback = [*getattr(request, "after_rollback", []), write]  # type: ignore[attr-defined]
