"""May this dose be given, and when was it given? Pure: no database, no clock.

Sources: protocol 3 (t0), dosing-reference 1.1 (boosters). Amounts are Decimals in mg.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sessions.dosing.rules.limits import DEFAULTS, EXPECTED, Level, Limits
from sessions.dosing.rules.monitoring import MINUTE

SET_BACK = timedelta(minutes=5)  # at most, protocol 3
READY_FOR = timedelta(minutes=30)  # protocol 3; guarded by the database
SET_BACK_NEEDS_REASON = timedelta(minutes=1)
AHEAD = timedelta(minutes=2)  # a device's clock may run so far ahead (REL-19)
SECOND_LOOK = timedelta(seconds=60)  # protocol 1, PD
AWAKE = 4  # MOAA/S for a booster
GIVERS = frozenset({"nurse", "prescriber", "medical_director"})  # protocol 3, as in MOVES
MOST_BOOSTERS = {"iv": 0, "im": 1, "sl": 1, "in": 1, "esk": 0}  # PD; Spravato S3
LEAST_GAP = {"im": 15, "sl": 30, "in": 15}  # minutes to a booster, PD
COMPOUNDED = frozenset({"sl", "in"})  # pharmacy and strength are recorded (S10, S11)
INJECTED = frozenset({"iv", "im"})
CHECKED = {
    "identity": "Patient: name and birth date",
    "drug": "Drug and lot",
    "dose": "Dose in mg",
    "route": "Route",
    "weight": "Weight",
}


@dataclass(frozen=True)
class Order:
    """The order in force, as far as a dose needs it."""

    route: str
    first_mg: Decimal
    boosters: int = 0
    booster_mg: Decimal | None = None
    booster_gap_minutes: int | None = None


@dataclass(frozen=True)
class Given:
    """A dose about to be written down."""

    mg: Decimal
    at: datetime
    site: str = ""
    lot: str = ""
    pharmacy: str = ""
    strength: str = ""
    says_yes: bool = False
    looked_at_by: str = ""  # the second person's name; empty with a second look
    set_back_why: str = ""


@dataclass(frozen=True)
class Now:
    """How the patient is before a booster: the newest reading that says how awake they are, and the gravest sign of
    the last quarter of an hour. None and no reading are never good news."""

    read_at: datetime | None = None
    moaas: int | None = None
    gravest: Level = EXPECTED
    open_alerts: tuple[str, ...] = ()
    said_stop: bool = False
    stopped: bool = False
    consent_taken_back: bool = False


@dataclass(frozen=True)
class Before:
    """The doses of this session so far, in order."""

    at: Sequence[datetime] = field(default_factory=tuple)

    @property
    def boosters(self) -> int:
        return max(0, len(self.at) - 1)


def has_expired(ready_at: datetime | None, now: datetime) -> bool:
    """Ready for half an hour and no dose: back to the check."""
    return ready_at is not None and now - ready_at > READY_FOR


def reasons_against_time(*, at: datetime, now: datetime, ready_at: datetime | None, why: str = "") -> list[str]:
    """Each reason why a dose was not given at this moment: set back at most 5 minutes, never before the gate was
    ready, and at most half an hour after. `ready_at` of a booster: the dose before it."""
    return list(_against_time(at, now, ready_at, why))


def _against_time(at: datetime, now: datetime, ready_at: datetime | None, why: str) -> Iterator[str]:
    if at > now + AHEAD:
        yield "This time is still to come."
    if now - at > SET_BACK:
        yield "The time can be set back by 5 minutes at most."
    elif now - at > SET_BACK_NEEDS_REASON and not why.strip():
        yield "Write why the time is set back."
    if ready_at is not None and at < ready_at:
        yield "The dose cannot lie before the moment the gate was ready."


def reasons_against_first(given: Given, order: Order | None, *, ready_at: datetime | None, now: datetime) -> list[str]:
    """Each reason why the first dose may not be given as entered. None means go; the gate is asked apart."""
    found = [] if ready_at is not None else ["The gate is not signed as ready."]
    if has_expired(ready_at, max(given.at, now)):
        found.append("Ready was signed more than 30 minutes ago. Check the gate again.")
    found += reasons_against_time(at=given.at, now=now, ready_at=ready_at, why=given.set_back_why)
    if order is None:
        return [*found, "No dose order is in force."]
    return [*found, *_above(given, order.first_mg, "dose"), *_common(given, order)]


def reasons_against_booster(
    given: Given, order: Order | None, *, before: Before, patient: Now, now: datetime, limits: Limits = DEFAULTS
) -> list[str]:
    """Each reason why a booster may not be given now (dosing-reference 1.1)."""
    last = before.at[-1] if before.at else None
    found = reasons_against_time(at=given.at, now=now, ready_at=None, why=given.set_back_why)
    if order is None:
        return [*found, "No dose order is in force."]
    found += _booster_of_order(given, order, before, last, now)
    found += _against_patient(patient, now, limits)
    return [*found, *_common(given, order)]


def boosters_left(order: Order, before: Before) -> int:
    return max(0, min(order.boosters, MOST_BOOSTERS[order.route]) - before.boosters)


def earliest_booster(order: Order, before: Before) -> datetime | None:
    """When the gap to the last dose is over; None where there is no booster left or nothing given yet."""
    if not before.at or not boosters_left(order, before):
        return None
    return before.at[-1] + _gap(order) * MINUTE


def _gap(order: Order) -> int:
    return max(order.booster_gap_minutes or 0, LEAST_GAP.get(order.route, 0))


def _booster_of_order(
    given: Given, order: Order, before: Before, last: datetime | None, now: datetime
) -> Iterator[str]:
    """A clock that runs ahead shortens no gap: what is still to come counts as now."""
    if not boosters_left(order, before):
        yield "The order has no booster left." if order.boosters else "The order has no booster."
        return
    if order.booster_mg is not None:
        yield from _above(given, order.booster_mg, "booster")
    if last is None or min(given.at, now) < last + _gap(order) * MINUTE:
        yield f"A booster waits {_gap(order)} minutes after the dose before it."


def _against_patient(patient: Now, now: datetime, limits: Limits) -> Iterator[str]:
    clear = limits.booster_clear_minutes
    if patient.stopped:
        yield "The session was stopped: no more drug."
    if patient.consent_taken_back:
        yield "The treatment consent was taken back: no more drug."
    if patient.said_stop:
        yield "The patient said stop: no more drug."
    if patient.read_at is None or now - patient.read_at > clear * MINUTE:
        yield f"There are no whole vital signs of the last {clear} minutes."
    elif patient.moaas is None or patient.moaas < AWAKE:
        yield "MOAA/S is not 4 or 5."
    if patient.gravest > EXPECTED:
        yield f"A sign was {Level(patient.gravest).label.lower()} in the last {clear} minutes."
    for words in patient.open_alerts:
        yield f"An alert is open: {words}."


def _above(given: Given, most: Decimal, what: str) -> Iterator[str]:
    if given.mg <= 0:
        yield "Enter the amount in mg, like 60."
    elif given.mg > most:
        yield f"{given.mg.normalize():f} mg is above the order: at most {most.normalize():f} mg as a {what}."


def _common(given: Given, order: Order) -> Iterator[str]:
    if not given.says_yes:
        yield "The patient has not said yes aloud."
    if not given.lot.strip():
        yield "Enter the lot."
    if order.route == "im" and not given.site.strip():
        yield "Enter the site of the injection."
    if order.route in COMPOUNDED and not given.pharmacy.strip():
        yield "Enter the pharmacy that compounded it."
    if order.route in COMPOUNDED and not given.strength.strip():
        yield "Enter its strength."


def reasons_against_giver(role: str) -> list[str]:
    """A nurse or a prescriber gives a dose, the first as any booster (protocol 3)."""
    return [] if role in GIVERS else ["Your role may not do this."]


def reasons_against_looker(
    *,
    giver: int,
    witness: int | None,
    may_witness: bool,
    looked_at: datetime | None,
    prepared_at: datetime | None,
    now: datetime | None = None,
) -> list[str]:
    """Each reason why nobody has looked a second time: another person who may witness, or oneself after a minute."""
    if witness is not None:
        if witness == giver:
            return ["Somebody else witnesses a dose, not the one who gives it."]
        return [] if may_witness else ["This person may not witness a dose of this patient."]
    if looked_at is None:
        return ["A second person looks at the dose, or you look again after a minute."]
    if now is not None and looked_at > now:
        return ["The second look is still to come."]
    if prepared_at is not None and looked_at - prepared_at < SECOND_LOOK:
        return ["Wait a full minute, then look again at patient, drug, dose, route and weight."]
    return []
