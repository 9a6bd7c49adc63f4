"""What the page of proposals shows: what waits, and what was decided lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.proposals.effects import KINDS
from kap_clinic.accounts.proposals.models import STANDS_FOR, Proposal
from kap_clinic.accounts.proposals.terms import ProposalKind

AT_MOST = 50


@dataclass(frozen=True)
class Line:
    """One proposal as somebody sees it; `own`: they made it, and may only take it back."""

    ref: UUID
    kind: str
    words: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    lapses_at: datetime
    outcome: str
    own: bool
    may_second: bool
    chart_url: str  # the record it is about, if it is about one


def waiting(member: Member) -> Sequence[Line]:
    rows = Proposal.objects.waiting(timezone.now()).select_related("proposed_by").order_by("id")
    return [line(row, member) for row in rows[:AT_MOST]]


def decided(member: Member) -> Sequence[Line]:
    """The last ones that no longer wait, newest first."""
    now = timezone.now()
    rows = Proposal.objects.select_related("proposed_by", "seconded_by", "refused_by").order_by("-id")[:AT_MOST]
    return [line(row, member) for row in rows if not row.waits(now)]


def line(row: Proposal, member: Member) -> Line:
    return Line(
        ref=row.ref,
        kind=row.get_kind_display(),
        words=row.words,
        reason=row.reason,
        proposed_by=str(row.proposed_by),
        proposed_at=row.proposed_at,
        lapses_at=row.proposed_at + STANDS_FOR,
        outcome=_outcome(row),
        own=row.proposed_by_id == member.user_id,
        may_second=may_second(row, member),
        chart_url=reverse("desk:chart", args=[row.payload["patient"]]) if "patient" in row.payload else "",
    )


def may_second(row: Proposal, member: Member) -> bool:
    """Another person, not the one it is about, whose role may agree to this kind."""
    another = member.user_id not in {row.proposed_by_id, row.user_id}
    return another and may(member, KINDS[ProposalKind(row.kind)].second, row)


def _outcome(row: Proposal) -> str:
    if row.seconded_at is not None:
        return f"Seconded by {row.seconded_by}"
    if row.refused_at is not None:
        verb = "Withdrawn" if row.refused_by_id == row.proposed_by_id else "Refused"
        return f"{verb} by {row.refused_by}: {row.refused_why}"
    return "" if row.waits(timezone.now()) else "Lapsed"
