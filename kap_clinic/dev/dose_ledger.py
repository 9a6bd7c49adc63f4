"""A slow second account of whether a dose may be given, to hold the real gate, order and doses against.

Written from protocol 3 and 4 and dosing-reference 1.1, 1.2, 2 and 3.1 alone, in plain Python. It imports none of the
rules: it keeps what was done and asked, and says of each item whether it is met, failed or stale.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

MET, FAILED, STALE, OVERRIDDEN = "met", "failed", "stale", "overridden"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PRESCRIBERS = {"prescriber", "medical_director"}
GIVERS = {"nurse", *PRESCRIBERS}  # protocol 3: who gives a dose
WITNESSES = {"therapist", "nurse"}  # protocol 8
AHEAD = 2 * MINUTE  # a device's clock may be off by so much (REL-19)
REASON = 30  # characters, protocol 4
NEVER = {  # protocol 4, "who may override"
    *("changes-since-last", "suicide-check", "consents-valid", "consent-today", "order-valid", "substances-ok"),
    *("no-open-serious-event", "telehealth-law-ok", "rems-ok", "course-open", "no-open-critical-task"),
}
FINE, CAUTION, STOP, NOT_RIGHT = "fine", "caution", "stop", "not taken as it must be"


@dataclass(frozen=True)
class Said:
    at: datetime
    data: Mapping[str, Any]


@dataclass
class Order:
    number: int
    route: str
    first: Decimal
    boosters: int
    booster: Decimal
    gap: int  # minutes
    on: date
    until: date
    kg: Decimal
    sessions: int


@dataclass
class Baseline:
    at: datetime
    band: str
    seen: bool = False


@dataclass
class Alert:
    at: datetime
    acknowledged: bool = False


@dataclass
class Session:
    """One dosing day: what was asked, what was set aside, and the drug."""

    asked: dict[str, Said] = field(default_factory=dict)
    baseline: Baseline | None = None
    overrides: set[str] = field(default_factory=set)
    state: str = "gate_check"
    ready_at: datetime | None = None
    doses: list[tuple[datetime, Decimal]] = field(default_factory=list)
    order: int = 0  # by which the first of them was given
    readings: list[tuple[datetime, int, bool]] = field(default_factory=list)  # when, MOAA/S, amber
    alerts: dict[str, Alert] = field(default_factory=dict)
    said_stop: bool = False
    waived: bool = False


@dataclass
class Ledger:
    zone: str
    screened_on: date
    weighed_at: datetime
    kg: Decimal
    prepared: list[datetime]
    contact: datetime
    liver_on: date
    order: Order | None
    routes: tuple[str, ...] = ("im", "esk")  # of the treatment consent
    stage: str = "dosing_series"
    eligible: bool = True
    stops: bool = False  # a stop of the screening without its override
    seeds: bool = False
    list_changed_at: datetime | None = None
    might_be_pregnant: bool = False
    tested_on: date | None = None
    taken_back: set[str] = field(default_factory=set)
    planned: int = 1
    remote: bool = False
    events: int = 0
    critical: int = 0
    liver_missing: bool = False
    asq: list[tuple[datetime, str]] = field(default_factory=list)
    given: list[tuple[datetime, int]] = field(default_factory=list)  # t0 and order of the sessions before this one
    integrated_at: datetime | None = None
    waived_before: bool = False
    session: Session = field(default_factory=Session)

    # The gate

    def items(self, now: datetime) -> dict[str, str]:
        """Each of the 23 as it is now."""
        return {code: self._state(code, now) for code in ITEMS}

    def unmet(self, now: datetime) -> set[str]:
        return {code for code, state in self.items(now).items() if state in (FAILED, STALE)}

    def _state(self, code: str, now: datetime) -> str:
        state = ITEMS[code](self, now)
        if state != MET and code in self.session.overrides and self.can_be_set_aside(code, now):
            return OVERRIDDEN
        return state

    def can_be_set_aside(self, code: str, now: datetime) -> bool:
        """By one prescriber with a reason (protocol 4)."""
        if code in NEVER:
            return False
        if code == "screening-current":
            return not self.stops
        if code == "medications-reconciled":
            return not self.seeds
        if code == "vitals-today":
            return False  # protocol 4: in the stop band never; else measured again or seen by the prescriber
        if code == "pregnancy-current":
            return not self.might_be_pregnant and not self._news_of_pregnancy
        if code == "interval-ok":
            return not self._too_many(now)
        if code == "escort-confirmed":
            said = self.session.asked.get("escort")
            return said is not None and bool(said.data.get("second"))
        return True

    def may_override(self, code: str, *, role: str, reason: str, now: datetime) -> bool:
        if role not in PRESCRIBERS or len(reason.strip()) < REASON or not self.before_the_dose:
            return False
        met = ITEMS[code](self, now) == MET
        return not met and code not in self.session.overrides and self.can_be_set_aside(code, now)

    @property
    def before_the_dose(self) -> bool:
        return self.session.state in {"gate_check", "ready"}

    # Giving

    def may_be_ready(self, *, role: str, now: datetime) -> bool:
        return self.session.state == "gate_check" and role in PRESCRIBERS and not self.unmet(now)

    def may_give(
        self, *, mg: Decimal, at: datetime, now: datetime, role: str, why: str, yes: bool, looked: bool
    ) -> bool:
        """`looked`: a second person did, or the giver again after a minute."""
        if self.order is None or not yes or not looked or role not in GIVERS or mg <= 0:
            return False
        if at > now + AHEAD or now - at > 5 * MINUTE or (now - at > MINUTE and not why.strip()):
            return False
        if self.session.state == "ready":
            return self._may_give_first(mg, at, now, self.order)
        return self.session.state == "monitoring" and self._may_give_booster(mg, at, now, self.order)

    def _may_give_first(self, mg: Decimal, at: datetime, now: datetime, order: Order) -> bool:
        ready_at = self.session.ready_at
        if ready_at is None or at < ready_at or max(at, now) - ready_at > 30 * MINUTE:
            return False
        return mg <= order.first and not self.unmet(now)

    def _may_give_booster(self, mg: Decimal, at: datetime, now: datetime, order: Order) -> bool:
        session, least = self.session, {"im": 15, "in": 15, "sl": 30}.get(order.route)
        if least is None or len(session.doses) > min(order.boosters, 1) or mg > order.booster:
            return False
        if min(at, now) - session.doses[-1][0] < max(least, order.gap) * MINUTE or self._day(now) > order.until:
            return False
        late = [reading for reading in session.readings if now - reading[0] <= 15 * MINUTE]
        if not late or late[-1][1] < 4 or any(amber for _, _, amber in late):
            return False
        return not session.alerts and not session.said_stop and "treatment" not in self.taken_back

    def gave(self, at: datetime, mg: Decimal) -> None:
        if not self.session.doses and self.order:
            self.session.order = self.order.number
        self.session.doses.append((at, mg))
        self.session.state = "monitoring"

    def read(self, now: datetime, moaas: int, signs: set[str]) -> None:
        """A reading after the dose: `signs` that are amber open an alert each; others in range close what was seen."""
        session = self.session
        session.readings.append((now, moaas, bool(signs)))
        for sign in signs:
            session.alerts.setdefault(sign, Alert(now))
        for sign in [one for one, alert in session.alerts.items() if alert.acknowledged and one not in signs]:
            del session.alerts[sign]

    def acknowledged(self, sign: str, in_range_since: bool) -> None:
        if in_range_since:
            del self.session.alerts[sign]
        else:
            self.session.alerts[sign].acknowledged = True

    def next_session(self) -> None:
        """Another day: what was asked and set aside was for the dose before."""
        if self.session.doses:
            self.given.append((self.session.doses[0][0], self.session.order))
        self.waived_before |= self.session.waived
        self.session = Session()

    def hold(self) -> None:
        if self.stage in {"dosing_series", "maintenance"}:
            self.stage = "on_hold"

    # The items, each from its row of protocol 4

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def _fresh(self, check: str, now: datetime) -> Said | None:
        said = self.session.asked.get(check)
        return said if said and now - said.at <= 60 * MINUTE else None

    def _screening(self, now: datetime) -> str:
        days = (self._day(now) - self.screened_on).days
        return MET if self.eligible and days <= (90 if self.given else 30) else FAILED

    def _changes(self, now: datetime) -> str:
        said = self._fresh("changes", now)
        if said is None:
            return STALE
        return FAILED if said.data.get("worse") and not self.eligible else MET

    def _medicines(self, now: datetime) -> str:
        said = self._fresh("medicines", now)
        if said is None:
            return STALE
        changed = self.list_changed_at is not None and self.list_changed_at > said.at
        return MET if said.data["right"] and not changed else FAILED

    def _suicide(self, now: datetime) -> str:
        today = [(at, result) for at, result in self.asq if now - at < DAY]
        if any(result == "acute" or (result == "positive" and not self.eligible) for _, result in today):
            return FAILED
        return MET if today and now - today[-1][0] <= 60 * MINUTE else STALE

    def _vitals(self, now: datetime) -> str:
        taken = self.session.baseline
        if taken is None or now - taken.at > 15 * MINUTE or taken.band == NOT_RIGHT:
            return STALE
        return MET if taken.band == FINE or (taken.band == CAUTION and taken.seen) else FAILED

    def _weight(self, now: datetime) -> str:
        return MET if (self._day(now) - self._day(self.weighed_at)).days <= 30 else FAILED

    @property
    def _news_of_pregnancy(self) -> bool:
        said = self.session.asked.get("changes")
        return said is not None and bool(said.data.get("pregnancy"))

    def _pregnancy(self, now: datetime) -> str:
        if not self.might_be_pregnant and not self._news_of_pregnancy:
            return MET
        return MET if self.tested_on and (self._day(now) - self.tested_on).days <= 7 else FAILED

    def _consents(self, now: datetime) -> str:
        covered = self.order is None or self.order.route in self.routes
        return FAILED if self.taken_back or not covered else MET

    def _consent_today(self, now: datetime) -> str:
        said = self._fresh("consent_today", now)
        if said is None:
            return STALE
        if "touch" in self.taken_back:  # there is no level to confirm until touch is answered again
            return FAILED
        return MET if said.data["yes"] and said.data["level"] <= 2 else FAILED

    def _preparation(self, now: datetime) -> str:
        dose = self.given[0][0] if self.given else now
        enough = len(self.prepared) >= self.planned
        return MET if enough and DAY <= dose - min(self.prepared) <= 90 * DAY else FAILED

    def _integration(self, now: datetime) -> str:
        if now - self.contact > 30 * DAY:
            return FAILED
        if not self.given or (self.integrated_at and self.integrated_at > self.given[-1][0]):
            return MET
        return MET if self.session.waived and not self.waived_before else FAILED

    def _order(self, now: datetime) -> str:
        order, today = self.order, self._day(now)
        if order is None:
            return STALE
        held = order.on <= today <= order.until and (today - order.on).days <= 30
        return MET if held and abs(self.kg - order.kg) * 10 < order.kg else FAILED

    def _too_many(self, now: datetime) -> bool:
        used = [number for _, number in self.given].count(self.order.number) if self.order else 0
        lately = sum(now - t0 < 7 * DAY for t0, _ in self.given)
        return lately >= 3 or bool(self.order and used >= self.order.sessions)

    def _interval(self, now: datetime) -> str:
        too_soon = any(now - t0 < 48 * HOUR for t0, _ in self.given)
        return FAILED if too_soon or self._too_many(now) else MET

    def _fasting(self, now: datetime) -> str:
        said = self._fresh("fasting", now)
        if said is None or self.order is None:
            return STALE
        solids, liquids = (2 * HOUR, HOUR / 2) if self.order.route == "esk" else (6 * HOUR, 2 * HOUR)
        fasted = now - said.data["solids"] >= solids and now - said.data["liquids"] >= liquids
        sprayed = self.order.route == "esk" and not said.data.get("no_spray")
        return MET if fasted and not sprayed else FAILED

    def _plainly(self, check: str, now: datetime) -> str:
        said = self._fresh(check, now)
        if said is None:
            return STALE
        return MET if said.data["right"] else FAILED

    def _staff(self, now: datetime) -> str:
        said, list_ = self._fresh("staff", now), self.session.asked.get("equipment")
        if said is None:
            return STALE
        signed = list_ is not None and self._day(list_.at) == self._day(now) and list_.data["right"]
        return MET if signed and said.data["right"] and self.order is not None else FAILED

    def _serious(self, now: datetime) -> str:
        return FAILED if self.events else MET

    def _labs(self, now: datetime) -> str:
        if self.liver_missing:
            return STALE
        old = (self._day(now) - self.liver_on).days > 92
        return FAILED if old or sum(self._day(t0) >= self.liver_on for t0, _ in self.given) >= 10 else MET

    def _telehealth(self, now: datetime) -> str:
        return FAILED if self.remote else MET

    def _rems(self, now: datetime) -> str:
        if self.order is None:
            return STALE
        return FAILED if self.order.route == "esk" else MET

    def _course(self, now: datetime) -> str:
        return MET if self.stage in {"dosing_series", "maintenance"} else FAILED

    def _critical(self, now: datetime) -> str:
        return FAILED if self.critical else MET


ITEMS: Mapping[str, Callable[[Ledger, datetime], str]] = {
    "screening-current": Ledger._screening,
    "changes-since-last": Ledger._changes,
    "medications-reconciled": Ledger._medicines,
    "suicide-check": Ledger._suicide,
    "vitals-today": Ledger._vitals,
    "weight-current": Ledger._weight,
    "pregnancy-current": Ledger._pregnancy,
    "consents-valid": Ledger._consents,
    "consent-today": Ledger._consent_today,
    "preparation-done": Ledger._preparation,
    "integration-done": Ledger._integration,
    "order-valid": Ledger._order,
    "interval-ok": Ledger._interval,
    "fasting-ok": Ledger._fasting,
    "substances-ok": lambda ledger, now: ledger._plainly("substances", now),
    "escort-confirmed": lambda ledger, now: ledger._plainly("escort", now),
    "staff-ready": Ledger._staff,
    "no-open-serious-event": Ledger._serious,
    "labs-ok": Ledger._labs,
    "telehealth-law-ok": Ledger._telehealth,
    "rems-ok": Ledger._rems,
    "course-open": Ledger._course,
    "no-open-critical-task": Ledger._critical,
}
