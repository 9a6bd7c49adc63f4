"""When a visit can be and how it moves. Pure: no database, no clock.

A booking keeps the wall time that was meant and the moment it comes to. A time the clocks leave out does not exist and
is refused; one they show twice is asked for: earlier or later. How long a visit takes is elapsed time (REL-18).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patients.course.terms import Stage
from sessions.visits.terms import Modality, VisitKind, VisitState

WALL = "%Y-%m-%dT%H:%M"
EARLIER, LATER = 0, 1  # which of two equal wall times, as Python's `fold` counts them
SHORTEST, LONGEST = 10, 480  # minutes of one visit; PD
PREPARATION_LEAD = timedelta(hours=24)  # first preparation to first dose, protocol 6 (S46 as a model)
PROPOSED_LEAD = timedelta(days=2)  # where a series proposes the preparation: a day to spare; PD
INTEGRATION_AFTER = timedelta(days=1)  # within 24 to 72 h of the dose, protocol 6 (S21, S22)
INTEGRATION_WINDOW = timedelta(hours=72)

MOVES: Mapping[VisitState, frozenset[VisitState]] = {
    VisitState.PLANNED: frozenset({VisitState.IN_PROGRESS, VisitState.CANCELLED, VisitState.NO_SHOW}),
    VisitState.IN_PROGRESS: frozenset({VisitState.COMPLETED, VisitState.CANCELLED}),
    VisitState.COMPLETED: frozenset(),
    VisitState.CANCELLED: frozenset(),
    VisitState.NO_SHOW: frozenset(),
}
ENDED_WORDS = {
    VisitState.PLANNED: "has not started",
    VisitState.IN_PROGRESS: "has started",
    VisitState.COMPLETED: "is completed",
    VisitState.CANCELLED: "is cancelled",
    VisitState.NO_SHOW: "was missed",
}

# At which stages of a course a visit of a kind is booked (protocol 2 and 6); a consult needs no course.
BOOKED_AT: Mapping[VisitKind, frozenset[Stage]] = {
    VisitKind.PREPARATION: frozenset(
        {Stage.ENROLLED, Stage.PREPARATION, Stage.DOSING_SERIES, Stage.ON_HOLD, Stage.MAINTENANCE}
    ),
    VisitKind.DOSING: frozenset({Stage.ENROLLED, Stage.PREPARATION, Stage.DOSING_SERIES, Stage.MAINTENANCE}),
    VisitKind.INTEGRATION: frozenset(
        {
            Stage.ENROLLED,
            Stage.PREPARATION,
            Stage.DOSING_SERIES,
            Stage.ON_HOLD,
            Stage.CLOSING,
            Stage.MAINTENANCE,
        }
    ),
}


# Wall time


class NoSuchTime(ValueError):
    """The clocks go forward over this time: nobody's watch ever shows it."""


class TwiceThatDay(ValueError):
    """The clocks go back over this time: it comes twice. `choices` are (fold, words) of the earlier and the later."""

    def __init__(self, message: str, choices: tuple[tuple[int, str], tuple[int, str]]) -> None:
        super().__init__(message)
        self.choices = choices


def moment(wall: datetime, zone: str, fold: int | None = None) -> datetime:
    """The moment (UTC) at which clocks in this zone show a naive wall time.

    `fold` says which of two equal times is meant, EARLIER or LATER; it is not looked at where there is only one.
    NoSuchTime, TwiceThatDay, or ValueError for a zone nobody knows; each says what to do.
    """
    there = _zone(zone)
    first, second = (wall.replace(tzinfo=there, fold=each).astimezone(UTC) for each in (EARLIER, LATER))
    shown = [each.astimezone(there).replace(tzinfo=None) for each in (first, second)]
    if wall not in shown:
        after = max(shown)
        raise NoSuchTime(
            f"The clocks go forward over {wall:%H:%M} on that day: there is no such time. Choose {after:%H:%M}, or"
            " another time"
        )
    if first == second:
        return first
    if fold is None:
        words = f"The clocks go back: {wall:%H:%M} comes twice on that day. Choose the earlier or the later"
        raise TwiceThatDay(words, ((EARLIER, _named("Earlier", first, there)), (LATER, _named("Later", second, there))))
    return second if fold else first


def wall_of(at: datetime, zone: str) -> datetime:
    """What clocks in the zone show at a moment, naive, to the minute."""
    return at.astimezone(_zone(zone)).replace(tzinfo=None, second=0, microsecond=0, fold=0)


def as_text(wall: datetime) -> str:
    """A wall time as it is kept: 2026-11-24T09:00."""
    return wall.strftime(WALL)


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)  # a wall time; its zone stands beside it


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("This time zone is not known. Choose one like America/New_York") from None


def _named(word: str, at: datetime, there: ZoneInfo) -> str:
    local = at.astimezone(there)
    hours = f"{local:%z}"
    return f"{word}: {local:%H:%M} {local:%Z} (UTC{hours[:3]}:{hours[3:]})"


@dataclass(frozen=True)
class Time:
    """When a visit is: two moments in UTC, and the wall times they are in its zone."""

    starts_at: datetime
    ends_at: datetime
    wall_start: str
    wall_end: str
    zone: str


def time_of(wall: datetime, minutes: int, zone: str, fold: int | None = None) -> Time:
    """A visit that begins at a wall time and takes so many minutes by the watch. Raises as `moment` does."""
    wall = wall.replace(second=0, microsecond=0)
    start = moment(wall, zone, fold)
    end = start + timedelta(minutes=minutes)
    return Time(start, end, as_text(wall), as_text(wall_of(end, zone)), zone)


def minutes_between(start: datetime, end: datetime) -> int:
    """Elapsed minutes; both are moments."""
    return int((end - start).total_seconds() // 60)


def carried(wall: datetime, *, before: datetime, after: datetime) -> datetime:
    """The wall time another visit of a series moves to when one moves from `before` to `after`: as far by the clock."""
    return wall + (after - before)


# Reasons


@dataclass(frozen=True)
class Asked:
    """What a booking asks for. `stage` is the course's, None without a course."""

    kind: VisitKind
    minutes: int
    modality: Modality
    stage: Stage | None
    people: int
    room: str = ""  # its name; blank: none
    room_is_closed: bool = False
    room_is_for_dosing: bool = True


def reasons_against_booking(asked: Asked) -> Iterator[str]:
    """Each reason not to book this, in words for the front desk too: nothing clinical. None means go."""
    if asked.kind in BOOKED_AT:
        yield from _reasons_by_stage(asked.kind, asked.stage)
    yield from reasons_against_shape(asked)


def reasons_against_shape(asked: Asked) -> Iterator[str]:
    """What a visit must have wherever its course stands: a length, people, a place."""
    if not SHORTEST <= asked.minutes <= LONGEST:
        yield f"A visit takes between {SHORTEST} minutes and {LONGEST // 60} hours"
    if not asked.people:
        yield "Name somebody who is in the visit"
    yield from reasons_against_place(asked)


def _reasons_by_stage(kind: VisitKind, stage: Stage | None) -> Iterator[str]:
    if stage is None:
        yield "Open a course first: this kind of visit belongs to one"
    elif stage not in BOOKED_AT[kind]:
        yield f"This kind of visit is not booked while the course is at “{stage.label}”"


def reasons_against_place(asked: Asked) -> Iterator[str]:
    """Whether the visit can be where it is meant to be."""
    if asked.modality == Modality.IN_PERSON and not asked.room:
        yield "Choose a room"
    if asked.room and asked.room_is_closed:
        yield f"{asked.room} is closed. Choose another room"
    if asked.kind == VisitKind.DOSING:
        if asked.modality != Modality.IN_PERSON:
            yield "This kind of visit takes place in person"
        elif asked.room and not asked.room_is_for_dosing:
            yield f"{asked.room} is not set up for this kind of visit. Choose another room"


def reasons_against_time(time: Time, now: datetime) -> Iterator[str]:
    """A booking is for a time that is not over; what took place without one is written down as such."""
    if time.ends_at <= now:
        yield "This time is over. Choose one that is still to come"


def reasons_against_move(before: VisitState, after: VisitState) -> Iterator[str]:
    """Whether a visit goes from one state to another (protocol 3)."""
    if after not in MOVES[before]:
        yield f"This visit {ENDED_WORDS[before]}: it cannot become “{after.label.lower()}”"


def reasons_against_changing(state: VisitState) -> Iterator[str]:
    """Time, place and people change while a visit is planned; people also while it goes on."""
    if state != VisitState.PLANNED:
        yield f"This visit {ENDED_WORDS[state]}: it does not move any more"


def reasons_against_missing(starts_at: datetime, now: datetime) -> Iterator[str]:
    """Nobody has missed what has not begun."""
    if now < starts_at:
        yield "The visit has not begun yet. Cancel it instead"


def reasons_against_completing(kind: VisitKind, *, has_preparation: bool) -> Iterator[str]:
    """A preparation is complete when what was prepared is written down (protocol 2)."""
    if kind == VisitKind.PREPARATION and not has_preparation:
        yield "Write down what was prepared first"


def reason_given(why: str, words: str, *, other: str = "other") -> Iterator[str]:
    """A move, a cancelled and a missed visit say why; "other" says it in words."""
    if not why:
        yield "Choose why"
    elif why == other and not words.strip():
        yield "Say why in a few words"


# Clashes, in words. No patient is ever named: whoever reads it may not know whom the other visit is with.


def room_is_held(room: str, people: Iterable[str], until: str) -> str:
    """Room 2 is held by K. Osei until 12:30."""
    names = " and ".join(people)
    return f"{room} is held{f' by {names}' if names else ''} until {until}"


def person_is_booked(name: str, since: str, until: str, place: str) -> str:
    return f"{name} is booked from {since} to {until}{f', {place}' if place else ''}"


def person_is_not_free(name: str) -> str:
    """The other visit lies behind the wall of another clinic."""
    return f"{name} is not free then"


def patient_is_booked(since: str, until: str) -> str:
    return f"The patient has another visit from {since} to {until}"


TAKEN_JUST_NOW = "Somebody took this time just now. Choose another"


# A series


@dataclass(frozen=True)
class Proposed:
    """One visit of a proposed series, at a wall time."""

    kind: VisitKind
    starts: datetime
    minutes: int


def propose_series(dose: datetime, minutes: Mapping[VisitKind, int], open_days: frozenset[int]) -> list[Proposed]:
    """Preparation, dose and integration around a dose at a wall time.

    `open_days` are weekdays, Monday 0, on which the clinic is open; with none given any day will do. The preparation
    lies two days before or on the last open day before that (at least 24 h, protocol 6); the integration a day after or
    on the next open day within 72 h, else on the day after all the same: the clinic is asked, not the window stretched.
    """
    before = _open_day(dose - PROPOSED_LEAD, -1, open_days)
    after = _open_day(dose + INTEGRATION_AFTER, 1, open_days)
    if after - dose > INTEGRATION_WINDOW:
        after = dose + INTEGRATION_AFTER
    days = ((VisitKind.PREPARATION, before), (VisitKind.DOSING, dose), (VisitKind.INTEGRATION, after))
    return [Proposed(kind, starts, minutes[kind]) for kind, starts in days]


def _open_day(day: datetime, step: int, open_days: frozenset[int]) -> datetime:
    while open_days and day.weekday() not in open_days:
        day += timedelta(days=step)
    return day


def reasons_against_series(visits: Iterable[tuple[VisitKind, datetime]]) -> Iterator[str]:
    """Whether the visits of one series lie as they must: a preparation 24 h before the dose, integration after it.

    `visits` are kinds and moments. Within the window is the clinic's wish and no reason; the order is.
    """
    at = dict(visits)
    dose = at.get(VisitKind.DOSING)
    if dose is None:
        return
    preparation, integration = at.get(VisitKind.PREPARATION), at.get(VisitKind.INTEGRATION)
    if preparation and dose - preparation < PREPARATION_LEAD:
        yield "Leave at least 24 hours between the first and the second visit"
    if integration and integration <= dose:
        yield "The last visit comes after the one before it"
