"""Inviting somebody, taking it back, and accepting."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.actions import add_member
from kap_clinic.accounts.doors import hashed, new_token
from kap_clinic.accounts.invitations.models import Invitation
from kap_clinic.accounts.models import Clinic, Membership, User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.actions import record

GOOD_FOR = timedelta(days=7)


class NotOpen(Exception):
    """The invitation was accepted, taken back or is too old."""


@transaction.atomic
def invite(*, clinic: Clinic, email: str, name: str, roles: list[Role], by: User | None) -> tuple[Invitation, str]:
    """Invite somebody for seven days; an older invitation to the address is void. Returns the row and its link."""
    email, now, token = email.strip().lower(), timezone.now(), new_token()
    for old in Invitation.objects.open().filter(clinic=clinic, email=email):
        revoke(invitation=old, by=by)
    invitation = Invitation.objects.create(
        clinic=clinic,
        email=email,
        name=name,
        roles=sorted(roles),
        token_hash=hashed(token),
        invited_by=by,
        expires_at=now + GOOD_FOR,
    )
    link = reverse("invitation_link", args=[token])
    record(Event.MEMBER_INVITED, by=by or "system", on=invitation, roles=invitation.roles)
    notify(email, "invitation", name=name, link=link, days=GOOD_FOR.days)
    return invitation, link


@transaction.atomic
def revoke(*, invitation: Invitation, by: User | None) -> None:
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.is_open:
        raise NotOpen
    invitation.revoked_at, invitation.revoked_by = timezone.now(), by
    invitation.save(update_fields=["revoked_at", "revoked_by"])
    record(Event.INVITATION_REVOKED, by=by or "system", on=invitation)


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Give the invited person their place. NotOpen: somebody was faster, or it is too late."""
    invitation = Invitation.objects.select_for_update().select_related("clinic").get(pk=invitation.pk)
    if not invitation.is_open:
        raise NotOpen
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    live = Membership.objects.filter(clinic=invitation.clinic, user=user, ended_at=None).first()
    return live or add_member(
        clinic=invitation.clinic, user=user, roles=[Role(role) for role in invitation.roles], by=user
    )


@transaction.atomic
def accept_as_new(*, invitation: Invitation, name: str, password: str) -> User:
    """Make the invited person's account, and accept."""
    user = User.objects.create_user(invitation.email, password, name=name)
    accept(invitation=invitation, user=user)
    return user


def is_here(clinic_id: int, email: str) -> bool:
    """Whether somebody with this address works at the clinic already."""
    facts: dict[str, Any] = {"clinic_id": clinic_id, "ended_at": None, "user__email": email.strip().lower()}
    return Membership.objects.filter(**facts).exists()
