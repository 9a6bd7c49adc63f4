"""What is found of one item, before anybody may set it aside. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sessions.gate.rules.facts import Answer, GateFacts
from sessions.gate.terms import Check, ItemState


@dataclass(frozen=True)
class Found:
    """Met, not met or not checked, the fact in words, its date, and why nobody may set it aside here.

    `until`: when it stops being fresh; `caution`: what the day sheet says beside it.
    """

    state: ItemState
    fact: str
    since: datetime | date | None = None
    until: datetime | None = None
    fixed: str = ""
    caution: str = ""


def met(fact: str, since: datetime | date | None = None, *, caution: str = "") -> Found:
    return Found(ItemState.PASS, fact, since, caution=caution)


def not_met(fact: str, since: datetime | date | None = None, *, fixed: str = "") -> Found:
    return Found(ItemState.FAIL, fact, since, fixed=fixed)


def not_checked(fact: str, since: datetime | date | None = None, *, fixed: str = "") -> Found:
    return Found(ItemState.NOT_CHECKED, fact, since, fixed=fixed)


def answered(facts: GateFacts, check: Check) -> tuple[Answer | None, Found]:
    """The answer of today if it is fresh, else why it does not count. Day-of items hold for an hour (PD)."""
    answer = facts.answers.get(check)
    if answer is None:
        return None, not_checked("Not asked yet.")
    if not is_fresh(facts, answer.at):
        minutes = facts.numbers.fresh_minutes
        return None, not_checked(f"Asked {facts.clock(answer.at)}, more than {minutes} min ago. Ask again.", answer.at)
    return answer, met("Asked.")


def is_fresh(facts: GateFacts, moment: datetime) -> bool:
    """Asked at most an hour ago, and not in the future."""
    return timedelta(0) <= facts.ago(moment) <= timedelta(minutes=facts.numbers.fresh_minutes)


def until_stale(facts: GateFacts, found: Found, moment: datetime) -> Found:
    """The same, knowing when it stops being fresh."""
    return replace(found, since=moment, until=moment + timedelta(minutes=facts.numbers.fresh_minutes))


def said_by(facts: GateFacts, answer: Answer) -> str:
    return f"{facts.clock(answer.at)}, {answer.by}"
