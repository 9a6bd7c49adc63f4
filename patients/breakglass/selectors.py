"""What pages show of emergency access: the banner while it stands, and what waits for review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from kap_clinic.accounts.access import may, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import on_team
from patients.breakglass import rules
from patients.breakglass.models import BreakGlass
from patients.record.models import Patient

AT_MOST = 50


@dataclass(frozen=True)
class Banner:
    """Shown on every page of a record that is open by emergency access."""

    patient_ref: UUID
    reason: str
    minutes_left: int
    ends_at: datetime


@dataclass(frozen=True)
class Use:
    """One emergency access as the reviewer and the care team see it."""

    ref: UUID
    who: str
    role: str
    patient: str
    reason: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    may_review: bool


def banner(patient: Patient, member: Member) -> Banner | None:
    """The emergency access this person is using on this record now; None on a record that is theirs anyway."""
    if on_team(member, patient):
        return None
    now = timezone.now()
    glass = patient.break_glasses.open_for(member.user_id, now).first()
    if glass is None:
        return None
    return Banner(patient.ref, glass.reason, rules.minutes_left(glass.opened_at, now), glass.ends_at)


def waiting(member: Member) -> Sequence[Use]:
    """Accesses nobody has reviewed yet, oldest first: for who reviews them, and for the team of the patient."""
    now = timezone.now()
    rows = BreakGlass.objects.unreviewed().select_related("patient", "opened_by").order_by("opened_at")
    if not may(member, Permission.BREAK_GLASS_REVIEW):
        rows = rows.filter(patient__in=visible(member, Permission.TEAM_VIEW, Patient.objects.all()))
    return [_use(glass, member, now) for glass in rows[:AT_MOST]]


def one(glass: BreakGlass, member: Member) -> Use:
    return _use(glass, member, timezone.now())


def _use(glass: BreakGlass, member: Member, now: datetime) -> Use:
    return Use(
        ref=glass.ref,
        who=str(glass.opened_by),
        role=glass.role_used,
        patient=str(glass.patient),
        reason=glass.reason,
        opened_at=glass.opened_at,
        due_at=glass.review_due_at,
        overdue=glass.review_due_at < now,
        may_review=may(member, Permission.BREAK_GLASS_REVIEW, glass),
    )
