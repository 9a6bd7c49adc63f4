"""The course as bands of steps: where it began, where it is, what is to come (ux 4). Pure: no database, no clock.

Steps come from the moves of the course. Visits and doses are handed to `timeline` as more steps: those of a band take
the place of the one step that stands there for the whole stage.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from patients.course.terms import Stage
from patients.record.rules import in_words


@dataclass(frozen=True)
class Band:
    """A labelled stretch of the way; `kind` is its colour: prep dosing integ."""

    name: str
    kind: str


PREPARATION = Band("Assessment and preparation", "prep")
DOSING = Band("Dosing", "dosing")
CLOSING = Band("Closing", "integ")


@dataclass(frozen=True)
class Step:
    """One mark of the timeline.

    `kind`: visit, dose, integ or gate. `state`: done, next or to-come; of a gate passed, waiting, stopped or to-come.
    `at` is the day it happened or is booked for, `words` its state for those who hear it. `number` stands inside the
    mark, `note` under the name where not the day but "40 mg" or "2 open" matters.
    """

    kind: str
    label: str
    state: str
    at: date | None = None
    words: str = ""
    href: str = ""
    number: str = ""
    note: str = ""
    band: Band = PREPARATION
    current: bool = False
    when: str = ""  # the day as it is written, filled in by `timeline`

    # As components/timeline.html calls them

    @property
    def name(self) -> str:
        return self.label

    @property
    def detail(self) -> str:
        return self.note or self.when

    @property
    def url(self) -> str:
        return self.href


@dataclass(frozen=True)
class Phase:
    """One band with its steps; `size` is the class that gives it its share of the width."""

    name: str
    kind: str
    size: str
    steps: list[Step]


@dataclass(frozen=True)
class Way:
    """What the timeline needs to know of a course: its stage, the last day it reached each, the checks still open.

    `open_checks` belongs to the gate the course stands before. `hrefs` has an address for each stage one may open.
    """

    stage: Stage
    reached: Mapping[str, date]
    open_checks: int = 0
    hrefs: Mapping[str, str] | None = None

    def href(self, stage: Stage) -> str:
        return (self.hrefs or {}).get(stage, "")


PLACEHOLDERS = {Stage.PREPARATION, Stage.DOSING_SERIES}  # stand for the whole stage until its visits are known
BEFORE = {  # a gate and the stages from which the course goes through it
    Stage.ENROLLED: (Stage.SCREENING_REVIEW,),
    Stage.DOSING_SERIES: (Stage.PREPARATION,),
    Stage.CLOSING: (),
}
ENDS = (Stage.DECLINED, Stage.ENDED_EARLY)
SHOWN = ("done", "passed", "next", "waiting", "stopped")


def timeline(way: Way, on: date, steps: Iterable[Step] = ()) -> list[Phase]:
    """The bands of a course on a day; `steps` of visits and doses stand among them, in the order they are given."""
    more = list(steps)
    dosing = [step.band for step in more if step.band.kind == DOSING.kind]
    along = _along(way, dosing[-1] if dosing else DOSING)
    whole = [step for stage, step in along for step in _with(more, stage, step)]
    if way.stage in ENDS:
        whole = [step for step in whole if step.state in SHOWN]
    bands: dict[Band, list[Step]] = {}
    for step in whole:
        bands.setdefault(step.band, []).append(replace(step, when=_short(step.at, on)))
    return [Phase(band.name, band.kind, f"n{min(len(held), 24)}", held) for band, held in bands.items()]


def _with(more: Sequence[Step], stage: Stage | None, step: Step) -> list[Step]:
    """The step, or where it stands for a whole stage the visits of that stage."""
    if stage not in PLACEHOLDERS:
        return [step]
    found = [one for one in more if one.band.kind == step.band.kind]
    return found or [step]


def _along(way: Way, last_dosing: Band) -> Iterator[tuple[Stage | None, Step]]:
    yield Stage.INQUIRY, _stage(way, Stage.INQUIRY, "Inquiry")
    yield Stage.INTAKE, _stage(way, Stage.INTAKE, "Intake")
    yield Stage.SCREENING_REVIEW, _screening(way)
    yield None, _gate(way, Stage.ENROLLED, "Clearance", PREPARATION)
    yield Stage.PREPARATION, _stage(way, Stage.PREPARATION, "Preparation", now=(Stage.ENROLLED, Stage.PREPARATION))
    yield None, _gate(way, Stage.DOSING_SERIES, "Gate", PREPARATION)
    yield Stage.DOSING_SERIES, _stage(way, Stage.DOSING_SERIES, "Doses", band=DOSING, kind="dose")
    if way.stage == Stage.ON_HOLD:
        yield None, _stop(way, Stage.ON_HOLD, last_dosing)
    yield None, _gate(way, Stage.CLOSING, "Review", CLOSING)
    if Stage.MAINTENANCE in way.reached:
        yield None, _stage(way, Stage.MAINTENANCE, "Maintenance", band=CLOSING)
    yield Stage.COMPLETED, _stage(way, Stage.COMPLETED, "Close", band=CLOSING, now=(Stage.CLOSING,))
    if way.stage in ENDS:
        yield None, _stop(way, way.stage, CLOSING)


def _stage(
    way: Way,
    stage: Stage,
    label: str,
    *,
    band: Band = PREPARATION,
    kind: str = "",
    now: Sequence[Stage] = (),
) -> Step:
    at = way.reached.get(stage)
    here = way.stage in (now or (stage,)) and way.stage != Stage.COMPLETED
    state = "next" if here else "done" if at else "to-come"
    words = {"next": "the course is here", "done": _done(at), "to-come": "still to come"}[state]
    mark = kind or ("integ" if band == CLOSING else "visit")
    return Step(mark, label, state, at, words, way.href(stage), band=band, current=here)


def _screening(way: Way) -> Step:
    """Submitted, it is done; what waits is the clearance."""
    at = way.reached.get(Stage.SCREENING_REVIEW)
    submitted = at is not None and way.stage != Stage.INTAKE
    state, words = ("done", f"submitted {in_words(at)}") if submitted and at else ("to-come", "still to come")
    return Step("visit", "Screening", state, at if submitted else None, words, way.href(Stage.SCREENING_REVIEW))


def _gate(way: Way, stage: Stage, label: str, band: Band) -> Step:
    """A diamond: passed with its day, waiting with the number of open checks, or to come."""
    at, href = way.reached.get(stage), way.href(stage)
    if way.stage in BEFORE[stage]:
        open_ = way.open_checks
        words = f"gate: {open_} check{'s' if open_ != 1 else ''} still open" if open_ else "gate: all checks met"
        note = f"{open_} open" if open_ else "all met"
        current = way.stage == Stage.SCREENING_REVIEW
        return Step("gate", label, "waiting", None, words, href, str(open_ or ""), note, band, current)
    if at:
        return Step("gate", label, "passed", at, f"gate passed {in_words(at)}", href, band=band)
    return Step("gate", label, "to-come", None, "gate, still to come", href, band=band)


def _stop(way: Way, stage: Stage, band: Band) -> Step:
    at = way.reached.get(stage)
    words = f"the course is {stage.label.lower()}" if stage == Stage.ON_HOLD else "the course ended here"
    return Step("gate", str(stage.label), "stopped", at, words, way.href(stage), "!", band=band, current=True)


def _done(at: date | None) -> str:
    return f"done {in_words(at)}" if at else "done"


def _short(day: date | None, on: date) -> str:
    """A day under a mark: without its year while that is this year's."""
    if day is None:
        return ""
    return f"{day.day} {day:%b}" if day.year == on.year else f"{day.day} {day:%b} {day:%y}"
