"""Decisions of the demo's prescriber: an approval that hangs on a condition of each kind."""

from decimal import Decimal

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from screening import actions
from screening.models import Review, Screening
from screening.rules import Condition, Severity
from screening.terms import ConditionKind, Decision, Disposition, Judgement, Route

FAMILY = "Tanaka"
WHY = "Two trials failed at full dose; risks and the plan were talked through at the live visit."
CONDITIONS = (
    Condition(ConditionKind.UPPER_MG, mg=Decimal(55), route=Route.IM),
    Condition(ConditionKind.EXTRA_CHECK, words="Blood pressure after five minutes at rest; do not start above 145/90"),
    Condition(
        ConditionKind.MEDICINE_HOLD, medicine="zolpidem 5 mg at night", disposition=Disposition.HOLD, hours_before=24
    ),
    Condition(ConditionKind.CONFIRM_ON_DAY, words="The spouse stays the night"),
)


def load(users: dict[str, User]) -> Review:
    """The prescriber approves one invented patient with conditions, having looked at every finding."""
    screening = Screening.objects.get(patient__family_name=FAMILY)
    return actions.decide(
        screening=screening,
        decision=Decision.APPROVE_WITH_CONDITIONS,
        reason=WHY,
        judgements={finding.pk: (_judgement(finding.severity), WHY) for finding in screening.findings.all()},
        typed_conditions=CONDITIONS,
        conditions="Call the daughter if the first dose is hard.",
        by=users["prescriber"],
        role=Role.PRESCRIBER,
        on=timezone.localdate(),
    )


def _judgement(severity: str) -> Judgement:
    return Judgement.ACCEPT if severity == Severity.NEEDS_PRESCRIBER_DECISION else Judgement.SEEN
