"""Visits on a grid of hours: columns of rooms or of days, in steps of five minutes of elapsed time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sessions.visits.selectors.days import day_span
from sessions.visits.selectors.sight import Shown

STEP = 5  # minutes of one row
ROWS_AN_HOUR = 60 // STEP
SHORTEST, LONGEST = 4, 96  # rows a block takes at least, to be readable, and at most
FROM, UNTIL = 8, 18  # hours shown when nothing says otherwise


@dataclass(frozen=True)
class Column:
    """One column with its visits in order. `head` is its name, `more` what stands under it, `link` where it leads."""

    head: str
    blocks: list[Shown]
    more: str = ""
    link: str = ""
    is_today: bool = False
    now: str = ""  # class of the line that says what time it is


@dataclass(frozen=True)
class Grid:
    hours: list[tuple[str, str]]  # class of the row, and the time on the clock
    columns: list[Column]

    @property
    def height(self) -> str:
        return f"tall-{len(self.hours)}"

    @property
    def width(self) -> str:
        return f"wide-{len(self.columns)}"


@dataclass(frozen=True)
class Hours:
    """Which hours a grid shows, counted as elapsed time from midnight: on two days of the year not what clocks say."""

    first: int
    last: int

    @classmethod
    def of(cls, blocks: Iterable[Shown], zone: str, opening: Sequence[str] = ()) -> "Hours":
        """From the opening of the clinic, or the first visit if that is earlier, to its close or the last visit."""
        spans = [_span(block, zone) for block in blocks]
        opens = [int(clock[:2]) for clock in opening] or [FROM, UNTIL]
        first = min([*opens, *(begin // 60 for begin, _ in spans)])
        last = max([*opens, *(-(-end // 60) for _, end in spans)])
        return cls(first, min(max(last, first + 1), 25))


def _span(block: Shown, zone: str) -> tuple[int, int]:
    """Elapsed minutes from the midnight of the visit's day to its start and end."""
    midnight, _ = day_span(block.on, zone)
    return tuple(int((at - midnight).total_seconds() // 60) for at in (block.starts_at, block.ends_at))  # type: ignore[return-value]


def placed(block: Shown, hours: Hours, zone: str) -> Shown:
    """The block with the classes that put it where it belongs."""
    begin, end = _span(block, zone)
    top = (begin - hours.first * 60) // STEP + 1
    bottom = min(-(-(end - hours.first * 60) // STEP) + 1, (hours.last - hours.first) * ROWS_AN_HOUR + 1)
    rows = max(SHORTEST, min(bottom - top, LONGEST))
    return replace(block, place=[f"at-{top}", f"for-{rows}", *_size(rows)])


def _size(rows: int) -> list[str]:
    """How much a block has room to say: one line up to 35 minutes, two up to 55."""
    if rows < ROWS_AN_HOUR * 2 // 3:
        return ["small"]
    return ["mid"] if rows < ROWS_AN_HOUR else []


def clock(on: date, hours: Hours, zone: str) -> list[tuple[str, str]]:
    """The hours at the side, as clocks show them on that day."""
    there = ZoneInfo(zone)
    midnight = datetime.combine(on, time(), there).astimezone(UTC)
    shown = [(midnight + timedelta(hours=hour)).astimezone(there) for hour in range(hours.first, hours.last)]
    return [(f"at-{index * ROWS_AN_HOUR + 1}", f"{each:%H:%M}") for index, each in enumerate(shown)]


def now_line(on: date, hours: Hours, zone: str, now: datetime) -> str:
    """The class of the line of now, on the day it is and within the hours shown."""
    midnight, next_midnight = day_span(on, zone)
    passed = int((now - midnight).total_seconds() // 60)
    if not midnight <= now < next_midnight or not hours.first * 60 <= passed < hours.last * 60:
        return ""
    return f"at-{(passed - hours.first * 60) // STEP + 1}"


def lanes(blocks: Sequence[Shown]) -> list[list[Shown]]:
    """Blocks that may overlap, such as visits by video, dealt into as few columns as hold them."""
    dealt: list[list[Shown]] = []
    for block in sorted(blocks, key=lambda each: each.starts_at):
        lane = next((lane for lane in dealt if lane[-1].ends_at <= block.starts_at), None)
        if lane is None:
            dealt.append([block])
        else:
            lane.append(block)
    return dealt
