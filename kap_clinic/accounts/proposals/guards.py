"""What no second person can make possible either, and how roles are told in a sentence."""

from collections.abc import Iterable

from kap_clinic.accounts.models import Clinic, Membership
from kap_clinic.accounts.terms import Role


class NotPossible(Exception):
    """What stands in the way, in a sentence people read."""


def keep_an_admin(membership: Membership, roles: Iterable[str]) -> None:
    """A clinic is never left without an admin."""
    if Role.ADMIN in set(roles):
        return
    Clinic.objects.select_for_update().get(pk=membership.clinic_id)  # two admins do not remove each other at once
    others = Membership.objects.filter(clinic_id=membership.clinic_id, roles__contains=[Role.ADMIN], ended_at=None)
    if not others.exclude(pk=membership.pk).exists():
        raise NotPossible("The clinic would be left without an admin")


def in_words(roles: Iterable[str]) -> str:
    return ", ".join(Role(role).label for role in sorted(roles))
