"""When is the next check due, and when may the patient leave at the earliest? Pure: no database, no clock.

Source: dosing-reference 2. Times are minutes after t0, which is the start of the infusion, the injection, the lozenge
entering the mouth or the first spray. Times that are not of a published programme are PD.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Times:
    """What a clinic may set. Minutes."""

    on_time: int = 5  # either side of a due check, PD
    alert_prescriber: int = 10  # late, PD
    baseline_before: int = 15  # before t0 at most
    entered_late: int = 10  # after it happened: the entry is marked as late
    leave_after_dose: int = 120  # S3, S9
    leave_after_infusion: int = 60
    leave_after_booster: int = 120  # PD
    leave_after_booster_im: int = 90  # PD
    kap_dr_first: int = 40  # instruments.md 3
    kap_dr_every: int = 30


DEFAULTS = Times()


class Row(StrEnum):
    DURING = "during"
    AFTER = "after"


class Kind(StrEnum):
    VITALS = "vitals"
    LOOK = "look"  # remote: the chaperone looks at the patient


@dataclass(frozen=True)
class Route:
    """One line of the table. `during`: minutes after the dose; `after`: the next ones, then one `every` so many.

    `continuous`: minutes for which SpO2 stays on; None: throughout.
    """

    during: tuple[int, ...]
    after: tuple[int, ...]
    every: int
    continuous: int | None
    phases: tuple[int, int, int, int]  # onset, peak, return, recovery: where the experience is, for orientation


INFUSION = 40  # minutes, the usual one (S14, S17)
INFUSION_STEP, AFTER_INFUSION = 10, 15  # S17, S36
ROUTES: dict[str, Route] = {
    "iv": Route((10, 20, 30, 40), (55, 70, 85, 100), 15, None, (5, 30, 60, 85)),  # S17, S36
    "im": Route((5, 15, 30, 45, 60), (90, 120), 30, 60, (5, 20, 60, 90)),
    "sl": Route((15, 30, 45, 60), (90, 120), 30, 0, (15, 40, 60, 120)),  # S22
    "in": Route((10, 20, 40, 60), (90, 120), 30, 60, (10, 30, 60, 90)),
    "esk": Route((20, 40, 60), (90, 120), 30, 0, (10, 40, 75, 90)),  # 40: REMS (S9)
}
REMOTE_CUFF, REMOTE_LOOK = 45, 15  # S19
PHASES = ("Baseline", "Dose", "Onset", "Peak", "Return", "Recovery", "Discharge")


@dataclass(frozen=True)
class Course:
    """What the times rest on: route, t0 and the boosters after it, and of an infusion how long it ran or is to run."""

    route: str
    t0: datetime
    boosters: tuple[datetime, ...] = ()
    infusion_minutes: int | None = None
    infusion_ended_at: datetime | None = None
    remote: bool = False

    @property
    def last_dose(self) -> datetime:
        return max((self.t0, *self.boosters))

    @property
    def infusion_end(self) -> datetime:
        """When it ended, or when it is to end."""
        return self.infusion_ended_at or self.t0 + (self.infusion_minutes or INFUSION) * MINUTE


@dataclass(frozen=True)
class Due:
    """One check of the schedule. `minutes` after the dose it belongs to: 0 is the first one, 1 its first booster."""

    at: datetime
    minutes: int
    row: Row
    dose: int = 0
    kind: Kind = Kind.VITALS


def schedule(course: Course, *, until: datetime) -> list[Due]:
    """Every check due up to a moment, in order, and the next one after it. The first dose's row is followed until a
    booster restarts it; from then on the booster's own row counts."""
    starts = [course.t0, *sorted(course.boosters)]
    found: list[Due] = []
    for number, start in enumerate(starts):
        stop = starts[number + 1] if number + 1 < len(starts) else None
        for due in _row_of(course, start, number):
            if stop is not None and due.at >= stop:
                break
            found.append(due)
            if stop is None and due.at > until and due.row is Row.AFTER:
                break
    return found


def _row_of(course: Course, start: datetime, number: int) -> Iterator[Due]:
    """The checks after one dose, without an end."""
    if course.remote:
        yield from _remote(start, number)
    elif course.route == "iv":
        yield from _infusion(course, number)
    else:
        yield from _plain(ROUTES[course.route], start, number)


def _plain(route: Route, start: datetime, number: int) -> Iterator[Due]:
    for minutes in route.during:
        yield Due(start + minutes * MINUTE, minutes, Row.DURING, number)
    for minutes in _on_and_on(route.after, route.every):
        yield Due(start + minutes * MINUTE, minutes, Row.AFTER, number)


def _infusion(course: Course, number: int) -> Iterator[Due]:
    """Every ten minutes and at the end of the infusion, however long it runs; then every quarter of an hour."""
    length = round((course.infusion_end - course.t0) / MINUTE)
    for minutes in [*range(INFUSION_STEP, length, INFUSION_STEP), length]:
        yield Due(course.t0 + minutes * MINUTE, minutes, Row.DURING, number)
    for minutes in _on_and_on((length + AFTER_INFUSION,), AFTER_INFUSION):
        yield Due(course.t0 + minutes * MINUTE, minutes, Row.AFTER, number)


def _remote(start: datetime, number: int) -> Iterator[Due]:
    """At home: the chaperone looks every 15 minutes and measures at 45 and at the end of the session."""
    end = DEFAULTS.leave_after_dose
    for minutes in _on_and_on((REMOTE_LOOK,), REMOTE_LOOK):
        row = Row.DURING if minutes <= REMOTE_CUFF else Row.AFTER
        kind = Kind.VITALS if minutes == REMOTE_CUFF or minutes >= end else Kind.LOOK
        yield Due(start + minutes * MINUTE, minutes, row, number, kind)


def _on_and_on(first: Sequence[int], every: int) -> Iterator[int]:
    yield from first
    minutes = first[-1]
    while True:
        minutes += every
        yield minutes


# How each check went


class State(StrEnum):
    COMING = "coming"
    DUE = "due"  # within five minutes either side, not done yet
    OVERDUE = "overdue"
    ALERT = "alert"  # so late that the prescriber is told
    DONE = "done"
    LATE = "late"  # done after its time
    EXPLAINED = "explained"


WAITING = frozenset({State.DUE, State.OVERDUE, State.ALERT})
SETTLED = frozenset({State.DONE, State.LATE, State.EXPLAINED})


@dataclass(frozen=True)
class Taken:
    """A check as made: when it happened and when it was entered. A late entry does not make a check on time."""

    happened_at: datetime
    entered_at: datetime
    kind: Kind = Kind.VITALS


@dataclass(frozen=True)
class Check:
    due: Due
    state: State
    taken: Taken | None = None

    def late_by(self, now: datetime) -> int:
        """Whole minutes past its time; 0 before it."""
        return max(0, int((now - self.due.at) / MINUTE))


def checks(
    dues: Sequence[Due],
    taken: Sequence[Taken],
    *,
    now: datetime,
    explained: frozenset[datetime] = frozenset(),
    times: Times = DEFAULTS,
) -> list[Check]:
    """Each due check with the reading that answers it. One reading answers one check: the earliest open one whose time
    it meets, else the last one that was due before it."""
    answers: dict[int, Taken] = {}
    for reading in sorted(taken, key=lambda one: one.happened_at):
        place = _place(dues, reading, answers, times)
        if place is not None:
            answers[place] = reading
    return [_check(due, answers.get(place), now, explained, times) for place, due in enumerate(dues)]


def _place(dues: Sequence[Due], reading: Taken, answers: dict[int, Taken], times: Times) -> int | None:
    free = [(place, due) for place, due in enumerate(dues) if place not in answers and _suits(due, reading)]
    near = [place for place, due in free if abs(reading.happened_at - due.at) <= times.on_time * MINUTE]
    passed = [place for place, due in free if due.at < reading.happened_at]
    if near:
        return near[0]
    return passed[-1] if passed else None


def _suits(due: Due, reading: Taken) -> bool:
    return due.kind is Kind.LOOK or reading.kind is Kind.VITALS


def _check(due: Due, taken: Taken | None, now: datetime, explained: frozenset[datetime], times: Times) -> Check:
    if taken is not None:
        on_time = taken.happened_at <= due.at + times.on_time * MINUTE
        prompt = taken.entered_at - taken.happened_at <= times.entered_late * MINUTE
        return Check(due, State.DONE if on_time and prompt else State.LATE, taken)
    if due.at in explained:
        return Check(due, State.EXPLAINED)
    late = (now - due.at) / MINUTE
    if late >= times.alert_prescriber:
        return Check(due, State.ALERT)
    if late > times.on_time:
        return Check(due, State.OVERDUE)
    return Check(due, State.DUE if late >= -times.on_time else State.COMING)


def next_check(found: Sequence[Check]) -> Check | None:
    """The first that is neither done nor explained, whether it waits or is still to come."""
    return next((check for check in found if check.state not in SETTLED), None)


def during_done(found: Sequence[Check]) -> bool:
    """Whether every check of the first hour, the booster's too, is done or explained. Nothing at all is not done."""
    rows = [check for check in found if check.due.row is Row.DURING]
    return bool(rows) and all(check.state in SETTLED for check in rows)


# Leaving, SpO2, KAP-DR, phases


def earliest_leave(course: Course, times: Times = DEFAULTS) -> datetime:
    """No earlier than this: after t0, after the end of an infusion, after the last booster. Equal is reached."""
    ends = [course.t0 + times.leave_after_dose * MINUTE]
    if course.route == "iv":
        ends.append(course.infusion_end + times.leave_after_infusion * MINUTE)
    after = times.leave_after_booster_im if course.route == "im" else times.leave_after_booster
    ends += [booster + after * MINUTE for booster in course.boosters]
    return max(ends)


def reasons_against_leaving(course: Course, now: datetime, times: Times = DEFAULTS) -> list[str]:
    """Why the earliest time to leave is not reached. An infusion nobody has ended has no earliest time yet."""
    if course.route == "iv" and course.infusion_ended_at is None:
        return ["The end of the infusion is not written down."]
    if now < earliest_leave(course, times):
        return ["The earliest time to leave is not reached."]
    return []


def oxygen_stays_on(course: Course, now: datetime, *, amber: bool) -> bool:
    """Whether SpO2 is watched without a break now: by route for its time, and whenever a sign is amber or worse."""
    route = ROUTES[course.route]
    if amber or route.continuous is None:
        return True
    return now < course.last_dose + route.continuous * MINUTE


def kap_dr_dues(course: Course, *, until: datetime, times: Times = DEFAULTS) -> list[datetime]:
    """When the whole KAP-DR is due: about 40 minutes after the dose, then every 30 minutes to discharge."""
    found, at = [], course.t0 + times.kap_dr_first * MINUTE
    while at <= until:
        found.append(at)
        at += times.kap_dr_every * MINUTE
    return [*found, at]


@dataclass(frozen=True)
class Phase:
    """A stretch of the clock bar. `at` is when it begins; None where that is not known yet."""

    name: str
    at: datetime | None
    state: str  # done, now, coming


def phases(course: Course | None, *, baseline_at: datetime | None, now: datetime) -> list[Phase]:
    """The clock bar: where the experience usually is by now (dosing-reference 1), counted from the last dose."""
    if course is None:
        names = [Phase(name, None, "coming") for name in PHASES]
        return [replace(names[0], at=baseline_at, state="now"), *names[1:]]
    starts = [baseline_at, course.t0]
    starts += [course.last_dose + minutes * MINUTE for minutes in ROUTES[course.route].phases]
    starts.append(earliest_leave(course))
    begun = [place for place, at in enumerate(starts) if at is not None and at <= now]
    here = max(begun, default=0)
    states = ["done" if place < here else "now" if place == here else "coming" for place in range(len(starts))]
    return [Phase(name, at, state) for name, at, state in zip(PHASES, starts, states, strict=True)]
