"""What do the rules find in an intake, and what does it come to? Pure: no database, no clock."""

import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from patients.medicines import lexicon
from patients.medicines.matcher import Match, Medicine
from screening.rules.intake import Facts, Taken, UnusableIntake, read_intake
from screening.rules.questions import DERIVED, QUESTIONS, VITALS
from screening.rules.settings import DEFAULTS, Settings
from screening.rules.severity import Overall, Severity
from screening.rules.table import RULES, WATCHING, WATCHING_ANSWERS, Tier

VERBS = {
    Severity.CONTRAINDICATED: "stop",
    Severity.NEEDS_PRESCRIBER_DECISION: "a prescriber decides",
    Severity.CAUTION: "caution",
    Severity.INFORMATION: "for information",
}
COMPARE = {"at_least": operator.ge, "above": operator.gt, "below": operator.lt}
QUOTED = 80  # characters of a medicine text quoted whole


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired: how seriously, the sentence people read, and the inputs that fired it."""

    rule: str
    severity: Severity
    reason: str
    evidence: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a screening comes to: findings most severe first, then in table order, and names of what is missing."""

    overall: Overall
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


class _Trigger(NamedTuple):
    """One input that asks a rule for a severity, and why."""

    rule: str
    severity: Severity
    because: str
    evidence: dict[str, Any]


def evaluate(intake: Mapping[str, Any], settings: Settings = DEFAULTS) -> Result:
    """What the rules say of an intake (screening-rules 1 to 5).

    Takes `{"assessment_date", "answers", "medications", "vitals"}` as JSON holds it; blanks and nonsense are missing,
    never "no". Raises UnusableIntake when a part has not the shape of one.
    """
    facts = read_intake(intake)
    fired: dict[str, list[_Trigger]] = defaultdict(list)
    for trigger in _triggers(facts, settings):
        fired[trigger.rule].append(trigger)
    findings = [_finding(fired[rule]) for rule in RULES if rule in fired]
    findings.sort(key=lambda finding: finding.severity.rank)
    return Result(_overall(findings, facts.missing), tuple(findings), facts.missing)


def evaluate_line(line: Mapping[str, Any], settings: Settings = DEFAULTS) -> dict[str, Any]:
    """The answer of `manage.py screen` to one line: overall, findings and missing, or why it cannot be evaluated."""
    try:
        result = evaluate(line, settings)
    except UnusableIntake as unusable:
        return {"id": line.get("id"), "error": str(unusable)}
    findings = [
        {"rule": found.rule, "severity": found.severity, "reason": found.reason, "evidence": list(found.evidence)}
        for found in result.findings
    ]
    return {"id": line.get("id"), "overall": result.overall, "findings": findings, "missing": list(result.missing)}


def _finding(triggers: list[_Trigger]) -> Finding:
    """A rule fires at most once, at the highest severity any of its inputs asks for."""
    triggers.sort(key=lambda trigger: trigger.severity.rank)
    reason = ". ".join(dict.fromkeys(trigger.because for trigger in triggers))
    return Finding(triggers[0].rule, triggers[0].severity, reason, tuple(trigger.evidence for trigger in triggers))


def _overall(findings: Sequence[Finding], missing: Sequence[str]) -> Overall:
    """The first line of screening-rules 1.2 that applies; `findings` come most severe first."""
    worst = findings[0].severity if findings else Severity.INFORMATION
    if worst is Severity.CONTRAINDICATED:
        return Overall.CONTRAINDICATED
    if missing:
        return Overall.INCOMPLETE
    return Overall.CLEAR if worst is Severity.INFORMATION else Overall(worst.value)


def _triggers(facts: Facts, settings: Settings) -> Iterator[_Trigger]:
    """Every input that a rule fires on, each by the most serious tier of that rule."""
    for asked in facts.answers.items():
        if watching := WATCHING_ANSWERS.get(asked):
            yield from _by_answer(*asked, watching, facts)
    for key, value in facts.numbers.items():
        yield from _by_number(key, value, facts, settings)
    for taken in facts.medicines:
        for medicine in taken.reading.medicines:
            yield from _by_medicine(taken, medicine, settings)
        yield from _by_reading(taken, settings)


def _most_serious(triggers: Iterator[_Trigger]) -> Iterator[_Trigger]:
    """For each rule only the most serious."""
    by_rule: dict[str, _Trigger] = {}
    for trigger in triggers:
        known = by_rule.get(trigger.rule)
        if known is None or trigger.severity.rank < known.severity.rank:
            by_rule[trigger.rule] = trigger
    yield from by_rule.values()


# --- Answers and numbers ---------------------------------------------------------------------------------------------


def _by_answer(key: str, answer: Any, watching: Sequence[tuple[str, Tier]], facts: Facts) -> Iterator[_Trigger]:
    for rule, tier in watching:
        if _holds(tier, facts):
            because = f'{QUESTIONS[key].short}: answered "{QUESTIONS[key].label(answer)}"'
            yield _Trigger(rule, tier.severity, because, {"question": key, "answer": answer})


def _by_number(key: str, value: float, facts: Facts, settings: Settings) -> Iterator[_Trigger]:
    tiers = WATCHING.get(("number", key), ())
    reached = ((rule, tier) for rule, tier in tiers if _reaches(value, tier, settings) and _holds(tier, facts))
    yield from _most_serious(
        _Trigger(rule, tier.severity, _limit_in_words(value, tier, settings), _measured(key, facts))
        for rule, tier in reached
    )


def _holds(tier: Tier, facts: Facts) -> bool:
    return all(facts.answers.get(key) in codes for key, codes in tier.when)


def _reaches(value: float, tier: Tier, settings: Settings) -> bool:
    return COMPARE[tier.comparison](value, tier.bound(settings))


def _limit_in_words(value: float, tier: Tier, settings: Settings) -> str:
    """ "Systolic pressure is 165 mmHg; stop at 160 or more"."""
    if tier.key in QUESTIONS:
        label, unit = QUESTIONS[tier.key].short, QUESTIONS[tier.key].unit
    elif tier.key in VITALS:
        label, unit = VITALS[tier.key].label, VITALS[tier.key].unit
    else:
        label, unit = DERIVED[tier.key]["label"], DERIVED[tier.key]["unit"]
    bound = f"{tier.bound(settings):g}"
    limit = {"at_least": f"at {bound} or more", "above": f"above {bound}", "below": f"below {bound}"}[tier.comparison]
    return f"{label} is {value:.4g} {unit}".rstrip() + f"; {VERBS[tier.severity]} {limit}"


def _measured(key: str, facts: Facts) -> dict[str, Any]:
    if key == "pregnancy_test_age":
        tested = facts.answers["pregnancy_test_date"].isoformat()
        return {"question": "pregnancy_test_date", "answer": tested, "days": facts.numbers[key]}
    if key in QUESTIONS:
        return {"question": key, "answer": facts.numbers[key]}
    return {"vital": key, "value": round(facts.numbers[key], 2)}


# --- Medicines -------------------------------------------------------------------------------------------------------


def _by_medicine(taken: Taken, medicine: Medicine, settings: Settings) -> Iterator[_Trigger]:
    """What one medicine fires, by its classes and tags."""
    asked = (
        _in_use(rule, tier, taken, medicine, settings)
        for key in (*medicine.row.classes, *medicine.row.tags)
        for rule, tier in WATCHING.get(("medicine", key), ())
    )
    yield from _most_serious(filter(None, asked))


def _in_use(rule: str, tier: Tier, taken: Taken, medicine: Medicine, settings: Settings) -> _Trigger | None:
    """Whether a medicine was taken within the tier's days; an entry that contradicts itself does not stop by itself."""
    days = tier.days(settings)
    if days is None:
        days = medicine.days(tier.key, settings.windows)
    if taken.days > days or (tier.as_needed and not (taken.reading.as_needed and not medicine.ended)):
        return None
    contradicts = tier.severity is Severity.CONTRAINDICATED and medicine.ended and taken.undated
    severity = Severity.NEEDS_PRESCRIBER_DECISION if contradicts else tier.severity
    read_as = f"read as {medicine.row.generic}, {lexicon.in_words(tier.key)}"
    because = f'"{_quoted(taken, medicine.text)}" ({read_as}) {taken.when}'
    if contradicts:
        because += ", yet the entry says it was ended"
    elif not taken.undated:
        because += f"; {_look_back(tier, days)}"
    return _Trigger(rule, severity, because, _taken(taken, medicine, tier.key))


def _look_back(tier: Tier, days: float) -> str:
    span = f"{days:g} day{'' if days == 1 else 's'}"
    if tier.as_needed:
        return f"taken as needed, it counts for {span}"
    return f"{VERBS[tier.severity]} up to {span}" if tier.within else f"the window is {span}"


def _taken(taken: Taken, medicine: Medicine, key: str) -> dict[str, Any]:
    cls = key if key in medicine.row.classes else medicine.row.cls
    return {"medicine": taken.text, "as": medicine.row.generic, "class": cls, "days": taken.days}


def _quoted(taken: Taken, piece: str) -> str:
    """The text as typed on one line; of a long one only the piece that matters."""
    text = " ".join(taken.text.split())
    return text if len(text) <= QUOTED else " ".join(piece.split())[:QUOTED]


# --- How a medicine text was read ------------------------------------------------------------------------------------


def _by_reading(taken: Taken, settings: Settings) -> Iterator[_Trigger]:
    for key, describe in (("unrecognised", _unread), ("fuzzy", _unsure)):
        for rule, tier in WATCHING.get(("reading", key), ()):
            if taken.days <= (tier.days(settings) or 0):
                yield from (_Trigger(rule, tier.severity, *described) for described in describe(taken))


def _unread(taken: Taken) -> Iterator[tuple[str, dict[str, Any]]]:
    for piece in taken.reading.unrecognised:
        whole = piece == taken.text.strip()
        because = (
            f'"{piece}" was not recognised' if whole else f'"{piece}" in "{_quoted(taken, piece)}" was not recognised'
        )
        yield because, {"medicine": taken.text, "text": piece, "as": None, "class": None, "days": taken.days}


def _unsure(taken: Taken) -> Iterator[tuple[str, dict[str, Any]]]:
    for medicine in taken.reading.medicines:
        if medicine.match is Match.FUZZY:
            because = f'"{_quoted(taken, medicine.text)}" was read as {medicine.row.generic}; confirm the spelling'
            yield because, _taken(taken, medicine, medicine.row.cls)
