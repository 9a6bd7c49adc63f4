"""What do these answers to a form with its own text come to?

instruments.md 2 and `global_rules` in instruments.json. Pure: no Django, no clock.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from . import asq
from .definitions import COMPARE, Alert, AllOf, CountAtLeast, Flag, Instrument, Scoring, Threshold, by_context
from .results import Refusal, Score

Given: TypeAlias = Mapping[str, int]  # linkId -> value, without the unanswered
Context: TypeAlias = Mapping[str, Any]  # e.g. {"sex": "female"}


def score_answers(form: Instrument, scoring: Scoring, answers: Mapping[str, Any], context: Context) -> Score | Refusal:
    """The score of a form with items. `answers`: linkId -> option value, or None where unanswered."""
    if refusal := _refusal(form, answers):
        return refusal
    given = {link_id: value for link_id, value in answers.items() if value is not None}
    if scoring.method == "asq_category":
        return _asq_score(form, given)
    return _sum_score(form, scoring, after_skips(scoring, given), context)


def _refusal(form: Instrument, answers: Mapping[str, Any]) -> Refusal | None:
    """The first answer that is no answer, in the order of the form; then anything the form does not ask."""
    known = 0
    for item in form.items:
        if item.link_id not in answers:
            continue
        known += 1
        value = answers[item.link_id]
        if value is None:
            continue
        if type(value) is not int:  # True is an int to isinstance
            return Refusal("not_an_integer", item.link_id)
        if value not in item.values:
            return Refusal("out_of_range", item.link_id)
    return None if known == len(answers) else unknown_item(answers, {item.link_id for item in form.items})


def unknown_item(answers: Mapping[str, Any], known: set[str]) -> Refusal:
    """Refuses the answer to a question the form does not have."""
    return Refusal("unknown_item", min(str(link_id) for link_id in answers if link_id not in known))


def after_skips(scoring: Scoring, given: Given) -> Given:
    """The answers that count: a skipped item left blank counts 0; a gate that ends the form overrules its answers."""
    for skip in scoring.skips:
        if given.get(skip.link_id) == skip.value:
            zeros = dict.fromkeys(skip.items, 0)
            given = {**given, **zeros} if skip.ignores_answers else {**zeros, **given}
    return given


def _sum_score(form: Instrument, scoring: Scoring, given: Given, context: Context) -> Score:
    answered = [given[link_id] for link_id in scoring.scored_items if link_id in given]
    answered_sum = sum(answered)
    total = answered_sum if _has_all(given, scoring.needed_for_total) else None
    band = form.band(total)
    return Score(
        instrument=form.id,
        instrument_version=form.version,
        complete=all(item.link_id in given for item in form.items if item.required),
        answered_sum=answered_sum,
        total=total,
        prorated_total=_estimate(scoring, answered) if total is None else None,
        band=band.key if band else None,
        subscales=_subscales(scoring, given, total, context),
        flags=flags_raised(form.alerts, {**given, "answered_sum": answered_sum}, context),
    )


def _asq_score(form: Instrument, given: Given) -> Score:
    category, yes = asq.category(given), asq.count_yes(given)
    return Score(
        instrument=form.id,
        instrument_version=form.version,
        complete=asq.is_complete(given),
        answered_sum=yes,
        total=yes if _has_all(given, asq.QUESTIONS) else None,
        prorated_total=None,
        band=category,
        subscales={},
        flags=flags_raised(form.alerts, {"category": category}, {}),
    )


def _estimate(scoring: Scoring, answered: list[int]) -> int | None:
    """The sum scaled up to all items, rounded half up; None unless few enough are missing."""
    n, a, s = len(scoring.scored_items), len(answered), sum(answered)
    return (2 * s * n + a) // (2 * a) if 1 <= n - a <= scoring.max_missing else None


def _subscales(scoring: Scoring, given: Given, total: int | None, context: Context) -> dict[str, int | bool | None]:
    """Subscales, then derived figures; each None when an answer it needs is missing."""
    figures: dict[str, int | bool | None] = {}
    for part in scoring.subscales:
        figures[part.id] = sum(given[i] for i in part.items) if _has_all(given, part.items) else None
    for rule in scoring.derived:
        match rule:
            case CountAtLeast():
                figures[rule.id] = _count(rule, given, total)
            case AllOf():
                figures[rule.id] = None if total is None else _all_of(rule, figures)
            case Threshold():
                limit = by_context(rule.thresholds, context.get(rule.context))
                figures[rule.id] = None if total is None else total >= limit
    return figures


def _count(rule: CountAtLeast, given: Given, total: int | None) -> int | None:
    if rule.needs_every_scored_item and total is None:
        return None
    if any(link_id not in given for link_id, _ in rule.thresholds):
        return None
    return sum(given[link_id] >= limit for link_id, limit in rule.thresholds)


def _all_of(rule: AllOf, figures: Mapping[str, int | bool | None]) -> bool:
    return all(COMPARE[compare](figures[figure], value) for figure, compare, value in rule.conditions)


def _has_all(given: Given, link_ids: Iterable[str]) -> bool:
    return all(link_id in given for link_id in link_ids)


def flags_raised(alerts: Iterable[Alert], figures: Mapping[str, Any], context: Context) -> tuple[Flag, ...]:
    """Every flag the figures justify, complete form or not, once each, sorted by id."""
    raised = {alert.flag.id: alert.flag for alert in alerts if alert.fires(figures, context)}
    return tuple(raised[flag_id] for flag_id in sorted(raised))
