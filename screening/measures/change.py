"""How far has a score moved over a course, and does it count?

instruments.md 2, "Change over a course", and `global_rules.change` in instruments.json. Complete totals only.
Pure: no Django, no clock.
"""

from decimal import Decimal

from .definitions import Flag, HigherIs, Instrument, Number, Response, Rise, Target
from .entry import exact, number_error
from .results import Change, Refusal


def change_between(
    form: Instrument, baseline: object, current: object, *, remission: Target | None = None
) -> Change | Refusal:
    """The change from one complete total to another, in points of the form's total (WHO-5: raw).

    `remission`: a clinic's own definition, in place of the form's. `percent_decrease` is the fall from baseline
    whatever the form: on WHO-5, where higher is better, it is negative when the patient improves. Improvement and
    worsening follow the form's direction.
    """
    if form.total_range is None:
        return Refusal("not_trended")
    for name, total in (("baseline_total", baseline), ("current_total", current)):
        low, high = form.total_range
        if error := number_error(total, whole=form.total_is_whole, low=low, high=high):
            return Refusal(error, name)
    return _change(form, exact(baseline), exact(current), remission or form.change_rules.remission)


def _change(form: Instrument, baseline: Decimal, current: Decimal, remission: Target | None) -> Change:
    rules, drop = form.change_rules, baseline - current
    gain = -drop if form.higher_is is HigherIs.BETTER else drop
    mcid_gain = gain * 100 / exact(form.total_range[1]) if rules.mcid_in_percent and form.total_range else gain
    return Change(
        change=_number(-drop, whole=form.total_is_whole),
        percent_decrease=round(float(100 * drop / baseline), 1) + 0.0 if baseline else None,
        response=_responded(rules.response, baseline, current),
        remission=_met(remission, current),
        mcid_improved=_reaches(mcid_gain, rules.mcid),
        mcid_worsened=_reaches(-mcid_gain, rules.mcid),
        reliable_improvement=_reaches(gain, rules.rci),
        reliable_deterioration=_reaches(-gain, rules.rci),
        recovered=_met(rules.recovery, current),
        flags=_flags(rules.review_rise, -gain),
    )


def _responded(rule: Response | None, baseline: Decimal, current: Decimal) -> bool | None:
    """None where the form has no rule, or where the baseline is too low for a percentage to mean anything."""
    if rule is None:
        return None
    if rule.type == "value":
        return Target(rule.operator or "<=", rule.value).met_by(current)
    if rule.type == "points_decrease":
        return baseline - current >= rule.value
    if baseline < max(1, rule.min_baseline or 0):
        return None
    return 100 * (baseline - current) >= exact(rule.value) * baseline  # unrounded


def _met(target: Target | None, current: Decimal) -> bool | None:
    return target.met_by(current) if target else None


def _reaches(points: Decimal, threshold: int | None) -> bool | None:
    return None if threshold is None else points >= threshold


def _number(value: Decimal, *, whole: bool) -> Number:
    return int(value) if whole else float(value)


def _flags(rise: Rise | None, worsening: Decimal) -> tuple[Flag, ...]:
    return (rise.flag,) if rise and worsening >= rise.points else ()
