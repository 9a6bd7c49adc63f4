"""Where things are drawn on the panel of one measure. Pure: no database, no clock, no request.

Units are those of the drawing (430 x 212), measured from its top left corner, rounded to one decimal.
The same geometry serves the page and the paper.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

WIDTH, HEIGHT = 430, 212
LEFT, RIGHT, TOP, BOTTOM = 34.0, 338.0, 34.0, 182.0
LEAST_DAYS = 14  # a single reading still gets an axis
MARK_ROOM = 22.0  # numbered circles nearer than this would overlap
LABEL_ROOM = 66.0  # a value with the word estimate beside it
NAME_ROOM = 12.0  # so would the names of bands
MONTH_ROOM = 34.0  # and the names of months
MANY = 40  # readings, from which points are drawn smaller

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

# What paper gets. On screen the class of each part repaints it.
TINTS = ("#eef5f1", "#e8f1f2", "#fbf4e3", "#fbeadb", "#f9e1dd")


@dataclass(frozen=True)
class Band:
    """A range of scores with a name, both ends included. Tint 0 is the mildest, 4 the gravest."""

    name: str
    low: float
    high: float
    tint: int


@dataclass(frozen=True)
class Reading:
    """One answered measure, or one that was asked for and not answered (value None)."""

    on: date
    value: float | None
    estimated: bool = False
    note: str = ""  # what the table says beside it, the band for instance


@dataclass(frozen=True)
class Mark:
    """An event the eye should see on the time axis, numbered at the top."""

    number: int
    name: str  # with its number, as it is read aloud
    on: date
    says: str


@dataclass(frozen=True)
class Line:
    """A level worth reaching."""

    at: float
    says: str


@dataclass(frozen=True)
class BandBox:
    name: str
    tint: int
    fill: str
    y: float
    height: float
    name_y: float


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class MarkBox:
    x: float
    number: int
    title: str
    numbered: bool  # False where the circle would lie on its neighbour: then a dot


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    title: str
    hollow: bool


@dataclass(frozen=True)
class Run:
    """A stretch of line without a gap in it. Dashed where one of its ends is an estimate."""

    points: str
    dashed: bool


@dataclass(frozen=True)
class Gap:
    x: float
    title: str


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True)
class Row:
    """One line of the table behind the drawing."""

    on: str
    value: str
    note: str


@dataclass(frozen=True)
class Panel:
    """Everything the drawing and its table need, in the order it is painted."""

    key: str
    name: str
    title: str
    description: str
    bands: list[BandBox]
    levels: list[Tick]
    dates: list[Tick]
    line: Tick | None
    marks: list[MarkBox]
    runs: list[Run]
    gaps: list[Gap]
    points: list[Point]
    radius: float
    labels: list[Label]
    rows: list[Row]


def panel(
    *,
    key: str,
    name: str,
    title: str,
    readings: Iterable[Reading],
    bands: Sequence[Band],
    highest: float,
    lowest: float = 0,
    marks: Iterable[Mark] = (),
    line: Line | None = None,
    until: date | None = None,
) -> Panel:
    """Lay out one measure. `key` makes ids unique on the page, `title` is the finding in words, `until` (often today)
    keeps the axis running past the last reading. ValueError: a reading, band or line lies outside lowest..highest."""
    shown = sorted(readings, key=lambda reading: reading.on)
    numbered = sorted(marks, key=lambda mark: mark.on)
    up = _Up(lowest, highest)
    along = _Along.over([*(r.on for r in shown), *(m.on for m in numbered), *([until] if until else [])])
    spots = [_Spot(r, along.x(r.on), None if r.value is None else up.y(r.value)) for r in shown]
    return Panel(
        key=key,
        name=name,
        title=title,
        description=describe(shown, numbered, line),
        bands=list(_bands(bands, up)),
        levels=[Tick(up.y(value), text_of(value)) for value in _levels(bands, lowest, highest)],
        dates=_dates(along, shown),
        line=Tick(up.y(line.at), line.says) if line else None,
        marks=list(_marks(numbered, along)),
        runs=list(_runs(spots)),
        gaps=[Gap(spot.x, f"Not answered, {day(spot.of.on)}") for spot in spots if spot.y is None],
        points=[Point(s.x, s.y, _says(s.of), s.of.estimated) for s in spots if s.y is not None],
        radius=2.5 if len(shown) > MANY else 4,
        labels=list(_labels(spots)),
        rows=[Row(day(r.on), "Not answered" if r.value is None else _amount(r), r.note) for r in shown],
    )


@dataclass(frozen=True)
class _Spot:
    """A reading and its place; no height where there was no answer."""

    of: Reading
    x: float
    y: float | None


@dataclass(frozen=True)
class _Up:
    lowest: float
    highest: float

    def y(self, value: float) -> float:
        if not self.lowest <= value <= self.highest:
            raise ValueError(f"{value} is not between {self.lowest} and {self.highest}.")
        return round(BOTTOM - (value - self.lowest) / (self.highest - self.lowest) * (BOTTOM - TOP), 1)


@dataclass(frozen=True)
class _Along:
    first: date
    days: int

    @classmethod
    def over(cls, days: Sequence[date]) -> "_Along":
        """From a little before the first day to a little after the last."""
        first, last = (min(days), max(days)) if days else (date(2000, 1, 1), date(2000, 1, 1))
        span = (last - first).days
        room = max(round(span * 0.03), 1) if span >= LEAST_DAYS else (LEAST_DAYS - span + 1) // 2
        return cls(first - timedelta(days=room), span + 2 * room)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days)

    def x(self, on: date) -> float:
        return round(LEFT + (on - self.first).days / self.days * (RIGHT - LEFT), 1)


def _bands(bands: Sequence[Band], up: _Up) -> Iterator[BandBox]:
    """Bands end halfway between one's highest score and the next one's lowest: 4.5 between 4 and 5."""
    ordered = sorted(bands, key=lambda band: band.low)
    inner = [(below.high + above.low) / 2 for below, above in pairwise(ordered)]
    edges = [up.y(edge) for edge in (up.lowest, *inner, up.highest)]
    names = _apart([(edges[i] + edges[i + 1]) / 2 + 4 for i in range(len(ordered))])
    for index, band in enumerate(ordered):
        top, bottom = edges[index + 1], edges[index]
        yield BandBox(band.name, band.tint, TINTS[band.tint], top, round(bottom - top, 1), names[index])


def _apart(from_below: Sequence[float]) -> list[float]:
    """Push names up until none lies on the one below it."""
    placed: list[float] = []
    for y in from_below:
        placed.append(round(min(y, placed[-1] - NAME_ROOM) if placed else y, 1))
    return placed


def _levels(bands: Sequence[Band], lowest: float, highest: float) -> list[float]:
    return sorted({lowest, highest, *(band.low for band in bands)})


def _dates(along: _Along, readings: Sequence[Reading]) -> list[Tick]:
    """Months, as many as there is room for; in a span without one, the first and the last reading."""
    months = list(_months(along))
    if not months:
        ends = sorted({r.on for r in (*readings[:1], *readings[-1:])})
        return [Tick(along.x(on), f"{on.day} {MONTHS[on.month - 1]}") for on in ends]
    room = (RIGHT - LEFT) / along.days * 30.4
    step = next((n for n in (1, 2, 3, 6, 12, 24) if n * room >= MONTH_ROOM), 48)
    years = len({on.year for on in months}) > 1
    ticks = [on for on in months if (on.year * 12 + on.month - 1) % step == 0]
    return [Tick(along.x(on), _month(on, with_year=years and on.month <= step)) for on in ticks]


def _month(on: date, *, with_year: bool) -> str:
    return f"{MONTHS[on.month - 1]} {on.year % 100:02}" if with_year else MONTHS[on.month - 1]


def _months(along: _Along) -> Iterator[date]:
    on, last = along.first.replace(day=1), along.last
    while on <= last:
        if on >= along.first:
            yield on
        on = (on + timedelta(days=32)).replace(day=1)


def _marks(marks: Sequence[Mark], along: _Along) -> Iterator[MarkBox]:
    last_numbered = float("-inf")
    for mark in marks:
        x = along.x(mark.on)
        fits = x - last_numbered >= MARK_ROOM
        last_numbered = x if fits else last_numbered
        yield MarkBox(x, mark.number, f"{mark.name}, {day(mark.on)}, {mark.says}", fits)


def _runs(spots: Sequence[_Spot]) -> Iterator[Run]:
    """Join neighbours only. A reading that was not answered breaks the line."""
    stretches = [list(group) for answered, group in groupby(spots, key=lambda spot: spot.y is not None) if answered]
    for stretch in stretches:
        legs = list(pairwise(stretch))
        for dashed, same in groupby(legs, key=lambda leg: leg[0].of.estimated or leg[1].of.estimated):
            ends = list(same)
            joined = [ends[0][0], *(there for _, there in ends)]
            yield Run(" ".join(f"{spot.x},{spot.y}" for spot in joined), dashed)


def _labels(spots: Sequence[_Spot]) -> Iterator[Label]:
    """The first and the last value, written above their points and whatever the words would lie on; else below."""
    answered = [(spot.x, spot.y, spot.of) for spot in spots if spot.y is not None]
    for x, y, reading in answered[:1] if len(answered) < 2 else (answered[0], answered[-1]):
        first = reading is answered[0][2]
        reach = -LABEL_ROOM if first else LABEL_ROOM if reading.estimated else MARK_ROOM
        near = min(ny for nx, ny, _ in answered if min(x, x - reach) <= nx <= max(x, x - reach))
        text = f"{text_of(reading.value or 0)}{' estimate' if reading.estimated else ''}"
        anchor = "start" if first else "end" if reading.estimated else "middle"
        height = next((up for up in (near - 10, y - 10) if up >= TOP + 2), y + 18)
        yield Label(round(x + 8, 1) if first else x, round(height, 1), text, anchor)


def describe(readings: Sequence[Reading], marks: Sequence[Mark] = (), line: Line | None = None) -> str:
    """The drawing in words, for those who do not see it."""
    answered = [r for r in readings if r.value is not None]
    if not answered:
        return "No answers yet."
    said = [f"{_says(answered[0])}."]
    if len(answered) > 1:
        lowest = min(answered, key=lambda r: r.value or 0)
        highest = max(answered, key=lambda r: r.value or 0)
        ends = f"First {_says(answered[0])}; last {_says(answered[-1])}."
        said = [f"{len(answered)} answers.", ends, f"Highest {_says(highest)}; lowest {_says(lowest)}."]
    if missing := len(readings) - len(answered):
        said.append(f"{missing} not answered.")
    if line:
        said.append(f"{line.says}.")
    if marks:
        said.append("; ".join(f"{mark.name} on {day(mark.on)}, {mark.says}" for mark in marks) + ".")
    return " ".join(said)


def text_of(value: float) -> str:
    """A score as people write it: 11, 10.5."""
    return f"{value:g}"


def day(on: date) -> str:
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def _amount(reading: Reading) -> str:
    return f"{text_of(reading.value or 0)}{' (estimate)' if reading.estimated else ''}"


def _says(reading: Reading) -> str:
    return f"{_amount(reading)} on {day(reading.on)}"
