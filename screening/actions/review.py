"""What a prescriber does with a submitted screening: decide, and set a stop aside."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.terms import Stage
from screening import letters, policies, rules, selectors
from screening.actions.course import move_if_at
from screening.actions.refusals import NotPossible
from screening.models import ApprovalCondition, Finding, FindingJudgement, Override, Review, Screening
from screening.policies import APPROVALS
from screening.terms import Decision, Event, Judgement, OverrideKind, ScreeningState

STATE_AFTER = {
    Decision.APPROVE: ScreeningState.DECIDED,
    Decision.APPROVE_WITH_CONDITIONS: ScreeningState.DECIDED,
    Decision.ASK_FOR_MORE: ScreeningState.MORE_ASKED,
    Decision.DECLINE: ScreeningState.DECLINED,
}


@transaction.atomic
def override_stop(
    *, finding: Finding, reason: str, risk_plan: str, expires_on: date, by: User, role: str, on: date
) -> Override:
    """Set a stop aside, where its kind allows it; a `dual` one counts only once it is seconded."""
    screening = Screening.objects.select_for_update().get(pk=finding.screening_id)
    kind = rules.override_kind(finding.rule, finding.severity) or rules.OverrideKind.NONE
    if reasons := policies.reasons_against_override(
        kind=kind,
        state=screening.state,
        severity=finding.severity,
        reason=reason,
        plan=risk_plan,
        until=expires_on,
        on=on,
    ):
        raise NotPossible(reasons)
    _lapse_expired(finding, by=by, role=role, on=on)
    override = Override.objects.create(
        clinic_id=finding.clinic_id,
        finding=finding,
        kind=OverrideKind(kind),
        reason=reason,
        risk_plan=risk_plan,
        expires_on=expires_on,
        made_by=by,
    )
    record(
        Event.STOP_OVERRIDDEN,
        by=by,
        on=override,
        patient=screening.patient,
        role=role,
        reason=reason,
        rule=finding.rule,
    )
    return override


def _lapse_expired(finding: Finding, *, by: User, role: str, on: date) -> None:
    """An override past its end makes room for a new one; one that holds, or waits for its second, does not."""
    before = finding.overrides.filter(lapsed_at=None).first()
    if before is None:
        return
    if on <= before.expires_on:
        raise NotPossible([f"This stop has an override until {before.expires_on:%d %b %Y} already."])
    before.lapsed_at, before.lapsed_why = timezone.now(), f"It ended on {before.expires_on:%d %b %Y}"
    before.save(update_fields=["lapsed_at", "lapsed_why"])
    record(Event.OVERRIDE_LAPSED, by=by, on=before, patient=before.patient, role=role, why=before.lapsed_why)


@transaction.atomic
def second_override(*, override: Override, by: User, role: str) -> Override:
    """The second signature of a `dual` override: another person, on their own sign-in."""
    override = Override.objects.select_for_update(of=("self",)).get(pk=override.pk)
    if override.made_by_id == by.pk:
        raise NotPossible(["A second person signs this, not the one who wrote it."])
    if override.kind != OverrideKind.DUAL or override.seconded_at or override.lapsed_at:
        raise NotPossible(["This override is not waiting for a second signature."])
    override.seconded_at, override.seconded_by = timezone.now(), by
    override.save(update_fields=["seconded_at", "seconded_by"])
    record(Event.OVERRIDE_SECONDED, by=by, on=override, patient=override.finding.screening.patient, role=role)
    return override


@transaction.atomic
def decide(
    *,
    screening: Screening,
    decision: Decision,
    reason: str,
    judgements: Mapping[int, tuple[Judgement, str]],
    by: User,
    role: str,
    on: date,
    conditions: str = "",
    questions: str = "",
    expires_on: date | None = None,
    typed_conditions: Sequence[rules.Condition] = (),
) -> Review:
    """The prescriber's decision, with what they said of each finding (finding id -> judgement and words).

    Conditions are typed, written in words, or both; they are written once, with the review.
    Raises NotPossible with every sentence that stands in the way; declining and asking for more need only a reason.
    """
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    findings = list(screening.findings.all())
    expires_on = (
        (expires_on or on + timedelta(days=int(rules.DEFAULTS.override_max_days))) if decision in APPROVALS else None
    )
    if reasons := policies.reasons_against_decision(
        state=screening.state,
        decision=decision,
        reason=reason,
        conditions=conditions,
        questions=questions,
        expires_on=expires_on,
        on=on,
        findings=selectors.findings_to_judge(findings, judgements, on),
        typed_conditions=typed_conditions,
        missing=screening.missing,
    ):
        raise NotPossible(reasons)
    review = Review.objects.create(
        clinic_id=screening.clinic_id,
        screening=screening,
        decision=decision,
        reason=reason,
        conditions=conditions,
        questions=questions,
        expires_on=expires_on,
        role_used=role,
        decided_by=by,
    )
    FindingJudgement.objects.bulk_create(
        FindingJudgement(clinic_id=screening.clinic_id, review=review, finding_id=pk, judgement=judgement, words=words)
        for pk, (judgement, words) in judgements.items()
    )
    made = _write_conditions(review, typed_conditions)
    screening.state = STATE_AFTER[decision]
    screening.save(update_fields=["state"])
    _move_course(screening, decision, by=by, role=role, on=on, reason=reason, offered=conditions)
    record(Event.SCREENING_DECIDED, by=by, on=screening, role=role, reason=reason, decision=str(decision))
    for one in made:
        record(Event.CONDITION_SET, by=by, on=one, role=role, reason=str(one), kind=one.kind)
    letters.ask(screening, by=by)
    return review


def _write_conditions(review: Review, conditions: Sequence[rules.Condition]) -> list[ApprovalCondition]:
    return ApprovalCondition.objects.bulk_create(
        ApprovalCondition(clinic_id=review.clinic_id, review=review, place=place, **asdict(one))
        for place, one in enumerate(conditions, 1)
    )


def _move_course(
    screening: Screening, decision: Decision, *, by: User, role: str, on: date, reason: str, offered: str
) -> None:
    """Asking for more sends a course in review back to intake; declining ends it. Enrolment is its own act."""
    after = {Decision.ASK_FOR_MORE: Stage.INTAKE, Decision.DECLINE: Stage.DECLINED}.get(decision)
    if after is None:
        return
    move_if_at(
        Stage.SCREENING_REVIEW,
        patient=screening.patient,
        to=after,
        by=by,
        role=role,
        on=on,
        reason=reason,
        more={"offered_instead": bool(offered.strip())},
    )
