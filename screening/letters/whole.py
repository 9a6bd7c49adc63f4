"""A screening and its decision on paper: the findings with their rule in words, what was said of each, every answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record import rules as record_rules
from patients.record import selectors as records
from patients.record.letterhead import Letterhead, moment
from screening import rules, selectors
from screening.models import Finding, FindingJudgement, Override, Review, Screening
from screening.selectors import Part, Said
from screening.terms import DECIDES, Decision

PAPER, PAPERS_TASK = "screening", "screening.render_papers"
MORE = {
    Decision.ASK_FOR_MORE: "Asked for",
    Decision.DECLINE: "Offered instead",
}


@dataclass(frozen=True)
class SetAside:
    """An override as every later paper prints it: who, when, why, until when, and whether it still counts."""

    by: str
    at: str
    reason: str
    risk_plan: str
    until: str
    second: str
    note: str


@dataclass(frozen=True)
class Line:
    """One finding: the rule that fired, why, what was said of it, and whether it was set aside."""

    said: Said
    judgement: str
    words: str
    overrides: list[SetAside]


@dataclass(frozen=True)
class Decided:
    """One decision of a prescriber on this version."""

    title: str
    by: str
    at: str
    reason: str
    conditions: list[str]  # each as a sentence
    more: tuple[str, str]  # what questions or offers are called, and what they say
    until: str


@dataclass(frozen=True)
class ScreeningLetter(Letterhead):
    overall: str
    asked_on: str
    submitted: str
    rules_version: str
    lines: list[Line]
    gaps: list[str]
    decisions: list[Decided]
    parts: list[Part]


def ask(screening: Screening, *, by: User) -> StoredDocument:
    """Queue a paper of this version as it stands now. The caller holds the screening's row."""
    before = StoredDocument.objects.filter(kind=PAPER, subject_ref=screening.ref).count()
    return ask_for(
        kind=PAPER,
        title=f"Screening, version {screening.version}",
        subject=screening,
        patient_ref=screening.patient.ref,
        permission=Permission.SCREENING_VIEW,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )


def screening(document: StoredDocument) -> str:
    """The HTML of the screening this paper prints, as it stood when the paper was asked for."""
    rows = Screening.objects.select_related("patient", "clinic", "submitted_by")
    row = rows.get(ref=document.subject_ref)
    return letterhead.page("letters/screening.html", letter(document, row), document.clinic_id)


def letter(document: StoredDocument, row: Screening) -> ScreeningLetter:
    then, zone = document.asked_at, row.clinic.zone
    reviews = [one for one in selectors.reviews(row) if one.decided_at <= then]
    newest = reviews[0] if reviews else None
    is_decided = newest is not None and newest.decision in DECIDES
    status = newest.get_decision_display().lower() if newest else "not decided"
    page = selectors.page(row)
    return ScreeningLetter(
        **letterhead.head(document, row.patient, status=status, draft=not is_decided, facts=_facts(row, zone)),
        overall=rules.Overall(row.overall or page.overall).label,
        asked_on=record_rules.in_words(row.assessment_date),
        submitted=_submitted(row, zone),
        rules_version=row.rules_version or rules.VERSION,
        lines=list(_lines(row, newest, then, zone)) if row.submitted_at else [_plain(one) for one in page.findings],
        gaps=[] if row.submitted_at else [gap.words for gap in page.gaps],
        decisions=[_decided(one, zone) for one in reviews],
        parts=page.parts,
    )


def _facts(row: Screening, zone: str) -> list[str]:
    """What nobody must overlook: allergies first, then the weight doses are reckoned with."""
    weights = records.weights(row.patient, zone, most=1)
    weight = f"Weight {weights[0].kg} kg on {record_rules.in_words(weights[0].on)}" if weights else "Weight not known"
    return [records.allergies(row.patient, zone).in_words, weight]


def _submitted(row: Screening, zone: str) -> str:
    if row.submitted_at is None:
        return "Not submitted"
    by = f" by {row.submitted_by}" if row.submitted_by else ""
    return f"Submitted {moment(row.submitted_at, zone)}{by}"


def _lines(row: Screening, newest: Review | None, then: datetime, zone: str) -> Iterator[Line]:
    judged = {one.finding_id: one for one in newest.judgements.all()} if newest else {}
    overrides = Override.objects.filter(finding__screening=row, made_at__lte=then)
    made = list(overrides.select_related("made_by", "seconded_by").order_by("id"))
    for finding in row.findings.all():
        mine = [one for one in made if one.finding_id == finding.pk]
        yield _line(finding, judged.get(finding.pk), mine, then, zone)


def _line(
    finding: Finding, judged: FindingJudgement | None, overrides: list[Override], then: datetime, zone: str
) -> Line:
    return Line(
        said=selectors.said(finding.rule, finding.severity, finding.reason),
        judgement=judged.get_judgement_display() if judged else "",
        words=judged.words if judged else "",
        overrides=[_set_aside(one, then, zone) for one in overrides],
    )


def _plain(found: Said) -> Line:
    return Line(found, "", "", [])


def _set_aside(row: Override, then: datetime, zone: str) -> SetAside:
    second = ""
    if row.seconded_at is not None and row.seconded_at <= then:
        second = f"{row.seconded_by}, {moment(row.seconded_at, zone)}"
    waits = "Waits for a second signature: it does not count." if row.kind == "dual" and not second else ""
    lapsed = row.lapsed_at is not None and row.lapsed_at <= then
    return SetAside(
        by=str(row.made_by),
        at=moment(row.made_at, zone),
        reason=row.reason,
        risk_plan=row.risk_plan,
        until=record_rules.in_words(row.expires_on),
        second=second,
        note=f"Lapsed: {row.lapsed_why}." if lapsed else waits,
    )


def _decided(row: Review, zone: str) -> Decided:
    return Decided(
        title=row.get_decision_display(),
        by=f"{row.decided_by}, {row.role_used.replace('_', ' ')}",
        at=moment(row.decided_at, zone),
        reason=row.reason,
        conditions=row.conditions_in_words,
        more=(MORE[Decision(row.decision)], row.questions or row.conditions) if row.decision in MORE else ("", ""),
        until=record_rules.in_words(row.expires_on) if row.expires_on else "",
    )
