"""May this happen to a screening in this state? Pure: no database, no clock. Answers in sentences people read."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from screening import rules
from screening.rules import Severity
from screening.terms import Decision, Judgement, ScreeningState

REASON_LENGTH = 30  # characters of an override's or approval's reason, PD; screening-rules 1.3
APPROVALS = {Decision.APPROVE, Decision.APPROVE_WITH_CONDITIONS}
ACCEPTED = {Judgement.ACCEPT, Judgement.ACCEPT_WITH_CONDITION}
# Answers nobody types: where each comes from (protocol, baseline; instruments.md).
DERIVED_FROM = {
    "audit_c": "audit-c",
    "asq_result": "asq",
    "phq9_item9": "phq-9",
    "cssrs_risk": "c-ssrs-screener",
    "age_years": "birth date",
}
MEDICINES, VITALS = "medicines_taken", "vitals"  # sections of the form beside those of the questions


class Intake(Protocol):
    assessment_date: date
    answers: dict[str, Any]
    medications: list[dict[str, Any]]
    vitals: dict[str, Any]


@dataclass(frozen=True)
class ToJudge:
    """One finding, what the prescriber said of it, and whether its stop is set aside."""

    title: str
    rule: str
    severity: Severity
    judgement: Judgement | None
    words: str
    override_stands: bool


def intake(screening: Intake, derived: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the rules read of a screening: `{"assessment_date", "answers", "medications", "vitals"}`.

    `derived` are answers that come from measures and the record; a draft has them fresh, a frozen one holds them.
    """
    return {
        "assessment_date": screening.assessment_date.isoformat(),
        "answers": {**screening.answers, **(derived or {})},
        "medications": screening.medications,
        "vitals": screening.vitals,
    }


def asked_in(section: str) -> list[rules.Question]:
    """The questions of a section that people answer; the others come from measures and the record."""
    return [question for question in rules.questions_in(section) if question.key not in DERIVED_FROM]


def section_values(screening: Intake, section: str) -> dict[str, Any]:
    """What one section of the form holds now."""
    if section == MEDICINES:
        return {"medications": screening.medications, "no_medications": screening.answers.get("no_medications")}
    if section == VITALS:
        return dict(screening.vitals)
    return {q.key: screening.answers.get(q.key) for q in asked_in(section)}


def put_section(screening: Intake, section: str, values: Mapping[str, Any]) -> None:
    """Put one section's values in their place; a blank answer is left out, never stored as a no."""
    if section == VITALS:
        screening.vitals = dict(values)
        return
    values = dict(values)
    if section == MEDICINES:
        screening.medications = values.pop("medications")
    answers = {**screening.answers, **values}
    screening.answers = {key: value for key, value in answers.items() if value not in (None, "")}


def digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def answers_to_carry(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a new version starts from. What is asked anew each time is left blank (protocol 2, ux 5)."""
    asked_anew = {"psychosis_or_mania_now", "pregnancy_test", "pregnancy_test_date", *DERIVED_FROM}
    return {key: value for key, value in answers.items() if key not in asked_anew}


def missing_in_words(name: str) -> str:
    """What to do about one missing input."""
    return f"{rules.name_in_words(name)}: not answered, or not usable."


def reasons_against_override(
    *, kind: str, state: str, severity: str, reason: str, plan: str, until: date, on: date
) -> list[str]:
    """Each reason why a stop may not be set aside. None means it may."""
    return list(_against_override(kind, state, severity, reason, plan, until, on))


def _against_override(
    kind: str, state: str, severity: str, reason: str, plan: str, until: date, on: date
) -> Iterator[str]:
    if state != ScreeningState.SUBMITTED:
        yield "This screening is not waiting for a decision."
    if severity != Severity.CONTRAINDICATED:
        yield "Only a stop needs an override."
    elif kind == "none":
        yield "Nobody can set this stop aside. Only a corrected answer, in a new version, can remove it."
    elif kind == "retest":
        yield "This stop goes only with a new measurement or test that no longer fires it."
    if len(reason.strip()) < REASON_LENGTH:
        yield f"Write the reason in {REASON_LENGTH} characters or more."
    if not plan.strip():
        yield "Write the risk plan."
    yield from _against_end(until, on)


def _against_end(until: date | None, on: date) -> Iterator[str]:
    latest = on + timedelta(days=int(rules.DEFAULTS.override_max_days))
    if until is None or not on <= until <= latest:
        yield f"Choose an end between {on:%d %b %Y} and {latest:%d %b %Y}."


def reasons_against_decision(
    *,
    state: str,
    decision: str,
    reason: str,
    conditions: str,
    questions: str,
    expires_on: date | None,
    on: date,
    findings: Sequence[ToJudge],
    typed_conditions: Sequence[rules.Condition] = (),
    missing: Sequence[str] = (),
) -> list[str]:
    """Each reason why this decision may not be signed. None means it may."""
    against: list[str] = []
    if state != ScreeningState.SUBMITTED:
        against.append("This screening is not waiting for a decision.")
    if len(reason.strip()) < (REASON_LENGTH if decision in APPROVALS else 1):
        length = f" in {REASON_LENGTH} characters or more" if decision in APPROVALS else ""
        against.append(f"Write the reason for your decision{length}.")
    if decision == Decision.ASK_FOR_MORE and not questions.strip():
        against.append("Write what you need to know.")
    against += _against_conditions(decision, conditions, typed_conditions)
    if decision in APPROVALS:
        against += _against_end(expires_on, on)
        against += map(missing_in_words, missing)
        for finding in findings:
            against += _against_finding(finding, decision)
    return against


def _against_conditions(decision: str, words: str, typed: Sequence[rules.Condition]) -> Iterator[str]:
    if decision == Decision.APPROVE_WITH_CONDITIONS:
        if not typed and not words.strip():
            yield "Add a condition, or write the conditions in words."
        yield from rules.reasons_against(typed)
    elif decision == Decision.APPROVE and (typed or words.strip()):
        yield "You set conditions, so choose Approve with conditions."
    elif typed:
        yield "Only an approval has conditions."


def _against_finding(finding: ToJudge, decision: str) -> Iterator[str]:
    if finding.judgement == Judgement.NOT_SAFE_NOW:
        yield f"{finding.title}: you judged this not safe now, so it cannot be approved."
    elif finding.severity == Severity.CONTRAINDICATED:
        if not finding.override_stands:
            yield f"{finding.title}: a stop without a valid override."
    elif finding.severity == Severity.NEEDS_PRESCRIBER_DECISION:
        if rules.override_kind(finding.rule, finding.severity) == rules.OverrideKind.RETEST:
            yield f"{finding.title}: this needs a new measurement that no longer fires it."
        elif finding.judgement not in ACCEPTED:
            yield f"{finding.title}: choose one to go on."
        elif len(finding.words.strip()) < REASON_LENGTH:
            yield f"{finding.title}: write why in {REASON_LENGTH} characters or more."
    elif finding.severity == Severity.CAUTION and finding.judgement is None:
        yield f"{finding.title}: tick that you have seen this caution."
    if finding.judgement == Judgement.ACCEPT_WITH_CONDITION and decision == Decision.APPROVE:
        yield f"{finding.title}: you set a condition, so choose Approve with conditions."


def worse(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Rules that fire at caution or above and did not before, or fire more severely (rule id -> severity)."""
    ranks = {severity.value: severity.rank for severity in Severity}
    matter = {rule: severity for rule, severity in after.items() if severity != Severity.INFORMATION}
    return [rule for rule, severity in matter.items() if rule not in before or ranks[severity] < ranks[before[rule]]]
