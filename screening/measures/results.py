"""What comes out of scoring: a score, a change, or a refusal that names the answer it stumbled on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .definitions import Flag, Number

VERSION = "1.0"  # of the scorer; raise it when any figure could come out differently


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one response, as stored. None means it cannot be known from these answers."""

    instrument: str
    instrument_version: str
    complete: bool  # every required item is answered
    answered_sum: Number | None  # what the answers add up to so far; None where nothing is added up
    total: Number | None  # None while a scored item is missing
    prorated_total: int | None  # an estimate, shown greyed, used for nothing else
    band: str | None
    subscales: Mapping[str, Number | bool | None]
    flags: tuple[Flag, ...]  # sorted by id
    scorer_version: str = VERSION
    valid: Literal[True] = True

    def as_json(self) -> dict[str, Any]:
        return {
            "valid": True,
            "complete": self.complete,
            "answered_sum": self.answered_sum,
            "total": self.total,
            "prorated_total": self.prorated_total,
            "band": self.band,
            "subscales": dict(self.subscales),
            "flags": [flag.id for flag in self.flags],
        }


@dataclass(frozen=True, slots=True)
class Change:
    """Baseline to current. None means not applicable: no rule for this form, or a baseline too low for it."""

    change: Number  # current - baseline, in points of the total
    percent_decrease: float | None  # to one decimal; None when the baseline is 0
    response: bool | None
    remission: bool | None
    mcid_improved: bool | None
    mcid_worsened: bool | None
    reliable_improvement: bool | None
    reliable_deterioration: bool | None
    recovered: bool | None = None  # a second convention, e.g. below NHS caseness
    flags: tuple[Flag, ...] = field(default=())
    valid: Literal[True] = True

    def as_json(self) -> dict[str, Any]:
        return {
            "change": self.change,
            "percent_decrease": self.percent_decrease,
            "response": self.response,
            "remission": self.remission,
            "mcid_improved": self.mcid_improved,
            "mcid_worsened": self.mcid_worsened,
            "reliable_improvement": self.reliable_improvement,
            "reliable_deterioration": self.reliable_deterioration,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """The whole input is refused and nothing is scored. `link_id` is the item or field at fault, if one is.

    Errors: `unknown_instrument`, `answers_not_an_object`, `context_not_an_object`, `unknown_item`,
    `not_an_integer`, `not_a_number`, `out_of_range`, `off_step`, `not_trended`.
    """

    error: str
    link_id: str | None = None
    valid: Literal[False] = False

    def as_json(self) -> dict[str, Any]:
        return {"valid": False, "error": self.error, "linkId": self.link_id}
