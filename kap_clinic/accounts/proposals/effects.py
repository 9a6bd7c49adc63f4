"""What happens when a second person agrees, kind by kind, and which permissions a kind asks of the two."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.utils import timezone

from kap_clinic import wiring
from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.grants.models import LONGEST, ReadingGrant, Supervision
from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals.guards import NotPossible, keep_an_admin
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.terms import Event, ProposalKind
from kap_clinic.accounts.signin import sessions
from kap_clinic.audit.actions import record


def _roles(proposal: Proposal, by: User) -> None:
    membership = _membership(proposal)
    before, membership.roles = membership.roles, proposal.payload["roles"]
    keep_an_admin(membership, membership.roles)
    membership.save(update_fields=["roles"])
    sessions.end_all(membership.user)
    record(Event.ROLES_CHANGED, by=by, on=membership, reason=proposal.reason, before=before, after=membership.roles)


def _membership_end(proposal: Proposal, by: User) -> None:
    membership = _membership(proposal)
    keep_an_admin(membership, [])
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    sessions.end_all(membership.user)
    record(Event.MEMBERSHIP_ENDED, by=by, on=membership, reason=proposal.reason)


def _mfa_reset(proposal: Proposal, by: User) -> None:
    user = _about(proposal)
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    notify(user.email, "factors_reset", name=user.name)
    record(Event.MFA_RESET, by=by, on=user, reason=proposal.reason, proposed_by=proposal.proposed_by_id)


def _team(proposal: Proposal, by: User) -> None:
    wiring.tell(
        "accounts.team_agreed",
        payload=proposal.payload,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        by=by,
    )


def _grant(proposal: Proposal, by: User) -> None:
    period = [datetime.fromisoformat(moment) for moment in proposal.payload["period"] or (None, None) if moment]
    now = timezone.now()
    grant = ReadingGrant.objects.create(
        clinic_id=proposal.clinic_id,
        reader=_about(proposal),
        patient_refs=proposal.payload["patients"],
        period_from=period[0] if period else None,
        period_until=period[1] if period else None,
        purpose=proposal.reason,
        starts_at=now,
        ends_at=now + LONGEST * proposal.payload["days"] / LONGEST.days,
        made_by=proposal.proposed_by,
        seconded_by=by,
    )
    record(Event.GRANT_MADE, by=by, on=grant, reason=grant.purpose, reader=grant.reader_id, until=str(grant.ends_at))


def _supervision(proposal: Proposal, by: User) -> None:
    supervisor, trainee = _about(proposal), User.objects.get(pk=proposal.payload["trainee"])
    row, is_new = Supervision.objects.get_or_create(
        clinic_id=proposal.clinic_id,
        supervisor=supervisor,
        trainee=trainee,
        ended_at=None,
        defaults={"made_by": proposal.proposed_by},
    )
    if is_new:
        record(Event.SUPERVISION_MADE, by=by, on=row, reason=proposal.reason, trainee=trainee.pk)


def _setting(proposal: Proposal, by: User) -> None:
    key = setting_keys.known(proposal.payload["key"])
    change_setting(
        clinic=proposal.clinic,
        key=key.name,
        value=key.from_json(proposal.payload["value"]),
        by=proposal.proposed_by,
        reason=proposal.reason,
    )


def _about(proposal: Proposal) -> User:
    if proposal.user is None:
        raise ValueError(f"Proposal {proposal.ref} is about nobody")
    return proposal.user


def _membership(proposal: Proposal) -> Membership:
    membership = Membership.objects.select_for_update(of=("self",)).get(ref=proposal.payload["membership"])
    if membership.ended_at is not None:
        raise NotPossible(f"{membership.user} no longer works at this clinic")
    return membership


@dataclass(frozen=True)
class Kind:
    """Who may propose it, who may agree, and what then happens."""

    propose: Permission
    second: Permission
    apply: Callable[[Proposal, User], None]


KINDS: dict[ProposalKind, Kind] = {
    ProposalKind.ROLES: Kind(Permission.STAFF_EDIT, Permission.STAFF_SECOND, _roles),
    ProposalKind.MEMBERSHIP_END: Kind(Permission.STAFF_EDIT, Permission.STAFF_SECOND, _membership_end),
    ProposalKind.MFA_RESET: Kind(Permission.STAFF_RESET_MFA, Permission.STAFF_SECOND, _mfa_reset),
    ProposalKind.TEAM: Kind(Permission.TEAM_ADD, Permission.TEAM_SECOND, _team),
    ProposalKind.GRANT: Kind(Permission.GRANT_MAKE, Permission.GRANT_SECOND, _grant),
    ProposalKind.SUPERVISION: Kind(Permission.STAFF_EDIT, Permission.STAFF_SECOND, _supervision),
    ProposalKind.SETTING: Kind(Permission.CLINICAL_SETTINGS_EDIT, Permission.CLINICAL_SETTINGS_SECOND, _setting),
}
