"""What is an instrument made of? Items or fields, bands, alerts and change rules.

The shapes only; `loading` fills them from `instruments.json`. Pure: no Django, no clock.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

Number: TypeAlias = int | float

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "in": lambda value, values: value in values,
}


class Rater(StrEnum):
    PATIENT = "self_report"
    CLINICIAN = "clinician_rated"
    ASKED = "clinician_asked"


class HigherIs(StrEnum):
    WORSE = "worse"
    BETTER = "better"
    NEUTRAL = "neutral"


class Severity(StrEnum):
    """What the product does about a flag (instruments.md 4)."""

    CRITICAL = "critical"  # blocks dosing until a clinician records an assessment
    HIGH = "high"  # a task due the same working day, a warning on the dosing checklist
    MEDIUM = "medium"  # a task for the next contact
    LOW = "low"  # shown on the summary only


@dataclass(frozen=True, slots=True)
class Option:
    value: int
    label: str
    loinc_answer: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An item answered with one of these values."""

    link_id: str
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a shipped form. Its wording, order and labels are never edited."""

    link_id: str
    number: int
    text: str
    topic: str
    required: bool
    scored: bool
    options: tuple[Option, ...]
    values: frozenset[int]
    shown_when: tuple[Answered, ...]  # any of these shows the item; empty means always
    followup_text: str | None
    loinc: str | None
    loinc_answer_aliases: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Field:
    """One figure typed in for a form that was answered outside the product."""

    id: str
    label: str
    whole: bool
    low: int
    high: int
    step: Decimal
    required: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals with a name; a category has no range."""

    key: str
    label: str
    low: int | None
    high: int | None

    def holds(self, total: Number) -> bool:
        return self.low is not None and self.high is not None and self.low <= total <= self.high


@dataclass(frozen=True, slots=True)
class Flag:
    id: str
    severity: Severity
    action: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Raises its flag when a figure (an item, the answered sum, a category) compares as stated."""

    figure: str
    operator: str
    value: Any
    flag: Flag
    context: str | None = None  # the key of the context that picks the value, e.g. sex

    def fires(self, figures: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        figure = figures.get(self.figure)
        if figure is None:
            return False
        limit = by_context(self.value, context.get(self.context)) if self.context else self.value
        return COMPARE[self.operator](figure, limit)


@dataclass(frozen=True, slots=True)
class Skip:
    """When the item has this value the others need no answer and count 0.

    An answer given all the same stands, unless the rule ignores it (a gate that ends the form).
    """

    link_id: str
    value: int
    items: tuple[str, ...]
    ignores_answers: bool


@dataclass(frozen=True, slots=True)
class Subscale:
    id: str
    items: tuple[str, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class CountAtLeast:
    """How many items reach their threshold."""

    id: str
    thresholds: tuple[tuple[str, int], ...]
    needs_every_scored_item: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Whether every named figure compares as stated."""

    id: str
    conditions: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Whether the total reaches a cut-off that depends on the context."""

    id: str
    context: str
    thresholds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the answers of a shipped form become figures."""

    method: str
    scored_items: tuple[str, ...]
    needed_for_total: tuple[str, ...]  # the scored items and, where there is one, the gate
    low: int
    high: int
    max_missing: int  # up to how many missing scored items an estimate is given; 0 means never
    skips: tuple[Skip, ...]
    subscales: tuple[Subscale, ...]
    derived: tuple[CountAtLeast | AllOf | Threshold, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """`percent_decrease` and `points_decrease` look at the fall, `value` at the current total alone."""

    type: str
    value: Number
    operator: str | None
    min_baseline: int | None


@dataclass(frozen=True, slots=True)
class Target:
    operator: str
    value: Number

    def met_by(self, total: Number | Decimal) -> bool:
        return COMPARE[self.operator](total, self.value)


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise of so many points since baseline raises the flag."""

    points: int
    flag: Flag


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """What counts as a change over a course. Points are points of the total, percent is of its range."""

    mcid: int | None
    mcid_in_percent: bool
    rci: int | None
    response: Response | None
    remission: Target | None
    recovery: Target | None  # a second convention, e.g. below NHS caseness
    review_rise: Rise | None


@dataclass(frozen=True, slots=True)
class Instrument:
    """A form with its own text (`items`), or a score-entry form (`fields`) that holds none."""

    id: str
    title: str
    short_title: str
    version: str
    rater: Rater
    higher_is: HigherIs
    credit: str
    unvalidated_notice: str | None
    recall: str | None
    instructions: str | None
    stem: str | None
    items: tuple[Item, ...]
    fields: tuple[Field, ...]
    bands: tuple[Band, ...]
    alerts: tuple[Alert, ...]
    scoring: Scoring | None
    change_rules: ChangeRules
    total_range: tuple[Number, Number] | None  # None: a category, never trended
    total_is_whole: bool
    schedule: str | None
    references: tuple[str, ...]
    notes: tuple[str, ...]
    loinc: Mapping[str, Any]

    @property
    def is_score_entry(self) -> bool:
        return self.scoring is None

    def item(self, link_id: str) -> Item:
        """The item with this linkId. Raises LookupError when there is none."""
        for item in self.items:
            if item.link_id == link_id:
                return item
        raise LookupError(f"{self.id} has no item {link_id!r}")

    def band(self, total: Number | None) -> Band | None:
        """The band that holds a complete total; None for none, and for forms without bands."""
        if total is None:
            return None
        return next((band for band in self.bands if band.holds(total)), None)


def by_context(values: Mapping[str, int], answer: object) -> int:
    """The value for this context answer; an unknown, other or absent answer takes the default."""
    return values.get(answer, values["default"]) if isinstance(answer, str) else values["default"]


def applies(item: Item, answers: Mapping[str, object]) -> bool:
    """Whether a form should show the item, given the answers so far."""
    return not item.shown_when or any(answers.get(when.link_id) in when.values for when in item.shown_when)
