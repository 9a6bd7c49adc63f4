"""How much of what: the limits of each route as data (dosing-reference 1, 1.1, 8). Pure.

`limits.json` holds the defaults with their sources. A clinic may change the PD ones; whoever asks hands the ones that
hold to the rules.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from sessions.orders.terms import Route

DATA = json.loads(Path(__file__).with_name("limits.json").read_text(encoding="utf-8"))
LIKE_IV = Decimal("0.01")  # mg/kg, to which an equivalent of an IV dose is rounded down


@dataclass(frozen=True)
class Limits:
    """What holds for one route. mg and mg/kg of the whole session dose; None: no such limit."""

    route: str
    warn_mg_per_kg: Decimal | None = None
    block_mg_per_kg: Decimal | None = None
    warn_mg: Decimal | None = None
    block_mg: Decimal | None = None
    boosters: int = 0
    gap_minutes: int | None = None
    usual_unit: str = "mg"
    usual_low: Decimal = Decimal(0)
    usual_high: Decimal = Decimal(0)
    share_reaching_blood: Decimal | None = None
    anaesthetic_mg_per_kg: Decimal | None = None
    allowed_mg: tuple[Decimal, ...] = ()
    older_mg: Decimal | None = None
    most_in_7_days: int = 3

    @property
    def lower_half(self) -> Decimal:
        """The middle of the usual range, in its unit: a first session stays at or below it."""
        return (self.usual_low + self.usual_high) / 2

    @property
    def usual_in_words(self) -> str:
        return f"{plain(self.usual_low)} to {plain(self.usual_high)} {UNITS[self.usual_unit]}"


@dataclass(frozen=True)
class Settings:
    """The numbers that hold for every route, by the names of `limits.json`."""

    rise_percent: Decimal
    older_years: int
    older_iv_mg_per_kg: Decimal
    weight_days: int
    weight_change_percent: Decimal
    order_days: int
    spacing_hours: int
    maintenance_days: int
    moderate_sessions: int
    moderate_days: int
    high_sessions: int
    high_days: int
    high_months: int
    pause_days: int
    escalation_percent: Decimal
    escalation_sessions: int
    esketamine: bool = False  # given here at all; switched off until the product records what it needs


UNITS = {"mg": "mg", "mg_per_kg": "mg/kg"}
NUMBERS = {**DATA["dose"], **DATA["exposure"]}
WHOLE = {field.name for field in fields(Settings) if field.type == "int" or field.type is int}


def _number(name: str, text: str) -> Any:
    return int(text) if name in WHOLE else Decimal(text)


def limits_of(route: str, changed: Mapping[str, Any] | None = None) -> Limits:
    """The limits of a route; `changed` are those a clinic set otherwise. KeyError: there is no such route."""
    row = DATA["routes"][Route(route).value]
    values = {field.name: _limit(row[field.name]) for field in fields(Limits) if field.name != "route"}
    return replace(Limits(route, **values), **(changed or {}))


def _limit(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(Decimal, value))
    return Decimal(value) if isinstance(value, str) and value[0].isdigit() else value


def settings_of(changed: Mapping[str, Any] | None = None) -> Settings:
    """The numbers of every route; `changed` are those a clinic set otherwise."""
    values = {name: _number(name, one["value"]) for name, one in NUMBERS.items()}
    return replace(Settings(**values), **(changed or {}))


DEFAULTS = settings_of()

# Weights and doses. mg with two decimals, mg/kg with three; kg as measured, unrounded (screening-rules 3).

MG, MG_PER_KG = Decimal("0.01"), Decimal("0.001")


def mg_of(mg_per_kg: Decimal, kg: Decimal) -> Decimal:
    """mg with two decimals for this weight, rounded down: never more than was ordered."""
    return (mg_per_kg * kg).quantize(MG, ROUND_DOWN)


def mg_per_kg_of(mg: Decimal, kg: Decimal) -> Decimal:
    """mg/kg with three decimals; of what `mg_of` made it is what was ordered, for every weight from 30 kg on."""
    return (mg / kg).quantize(MG_PER_KG, ROUND_HALF_UP)


def session_mg(first_mg: Decimal, boosters: int = 0, booster_mg: Decimal | None = None) -> Decimal:
    """First dose plus boosters (dosing-reference 1.1)."""
    return first_mg + boosters * (booster_mg or Decimal(0))


def plain(number: Decimal | int) -> str:
    """A number as people read it: no trailing zeros, no exponent."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def like_iv(mg_per_kg: Decimal, limits: Limits) -> Decimal | None:
    """The mg/kg of this route that reaches the blood like so much by vein, rounded down; None: not known."""
    if not limits.share_reaching_blood:
        return None
    return (mg_per_kg / limits.share_reaching_blood).quantize(LIKE_IV, ROUND_DOWN)
