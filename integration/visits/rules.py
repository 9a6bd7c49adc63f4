"""When integration and the call after a dose are due, and what may be written down. Pure: no database, no clock.

Sources: protocol 6 (integration within 24-72 h of each dose: S21, S22; the call within 24 h: PD).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from integration.visits.terms import Reached, Standing
from sessions.visits.terms import VisitKind, VisitState

MOST_THEMES = 20  # PD: more are no themes any more
THEME_LENGTH = 60  # characters


@dataclass(frozen=True)
class Window:
    """Hours after t0: integration is due from and overdue after; the call is missing after."""

    opens: int = 24
    closes: int = 72
    call: int = 24


def integration_standing(t0: datetime, now: datetime, *, done_at: datetime | None, window: Window) -> Standing:
    """How the integration of a dose stands; only a completed visit after t0 makes it done."""
    if done_at is not None and done_at > t0:
        return Standing.DONE
    return _standing(t0, now, window.opens, window.closes)


def call_standing(t0: datetime, now: datetime, *, spoke: bool, in_the_house: bool, window: Window) -> Standing:
    """How the call of the next day stands: due when the patient has left, done when somebody spoke with them."""
    if spoke:
        return Standing.DONE
    return Standing.TO_COME if in_the_house else _standing(t0, now, 0, window.call)


def _standing(t0: datetime, now: datetime, opens: int, closes: int) -> Standing:
    since = now - t0
    if since < timedelta(hours=opens):
        return Standing.TO_COME
    return Standing.OVERDUE if since > timedelta(hours=closes) else Standing.DUE


def tidy_themes(themes: Iterable[str]) -> list[str]:
    """Each theme once, whatever its capitals, in the order given."""
    kept: dict[str, str] = {}
    for theme in themes:
        if text := " ".join(theme.split())[:THEME_LENGTH]:
            kept.setdefault(text.casefold(), text)
    return list(kept.values())


@dataclass(frozen=True)
class Visit:
    """An integration visit as the rules read it. `has_dose`: a dose was given before it."""

    kind: str
    state: str
    course_is_live: bool
    has_dose: bool
    is_closing: bool = False


ENDED = {VisitState.CANCELLED: "This visit was cancelled", VisitState.NO_SHOW: "The patient did not come to this visit"}


def reasons_against_writing(visit: Visit, *, said: bool, themes: int = 0) -> Iterator[str]:
    """Each reason why this may not be written down for the visit."""
    if visit.kind != VisitKind.INTEGRATION:
        yield "This is not an integration visit"
    if ended := ENDED.get(VisitState(visit.state)):
        yield ended
    if not visit.course_is_live:
        yield "This course is closed: nothing is written in it any more"
    if not visit.has_dose and not visit.is_closing:
        yield "No dose was given before this visit. Only a closing visit stands without one"
    if not said:
        yield "Write down at least one thing from the visit"
    if themes > MOST_THEMES:
        yield f"Name at most {MOST_THEMES} themes"


def reasons_against_completing(*, has_written: bool) -> Iterator[str]:
    if not has_written:
        yield "Write down what the visit was about before it is completed"


def reasons_against_practice(text: str, from_on: date, until_on: date | None) -> Iterator[str]:
    if not text.strip():
        yield "Say what the patient will do"
    if until_on is not None and until_on < from_on:
        yield "A practice ends on or after the day it starts"


def reasons_against_call(
    reached: str, *, safe: bool | None, called_at: datetime, now: datetime, t0: datetime | None
) -> Iterator[str]:
    """Each reason why a call may not be logged so."""
    if t0 is None:
        yield "No dose was given in this session"
    if called_at > now:
        yield "This lies in the future. Enter when the call was made"
    elif t0 is not None and called_at < t0:
        yield "The call comes after the dose. Check the time"
    if reached == Reached.SPOKE and safe is None:
        yield "Ask whether the patient is safe, and choose what they answered"
