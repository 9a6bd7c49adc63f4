"""Is somebody eligible on the strength of their newest screening? Asked afresh each time, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Subquery

from kap_clinic.reads import Read, ReadModels, Rows, compiled, together
from patients.course.models import CourseMove
from patients.course.rules import CLOSED
from patients.record.models import Patient
from screening import rules
from screening.models import Finding, FindingJudgement, Override, Review, Screening
from screening.policies import ACCEPTED, APPROVALS
from screening.rules import Severity
from screening.rules.eligibility import SetAside, Signature, SignedAs
from screening.terms import Judgement, ScreeningState


@dataclass(frozen=True)
class Standing:
    """Whether the newest screening makes the patient eligible on a day, each reason why not, and since when."""

    screening: Screening | None
    reasons: list[str]
    conditions: str = ""
    until: date | None = None
    stops: tuple[str, ...] = ()  # titles of stops without an override that stands

    @property
    def eligible(self) -> bool:
        return not self.reasons


SCREENING = ("id", "ref", "clinic_id", "patient_id", "version", "state", "assessment_date", "overall", "missing")


@compiled
def reads(patient: Patient) -> dict[str, Read]:
    """What `standing` needs of a patient, to be read together with other things."""
    submitted = Screening.objects.filter(patient=patient).exclude(state=ScreeningState.DRAFT).order_by("-version")
    newest = submitted[:1]
    closed = CourseMove.objects.filter(patient=patient, after__in=CLOSED).order_by("-id")
    this = Subquery(newest.values("pk"))
    review = ("id", "conditions", "reason", "expires_on", "decided_at", "decided_by_id")
    judgement = ("id", "review_id", "finding_id", "judgement", "words")
    override = ("id", "finding_id", "reason", "risk_plan", "made_at", "made_by_id", "seconded_by_id", "expires_on")
    return {
        "screening": ReadModels(newest, (*SCREENING, "submitted_at")),
        "zone": Read(newest, ("clinic__zone",)),
        "answered": Read(submitted.filter(cause="")[:1], ("assessment_date", "submitted_at")),
        "closed": Read(closed[:1], ("moved_at",)),
        "approvals": ReadModels(Review.objects.filter(screening=this, decision__in=APPROVALS).order_by("-id"), review),
        "findings": ReadModels(
            Finding.objects.filter(screening=this).order_by("place"), ("id", "rule", "severity", "reason")
        ),
        "judgements": ReadModels(FindingJudgement.objects.filter(review__screening=this), judgement),
        "overrides": ReadModels(Override.objects.filter(finding__screening=this, lapsed_at=None), override),
    }


def standing(
    patient: Patient, on: date, read: Rows | None = None, *, valid_days: float = rules.DEFAULTS.screening_valid_days
) -> Standing:
    """The newest submitted version decides. A draft, an open question or a decline never counts as clear.

    One query, or none with the rows of `reads`. `valid_days`: how old it may be (the gate asks that by itself).
    """
    rows = together(reads(patient)) if read is None else read
    if not rows["screening"]:
        return Standing(None, ["No screening is submitted."])
    screening = rows["screening"][0]
    stops = tuple(_open_stops(rows, on))
    if screening.state != ScreeningState.DECIDED:
        waits = NOT_DECIDED.get(str(screening.state), "The screening is not decided.")
        return Standing(screening, [waits], stops=stops)
    if not rows["approvals"]:
        return Standing(screening, ["The screening is not approved."], stops=stops)
    review = rows["approvals"][0]
    reasons = [*_too_old(rows, review, on, valid_days), *_open_findings(screening, review, rows, on)]
    return Standing(screening, reasons, review.conditions, review.expires_on, stops)


NOT_DECIDED: dict[str, str] = {
    ScreeningState.SUBMITTED: "The screening waits for the prescriber.",
    ScreeningState.MORE_ASKED: "The prescriber asked for more.",
    ScreeningState.DECLINED: "The prescriber declined.",
}


def _open_stops(rows: Rows, on: date) -> Iterator[str]:
    """Stops nobody has set aside, whatever else is decided."""
    overrides = {override.finding_id: override for override in rows["overrides"]}
    zone = ZoneInfo(rows["zone"][0][0])
    for finding in rows["findings"]:
        if finding.severity == Severity.CONTRAINDICATED:
            alone = rules.Result(rules.Overall.CONTRAINDICATED, (_found(finding),), ())
            given = [_set_aside(finding, overrides[finding.pk], zone)] if finding.pk in overrides else []
            if list(rules.reasons_not_eligible(alone, given, [], [], on)):
                yield rules.RULES[finding.rule].title


def _too_old(rows: Rows, review: Review, on: date, valid_days: float) -> list[str]:
    """A version the rules made when a fact changed is as old as the answers it was made from."""
    (answered_on, submitted_at), *_ = rows["answered"]
    reasons = []
    if any(moved_at >= submitted_at for (moved_at,) in rows["closed"]):
        reasons.append("The course it was answered for is closed. A new course needs a new screening.")
    if (on - answered_on).days > valid_days:
        reasons.append(f"The screening is older than {valid_days:g} days.")
    if review.expires_on and on > review.expires_on:
        reasons.append(f"The approval expired on {review.expires_on:%d %b %Y}.")
    return reasons


def _open_findings(screening: Screening, review: Review, rows: Rows, on: date) -> list[str]:
    findings = rows["findings"]
    overrides = {override.finding_id: override for override in rows["overrides"]}
    judged = {one.finding_id: one for one in rows["judgements"] if one.review_id == review.pk}
    result = rules.Result(
        overall=rules.Overall(screening.overall),
        findings=tuple(_found(finding) for finding in findings),
        missing=tuple(screening.missing),
    )
    seen = [f.rule for f in findings if f.pk in judged and judged[f.pk].judgement != Judgement.NOT_SAFE_NOW]
    zone = ZoneInfo(rows["zone"][0][0])
    return list(
        rules.reasons_not_eligible(
            result,
            [_set_aside(f, overrides[f.pk], zone) for f in findings if f.pk in overrides],
            [
                _approved(f, review, judged[f.pk].words, zone)
                for f in findings
                if f.pk in judged and judged[f.pk].judgement in ACCEPTED
            ],
            seen,
            on,
        )
    )


def _found(finding: Finding) -> rules.Finding:
    return rules.Finding(finding.rule, Severity(finding.severity), finding.reason, ())


def _set_aside(finding: Finding, override: Override, zone: ZoneInfo) -> SetAside:
    signed = [Signature(str(override.made_by_id), SignedAs.PRESCRIBER)]
    if override.seconded_by_id:
        signed.append(Signature(str(override.seconded_by_id), SignedAs.MEDICAL_DIRECTOR))
    return SetAside(
        rule=finding.rule,
        severity=Severity(finding.severity),
        reason=override.reason,
        risk_plan=override.risk_plan,
        signed=tuple(signed),
        decided_on=override.made_at.astimezone(zone).date(),
        expires_on=override.expires_on,
    )


def _approved(finding: Finding, review: Review, words: str, zone: ZoneInfo) -> SetAside:
    """An approval of one finding: its words are the reason, the review's reason is the plan that covers them all."""
    return SetAside(
        rule=finding.rule,
        severity=Severity(finding.severity),
        reason=words,
        risk_plan=review.reason,
        signed=(Signature(str(review.decided_by_id), SignedAs.PRESCRIBER),),
        decided_on=review.decided_at.astimezone(zone).date(),
        expires_on=review.expires_on or review.decided_at.astimezone(zone).date(),
    )
