"""What do the figures typed in for a form without text come to?

The clinic administers the form outside the product and types its total, and the few fields listed in
`instruments.json`. They are checked, banded and flagged like any other score:

- `total` is the form's own figure: the typed total, WHO-5's raw total, the mean of EBI and CEQ, the worked-out
  total of MEQ-30 and SDS. None for C-SSRS and MDQ, which are categories.
- `answered_sum` is what was entered of the figures that add up to the total: the typed total, or the domains of SDS.
  None when nothing of it was entered, and for categories and means.
- `subscales` are the parts beside the total. `prorated_total` is always None: there are no items to estimate.

Sources: instruments.json (fields, bands, rules) and the section of each form in instruments.md.
Pure: no Django, no clock.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from .definitions import Field, Instrument, Number
from .results import Refusal, Score
from .scoring import flags_raised, unknown_item

Entered: TypeAlias = Mapping[str, Number]  # field id -> figure, without the blanks

WSAS_MAX_WHEN_RETIRED = 32  # item 1 is left out: 4 items of 0-8
MDQ_YES, MDQ_PROBLEM = 7, 2  # seven symptoms, a moderate problem
MEQ_WEIGHTS = {"mystical": 15, "positive_mood": 6, "transcendence": 6, "ineffability": 3}  # items in each mean
MEQ_COMPLETE = 3.0  # 60% of 5 on all four
CSSRS_HIGH = ("q4", "q5", "q6_recent")
CSSRS_MODERATE = ("q3", "q6")
CSSRS_FOLLOW_UPS = {"q2": ("q3", "q4", "q5"), "q6": ("q6_recent",)}  # asked after a yes


@dataclass(frozen=True, slots=True)
class Reading:
    """What one form makes of its fields. `band` is for categories; others are banded by their total."""

    total: Number | None = None
    answered_sum: Number | None = None
    band: str | None = None
    subscales: dict[str, Number | bool | None] = field(default_factory=dict)
    follow_up_missing: bool = False


def score_entry(form: Instrument, answers: Mapping[str, Any]) -> Score | Refusal:
    """The score of a score-entry form. `answers`: field id -> number, or None where blank."""
    if refusal := _refusal(form, answers):
        return refusal
    entered = {name: value for name, value in answers.items() if value is not None}
    reading = READINGS.get(form.id, _typed_total)(form, entered)
    banded = form.band(reading.total)
    band = banded.key if banded else reading.band
    return Score(
        instrument=form.id,
        instrument_version=form.version,
        complete=_required_entered(form, entered) and not reading.follow_up_missing,
        answered_sum=reading.answered_sum,
        total=reading.total,
        prorated_total=None,
        band=band,
        subscales=reading.subscales,
        flags=flags_raised(
            form.alerts, {**entered, "band": band, "follow_up_missing": reading.follow_up_missing}, context={}
        ),
    )


def _refusal(form: Instrument, answers: Mapping[str, Any]) -> Refusal | None:
    for known in form.fields:
        if error := _error(known, answers.get(known.id)):
            return Refusal(error, known.id)
    fields = {known.id for known in form.fields}
    if not fields.issuperset(answers):
        return unknown_item(answers, fields)
    if form.id == "wsas" and answers.get("retired") == 1 and (answers.get("total") or 0) > WSAS_MAX_WHEN_RETIRED:
        return Refusal("out_of_range", "total")
    return None


def _error(known: Field, value: object) -> str | None:
    """Why this figure cannot stand in this field; None when it can, or is blank."""
    if value is None:
        return None
    if error := number_error(value, whole=known.whole, low=known.low, high=known.high):
        return error
    return "off_step" if (exact(value) - known.low) % known.step else None


def number_error(value: object, *, whole: bool, low: Number, high: Number) -> str | None:
    """Why this is no number of the range: a boolean, NaN or text is none, and 3.0 is no whole one."""
    if type(value) is not int and (whole or type(value) is not float or not math.isfinite(value)):
        return "not_an_integer" if whole else "not_a_number"
    return None if low <= value <= high else "out_of_range"


def exact(value: Any) -> Decimal:
    """The number as it was typed, so that 0.3 is three tenths."""
    return Decimal(str(value))


def _required_entered(form: Instrument, entered: Entered) -> bool:
    return all(known.id in entered for known in form.fields if known.required)


def _typed_total(form: Instrument, entered: Entered) -> Reading:
    total, *parts = form.fields
    typed = entered.get(total.id)
    return Reading(total=typed, answered_sum=typed, subscales={part.id: entered.get(part.id) for part in parts})


def _typed_mean(form: Instrument, entered: Entered) -> Reading:
    mean, *parts = form.fields
    return Reading(total=entered.get(mean.id), subscales={part.id: entered.get(part.id) for part in parts})


def _who5(form: Instrument, entered: Entered) -> Reading:
    """Stored raw, shown as a percentage: raw x 4."""
    raw = entered.get("raw")
    return Reading(total=raw, answered_sum=raw, subscales={"percent": None if raw is None else raw * 4})


def _wsas(form: Instrument, entered: Entered) -> Reading:
    return Reading(total=entered.get("total"), answered_sum=entered.get("total"))


def _sds(form: Instrument, entered: Entered) -> Reading:
    """The total stands only if work applies, so all three domains are needed."""
    domains = [entered[part.id] for part in form.fields if part.id in entered]
    return Reading(
        total=sum(domains) if len(domains) == len(form.fields) else None,
        answered_sum=sum(domains) if domains else None,
        subscales={part.id: entered.get(part.id) for part in form.fields},
    )


def _meq30(form: Instrument, entered: Entered) -> Reading:
    """The mean of all 30 items, and whether all four means reach 60%. Neither good nor bad."""
    parts: dict[str, Number | bool | None] = {part: entered.get(part) for part in MEQ_WEIGHTS}
    if any(part not in entered for part in MEQ_WEIGHTS):
        return Reading(subscales=parts)
    weighted = sum(weight * exact(entered[part]) for part, weight in MEQ_WEIGHTS.items())
    reached = all(entered[part] >= MEQ_COMPLETE for part in MEQ_WEIGHTS)
    return Reading(
        total=float(weighted / sum(MEQ_WEIGHTS.values())),
        band="complete" if reached else "not_complete",
        subscales=parts,
    )


def _mdq(form: Instrument, entered: Entered) -> Reading:
    """Positive only when symptoms, timing and problem all say so; None until all three are entered."""
    if any(part.id not in entered for part in form.fields):
        return Reading()
    positive = entered["yes_count"] >= MDQ_YES and entered["same_time"] == 1 and entered["problem"] >= MDQ_PROBLEM
    return Reading(band="positive" if positive else "negative")


def _cssrs(form: Instrument, entered: Entered) -> Reading:
    """The triage level. High and moderate stand as soon as an answer says so.

    Low and none are said only when every question that could raise them was answered: not asked is not a no.
    """
    yes = {question for question, answer in entered.items() if answer == 1}
    follow_ups = {question for parent, asked in CSSRS_FOLLOW_UPS.items() if parent in yes for question in asked}
    follow_up_missing = not follow_ups <= entered.keys()
    level: str | None
    if yes.intersection(CSSRS_HIGH):
        level = "high"
    elif yes.intersection(CSSRS_MODERATE):
        level = "moderate"
    elif follow_up_missing or not _required_entered(form, entered):
        level = None
    else:
        level = "low" if yes else "none"
    return Reading(band=level, follow_up_missing=follow_up_missing)


READINGS: dict[str, Callable[[Instrument, Entered], Reading]] = {
    "c-ssrs-screener": _cssrs,
    "ceq": _typed_mean,
    "ebi": _typed_mean,
    "mdq": _mdq,
    "meq-30": _meq30,
    "sds": _sds,
    "who-5": _who5,
    "wsas": _wsas,
}
