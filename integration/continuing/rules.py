"""Is a review due, is benefit shown, what may be decided, and how may a course end? Pure: no database, no clock.

Sources: protocol 6 (review after dose 3 or 4 and at the end, PD) and 7 (endings; 50 % and 25 %, PD).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from integration.continuing.terms import ENDINGS, OFFERED_NEXT, OWN_WISH, Benefit, Decision, Entry
from patients.course.terms import Ending, Stage

REASON_LENGTH = 30  # characters of a signed decision, PD as for overrides


@dataclass(frozen=True)
class Numbers:
    """What a clinic sets: doses after which a review is due and late, percent better that counts."""

    due_after: int = 3
    late_after: int = 4
    responder: int = 50
    partial: int = 25


@dataclass(frozen=True)
class Review:
    """A review that is owed: after how many doses, why, and whether the next dose should wait for it."""

    after_dose: int
    why: str
    is_late: bool


def review_due(given: int, planned: int | None, reviewed: Iterable[int], numbers: Numbers) -> Review | None:
    """The review that is owed now. `given`, `planned`: doses; `reviewed`: after how many doses each was signed."""
    last = max(reviewed, default=0)
    if planned is not None and given >= planned and given and last < planned:
        return Review(given, f"All {planned} planned doses are given", is_late=False)
    if given >= numbers.due_after and last < numbers.due_after:
        return Review(given, f"{given} doses are given since the course began", is_late=given >= numbers.late_after)
    return None


def benefit(percent: float | None, numbers: Numbers) -> Benefit:
    """What a fall of the main scale in percent of its baseline counts as. None: no baseline, or no score since."""
    if percent is None:
        return Benefit.UNKNOWN
    if percent >= numbers.responder:
        return Benefit.RESPONDER
    return Benefit.PARTIAL if percent >= numbers.partial else Benefit.NONE


def entry_of(shown: str) -> Entry | None:
    """The reason code with which a course comes to maintenance; None: benefit is not shown."""
    return {Benefit.RESPONDER: Entry.RESPONDER, Benefit.PARTIAL: Entry.PARTIAL}.get(Benefit(shown))


def reasons_against_decision(
    decision: str, reason: str, *, given: int, shown: str, exposure: Mapping[str, str], exposure_seen: bool
) -> Iterator[str]:
    """Each reason why this may not be signed. `exposure`: flags of the lifetime counters, code to sentence."""
    if not given:
        yield "No dose is given yet: there is nothing to review"
    if len(reason.strip()) < REASON_LENGTH:
        yield f"Write what the decision rests on, in {REASON_LENGTH} characters or more"
    goes_on = decision != Decision.STOP
    if goes_on and exposure and not exposure_seen:
        yield "Confirm that the exposure flags were looked at"
    if decision == Decision.MAINTENANCE and entry_of(shown) is None:
        yield "Maintenance needs benefit on the main scale; none is shown"


def is_series_over(given: int, planned: int | None, last_decision: str) -> bool:
    """The planned number is done, or a prescriber signed that it ends."""
    return (planned is not None and given >= planned) or last_decision in (Decision.STOP, Decision.MAINTENANCE)


@dataclass(frozen=True)
class Closing:
    """What is said when a course is moved towards its end."""

    to: str
    ending: str = ""
    reason: str = ""
    hand_over: str = ""
    offered_next: str = ""
    own_wish: bool = False
    shown: str = Benefit.UNKNOWN


def reasons_against_closing(said: Closing) -> Iterator[str]:
    """What each ending must say (protocol 7), beside what the table of moves asks."""
    allowed = ENDINGS.get(Stage(said.to), ())
    if allowed and said.ending not in allowed:
        yield "Choose how it ended"
    if allowed and said.ending != Ending.DECEASED and not said.hand_over.strip():
        yield "Write who looks after the patient from now on, and when"
    if said.ending in OFFERED_NEXT and not said.offered_next.strip():
        yield "Write what was offered next"
    if said.own_wish and said.ending not in OWN_WISH:
        yield "This reason is not the patient's own wish: a prescriber ends the course"
    if said.to == Stage.MAINTENANCE and said.shown == Benefit.PARTIAL and len(said.reason.strip()) < REASON_LENGTH:
        yield f"The response is partial: write why maintenance, in {REASON_LENGTH} characters or more"
