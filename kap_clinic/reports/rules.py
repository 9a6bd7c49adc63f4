"""What a report may show, and how a cell is written so that a sheet does not run it. Pure: no database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

SMALLEST_CELL = 11  # SEC-52: cells of 1 to 10 people are not shown without names
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Share:
    """How many of how many. None where it is not shown, since too few people stand behind it."""

    some: int | None
    of: int | None

    @property
    def percent(self) -> float | None:
        if self.some is None or not self.of:
            return None
        return round(100 * self.some / self.of, 1)


@dataclass(frozen=True)
class Group:
    """One line of the report: its people, and how many responded and remitted among those it is defined for."""

    name: str
    people: int | None
    response: Share
    remission: Share
    baseline: float | None  # means
    current: float | None


def is_small(count: int | None) -> bool:
    return count is not None and 0 < count < SMALLEST_CELL


def suppressed(groups: Sequence[Group], total: Group) -> tuple[list[Group], Group]:
    """The same without small cells, and without what would give one away: the rest of a share, and the total above.

    A share is shown only when both its sides are empty or large enough; a mean only with its people. Where anything of
    a column is hidden, the total of that column is hidden too, so that no difference leads back to it (SEC-52).
    """
    shown = [_quiet(group) for group in groups]
    hidden = {
        "people": any(group.people is None for group in shown),
        "response": any(group.response.some is None for group in shown),
        "remission": any(group.remission.some is None for group in shown),
    }
    last = _quiet(total)
    if hidden["people"]:
        last = replace(last, people=None, baseline=None, current=None)
    if hidden["people"] or hidden["response"]:
        last = replace(last, response=Share(None, None))
    if hidden["people"] or hidden["remission"]:
        last = replace(last, remission=Share(None, None))
    return shown, last


def _quiet(group: Group) -> Group:
    if is_small(group.people):
        nothing = Share(None, None)
        return replace(group, people=None, response=nothing, remission=nothing, baseline=None, current=None)
    return replace(group, response=_quiet_share(group.response), remission=_quiet_share(group.remission))


def _quiet_share(share: Share) -> Share:
    if share.some is None or share.of is None:
        return Share(None, None)
    if is_small(share.of) or is_small(share.some) or is_small(share.of - share.some):
        return Share(None, None)
    return share


def guarded(cell: object) -> object:
    """A cell as a sheet may have it: text that would be read as a formula gets an apostrophe before it (SEC-38).

    Numbers stay numbers, a negative one too.
    """
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell
