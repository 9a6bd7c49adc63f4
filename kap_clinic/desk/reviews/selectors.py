"""What the Reviews page shows: the worklist, riskiest first, and one screening with every rule's result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch

from kap_clinic.accounts.membership import Member
from patients.record.models import Patient
from screening import policies, rules
from screening.models import Finding, Override, Review, Screening
from screening.rules import Severity
from screening.selectors import Part, live_overrides, parts, reviews
from screening.terms import ScreeningState

SAFETY_RULES = {"suicide-risk", "active-psychosis-or-mania"}
PAGE = 50  # rows of a worklist, ux 16


@dataclass(frozen=True)
class Risk:
    """How a row of the worklist is marked; `order` is the worklist's order."""

    order: int
    kind: str  # chip colour
    icon: str
    word: str


SAFETY, STOP = Risk(0, "danger", "stop", "Safety"), Risk(1, "danger", "stop", "Stop")
JUDGE, CAUTION, CLEAR = (
    Risk(2, "warn", "alert", "Judge"),
    Risk(3, "info", "info", "Caution"),
    Risk(5, "ok", "ok", "Clear"),
)
RISK_OF = {Severity.CONTRAINDICATED: STOP, Severity.NEEDS_PRESCRIBER_DECISION: JUDGE, Severity.CAUTION: CAUTION}


@dataclass(frozen=True)
class Waiting:
    """One row of the worklist."""

    ref: str
    patient: Patient
    kind: str
    risk: Risk
    most_serious: str
    since: datetime
    waited: str  # "38 min", "2 h 10", "3 d"
    cause: str  # what changed, when the rules ran again by themselves


@dataclass(frozen=True)
class Line:
    """One finding as the page shows it."""

    finding: Finding
    rule: rules.Rule
    risk: Risk
    override_kind: str
    override: Override | None
    override_stands: bool

    @property
    def needs_judgement(self) -> bool:
        return self.finding.severity == Severity.NEEDS_PRESCRIBER_DECISION

    @property
    def is_caution(self) -> bool:
        return self.finding.severity == Severity.CAUTION

    @property
    def is_stop(self) -> bool:
        return self.finding.severity == Severity.CONTRAINDICATED

    @property
    def no_override_in_words(self) -> str:
        if self.override_kind == "retest":
            return "Goes only with a new measurement or test that no longer fires it."
        return "Nobody can set this stop aside. Only a corrected answer, in a new version, removes it."

    @property
    def may_be_overridden(self) -> bool:
        return self.is_stop and self.override is None and self.override_kind in {"single", "dual"}


@dataclass(frozen=True)
class Score:
    """One score the prescriber looks at first."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Detail:
    """One screening with everything the prescriber decides on."""

    screening: Screening
    lines: list[Line]
    clear: list[rules.Rule]
    parts: list[Part]
    scores: list[Score]
    reviews: list[Review] = field(default_factory=list)
    risen: list[str] = field(default_factory=list)  # titles of what is new or worse, when the rules ran again

    def count(self, *severities: Severity) -> int:
        return sum(line.finding.severity in severities for line in self.lines)

    @property
    def stops(self) -> int:
        return self.count(Severity.CONTRAINDICATED)

    @property
    def to_judge(self) -> int:
        return self.count(Severity.NEEDS_PRESCRIBER_DECISION)

    @property
    def cautions(self) -> int:
        return self.count(Severity.CAUTION)

    @property
    def open_in_words(self) -> str:
        """What still stands between the prescriber and a signature."""
        count = self.to_judge + sum(line.is_stop and not line.override_stands for line in self.lines)
        return f"{count} finding{'' if count == 1 else 's'} to judge" if count else "Nothing left to judge"

    @property
    def is_open(self) -> bool:
        return self.screening.state == ScreeningState.SUBMITTED

    @property
    def medicines(self) -> list[str]:
        """The medicines of this screening as typed, to choose from."""
        return [entry["text"] for entry in self.screening.medications]


def worklist(member: Member, now: datetime) -> list[Waiting]:
    """What waits for this prescriber: their patients, and screenings nobody of their kind is on the team of (cover)."""
    screenings = (
        Screening.objects.waiting()
        .for_prescriber(member.user_id)
        .select_related("patient")
        .prefetch_related(Prefetch("findings", queryset=Finding.objects.order_by("place")))
        .order_by("submitted_at")[: PAGE * 4]
    )
    rows = [_waiting(screening, now) for screening in screenings]
    return sorted(rows, key=lambda row: (row.risk.order, row.since))[:PAGE]


def _waiting(screening: Screening, now: datetime) -> Waiting:
    findings = list(screening.findings.all())
    since = screening.submitted_at or screening.started_at
    top = findings[0] if findings else None
    return Waiting(
        ref=str(screening.ref),
        patient=screening.patient,
        kind="Screening, new referral" if screening.version == 1 else f"Screening, version {screening.version}",
        risk=_risk(findings),
        most_serious=rules.RULES[top.rule].title if top else "Nothing found",
        since=since,
        waited=waited(now - since),
        cause=screening.cause,
    )


def waited(time: timedelta) -> str:
    """A wait as it is said: minutes, then hours and minutes, then days."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d}"
    return f"{minutes // (24 * 60)} d"


def _risk(findings: list[Finding]) -> Risk:
    if any(f.rule in SAFETY_RULES and f.severity == Severity.CONTRAINDICATED for f in findings):
        return SAFETY
    return RISK_OF.get(Severity(findings[0].severity), CLEAR) if findings else CLEAR


def detail(screening: Screening, on: date) -> Detail:
    """Every finding with its rule and override, and the rules that found nothing."""
    findings = list(screening.findings.all())
    overrides: Mapping[int, Override] = live_overrides(findings)
    fired = {finding.rule for finding in findings}
    return Detail(
        screening=screening,
        lines=[_line(finding, overrides.get(finding.pk), on) for finding in findings],
        clear=[rule for rule in rules.RULES.values() if rule.id not in fired],
        parts=parts(screening),
        scores=_scores(screening.answers),
        reviews=reviews(screening),
        risen=_risen(screening, findings) if screening.cause else [],
    )


def _risen(screening: Screening, findings: list[Finding]) -> list[str]:
    """Titles of the rules that fire now and did not in the version before, or fire more severely."""
    before = Finding.objects.filter(screening=_version_before(screening))
    now = {finding.rule: finding.severity for finding in findings}
    risen = policies.worse(dict(before.values_list("rule", "severity")), now)
    return [rules.RULES[rule].title for rule in now if rule in risen]


def _version_before(screening: Screening) -> Screening | None:
    """The last version that was submitted before this one; a draft in between does not count."""
    earlier = screening.patient.screenings.filter(version__lt=screening.version, submitted_at__isnull=False)
    return earlier.order_by("-version").first()


def _scores(answers: Mapping[str, Any]) -> list[Score]:
    """The scores an intake carries, with item 9 spelled out."""
    item9 = answers.get("phq9_item9")
    asq = answers.get("asq_result")
    return [
        Score("ASQ", rules.QUESTIONS["asq_result"].label(asq).lower() if asq else "not known", ""),
        Score("PHQ-9 item 9", "not known" if item9 is None else str(item9), "of 3"),
        Score("AUDIT-C", str(answers.get("audit_c", "not known")), "of 12"),
    ]


def _line(finding: Finding, override: Override | None, on: date) -> Line:
    severity = Severity(finding.severity)
    return Line(
        finding=finding,
        rule=rules.RULES[finding.rule],
        risk=RISK_OF.get(severity, Risk(4, "plain", "info", "Note")),
        override_kind=str(rules.override_kind(finding.rule, severity) or ""),
        override=override,
        override_stands=override is not None and override.stands(on),
    )
