"""What is done with a screening: start, save, submit, decide, override."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.record.models import Patient
from screening import policies, rules, selectors
from screening.models import Finding, FindingJudgement, Override, Review, Screening
from screening.terms import Decision, Event, Judgement, OverrideKind, ScreeningState

APPROVALS = {Decision.APPROVE, Decision.APPROVE_WITH_CONDITIONS}
STATE_AFTER = {
    Decision.APPROVE: ScreeningState.DECIDED,
    Decision.APPROVE_WITH_CONDITIONS: ScreeningState.DECIDED,
    Decision.ASK_FOR_MORE: ScreeningState.MORE_ASKED,
    Decision.DECLINE: ScreeningState.DECLINED,
}


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class ChangedMeanwhile(Exception):
    """Somebody else saved the same section; both are kept and shown."""

    def __init__(self, theirs: Mapping[str, Any]):
        super().__init__("changed meanwhile")
        self.theirs = dict(theirs)


@transaction.atomic
def start(*, patient: Patient, by: User, on: date) -> Screening:
    """The patient's open draft, or a new version. A correction copies the last answers to be confirmed."""
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    if draft := patient.screenings.filter(state=ScreeningState.DRAFT).first():
        return draft
    last = patient.screenings.order_by("-version").first()
    screening = Screening.objects.create(
        clinic=patient.clinic,
        patient=patient,
        version=last.version + 1 if last else 1,
        assessment_date=on,
        answers=policies.answers_to_carry(last.answers) if last else {},
        medications=last.medications if last else [],
        started_by=by,
    )
    record(Event.SCREENING_STARTED, by=by, on=screening, version=screening.version)
    return screening


@transaction.atomic
def save_section(*, screening: Screening, section: str, values: Mapping[str, Any], seen: str, by: User) -> Screening:
    """Keep one section of a draft. `seen` is the digest of what the form showed when it was opened."""
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    if screening.state != ScreeningState.DRAFT:
        raise NotPossible(["This screening is submitted and frozen. Start a new version to correct it."])
    stored = policies.section_values(screening, section)
    if stored == dict(values):
        return screening
    if policies.digest(stored) != seen:
        raise ChangedMeanwhile(stored)
    policies.put_section(screening, section, values)
    screening.save(update_fields=["answers", "medications", "vitals", "assessment_date"])
    record(Event.SCREENING_SAVED, by=by, on=screening, section=section)
    return screening


@transaction.atomic
def submit(*, screening: Screening, by: User) -> Screening:
    """Freeze a complete screening with what the rules found and put it before the prescribers."""
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    if screening.state != ScreeningState.DRAFT:
        raise NotPossible(["This screening was already submitted."])
    result = rules.evaluate(policies.intake(screening))
    if result.missing:
        raise NotPossible([policies.missing_in_words(name) for name in result.missing])
    screening.patient.screenings.exclude(pk=screening.pk).exclude(state=ScreeningState.DRAFT).update(
        state=ScreeningState.SUPERSEDED
    )
    _lapse_overrides(screening, why="The screening was done again", by=by)
    screening.overall, screening.missing, screening.rules_version = result.overall, [], rules.VERSION
    screening.state, screening.submitted_at, screening.submitted_by = ScreeningState.SUBMITTED, timezone.now(), by
    screening.save()
    Finding.objects.bulk_create(
        Finding(
            clinic_id=screening.clinic_id,
            screening=screening,
            place=place,
            rule=found.rule,
            severity=found.severity,
            reason=found.reason,
            evidence=[dict(item) if isinstance(item, Mapping) else asdict(item) for item in found.evidence],
        )
        for place, found in enumerate(result.findings)
    )
    record(Event.SCREENING_SUBMITTED, by=by, on=screening, overall=str(result.overall), rules=rules.VERSION)
    return screening


def _lapse_overrides(screening: Screening, *, why: str, by: User) -> None:
    """An override belongs to one version: it lapses when the screening is redone (screening-rules 1.3)."""
    for override in Override.objects.filter(finding__screening__patient=screening.patient, lapsed_at=None):
        override.lapsed_at, override.lapsed_why = timezone.now(), why
        override.save(update_fields=["lapsed_at", "lapsed_why"])
        record(Event.OVERRIDE_LAPSED, by=by, on=override, patient=screening.patient, why=why)


@transaction.atomic
def override_stop(
    *, finding: Finding, reason: str, risk_plan: str, expires_on: date, by: User, role: str, on: date
) -> Override:
    """Set a stop aside, where its kind allows it; a `dual` one counts only once it is seconded."""
    screening = Screening.objects.select_for_update().get(pk=finding.screening_id)
    kind = rules.override_kind(finding.rule, finding.severity)
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
) -> Review:
    """The prescriber's decision, with what they said of each finding (finding id -> judgement and words).

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
    screening.state = STATE_AFTER[decision]
    screening.save(update_fields=["state"])
    record(Event.SCREENING_DECIDED, by=by, on=screening, role=role, reason=reason, decision=str(decision))
    return review
