"""When a patient link may be made, how long it works, and in which state it is. Pure: no database, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patients.links.terms import FormKind, LinkState

GOOD_FOR = timedelta(days=7)  # SEC-25
TRIES = 5  # wrong birth dates before a link closes, SEC-27
VISIT = timedelta(minutes=30)  # from the second check, SEC-27
OVER = frozenset({LinkState.FINISHED, LinkState.REVOKED, LinkState.SHUT, LinkState.EXPIRED})


@dataclass(frozen=True)
class Ask:
    """One thing a link asks for. `what`: an instrument's id or a consent's ref.

    `needs_watch`: its answers can show danger, so a named person looks at them (instruments.md 4). No default on
    purpose: who asks has to know.
    """

    kind: FormKind
    what: str
    needs_watch: bool


def reasons_against_making(
    *, asks: Sequence[Ask], watched_by: str | None, watch_until: datetime | None, now: datetime
) -> list[str]:
    """Each reason why a link may not be made so. None means it may. `watched_by` is the name of who looks."""
    return list(_against_making(asks, watched_by, watch_until, now))


def _against_making(
    asks: Sequence[Ask], watched_by: str | None, watch_until: datetime | None, now: datetime
) -> Iterator[str]:
    if not asks:
        yield "Choose what the link is for."
    if len({(ask.kind, ask.what) for ask in asks}) < len(asks):
        yield "Each form goes into a link once."
    if (watched_by is None) != (watch_until is None):
        yield "Say both who looks at the answers and until when."
    elif watched_by is None and any(ask.needs_watch for ask in asks):
        yield "Answers to these forms can show danger. Name the person who looks at them, and until when."
    if watch_until is not None and not now < watch_until <= now + GOOD_FOR:
        yield f"Choose a time from now on, within {GOOD_FOR.days} days."


def expires_at(*, asks: Sequence[Ask], watch_until: datetime | None, now: datetime) -> datetime:
    """Seven days; a form whose answers somebody has to look at is only open while they do."""
    if watch_until is not None and any(ask.needs_watch for ask in asks):
        return min(watch_until, now + GOOD_FOR)
    return now + GOOD_FOR


def state_of(
    *,
    expires_at: datetime,
    tries: int,
    checked_at: datetime | None,
    finished_at: datetime | None,
    revoked_at: datetime | None,
    now: datetime,
) -> LinkState:
    """Done stays done; else what closed it, else how far it has come."""
    if finished_at:
        return LinkState.FINISHED
    if revoked_at:
        return LinkState.REVOKED
    if tries >= TRIES:
        return LinkState.SHUT
    if now >= expires_at:
        return LinkState.EXPIRED
    return LinkState.CHECKED if checked_at else LinkState.OPEN


def tries_left(tries: int) -> int:
    return max(TRIES - tries, 0)


def is_same_day(given: date, born: date) -> bool:
    """The second check: identity evidence, not a second factor (SEC-27)."""
    return given == born
