"""May this person be dosed on the strength of this screening? (screening-rules 1.2 and 1.3) Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from screening.rules.evaluate import Finding, Result
from screening.rules.questions import name_in_words
from screening.rules.settings import DEFAULTS, Settings
from screening.rules.severity import OverrideKind, Severity
from screening.rules.table import RULES, override_kind

REASON_LENGTH = 30  # characters, PD; screening-rules 1.3


class SignedAs(StrEnum):
    """The roles that may set a finding aside; the director only as the second of two."""

    PRESCRIBER = "prescriber"
    MEDICAL_DIRECTOR = "medical_director"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed (an account, however the caller names one) and in which role."""

    account: str
    role: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """One override, or one approval, of one rule at one severity, for one screening version."""

    rule: str
    severity: Severity
    reason: str
    risk_plan: str
    signed: tuple[Signature, ...]
    decided_on: date
    expires_on: date


def eligible(
    result: Result,
    overrides: Sequence[SetAside],
    approvals: Sequence[SetAside],
    acknowledged: Collection[str],
    on: date,
    *,
    course_ends_on: date | None = None,
    settings: Settings = DEFAULTS,
) -> bool:
    """Whether nothing is missing and every finding is dealt with on this day.

    `overrides` answer `contraindicated` findings, `approvals` those a prescriber decides, `acknowledged` (rule ids)
    the cautions. All must belong to this screening version; an older version's have lapsed.
    """
    return not list(
        reasons_not_eligible(
            result, overrides, approvals, acknowledged, on, course_ends_on=course_ends_on, settings=settings
        )
    )


def reasons_not_eligible(
    result: Result,
    overrides: Sequence[SetAside],
    approvals: Sequence[SetAside],
    acknowledged: Collection[str],
    on: date,
    *,
    course_ends_on: date | None = None,
    settings: Settings = DEFAULTS,
) -> Iterator[str]:
    """Each reason, worded to be read aloud. None means eligible."""
    for name in result.missing:
        yield f"{name_in_words(name)} is missing"
    for finding in result.findings:
        title = RULES[finding.rule].title
        given = overrides if finding.severity is Severity.CONTRAINDICATED else approvals
        if finding.severity is Severity.CAUTION and finding.rule not in acknowledged:
            yield f"{title}: the caution is not acknowledged"
        elif override_kind(finding.rule, finding.severity) is not None:
            refusals = [
                _refusal(finding, one, on, course_ends_on, settings) for one in given if one.rule == finding.rule
            ]
            if not refusals:
                yield f"{title}: {_needs(finding)}"
            elif all(refusals):
                yield f"{title}: {refusals[-1]}"


def _needs(finding: Finding) -> str:
    match override_kind(finding.rule, finding.severity):
        case OverrideKind.NONE:
            return "nobody can override this; only a corrected answer removes it"
        case OverrideKind.RETEST:
            return "needs a new measurement or test that no longer fires it"
        case OverrideKind.DUAL:
            return "needs an override by a prescriber and a second prescriber or the medical director"
        case _ if finding.severity is Severity.CONTRAINDICATED:
            return "needs an override by a prescriber"
        case _:
            return "a prescriber must decide"


def _refusal(
    finding: Finding, given: SetAside, on: date, course_ends_on: date | None, settings: Settings
) -> str | None:
    """Why an override or approval does not count, or None when it does."""
    kind = override_kind(finding.rule, finding.severity)
    if kind in (OverrideKind.NONE, OverrideKind.RETEST):
        return _needs(finding)
    if given.severity != finding.severity:
        return "the override was for another severity and has lapsed"
    latest = given.decided_on + timedelta(days=settings.override_max_days)
    if course_ends_on is not None:
        latest = min(latest, course_ends_on)
    if not given.decided_on <= on <= min(given.expires_on, latest):
        return "the override has expired"
    if len(given.reason.strip()) < REASON_LENGTH or not given.risk_plan.strip():
        return f"the override needs a reason of at least {REASON_LENGTH} characters and a risk plan"
    return None if _is_signed(given.signed, kind) else _needs(finding)


def _is_signed(signed: Sequence[Signature], kind: OverrideKind | None) -> bool:
    """One prescriber; for `dual` a second account too, of a prescriber or the medical director."""
    prescribers = {one.account for one in signed if one.role == SignedAs.PRESCRIBER}
    entitled = prescribers | {one.account for one in signed if one.role == SignedAs.MEDICAL_DIRECTOR}
    return bool(prescribers) and (kind is not OverrideKind.DUAL or len(entitled) > 1)
