"""What the gate is asked about, as plain values. Pure: no database, no clock.

Moments are aware datetimes, days are days in the clinic's zone, weights kg. None means that nothing is on file, which
is never a yes; what could not be read at all is named in `GateFacts.unreadable`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sessions.gate.terms import Check, GateItem

PREFIX = "gate_"  # of the clinic's settings that hold these numbers
OF_ORDERS = ("weight_days", "esk")  # set with the limits of orders, once for both


@dataclass(frozen=True)
class Numbers:
    """What a clinic may set of the gate (sessions/setting_keys.py); each default with its source."""

    fresh_minutes: int = 60  # PD, protocol 4: day-of items
    baseline_minutes: int = 15  # dosing-reference 2
    rest_minutes: int = 5  # dosing-reference 2
    series_days: int = 90  # PD, protocol 4 item 1: full screening within a series
    weight_days: int = 30  # PD, dosing-reference 1.1
    preparation_hours: int = 24  # S46 as a model
    preparation_days: int = 90  # S46 as a model
    preparations_trauma: int = 3  # PD, protocol 2: first-timers with trauma history
    contact_days: int = 30  # protocol 5
    scale_days: int = 7  # instruments.md 3
    solids_injected: int = 6  # hours; S22
    liquids_injected: int = 2  # hours; S22
    solids_swallowed: int = 4  # hours, sl and in; S22, S19
    food_esk: int = 2  # hours; S3
    liquids_esk_minutes: int = 30  # S3
    nasal_hours: int = 1  # S3
    liver_days: int = 92  # PD, dosing-reference 8: 3 months
    liver_doses: int = 10  # PD, dosing-reference 8
    esk: bool = False  # protocol 4: switched off until the product records what it needs
    remote: bool = False  # the same
    telehealth_until: str = "2026-12-31"  # S49

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Numbers":
        """From the clinic's settings, by name with the prefix."""
        return cls(**{name.removeprefix(PREFIX): values[name] for name in cls.names()})

    @classmethod
    def names(cls) -> list[str]:
        return [PREFIX + one.name for one in fields(cls) if one.name not in OF_ORDERS]


@dataclass(frozen=True)
class Answer:
    """The newest answer of a check: when, by whom, in which role, and what (keys: `asked.ASKED`)."""

    at: datetime
    by: str
    role: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Override:
    """That a prescriber set an item aside for this dose."""

    by: str
    role: str
    at: datetime
    reason: str
    fact: str


@dataclass(frozen=True)
class Screened:
    """The newest submitted version, whether it makes the patient eligible, and when one was last done in full.

    `stops`: titles of stops whose override is missing; `reasons`: everything in the way but age; `conditions`: of the
    approval, to be confirmed on the day.
    """

    version: int
    on: date
    full_on: date | None
    reasons: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    ref: str = ""


@dataclass(frozen=True)
class Listed:
    """One medicine on the list."""

    ref: str
    name: str
    last_taken: str = ""


@dataclass(frozen=True)
class Held:
    """What was ordered for one medicine before a dose. `medicine`: ref of the medicine on the list, else empty."""

    ref: str
    name: str
    disposition: str
    medicine: str = ""
    hours_before: int | None = None
    words: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True)
class Medicines:
    """The list, the holds, when either last changed, and what of it belongs to a seed class and is in use."""

    listed: tuple[Listed, ...] = ()
    holds: tuple[Held, ...] = ()
    changed_at: datetime | None = None
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class SuicideCheck:
    """One ASQ or C-SSRS. `assessed`: every task its flags opened ended in a clinician's assessment."""

    at: datetime
    instrument: str
    band: str
    complete: bool
    assessed: bool = False


@dataclass(frozen=True)
class Baseline:
    """The newest baseline reading of this session that nobody corrected."""

    ref: str
    at: datetime
    by: str
    values: Mapping[str, float | None]
    rested_minutes: int | None = None


@dataclass(frozen=True)
class Weighed:
    kg: Decimal
    at: datetime


@dataclass(frozen=True)
class Pregnancy:
    """The status answered last ("" when never asked) and the newest test, of the screening or a laboratory."""

    status: str = ""
    test: str = ""  # negative, positive, unclear
    test_on: date | None = None


@dataclass(frozen=True)
class Consents:
    """Each reason why a consent the dose needs does not hold; the touch level signed, None: not answered."""

    reasons: tuple[str, ...]
    touch_level: int | None = None
    since: date | None = None


@dataclass(frozen=True)
class Preparation:
    """When each preparation visit of the course ended, how many are planned, whether three are wanted, and the first
    dose of the course if there was one."""

    finished: tuple[datetime, ...]
    planned: int
    first_timer_with_trauma: bool = False
    first_dose_at: datetime | None = None


@dataclass(frozen=True)
class Integration:
    """What followed the dose before this one; `waived_before`: of an earlier dose of the course."""

    previous_t0: datetime | None = None
    done_at: datetime | None = None
    waived_before: bool = False
    last_contact: datetime | None = None
    scales_at: datetime | None = None


@dataclass(frozen=True)
class Ordered:
    """The order in force and each reason why it does not hold for a dose now (orders.rules.reasons_not_valid)."""

    words: str
    route: str
    signed_on: date | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spacing:
    """Doses so far, and why now is too soon (`gap`) or one too many (`count`)."""

    last: datetime | None = None
    gap: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class StillOpen:
    """Unsigned serious events and red alerts nobody closed, in words."""

    events: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labs:
    """The newest liver tests by name, and doses given since the oldest of them. `repeated`: more than one dose."""

    liver: Mapping[str, date]
    repeated: bool
    doses_since: int = 0


@dataclass(frozen=True)
class GateFacts:
    """Everything the 23 items are answered from."""

    now: datetime
    zone: str
    numbers: Numbers = field(default_factory=Numbers)
    route: str = ""
    remote: bool = False
    answers: Mapping[Check, Answer] = field(default_factory=dict)
    overrides: Mapping[GateItem, Override] = field(default_factory=dict)
    screened: Screened | None = None
    medicines: Medicines | None = None
    suicide: tuple[SuicideCheck, ...] = ()  # of the last 24 h, newest first
    baseline: Baseline | None = None
    weighed: Weighed | None = None
    pregnancy: Pregnancy | None = None
    consents: Consents | None = None
    preparation: Preparation | None = None
    integration: Integration | None = None
    ordered: Ordered | None = None
    spacing: Spacing | None = None
    still_open: StillOpen | None = None
    labs: Labs | None = None
    in_person_on: date | None = None
    stage: str = ""
    critical: tuple[str, ...] | None = None
    high: tuple[str, ...] = ()
    unreadable: frozenset[str] = frozenset()

    @property
    def here(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.here).date()

    def clock(self, moment: datetime) -> str:
        """ "09:12", or "23 Nov, 09:12" of another day."""
        here = moment.astimezone(self.here)
        return f"{here:%H:%M}" if here.date() == self.today else f"{here.day} {here:%b, %H:%M}"

    def ago(self, moment: datetime) -> timedelta:
        return self.now - moment


def in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
