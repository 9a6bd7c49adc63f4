"""How often, and how much over a lifetime: intervals and exposure flags (dosing-reference 8). Pure.

Counters run over the patient's life in the clinic plus declared outside doses, not per course.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from sessions.orders.rules.limits import DEFAULTS, Settings, limits_of, plain

WEEK = timedelta(days=7)


def reasons_against_gap(given_t0s: Iterable[datetime], now: datetime, *, settings: Settings = DEFAULTS) -> list[str]:
    """Why it is too soon after the last dose; a prescriber may override this one (protocol 4, item 13)."""
    last = max((t0 for t0 in given_t0s if t0 <= now), default=None)
    least = timedelta(hours=settings.spacing_hours)
    if last is None or now - last >= least:
        return []
    return [f"The last dose was {_ago(now - last)} ago; at least {settings.spacing_hours} h lie between doses."]


def reasons_against_count(
    given_t0s: Iterable[datetime],
    now: datetime,
    *,
    route: str = "im",
    maintenance: bool = False,
    seconded: bool = False,
    most: int | None = None,
    settings: Settings = DEFAULTS,
) -> list[str]:
    """Why it would be too many: in 7 days, and in maintenance. Nobody overrides these; a second signature on the order
    (`seconded`) lifts the one a week of maintenance. `most`: in 7 days by this route, if the clinic set another."""
    most = limits_of(route).most_in_7_days if most is None else most
    t0s = [t0 for t0 in given_t0s if t0 <= now]
    lately = [t0 for t0 in t0s if now - t0 < WEEK]
    reasons = []
    if len(lately) >= most:
        reasons.append(f"{len(lately)} doses were given in the last 7 days; {most} is the most.")
    days = settings.maintenance_days
    if maintenance and not seconded and any(now - t0 < timedelta(days=days) for t0 in t0s):
        reasons.append(f"In maintenance one dose in {days} days is the most, unless a second person signed the order.")
    return reasons


def reasons_against_interval(
    given_t0s: Iterable[datetime],
    now: datetime,
    *,
    route: str = "im",
    maintenance: bool = False,
    seconded: bool = False,
    most: int | None = None,
    settings: Settings = DEFAULTS,
) -> list[str]:
    """Each reason why no dose may be given now for reasons of time. `given_t0s`: of every dosing session ever."""
    t0s = list(given_t0s)
    counts = reasons_against_count(
        t0s, now, route=route, maintenance=maintenance, seconded=seconded, most=most, settings=settings
    )
    return [*reasons_against_gap(t0s, now, settings=settings), *counts]


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes % 60 else f"{minutes // 60} h"


@dataclass(frozen=True)
class Given:
    """One session that was given: its day, how much in all, by which route. mg None: not known (outside)."""

    on: date
    mg: Decimal | None
    route: str = ""


@dataclass(frozen=True)
class Exposure:
    """Lifetime counters and what they raise. `flags`: code to sentence, in the order of dosing-reference 8."""

    sessions: int
    mg: Decimal
    mg_unknown: int  # sessions whose mg nobody knows
    flags: dict[str, str]


def exposure(given: Iterable[Given], settings: Settings = DEFAULTS) -> Exposure:
    """What a lifetime of doses comes to; clinic and declared outside doses alike."""
    rows = sorted(given, key=lambda one: one.on)
    known = [one.mg for one in rows if one.mg is not None]
    return Exposure(len(rows), sum(known, Decimal(0)), len(rows) - len(known), dict(_flags(rows, settings)))


def _flags(rows: Sequence[Given], settings: Settings) -> Iterator[tuple[str, str]]:
    days = [one.on for one in rows]
    busiest = most_within(days, settings.moderate_days)
    if busiest > settings.moderate_sessions:
        yield "exposure-moderate", _over(busiest, settings.moderate_days, settings.moderate_sessions)
    year = most_within(days, settings.high_days)
    if year > settings.high_sessions:
        yield "exposure-high", _over(year, settings.high_days, settings.high_sessions)
    elif (run := longest_run(days, settings.pause_days)) and run[1] >= _months_on(run[0], settings.high_months):
        yield (
            "exposure-high",
            f"In continuous use from {_day(run[0])} to {_day(run[1])}, {settings.high_months} months or more.",
        )
    yield from _escalation(rows, settings)


def _over(count: int, days: int, most: int) -> str:
    return f"{count} sessions within {days} days; more than {most} are looked at."


def most_within(days: Sequence[date], span: int) -> int:
    """The most sessions in any so many days on end; `days` in order."""
    return max((bisect_left(days, on + timedelta(days=span)) - place for place, on in enumerate(days)), default=0)


def longest_run(days: Sequence[date], pause: int) -> tuple[date, date] | None:
    """The longest stretch without a pause of more than so many days: its first and last day. `days` in order."""
    if not days:
        return None
    runs, start = [], days[0]
    for before, after in pairwise(days):
        if (after - before).days > pause:
            runs.append((start, before))
            start = after
    runs.append((start, days[-1]))
    return max(runs, key=lambda run: run[1] - run[0])


def _months_on(on: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(on.month - 1 + months, 12)
    first = date(on.year + year, month + 1, 1)
    length = ((first + timedelta(days=31)).replace(day=1) - first).days
    return first.replace(day=min(on.day, length))


def _escalation(rows: Sequence[Given], settings: Settings) -> Iterator[tuple[str, str]]:
    """The newest dose against each of the sessions before it, as far back as the clinic looks, by the same route."""
    if not rows or rows[-1].mg is None:
        return
    same = [one.mg for one in rows if one.route == rows[-1].route and one.mg is not None]
    last, low = same[-1], min(same[-settings.escalation_sessions :])
    if last * 100 > low * (100 + settings.escalation_percent):
        yield (
            "dose-escalation",
            f"The dose rose from {plain(low)} to {plain(last)} mg within {settings.escalation_sessions} sessions;"
            f" more than {plain(settings.escalation_percent)} % is looked at.",
        )


def spread(sessions: int, first: date, last: date, mg: Decimal | None = None, route: str = "") -> list[Given]:
    """Declared outside doses as single ones, evenly over their time: nobody knows the days."""
    share = None if mg is None or not sessions else mg / sessions
    span = (last - first).days
    return [
        Given(first + timedelta(days=round(span * n / max(sessions - 1, 1))), share, route) for n in range(sessions)
    ]


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
