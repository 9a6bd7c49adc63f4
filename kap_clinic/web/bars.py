"""Where bars from a lower to a higher value are drawn along minutes. Pure: no database, no clock, no request.

Units are those of the drawing (300 wide), from its top left corner. The same geometry serves the page and the paper.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HEIGHT, FOOT = 215, 22  # FOOT: room for the minutes under the drawing
LEFT, RIGHT, TOP = 30.0, 290.0, 16.0
LEAST_MINUTES, STEP = 90, 30
LEVEL_STEP = 30
WING = 5.0  # half the width of the triangles at the ends of a bar


@dataclass(frozen=True)
class Span:
    """Two values of one moment. `says` names them and the time, for those who do not see the drawing."""

    minute: float
    low: float
    high: float
    says: str
    grave: bool = False


@dataclass(frozen=True)
class Level:
    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    x: float
    top: float
    bottom: float
    title: str
    grave: bool

    @property
    def upper(self) -> str:
        return f"M{self.x - WING:.1f} {self.top - 1:.1f}h10l-5 6z"

    @property
    def lower(self) -> str:
        return f"M{self.x - WING:.1f} {self.bottom + 1:.1f}h10l-5 -6z"


@dataclass(frozen=True)
class Bars:
    """Everything the drawing needs, in the order it is painted."""

    key: str
    title: str
    description: str
    levels: list[Level]
    minutes: list[Level]
    stop: Level | None
    marks: list[Level]
    now: float | None
    bars: list[Bar]
    rows: list[str]
    height: int = HEIGHT

    @property
    def bottom(self) -> int:
        return self.height - FOOT


def bars(
    *,
    key: str,
    title: str,
    spans: Iterable[Span],
    stop: float | None = None,
    marks: Sequence[tuple[float, str]] = (),
    now: float | None = None,
    height: int = HEIGHT,
) -> Bars:
    """Lay out one chart. `key` makes ids unique on the page; `stop` is a line that should not be reached; `marks` are
    minutes with their names; `now` is the minute that has come, None once it is over; `height` is for flatter ones."""
    shown = sorted(spans, key=lambda span: span.minute)
    first = min([0.0, *(span.minute for span in shown)])
    last = max([LEAST_MINUTES, *(span.minute for span in shown), *(minute for minute, _ in marks), now or 0])
    along = _Along(first - 10, (int(last) // STEP + (int(last) % STEP > 0)) * STEP)
    up = _Up.over([*(s.low for s in shown), *(s.high for s in shown), *([stop] if stop else [])], height - FOOT)
    return Bars(
        key=key,
        title=title,
        description=_described(shown, stop),
        levels=[Level(up.y(value), str(value)) for value in up.steps()],
        minutes=[Level(along.x(minute), str(minute)) for minute in range(0, int(along.last) + 1, along.step)],
        stop=Level(up.y(stop), f"stop {stop:g}") if stop else None,
        marks=[Level(along.x(minute), name) for minute, name in marks],
        now=None if now is None else along.x(now),
        bars=list(_drawn(shown, along, up)),
        rows=[span.says for span in shown],
        height=height,
    )


@dataclass(frozen=True)
class _Along:
    first: float
    last: float

    @property
    def step(self) -> int:
        """As many minutes between two marks of the axis as keeps them apart."""
        return next(step for step in (30, 60, 120, 240, 480, 10**6) if self.last / step <= 6)

    def x(self, minute: float) -> float:
        part = (minute - self.first) / (self.last - self.first)
        return round(LEFT + min(max(part, 0), 1) * (RIGHT - LEFT), 1)


@dataclass(frozen=True)
class _Up:
    lowest: int
    highest: int
    bottom: float

    @classmethod
    def over(cls, values: Sequence[float], bottom: float) -> "_Up":
        low, high = min([60.0, *values]), max([150.0, *values])
        return cls(int(low // LEVEL_STEP) * LEVEL_STEP, -int(-high // LEVEL_STEP) * LEVEL_STEP, bottom)

    def y(self, value: float) -> float:
        return round(self.bottom - (value - self.lowest) / (self.highest - self.lowest) * (self.bottom - TOP), 1)

    def steps(self) -> range:
        return range(self.lowest, self.highest + 1, LEVEL_STEP)


def _drawn(spans: Sequence[Span], along: _Along, up: _Up) -> Iterator[Bar]:
    for span in spans:
        yield Bar(along.x(span.minute), up.y(span.high), up.y(span.low), span.says, span.grave)


def _described(spans: Sequence[Span], stop: float | None) -> str:
    if not spans:
        return "No values yet."
    highest = max(spans, key=lambda span: span.high)
    said = f"First {spans[0].says}; highest {highest.says}; last {spans[-1].says}."
    return f"{said} Stop line {stop:g}." if stop else said
