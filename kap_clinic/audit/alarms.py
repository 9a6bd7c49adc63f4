"""When somebody must be told at once (SEC-48), as far as the audit trail shows it. Pure: no database, no clock.

Read in the order of the chain. An alarm belongs to the one link that crossed the line, so reading the same links again
says the same again, and going on at a high rate raises no second alarm until it has fallen below.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kap_clinic.audit.terms import Event, Outcome

DENIALS, DENIALS_WITHIN = 10, timedelta(minutes=5)  # SEC-48
CHARTS, CHARTS_WITHIN = 50, timedelta(hours=1)  # SEC-48
LOOK_BACK = 2 * CHARTS_WITHIN  # how much must be read before the first new link to know whether it crossed a line
CHART_OPENED = "chart.opened"
AT_ONCE = {"break_glass.opened": Event.ALARM_BREAK_GLASS, "mfa.reset": Event.ALARM_MFA_RESET}
EXPORTED = ".exported"  # how the name of every export ends


@dataclass(frozen=True)
class Seen:
    """One link of a chain with what the rules ask of its event. `at` is when the link was closed."""

    no: int
    at: datetime
    actor_id: int | None
    actor: str
    event: str
    outcome: str
    patient: str  # reference, or empty


@dataclass(frozen=True)
class Alarm:
    event: Event
    no: int  # the link that raised it
    why: str


def raised(links: Iterable[Seen]) -> list[Alarm]:
    """The alarms in these links, in their order."""
    links = sorted(links, key=lambda seen: seen.no)
    found = [*_at_once(links), *_denials(links), *_charts(links)]
    return sorted(found, key=lambda alarm: alarm.no)


def is_denial(seen: Seen) -> bool:
    return seen.outcome == Outcome.REFUSED


def is_bulk_export(seen: Seen) -> bool:
    """An export of more than one person's data is no patient's own event."""
    return seen.event.endswith(EXPORTED) and not seen.patient and seen.outcome == Outcome.DONE


def _at_once(links: list[Seen]) -> Iterator[Alarm]:
    for seen in links:
        if seen.event in AT_ONCE and seen.outcome == Outcome.DONE:
            yield Alarm(AT_ONCE[seen.event], seen.no, f"By {seen.actor}")
        if is_bulk_export(seen):
            yield Alarm(Event.ALARM_EXPORT, seen.no, f"By {seen.actor}: {seen.event}")


def _denials(links: list[Seen]) -> Iterator[Alarm]:
    refused = [seen for seen in links if is_denial(seen)]
    for seen in _crossings(refused, DENIALS, DENIALS_WITHIN, lambda seen: seen.no):
        yield Alarm(Event.ALARM_DENIALS, seen.no, f"{seen.actor}: {DENIALS} refusals in {_minutes(DENIALS_WITHIN)}")


def _charts(links: list[Seen]) -> Iterator[Alarm]:
    charts = [seen for seen in links if seen.event == CHART_OPENED and seen.outcome == Outcome.DONE]
    for seen in _crossings(charts, CHARTS, CHARTS_WITHIN, lambda seen: seen.patient):
        yield Alarm(Event.ALARM_CHARTS, seen.no, f"{seen.actor}: {CHARTS} charts in {_minutes(CHARTS_WITHIN)}")


def _crossings(links: list[Seen], limit: int, within: timedelta, what: Callable[[Seen], object]) -> Iterator[Seen]:
    """The links at which somebody's count of different things within the time rose to the limit."""
    recent: dict[object, deque[Seen]] = {}
    before: dict[object, int] = {}
    for seen in links:
        who = seen.actor_id or seen.actor
        window = recent.setdefault(who, deque())
        window.append(seen)
        while window[0].at <= seen.at - within:
            window.popleft()
        count = len({what(other) for other in window})
        if count >= limit > before.get(who, 0):
            yield seen
        before[who] = count


def _minutes(within: timedelta) -> str:
    return f"{within // timedelta(minutes=1)} minutes"
