"""Which measures are due when, and what a score came to over the course. Pure: no database, no clock.

Source: instruments.md 2 and 3; the intervals a clinic may change are PD.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from patients.consents.rules import add_months
from screening import measures
from screening.terms import BASELINE_DAYS

FRESH_DAYS = 7  # a PHQ-9 younger than this is not asked again on a dosing day
PULSE_DAYS = (1, 7)  # after a dose, dosing-reference 6
EVERY_DOSES, EVERY_DAYS = 4, 30  # bladder, GAD-7 and PCL-5: every four sessions or monthly
MONTHS_AFTER = (1, 3, 6)
FOLLOW_UP_OPEN = timedelta(days=21)  # how long a follow-up is asked for
DAY_OF = ("asq", "kap-craving")  # asked on every dosing day, before
REGULAR = ("kap-bladder", "gad-7")
END = ("phq-9", "gad-7", "cgi-s", "cgi-i", "kap-bladder", "kap-craving")
BY_STAFF = frozenset({"cgi-s", "cgi-i", "kap-dr", "asq"})  # a clinician rates or asks
WATCHED = frozenset({"phq-9", "asq"})  # remotely only with a named person who looks (instruments.md 4)


@dataclass(frozen=True)
class Facts:
    """What the record says. `answered`: instrument to the days a complete form is of, oldest first."""

    answered: Mapping[str, Sequence[date]]
    doses: Sequence[date] = ()  # days of doses given, in order
    next_dose: date | None = None  # the day of the next booked one
    ended_on: date | None = None  # the course completed, or went into closing
    closing: bool = False  # the closing measures are asked now
    trauma: bool = False  # PCL-5 is relevant: PC-PTSD-5 of 3 or more


@dataclass(frozen=True)
class Due:
    """One form that is due: which, why in words, from when, and by when it should be there."""

    instrument: str
    why: str
    due_on: date
    until: date
    by_staff: bool
    watched: bool

    def is_overdue(self, on: date) -> bool:
        return on > self.until


def due(facts: Facts, on: date) -> list[Due]:
    """Everything that is due on a day or overdue by then, one line for each instrument, the earliest reason first."""
    found: dict[str, Due] = {}
    for each in sorted(_due(facts, on), key=lambda each: (each.due_on, each.until)):
        found.setdefault(each.instrument, each)
    return list(found.values())


def _due(facts: Facts, on: date) -> Iterator[Due]:
    if facts.next_dose is not None and not facts.closing and facts.ended_on is None:
        yield from _before_dose(facts, facts.next_dose, on)
    if facts.doses:
        yield from _after_dose(facts, on)
    if facts.closing:
        yield from _end(facts, on)
    if facts.ended_on is not None:
        yield from _follow_ups(facts, facts.ended_on, on)


def _before_dose(facts: Facts, dose: date, on: date) -> Iterator[Due]:
    why = "Before the next dose" if facts.doses else "Baseline before the first dose"
    opens = dose - timedelta(days=1)
    if not facts.doses:
        for name in ("phq-9", "gad-7", *(("pcl-5",) if facts.trauma else ())):
            oldest = dose - timedelta(days=BASELINE_DAYS)
            if _last(facts, name) is None or (_last(facts, name) or oldest) < oldest:
                yield _form(name, why, max(oldest, on if on < opens else opens), dose)
    elif _older(facts, "phq-9", dose, FRESH_DAYS) and on >= opens:
        yield _form("phq-9", why, opens, dose)
    if on == dose:
        for name in DAY_OF:
            if _last(facts, name) != dose:
                yield _form(name, "On the day, before the dose", dose, dose)
    if on >= opens:
        yield from _regular(facts, dose)


def _regular(facts: Facts, dose: date) -> Iterator[Due]:
    """Every four sessions or monthly, whichever comes first."""
    for name in (*REGULAR, *(("pcl-5",) if facts.trauma else ())):
        last = _last(facts, name)
        since = [day for day in facts.doses if last is None or day > last]
        if facts.doses and (last is None or len(since) >= EVERY_DOSES or (dose - last).days >= EVERY_DAYS):
            yield _form(name, "Every four doses or monthly", dose - timedelta(days=1), dose)


def _after_dose(facts: Facts, on: date) -> Iterator[Due]:
    last = facts.doses[-1]
    opens, closes = (last + timedelta(days=days) for days in PULSE_DAYS)
    pulse = max((day for name in ("phq-2", "phq-9") if (day := _last(facts, name))), default=None)
    if opens <= on and (pulse is None or pulse < opens) and on <= closes + timedelta(days=EVERY_DAYS):
        yield _form("phq-2", f"In the week after dose {len(facts.doses)}", opens, closes)


def _end(facts: Facts, on: date) -> Iterator[Due]:
    after = facts.doses[-1] if facts.doses else on
    for name in (*END, *(("pcl-5",) if facts.trauma else ())):
        last = _last(facts, name)
        if last is None or last <= after:
            yield _form(name, "At the end of the course", after + timedelta(days=1), after + timedelta(days=14))


def _follow_ups(facts: Facts, ended: date, on: date) -> Iterator[Due]:
    for months in MONTHS_AFTER:
        opens = add_months(ended, months)
        closes = opens + FOLLOW_UP_OPEN
        asked = (*END, *(("pcl-5",) if facts.trauma else ()), *(("audit-c",) if months == MONTHS_AFTER[-1] else ()))
        for name in asked:
            last = _last(facts, name)
            if opens <= on <= closes and (last is None or last < opens):
                yield _form(name, f"{months} month{'s' if months > 1 else ''} after the end", opens, closes)


def _form(name: str, why: str, opens: date, closes: date) -> Due:
    return Due(name, why, opens, closes, by_staff=name in BY_STAFF, watched=name in WATCHED)


def _last(facts: Facts, name: str) -> date | None:
    days = facts.answered.get(name, ())
    return days[-1] if days else None


def _older(facts: Facts, name: str, than: date, days: int) -> bool:
    last = _last(facts, name)
    return last is None or (than - last).days >= days


@dataclass(frozen=True)
class Outcome:
    """What an instrument came to; None of a figure: not applicable, apart from no."""

    instrument: str
    name: str
    baseline: float
    current: float
    change: float
    percent: float | None
    response: bool | None
    remission: bool | None
    noticeable: bool | None  # the smallest change patients notice (MCID), a weaker marker
    reliable: str  # in words; "" where the form has no rule


def outcome(instrument: str, baseline: float | Decimal | None, current: float | Decimal | None) -> Outcome | None:
    """From two complete totals. None: one is missing, or the form is not trended."""
    if baseline is None or current is None:
        return None
    moved = measures.change(instrument, _whole(baseline), _whole(current))
    if isinstance(moved, measures.Refusal):
        return None
    reliable = ""
    if moved.reliable_improvement is not None:
        worse = "Reliable deterioration" if moved.reliable_deterioration else "No reliable change"
        reliable = "Reliable improvement" if moved.reliable_improvement else worse
    return Outcome(
        instrument=instrument,
        name=measures.instrument(instrument).short_title,
        baseline=float(baseline),
        current=float(current),
        change=moved.change,
        percent=moved.percent_decrease,
        response=moved.response,
        remission=moved.remission,
        noticeable=moved.mcid_improved,
        reliable=reliable,
    )


def _whole(value: float | Decimal) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
