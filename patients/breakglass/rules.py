"""When somebody may break the glass, and how long it stands. Pure: no database, no clock (permissions.md rule 2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

STANDS_FOR = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(hours=72)
REASON_LENGTH = 15  # characters


def reasons_against_opening(*, reason: str, unreviewed: int) -> Iterator[str]:
    """Each reason why the glass stays whole. None means it may be broken."""
    if len(" ".join(reason.split())) < REASON_LENGTH:
        yield f"Write why you need to read this record now, in {REASON_LENGTH} characters or more"
    if unreviewed:
        yield (
            "Your last emergency access is not reviewed yet. Until an admin or the medical director has reviewed it,"
            " ask them, or the patient's care team"
        )


def reasons_against_review(*, opened_by_self: bool, reviewed: bool, words: str) -> Iterator[str]:
    """Each reason why this review may not be written."""
    if opened_by_self:
        yield "Somebody else reviews this: it was your own access"
    if reviewed:
        yield "This access was reviewed already"
    if not words.strip():
        yield "Write what you found"


def minutes_left(opened_at: datetime, now: datetime) -> int:
    """Whole minutes until it ends, rounded up; 0 when it has ended."""
    left = opened_at + STANDS_FOR - now
    return max(0, -(-left // timedelta(minutes=1)))
