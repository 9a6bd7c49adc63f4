"""Is this dose within limits? What the prescriber confirms, what takes a second person, what is refused. Pure.

All of dosing-reference 1.1. Session dose = first dose plus boosters. The software checks; it never proposes a dose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sessions.orders.rules.limits import (
    DATA,
    DEFAULTS,
    UNITS,
    Limits,
    Settings,
    like_iv,
    mg_per_kg_of,
    plain,
    session_mg,
)
from sessions.orders.terms import Route

MOST_MG = Decimal(1000)  # of one dose; beyond it a key slipped, PD: twice the highest block limit
MOST_DOSES = 12  # sessions of one order, PD: what fits its 30 days at 3 in 7 days
LONGEST_MINUTES = 240  # of an infusion or of a gap, PD
DAYS_IN_HOURS = 24
SWALLOWED_ROUTES = (Route.SL, Route.IN)  # where a caution for CYP interactions counts (dosing-reference 1.1)


@dataclass(frozen=True)
class Tolerated:
    """The last session of this route that went without a red sign: mg of the whole session, and its day."""

    mg: Decimal
    on: date


@dataclass(frozen=True)
class Asked:
    """One order as it is asked for, and what the record says of the patient. mg, kg, minutes; days in clinic time.

    `kg`: the newest weight, unrounded, None: never weighed; `age`: completed years; `first_session`: no dose was ever
    given here; `cyp_caution`: what was found, empty: none; `upper_mg`: the most the approval's conditions allow in a
    session by this route; `maintenance`: the course is in maintenance.
    """

    limits: Limits
    first_mg: Decimal
    today: date
    valid_from: date
    valid_until: date
    kg: Decimal | None
    weighed_on: date | None
    age: int
    first_session: bool
    boosters: int = 0
    booster_mg: Decimal | None = None
    gap_minutes: int | None = None
    infusion_minutes: int | None = None
    hold_minutes: int | None = None
    swallow: bool | None = None
    doses: int = 1
    spacing_days: int | None = None
    tolerated: Tolerated | None = None
    cyp_caution: str = ""
    upper_mg: Decimal | None = None
    maintenance: bool = False
    stop_lines: dict[str, int | None] = field(default_factory=dict)
    settings: Settings = DEFAULTS

    @property
    def route(self) -> str:
        return self.limits.route

    @property
    def session_mg(self) -> Decimal:
        return session_mg(self.first_mg, self.boosters, self.booster_mg)

    @property
    def per_kg(self) -> Decimal | None:
        """mg/kg of the whole session, exact; None: never weighed."""
        return None if self.kg is None else self.session_mg / self.kg

    @property
    def said(self) -> str:
        """The session dose in words: "55 mg (0.743 mg/kg)"."""
        beside = f" ({plain(mg_per_kg_of(self.session_mg, self.kg))} mg/kg)" if self.kg else ""
        return f"{plain(self.session_mg)} mg{beside}"


@dataclass(frozen=True)
class Checks:
    """Sentences people read. Each warning is confirmed by the prescriber; for each of `needs_second` a second person
    signs; while anything is refused the order cannot be signed at all."""

    warnings: list[str]
    needs_second: list[str]
    refused: list[str]

    @property
    def is_clear(self) -> bool:
        return not (self.warnings or self.needs_second or self.refused)


def checks(asked: Asked) -> Checks:
    """Everything that is to be said of this order."""
    refused = [*_impossible(asked), *_boosters(asked), *_manner(asked), *_days(asked), *_stop_lines(asked)]
    return Checks(
        warnings=[*_warn_limits(asked), *_warn_person(asked)],
        needs_second=[*_block_limits(asked), *_maintenance(asked)],
        refused=[*refused, *_weight(asked), *_upper(asked)],
    )


# Above a limit


def _warn_limits(asked: Asked) -> Iterator[str]:
    limits = asked.limits
    if limits.allowed_mg and asked.session_mg not in limits.allowed_mg:
        yield f"{plain(asked.session_mg)} mg is not one of {_listed(limits.allowed_mg)} mg."
    if list(_block_limits(asked)):
        return  # said once, where it weighs more
    yield from _above(asked, limits.warn_mg_per_kg, limits.warn_mg, "the clinic asks about")


def _block_limits(asked: Asked) -> Iterator[str]:
    yield from _above(asked, asked.limits.block_mg_per_kg, asked.limits.block_mg, "one prescriber may sign alone")


def _above(asked: Asked, per_kg: Decimal | None, mg: Decimal | None, what: str) -> Iterator[str]:
    if per_kg is not None and asked.per_kg is not None and asked.per_kg > per_kg:
        yield f"{asked.said} is above {plain(per_kg)} mg/kg, the most {what} by this route."
    if mg is not None and asked.session_mg > mg:
        yield f"{asked.said} is above {plain(mg)} mg, the most {what} by this route."


def _maintenance(asked: Asked) -> Iterator[str]:
    least = asked.settings.maintenance_days
    if asked.maintenance and asked.doses > 1 and (asked.spacing_days or 0) < least:
        yield f"In maintenance more than one session in {least} days takes a second person. Space them, or say why."


# The person


def _warn_person(asked: Asked) -> Iterator[str]:
    yield from _rise(asked)
    if asked.first_session:
        yield from _first(asked)
    if asked.age >= asked.settings.older_years:
        yield from _older(asked)
    if asked.cyp_caution and asked.route in SWALLOWED_ROUTES:
        yield f"A caution is open that matters most by this route: {asked.cyp_caution}"


def _rise(asked: Asked) -> Iterator[str]:
    last, percent = asked.tolerated, asked.settings.rise_percent
    if last is not None and asked.session_mg * 100 > last.mg * (100 + percent):
        rise = ((asked.session_mg / last.mg - 1) * 100).quantize(Decimal(1))
        yield (
            f"{asked.said} is {rise} % above the last tolerated dose, {plain(last.mg)} mg on {_day(last.on)};"
            f" more than {plain(percent)} % is confirmed."
        )


def _first(asked: Asked) -> Iterator[str]:
    limits = asked.limits
    amount = asked.session_mg if limits.usual_unit == "mg" else asked.per_kg
    if amount is not None and amount > limits.lower_half:
        yield (
            f"A first session above the lower half of the usual range: {asked.said},"
            f" usual {limits.usual_in_words}, lower half up to {plain(limits.lower_half)} {UNITS[limits.usual_unit]}."
        )


def _older(asked: Asked) -> Iterator[str]:
    limits, settings = asked.limits, asked.settings
    if limits.older_mg is not None and asked.session_mg > limits.older_mg:
        yield f"The patient is {asked.age}: {asked.said} is above {plain(limits.older_mg)} mg."
    most = like_iv(settings.older_iv_mg_per_kg, limits)
    if most is not None and asked.per_kg is not None and asked.per_kg > most:
        same = "" if asked.route == Route.IV else f", like {plain(settings.older_iv_mg_per_kg)} mg/kg by vein"
        yield f"The patient is {asked.age}: {asked.said} is above {plain(most)} mg/kg{same}."


# What cannot be signed


def _impossible(asked: Asked) -> Iterator[str]:
    amounts = [asked.first_mg, *([asked.booster_mg] if asked.booster_mg is not None else [])]
    if any(not Decimal(0) < mg <= MOST_MG for mg in amounts):
        yield f"A dose is above 0 and at most {MOST_MG} mg."
    most = asked.limits.anaesthetic_mg_per_kg
    if most is not None and asked.per_kg is not None and asked.per_kg >= most:
        yield f"{asked.said} is an anaesthetic dose: {plain(most)} mg/kg and more by this route is never given here."
    if not 1 <= asked.doses <= MOST_DOSES:
        yield f"An order is for 1 to {MOST_DOSES} sessions."
    if asked.route == Route.ESK and not asked.settings.esketamine:
        yield "Esketamine is switched off in this clinic."


def _boosters(asked: Asked) -> Iterator[str]:
    limits = asked.limits
    if asked.boosters > limits.boosters:
        yield _too_many(limits)
    elif asked.boosters and not asked.booster_mg:
        yield "Enter the mg of a booster."
    elif asked.boosters and limits.gap_minutes is not None:
        gap = asked.gap_minutes
        if gap is None or not limits.gap_minutes <= gap <= LONGEST_MINUTES:
            yield f"A booster comes {limits.gap_minutes} min after the dose at the earliest: enter the gap in minutes."


def _too_many(limits: Limits) -> str:
    if limits.route == Route.IV:
        return "By infusion there is no booster: the rate is changed instead."
    return "There is no booster by this route." if not limits.boosters else f"At most {limits.boosters} booster."


def _manner(asked: Asked) -> Iterator[str]:
    """What makes a dose by this route one dose and not another."""
    if asked.route == Route.IV and not 1 <= (asked.infusion_minutes or 0) <= LONGEST_MINUTES:
        yield "Enter how many minutes the infusion takes, like 40."
    if asked.route == Route.SL and not 1 <= (asked.hold_minutes or 0) <= 60:
        yield "Enter how many minutes the lozenge is kept in the mouth, like 10."
    if asked.route == Route.SL and asked.swallow is None:
        yield "Say whether what is left is swallowed or spat out: swallowing adds to the dose."


def _days(asked: Asked) -> Iterator[str]:
    most = asked.settings.order_days
    last = asked.today + timedelta(days=most)
    if asked.valid_from < asked.today:
        yield "An order begins today or later."
    if asked.valid_until < asked.valid_from:
        yield "An order ends on or after the day it begins."
    elif asked.valid_until > last:
        yield f"An order holds {most} days from its signature at most: until {_day(last)}."
    least = asked.settings.spacing_hours
    if asked.spacing_days is not None and asked.spacing_days * DAYS_IN_HOURS < least:
        yield f"Between sessions there are at least {least} hours."


def _stop_lines(asked: Asked) -> Iterator[str]:
    """A patient's own stop line is stricter than the clinic's, never looser (dosing-reference 3.2)."""
    for name, line in DATA["stop_lines"].items():
        value = asked.stop_lines.get(name)
        if value is not None and not line["lowest"] <= value <= line["highest"]:
            yield f"A stop line for {line['label']} lies between {line['lowest']} and {line['highest']} {line['unit']}."


def _weight(asked: Asked) -> Iterator[str]:
    if asked.kg is None or asked.weighed_on is None:
        yield "Weigh the patient: no weight is on file."
        return
    days = asked.settings.weight_days
    if (asked.today - asked.weighed_on).days > days:
        yield f"Weigh the patient: the last weight is of {_day(asked.weighed_on)}, older than {days} days."


def _upper(asked: Asked) -> Iterator[str]:
    most = asked.upper_mg
    if most is not None and asked.session_mg > most:
        yield f"{asked.said} is above {plain(most)} mg, the most the approval allows. Change the approval first."


def _listed(amounts: tuple[Decimal, ...]) -> str:
    words = [plain(mg) for mg in amounts]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
