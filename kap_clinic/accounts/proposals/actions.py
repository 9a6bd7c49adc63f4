"""Proposing what needs two people, seconding it, refusing it. Seconded, it happens in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.grants.models import LONGEST, ReadingGrant
from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.proposals.effects import KINDS
from kap_clinic.accounts.proposals.guards import NotPossible, in_words, keep_an_admin
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.terms import Event, ProposalKind
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record

# Proposing


@transaction.atomic
def propose_roles(*, membership: Membership, roles: Iterable[Role], reason: str, by: User) -> Proposal:
    """Other roles for somebody else."""
    wanted = sorted(set(map(str, roles)))
    if not wanted:
        raise NotPossible("Choose at least one role, or end the place in the clinic instead")
    if wanted == sorted(membership.roles):
        raise NotPossible("These are the roles they have already")
    keep_an_admin(membership, wanted)
    words = f"{membership.user}: {in_words(membership.roles)} becomes {in_words(wanted)}"
    payload = {"membership": str(membership.ref), "roles": wanted}
    return _propose(ProposalKind.ROLES, membership.clinic_id, payload, words, reason, by=by, about=membership.user)


@transaction.atomic
def propose_membership_end(*, membership: Membership, reason: str, by: User) -> Proposal:
    """Somebody else no longer works here."""
    keep_an_admin(membership, [])
    words = f"{membership.user} no longer works at this clinic"
    payload = {"membership": str(membership.ref)}
    return _propose(
        ProposalKind.MEMBERSHIP_END, membership.clinic_id, payload, words, reason, by=by, about=membership.user
    )


@transaction.atomic
def propose_mfa_reset(*, membership: Membership, reason: str, by: User) -> Proposal:
    """Somebody else has lost their second factor and sets up a new one at the next sign-in."""
    words = f"{membership.user} sets up a new second factor"
    return _propose(ProposalKind.MFA_RESET, membership.clinic_id, {}, words, reason, by=by, about=membership.user)


@transaction.atomic
def propose_team(*, clinic_id: int, patient_ref: UUID, reason: str, by: User) -> Proposal:
    """Oneself onto the care team of a patient. The words name nobody: the second person opens the chart to see."""
    words = f"{by} joins the care team of a patient"
    return _propose(ProposalKind.TEAM, clinic_id, {"patient": str(patient_ref)}, words, reason, by=by, about=by)


@transaction.atomic
def propose_grant(
    *,
    clinic_id: int,
    reader: User,
    purpose: str,
    days: int,
    by: User,
    patient_refs: Iterable[UUID] = (),
    period: tuple[datetime, datetime] | None = None,
) -> Proposal:
    """Somebody else may read named patients, or what was written in a period (its end not included), for some days."""
    refs = sorted(map(str, patient_refs))
    if not refs and period is None:
        raise NotPossible("Name the patients, or the period")
    if not 1 <= days <= LONGEST.days:
        raise NotPossible(f"A grant lasts 1 to {LONGEST.days} days")
    what = f"{len(refs)} record{'s' if len(refs) != 1 else ''}" if refs else "what was written in a period"
    payload = {"patients": refs, "days": days, "period": [moment.isoformat() for moment in period] if period else None}
    return _propose(
        ProposalKind.GRANT,
        clinic_id,
        payload,
        f"{reader} may read {what} for {days} days",
        purpose,
        by=by,
        about=reader,
    )


@transaction.atomic
def propose_supervision(*, supervisor: Membership, trainee: Membership, reason: str, by: User) -> Proposal:
    """Somebody supervises a trainee: reads and co-signs the trainee's notes."""
    if supervisor.user_id == trainee.user_id:
        raise NotPossible("Nobody supervises themselves")
    words = f"{supervisor.user} supervises {trainee.user}"
    payload = {"trainee": trainee.user_id}
    return _propose(
        ProposalKind.SUPERVISION, supervisor.clinic_id, payload, words, reason, by=by, about=supervisor.user
    )


@transaction.atomic
def propose_setting(*, clinic_id: int, key: str, value: Any, reason: str, by: User) -> Proposal:
    """Another value for a clinical setting. NotAllowed: the value does not fit the key."""
    declared = setting_keys.known(key)
    cleaned = declared.cleaned(value)
    words = f"{declared.label}: {declared.in_words(cleaned)}"
    payload = {"key": key, "value": declared.to_json(cleaned)}
    return _propose(ProposalKind.SETTING, clinic_id, payload, words, reason, by=by)


def _propose(
    kind: ProposalKind,
    clinic_id: int,
    payload: dict[str, Any],
    words: str,
    reason: str,
    *,
    by: User,
    about: User | None = None,
) -> Proposal:
    if about == by and kind != ProposalKind.TEAM:
        raise NotPossible("Somebody else proposes this: it is about you")
    if not reason.strip():
        raise NotPossible("Write the reason")
    proposal = Proposal.objects.create(
        clinic_id=clinic_id,
        kind=kind,
        user=about,
        payload=payload,
        words=words,
        reason=reason.strip(),
        proposed_at=timezone.now(),
        proposed_by=by,
    )
    record(Event.PROPOSED, by=by, on=proposal, reason=proposal.reason, kind=kind, about=about and about.pk)
    return proposal


# The second person


@transaction.atomic
def second(*, proposal: Proposal, by: User, role: str = "") -> Proposal:
    """Agree, on one's own sign-in; it happens now. It counts persons: nobody seconds their own, in whatever role."""
    proposal = _waiting(proposal)
    if by.pk == proposal.proposed_by_id:
        raise NotPossible("A second person agrees to this, not the one who proposed it")
    if by.pk == proposal.user_id:
        raise NotPossible("Somebody else agrees to this: it is about you")
    KINDS[ProposalKind(proposal.kind)].apply(proposal, by)
    proposal.seconded_at, proposal.seconded_by = timezone.now(), by
    proposal.save(update_fields=["seconded_at", "seconded_by"])
    record(Event.SECONDED, by=by, on=proposal, role=role, kind=proposal.kind)
    return proposal


@transaction.atomic
def refuse(*, proposal: Proposal, why: str, by: User, role: str = "") -> Proposal:
    """Say no, with the reason; by the one who proposed it, it is withdrawn."""
    proposal = _waiting(proposal)
    if not why.strip():
        raise NotPossible("Write the reason")
    proposal.refused_at, proposal.refused_by, proposal.refused_why = timezone.now(), by, why.strip()
    proposal.save(update_fields=["refused_at", "refused_by", "refused_why"])
    own = by.pk == proposal.proposed_by_id
    event = Event.PROPOSAL_WITHDRAWN if own else Event.PROPOSAL_REFUSED
    record(event, by=by, on=proposal, role=role, reason=proposal.refused_why, kind=proposal.kind)
    return proposal


def _waiting(proposal: Proposal) -> Proposal:
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if not proposal.waits(timezone.now()):
        raise NotPossible("This no longer waits for a second person")
    return proposal


# Ending


@transaction.atomic
def end_grant(*, grant: ReadingGrant, by: User, reason: str = "") -> ReadingGrant:
    """A grant ends before its time."""
    grant = ReadingGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if grant.ended_at is None:
        grant.ended_at, grant.ended_by = timezone.now(), by
        grant.save(update_fields=["ended_at", "ended_by"])
        record(Event.GRANT_ENDED, by=by, on=grant, reason=reason)
    return grant
