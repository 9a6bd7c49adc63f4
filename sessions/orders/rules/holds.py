"""What may be decided about a medicine before a dose, and how it reads. Pure. Source: screening-rules 4.2.

Dates have no clock time, so windows include their last day; a hold here is in hours and is decided by the prescriber.
"""

from collections.abc import Iterator

from sessions.orders.terms import Disposition

MOST_HOURS = 720  # 30 days, the longest window of screening-rules 4.2; PD


def reasons_against_hold(disposition: str, hours_before: int | None, words: str) -> list[str]:
    """Each reason why this is no decision yet. None means it can be kept."""
    return list(_against(disposition, hours_before, words))


def _against(disposition: str, hours: int | None, words: str) -> Iterator[str]:
    if disposition not in Disposition.values:
        yield "Choose continue, hold or taper."
    elif disposition == Disposition.HOLD:
        if hours is None or not 1 <= hours <= MOST_HOURS:
            yield f"Enter how many hours before the dose it is last taken, from 1 to {MOST_HOURS}."
    elif hours is not None:
        yield "Hours belong to a hold only."
    if disposition == Disposition.TAPER and not words.strip():
        yield "Write the taper: how much less, and when."


def hold_in_words(disposition: str, name: str, hours: int | None, words: str = "") -> str:
    """The decision as a sentence without its full stop."""
    what = {
        Disposition.HOLD: f"Hold {name}: last taken {hours} h or more before the dose",
        Disposition.TAPER: f"Taper {name}",
        Disposition.CONTINUE: f"Continue {name} as usual",
    }[Disposition(disposition)]
    return f"{what}. {words}" if words else what
