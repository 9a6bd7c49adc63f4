"""Is the gate open? Worked out afresh on each reading, never stored (protocol 4, REL-17)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kap_clinic.reads import together
from patients.course.models import Course
from sessions.dosing.models import DosingSession
from sessions.gate import rules
from sessions.gate.rules import GateFacts, ItemResult
from sessions.gate.selectors.readers import Asked, gathered
from sessions.gate.selectors.reads import reads
from sessions.gate.terms import GateItem, ItemState

# What a course on hold must have met to go on; the others are of the dosing day itself, or of the course.
OF_THE_DOSE = {GateItem.COURSE_OPEN, GateItem.INTERVAL_OK, GateItem.WEIGHT_CURRENT}


@dataclass(frozen=True)
class Gate:
    """All 23 items at one moment; open when every one is met."""

    items: list[ItemResult]
    facts: GateFacts

    @property
    def is_open(self) -> bool:
        return rules.is_open(self.items)

    @property
    def unmet(self) -> list[ItemResult]:
        return [one for one in self.items if not one.is_met]

    @property
    def overridden(self) -> list[ItemResult]:
        return [one for one in self.items if one.state == ItemState.OVERRIDDEN]

    @property
    def cautions(self) -> list[str]:
        return [f"{one.code.label}: {one.caution}" for one in self.items if one.caution]

    @property
    def reasons(self) -> list[str]:
        """Each reason why no dose may start, worded to be read aloud. None means go."""
        return [f"{one.code.label}: {one.fact}" for one in self.unmet]

    @property
    def met_count(self) -> int:
        return len(self.items) - len(self.unmet)

    @property
    def until(self) -> datetime | None:
        """When the first of what was asked today stops being fresh."""
        return min((one.until for one in self.items if one.until is not None), default=None)

    @property
    def standing(self) -> list[ItemResult]:
        """Without what is asked on the day: what can be put right before it."""
        return [one for one in self.items if not one.day_of]

    @property
    def open_for_resuming(self) -> list[ItemResult]:
        """What a course on hold waits for."""
        return [one for one in self.standing if not one.is_met and one.code not in OF_THE_DOSE]

    @property
    def is_closed_for_resuming(self) -> bool:
        return bool(self.open_for_resuming)

    def as_evidence(self) -> dict[str, Any]:
        """What stood when somebody signed, for the row that says so."""
        return {one.code.value: {"state": one.state.value, "fact": one.fact} for one in self.items}


def facts_of(dosing: DosingSession, now: datetime) -> GateFacts:
    """Everything the items of one session are answered from; one statement, and one for the clinic's zone."""
    return facts_at(dosing.course, dosing, now)


def facts_at(course: Course, dosing: DosingSession | None, now: datetime) -> GateFacts:
    zone = course.clinic.zone
    rows = together(reads(course, dosing, now))
    return gathered(Asked(course, dosing, now, zone, rows))


def gate_of(dosing: DosingSession, now: datetime) -> Gate:
    """The gate of one session at this moment."""
    facts = facts_of(dosing, now)
    return Gate(rules.items(facts), facts)


def gate_card(course: Course, now: datetime) -> Gate:
    """What is open before the next dose, without a session: what is asked on the day is not asked yet."""
    facts = facts_at(course, None, now)
    return Gate(rules.items(facts), facts)
