"""What pages about screening read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patients.medicines.selectors import Made, made_of, medicine_entries, when
from patients.outside.selectors import alt_times_uln
from patients.record.models import Patient
from screening import measures, policies, rules
from screening.models import Finding, MeasureResponse, Override, Review, Screening
from screening.policies import APPROVALS, MEDICINES, VITALS, ToJudge
from screening.rules import Severity
from screening.rules.questions import day, is_blank
from screening.terms import ConditionKind, Judgement, ScreeningState

OPEN = "Not answered"


@dataclass(frozen=True)
class Step:
    """One section of the intake, as its navigation shows it."""

    name: str
    title: str
    answered: int
    total: int
    current: bool

    @property
    def done(self) -> bool:
        return self.answered == self.total


@dataclass(frozen=True)
class Said:
    """One finding of the rules, in the words people read."""

    title: str
    severity: Severity
    reason: str
    do: str
    in_words: str
    sources: str


@dataclass(frozen=True)
class Gap:
    """Something still open, and the section where it is answered."""

    words: str
    section: str


@dataclass(frozen=True)
class Page:
    """A screening as its pages show it: the steps, what the rules say now, what is open, every answer."""

    steps: list[Step]
    overall: rules.Overall
    findings: list[Said]
    gaps: list[Gap]
    parts: list["Part"] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One section's questions with their answers in words."""

    name: str
    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Typed:
    """A medicine as typed, when it was last taken, and what the matcher makes of it."""

    text: str
    taken: str
    made: list[Made]


def sections() -> dict[str, str]:
    """Section name -> title, in the order they are asked."""
    names = dict(rules.SECTIONS)
    names[MEDICINES] = "Medicine list"
    names[VITALS] = "Vital signs"
    return names


def first_section() -> str:
    return next(iter(sections()))


def section_after(name: str) -> str | None:
    names = list(sections())
    return names[names.index(name) + 1] if name != names[-1] else None


@dataclass(frozen=True)
class Derived:
    """An answer nobody types, with where it came from and when."""

    value: Any
    source: str


def derived(patient: Patient, on: date) -> dict[str, Derived]:
    """Answers that come from the record and from complete measures, the newest of each (instruments.md 1)."""
    found = {"age_years": Derived(_age(patient.birth_date, on), "Birth date")}
    for key, value, response in _from_measures(patient):
        if value is not None:
            title = measures.instrument(response.instrument).short_title
            found[key] = Derived(value, f"{title}, {response.answered_at:%d %b %Y}")
    if (alt := alt_times_uln(patient)) is not None:
        found["alt_times_uln"] = Derived(float(alt), "Lab result")
    return found


def _from_measures(patient: Patient) -> Iterator[tuple[str, Any, MeasureResponse]]:
    for response in latest_measures(patient, ("audit-c", "asq", "phq-9", "c-ssrs-screener")).values():
        if response.instrument == "audit-c":
            yield "audit_c", None if response.total is None else int(response.total), response
        elif response.instrument == "asq":
            yield "asq_result", measures.asq_answer(response.band or None), response
        elif response.instrument == "phq-9":
            yield "phq9_item9", response.answers.get("phq9.9"), response
        else:
            yield "cssrs_risk", response.band or None, response


def latest_measures(patient: Patient, instruments: Sequence[str]) -> dict[str, MeasureResponse]:
    """The newest standing response of each instrument."""
    rows = MeasureResponse.objects.standing().filter(patient=patient, instrument__in=instruments)
    newest = rows.order_by("instrument", "-answered_at", "-id").distinct("instrument")
    return {response.instrument: response for response in newest}


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def facts_now(last: Screening, on: date) -> dict[str, Any]:
    """A frozen screening with the facts that live elsewhere as they are today: medicines, measures, weight."""
    entries = medicine_entries(last.patient)
    fresh = {key: fact.value for key, fact in derived(last.patient, on).items()}
    since = last.patient.weights.filter(measured_at__gte=last.submitted_at)
    weight = since.order_by("-measured_at", "-id").first()
    vitals = dict(last.vitals)
    if weight is not None:
        vitals["weight"] = {"value": float(weight.value), "unit": weight.unit}
    return {
        "assessment_date": on.isoformat(),
        "answers": {**last.answers, **fresh, "no_medications": "no" if entries else "yes"},
        "medications": entries,
        "vitals": vitals,
    }


def add_known_medicines(screening: Screening) -> None:
    """Put behind the medicines of an intake those of the patient's list that it does not name, stopped ones included.

    Missing is never "no": the rules read them too. One taken after the day of the intake was taken on that day.
    """
    named = {(str(entry["text"]).casefold(), entry.get("last_taken") or "") for entry in screening.medications}
    known = [
        {**entry, "last_taken": _as_of(screening.assessment_date, entry["last_taken"])}
        for entry in medicine_entries(screening.patient)
        if (str(entry["text"]).casefold(), entry["last_taken"] or "") not in named
    ]
    if known:
        screening.medications = [*screening.medications, *known]
        screening.answers = {**screening.answers, "no_medications": "no"}


def _as_of(on: date, last_taken: str | None) -> str | None:
    taken = day(last_taken)
    return "current" if taken and taken > on else last_taken


def intake_now(screening: Screening) -> dict[str, Any]:
    """What the rules read: a draft with its derived answers fresh, a frozen screening as it was submitted."""
    if screening.state != ScreeningState.DRAFT:
        return policies.intake(screening)
    fresh = derived(screening.patient, screening.assessment_date)
    return policies.intake(screening, {key: fact.value for key, fact in fresh.items()})


def page(screening: Screening, at: str = "") -> Page:
    """Everything the intake's pages show; the rules are asked afresh, so a draft always shows what holds now."""
    result = rules.evaluate(intake_now(screening))
    gaps = [Gap(rules.name_in_words(name), section_of(name)) for name in result.missing]
    return Page(
        steps=[_step(screening, name, title, gaps, at) for name, title in sections().items()],
        overall=result.overall,
        findings=[said(found.rule, found.severity, found.reason) for found in result.findings],
        gaps=gaps,
        parts=parts(screening),
    )


def said(rule_id: str, severity: str, reason: str) -> Said:
    rule = rules.RULES[rule_id]
    return Said(rule.title, Severity(severity), reason, rule.do, rule.in_words, rule.sources)


def _step(screening: Screening, name: str, title: str, gaps: Sequence[Gap], at: str) -> Step:
    total = _asked(screening, name)
    missing = sum(gap.section == name for gap in gaps)
    return Step(name, title, max(total - missing, 0), total, current=name == at)


def _asked(screening: Screening, name: str) -> int:
    """How many inputs a section must have, with the answers as they are."""
    if name == VITALS:
        return 3  # blood pressure, pulse, weight; screening-rules 3
    if name == MEDICINES:
        return max(1, len(screening.medications))
    return sum(question.is_required(screening.answers) for question in rules.questions_in(name))


def section_of(missing: str) -> str:
    """The section where a missing input is answered."""
    if missing.startswith("vitals.") or missing == "assessment_date":
        return VITALS
    if missing.startswith("medications") or missing == "no_medications":
        return MEDICINES
    return rules.QUESTIONS[missing].section


def parts(screening: Screening) -> list[Part]:
    """Every answer in words, section by section."""
    return [
        Part(name, title, in_words(name, policies.section_values(screening, name)))
        for name, title in sections().items()
    ]


def in_words(section: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a section holds, as question and answer."""
    if section == VITALS:
        return _vitals_in_words(values)
    if section == MEDICINES:
        lines = [(entry["text"], _taken(entry)) for entry in values.get("medications", [])]
        none_taken = values.get("no_medications")
        return [*lines, ("Takes nothing of any kind", _answer("no_medications", none_taken))]
    return [(rules.QUESTIONS[key].short, _answer(key, value)) for key, value in values.items()]


def _answer(key: str, value: Any) -> str:
    if is_blank(value):
        return OPEN
    question = rules.QUESTIONS[key]
    if question.usable(value) is None:
        return f"{value} (cannot be used)"
    return f"{day(value):%d %b %Y}" if question.kind == "date" else question.label(value)


def _taken(entry: Mapping[str, Any]) -> str:
    last = entry.get("last_taken")
    if last in {"current", "never"}:
        return {"current": "Takes it now", "never": "Never taken"}[str(last)]
    taken = day(last)
    return f"Last taken {taken:%d %b %Y}" if taken else "Last taken: not known"


def _vitals_in_words(vitals: Mapping[str, Any]) -> list[tuple[str, str]]:
    upper, lower, weight = vitals.get("systolic"), vitals.get("diastolic"), vitals.get("weight") or {}
    rows = [("Blood pressure", f"{upper}/{lower} mmHg" if upper and lower else OPEN)]
    for key in ("heart_rate", "spo2", "temperature_c"):
        rows.append((rules.VITALS[key].label, _measured(vitals.get(key), rules.VITALS[key].unit)))
    rows.append(("Weight", _measured(weight.get("value"), weight.get("unit") or "(no unit)")))
    rows.append(("Height", _measured(vitals.get("height_cm"), "cm")))
    return rows


def _measured(value: Any, unit: str) -> str:
    return OPEN if is_blank(value) else f"{value} {unit}"


def side_by_side(theirs: Sequence[tuple[str, str]], mine: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Question, what the other person saved, what was typed here: only where they differ."""
    saved, typed = dict(theirs), dict(mine)
    return [
        (question, saved.get(question, OPEN), typed.get(question, OPEN))
        for question in dict.fromkeys([*saved, *typed])
        if saved.get(question) != typed.get(question)
    ]


def recognised(screening: Screening) -> list[Typed]:
    """The medicines of a screening with what the matcher makes of each."""
    return [
        Typed(entry["text"], _taken_on(entry, screening.assessment_date), made_of(entry["text"]))
        for entry in screening.medications
    ]


def _taken_on(entry: Mapping[str, Any], on: date) -> str:
    last = entry.get("last_taken") or ""
    return when(last, on) if last in {"", "current", "never"} or day(last) else "Last taken: not readable"


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
    return Screening.objects.filter(patient_id=patient_id, state=ScreeningState.DRAFT).first()


def reviews(screening: Screening) -> list[Review]:
    """What was decided on this version, newest first."""
    return list(screening.reviews.select_related("decided_by").prefetch_related("typed_conditions"))


def newest_submitted(patient_id: int) -> Screening | None:
    """The version that counts: the newest that is not a draft."""
    return (
        Screening.objects.filter(patient_id=patient_id).exclude(state=ScreeningState.DRAFT).order_by("-version").first()
    )


def approval_of(screening: Screening) -> Review | None:
    """The approval this version's eligibility rests on, if it has one."""
    approvals = screening.reviews.filter(decision__in=APPROVALS).select_related("decided_by")
    return approvals.order_by("-id").first()


@dataclass(frozen=True)
class InForce:
    """One condition a dose must keep to, with who set it and until when.

    `kind` is a `ConditionKind`; which of the other fields are filled depends on it (see `rules.Condition`):
    `upper_mg`: `mg` (Decimal, whole session, boosters included) and `route` (code, empty for any);
    `extra_check`, `confirm_on_day`: `words`;
    `medicine_hold`: `medicine` as named, `disposition` (hold, taper, continue), `hours_before` (of a hold: last taken
    at least so long before the dose), and `words`;
    `in_words`: `words`, what was written beside the typed ones, or said of the finding named by `about`.
    `in_words` is the sentence for pages and paper. `decided_at` is aware; `until` is the approval's last day.
    """

    condition: rules.Condition
    prescriber: str
    decided_at: datetime
    until: date | None
    about: str = ""

    @property
    def kind(self) -> ConditionKind:
        return self.condition.kind

    @property
    def label(self) -> str:
        return self.about or ConditionKind(self.kind).label

    @property
    def mg(self) -> Decimal | None:
        return self.condition.mg

    @property
    def route(self) -> str:
        return self.condition.route

    @property
    def medicine(self) -> str:
        return self.condition.medicine

    @property
    def disposition(self) -> str:
        return self.condition.disposition

    @property
    def hours_before(self) -> int | None:
        return self.condition.hours_before

    @property
    def words(self) -> str:
        return self.condition.words

    @property
    def in_words(self) -> str:
        return self.condition.in_words


def conditions_in_force(patient_id: int, on: date) -> list[InForce]:
    """What a dose on this day must keep to: the conditions of the approval that eligibility rests on.

    Typed ones in the order they were written, then the words of the review, then what was said of a finding accepted
    with a condition. Empty when no approval stands: no newest version decided, not approved, or the approval past its
    end. An empty list never means that somebody may be dosed; that is `eligibility.standing`. For a course, give
    `course.patient_id`. The most mg by a route is `rules.upper_mg((one.condition for one in these), route)`.
    """
    screening = newest_submitted(patient_id)
    if screening is None or screening.state != ScreeningState.DECIDED:
        return []
    review = approval_of(screening)
    if review is None or (review.expires_on is not None and on > review.expires_on):
        return []
    return list(_in_force(review))


def _in_force(review: Review) -> Iterator[InForce]:
    set_by = (str(review.decided_by), review.decided_at, review.expires_on)
    for row in review.typed_conditions.all():
        yield InForce(row.condition, *set_by)
    if review.conditions.strip():
        yield InForce(rules.Condition(ConditionKind.IN_WORDS, words=review.conditions.strip()), *set_by)
    judged = review.judgements.filter(judgement=Judgement.ACCEPT_WITH_CONDITION).select_related("finding")
    for one in judged.order_by("finding__place"):
        condition = rules.Condition(ConditionKind.IN_WORDS, words=one.words)
        yield InForce(condition, *set_by, about=rules.RULES[one.finding.rule].title)
