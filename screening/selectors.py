"""What pages about screening read."""

from collections.abc import Mapping, Sequence
from datetime import date

from screening import rules
from screening.models import Finding, Override, Screening
from screening.policies import ToJudge
from screening.rules import Severity
from screening.terms import Judgement


def live_overrides(findings: Sequence[Finding]) -> dict[int, Override]:
    """The override that has not lapsed, by finding."""
    rows = Override.objects.filter(finding__in=findings, lapsed_at=None).select_related("made_by", "seconded_by")
    return {override.finding_id: override for override in rows}


def findings_to_judge(
    findings: Sequence[Finding], judgements: Mapping[int, tuple[Judgement, str]], on: date
) -> list[ToJudge]:
    """Each finding with what was said of it and whether its override stands on this day."""
    overrides = live_overrides(findings)
    return [
        ToJudge(
            title=rules.RULES[finding.rule].title,
            rule=finding.rule,
            severity=Severity(finding.severity),
            judgement=judgements.get(finding.pk, (None, ""))[0],
            words=judgements.get(finding.pk, (None, ""))[1],
            override_stands=finding.pk in overrides and overrides[finding.pk].stands(on),
        )
        for finding in findings
    ]


def open_draft(patient_id: int) -> Screening | None:
    return Screening.objects.filter(patient_id=patient_id, state="draft").first()
