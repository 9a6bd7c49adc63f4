"""The 23 items of the gate, in protocol 4's order: each with what it reads, who clears it and who may set it aside.

Pure. Not checked counts as not met; an item that fails to run is not checked (SEC-39).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sessions.gate.rules import asked_today, on_file
from sessions.gate.rules.facts import GateFacts, Override
from sessions.gate.rules.found import Found, not_checked
from sessions.gate.terms import GateItem, ItemState

logger = logging.getLogger(__name__)
REASON_LENGTH = 30  # characters of an override's reason, protocol 4
TEAM, PRESCRIBER, THERAPIST = "Therapist, nurse or prescriber", "Prescriber", "Therapist"
COULD_NOT_RUN = "This check could not run. It counts as not met until somebody has looked."
NEVER = "This item is never overridden."


@dataclass(frozen=True)
class Clears:
    """Who can clear an item, and how."""

    who: str
    how: str


@dataclass(frozen=True)
class Item:
    """One row of protocol 4. `reads`: names of the facts it stands on; `never`: nobody may override it."""

    find: Callable[[GateFacts], Found]
    reads: tuple[str, ...]
    clears: Clears
    never: bool = False
    day_of: bool = False


@dataclass(frozen=True)
class ItemResult:
    """One item as it stands now. `since`: the fact's date; `until`: when it stops being fresh.

    `may_override`: a prescriber may set it aside with a reason of 30 characters; `fixed` says why not.
    """

    code: GateItem
    state: ItemState
    fact: str
    clears: Clears
    since: datetime | date | None = None
    until: datetime | None = None
    may_override: bool = False
    fixed: str = ""
    caution: str = ""
    override: Override | None = field(default=None)
    day_of: bool = False

    @property
    def is_met(self) -> bool:
        return self.state in {ItemState.PASS, ItemState.OVERRIDDEN}

    @property
    def number(self) -> int:
        return list(GateItem).index(self.code) + 1


def items(facts: GateFacts) -> list[ItemResult]:
    """Every item, in order; an open gate has all of them met."""
    return [_result(code, ITEMS[code], facts) for code in GateItem]


def is_open(results: list[ItemResult]) -> bool:
    """Whether a dose may start: all 23 there, all met."""
    return [one.code for one in results] == list(GateItem) and all(one.is_met for one in results)


def _result(code: GateItem, item: Item, facts: GateFacts) -> ItemResult:
    found = _found(code, item, facts)
    fixed = NEVER if item.never else found.fixed
    may_override = not fixed and found.state != ItemState.PASS
    override = facts.overrides.get(code)
    state = ItemState.OVERRIDDEN if override and may_override else found.state
    return ItemResult(
        code=code,
        state=state,
        fact=found.fact,
        clears=item.clears,
        since=found.since,
        until=found.until,
        may_override=may_override and override is None,
        fixed="" if found.state == ItemState.PASS else fixed,
        caution=found.caution,
        override=override if state == ItemState.OVERRIDDEN else None,
        day_of=item.day_of,
    )


def _found(code: GateItem, item: Item, facts: GateFacts) -> Found:
    if facts.unreadable.intersection({*item.reads, "numbers"}):
        return not_checked(COULD_NOT_RUN, fixed="What could not be read is not overridden.")
    try:
        return item.find(facts)
    except Exception:
        logger.exception("The gate's item %s could not run", code)
        return not_checked(COULD_NOT_RUN, fixed="What could not be read is not overridden.")


def reasons_against_override(result: ItemResult, *, reason: str, role: str) -> list[str]:
    """Each reason why this item may not be set aside by this person now. None means it may."""
    reasons = []
    if role not in {"prescriber", "medical_director"}:
        reasons.append("Only a prescriber overrides an item of the gate.")
    if result.override is not None:
        reasons.append(f"{result.override.by} has overridden this item already.")
    elif result.state == ItemState.PASS:
        reasons.append("This item is met: there is nothing to override.")
    elif not result.may_override:
        reasons.append(result.fixed or NEVER)
    if len(reason.strip()) < REASON_LENGTH:
        reasons.append(f"Write the reason in {REASON_LENGTH} characters or more.")
    return reasons


ITEMS: Mapping[GateItem, Item] = {
    GateItem.SCREENING_CURRENT: Item(
        on_file.screening,
        ("screened", "preparation", "answers"),
        Clears(PRESCRIBER, "Screen in full again, or decide the screening that waits"),
    ),
    GateItem.CHANGES_SINCE_LAST: Item(
        asked_today.changes, ("answers", "screened"), Clears(TEAM, "Ask what is new"), never=True, day_of=True
    ),
    GateItem.MEDICATIONS_RECONCILED: Item(
        asked_today.medicines,
        ("answers", "medicines"),
        Clears(TEAM, "Confirm the list with last times; holds as ordered"),
        day_of=True,
    ),
    GateItem.SUICIDE_CHECK: Item(
        asked_today.suicide,
        ("suicide", "screened"),
        Clears(TEAM, "Ask the ASQ; a positive one needs an assessment and the prescriber"),
        never=True,
        day_of=True,
    ),
    GateItem.VITALS_TODAY: Item(
        asked_today.vitals,
        ("baseline", "answers"),
        Clears(TEAM, "Rest 5 min, then measure; the prescriber acknowledges a caution"),
        never=True,
        day_of=True,
    ),
    GateItem.WEIGHT_CURRENT: Item(on_file.weight, ("weighed",), Clears(TEAM, "Weigh the patient")),
    GateItem.PREGNANCY_CURRENT: Item(
        on_file.pregnancy, ("pregnancy", "answers"), Clears(TEAM, "Do a pregnancy test and record it")
    ),
    GateItem.CONSENTS_VALID: Item(
        on_file.consents,
        ("consents",),
        Clears("Patient, with the clinician named in it", "Sign the consent"),
        never=True,
    ),
    GateItem.CONSENT_TODAY: Item(
        asked_today.consent,
        ("answers", "consents"),
        Clears(TEAM, "Ask the patient, sober, and confirm the touch level"),
        never=True,
        day_of=True,
    ),
    GateItem.PREPARATION_DONE: Item(
        on_file.preparation, ("preparation",), Clears(THERAPIST, "Complete the preparation sessions")
    ),
    GateItem.INTEGRATION_DONE: Item(
        on_file.integration,
        ("integration", "answers"),
        Clears(THERAPIST, "Complete the integration, or waive it once with a reason"),
    ),
    GateItem.ORDER_VALID: Item(on_file.order, ("ordered",), Clears(PRESCRIBER, "Sign a dose order"), never=True),
    GateItem.INTERVAL_OK: Item(on_file.interval, ("spacing",), Clears(PRESCRIBER, "Wait, or book another day")),
    GateItem.FASTING_OK: Item(
        asked_today.fasting, ("answers", "route"), Clears(TEAM, "Ask about food and drink"), day_of=True
    ),
    GateItem.SUBSTANCES_OK: Item(
        asked_today.substances, ("answers",), Clears(TEAM, "Ask, and look"), never=True, day_of=True
    ),
    GateItem.ESCORT_CONFIRMED: Item(
        asked_today.escort,
        ("answers",),
        Clears("Anybody of the team", "Name an adult who comes in person"),
        day_of=True,
    ),
    GateItem.STAFF_READY: Item(
        asked_today.staff, ("answers", "route"), Clears(TEAM, "Name who is here; sign the equipment list"), day_of=True
    ),
    GateItem.NO_OPEN_SERIOUS_EVENT: Item(
        on_file.no_serious_event, ("still_open",), Clears(PRESCRIBER, "Sign the event; close the alert"), never=True
    ),
    GateItem.LABS_OK: Item(on_file.labs, ("labs",), Clears(TEAM, "Record the results; a prescriber may waive them")),
    GateItem.TELEHEALTH_LAW_OK: Item(
        on_file.telehealth, ("remote", "in_person_on"), Clears(PRESCRIBER, "See the patient in person"), never=True
    ),
    GateItem.REMS_OK: Item(on_file.rems, ("route",), Clears(PRESCRIBER, "Another route"), never=True),
    GateItem.COURSE_OPEN: Item(
        on_file.course_open, ("stage",), Clears(PRESCRIBER, "Start or resume the dosing series"), never=True
    ),
    GateItem.NO_OPEN_CRITICAL_TASK: Item(
        on_file.no_critical_task,
        ("critical", "high"),
        Clears("A clinician, then the prescriber", "Assess the flag and close its task"),
        never=True,
    ),
}
