"""Is this patient fit to leave? Thirteen items, and the scores beside them. Pure: no database, no clock.

Sources: dosing-reference 2 (earliest time), 5 (the items, PADSS and Aldrete, 4 hours). What is measured is read from
the log; what is looked at or asked is a tick by name. Not looked at is never met.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sessions.discharge.terms import DischargeItem as Item
from sessions.dosing.rules import monitoring

MET, NOT_MET, NOT_CHECKED = "met", "not_met", "not_checked"
SHARE_OF_BASELINE = 20  # %, PADSS idea (S34)
FULLY_AWAKE = 5  # MOAA/S
MOST_KAP_DR, MOST_DISTRESS = 2, 1
PADSS_ENOUGH, ALDRETE_ENOUGH = 9, 9  # of 10 (S34)
WORDS_LENGTH = 10  # characters of why it is another escort, PD


@dataclass(frozen=True)
class Numbers:
    """What a clinic may set. mmHg, beats a minute, % SpO2, minutes, hours."""

    systolic_below: int = 160  # dosing-reference 5, PD
    diastolic_below: int = 100
    pulse_low: int = 50
    pulse_high: int = 110
    spo2_low: int = 94
    apart_minutes: int = 15
    no_vomiting_minutes: int = 30
    reading_minutes: int = 35  # the newest reading is not older, PD: one check of every 30 minutes and its 5
    tick_minutes: int = 60  # what was looked at or asked counts so long, PD
    examined_after_hours: int = 4  # PD
    integration_hours: int = 72  # protocol 6


DEFAULTS = Numbers()


@dataclass(frozen=True)
class Reading:
    """Vital signs of one moment after the dose, or the baseline. None was not measured."""

    at: datetime
    systolic: int | None = None
    diastolic: int | None = None
    heart_rate: int | None = None
    spo2: int | None = None
    moaas: int | None = None
    distress: int | None = None
    on_oxygen: bool = False
    by: str = ""


@dataclass(frozen=True)
class Told:
    """One thing seen or asked: agitation 0-3, KAP-DR 0-16 with its distress 0-4, or only when there was vomiting."""

    at: datetime
    value: int | None = None
    distress: int | None = None
    by: str = ""


@dataclass(frozen=True)
class Tick:
    """The newest tick of an item."""

    met: bool
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    by: str = ""


@dataclass(frozen=True)
class Escort:
    """Who was named before the dose."""

    name: str
    phone: str = ""
    second_name: str = ""
    second_phone: str = ""


@dataclass(frozen=True)
class Facts:
    """Everything the items rest on, gathered at one moment. `course`: None before a dose."""

    now: datetime
    course: monitoring.Course | None = None
    checks: Sequence[monitoring.Check] = ()
    baseline: Reading | None = None
    is_baseline_in_caution: bool = False
    readings: Sequence[Reading] = ()  # after the dose, oldest first
    kap_dr: Told | None = None
    agitation: Told | None = None
    vomited: Told | None = None
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    escort: Escort | None = None
    integration_at: datetime | None = None
    numbers: Numbers = DEFAULTS
    times: monitoring.Times = monitoring.DEFAULTS


@dataclass(frozen=True)
class Result:
    """One item as it stands: what is known, since when, by whom."""

    item: Item
    state: str
    fact: str
    at: datetime | None = None
    by: str = ""

    @property
    def is_met(self) -> bool:
        return self.state == MET


@dataclass(frozen=True)
class Readiness:
    """The thirteen in their order."""

    items: tuple[Result, ...]

    @property
    def is_ready(self) -> bool:
        return all(one.is_met for one in self.items)

    @property
    def reasons(self) -> list[str]:
        return [f"{one.item.label}: {one.fact}" for one in self.items if not one.is_met]

    @property
    def must_stay(self) -> bool:
        """One of the first nine fails: stay, next check in 15 minutes."""
        return any(not one.is_met for one in self.items[:9])


def readiness(facts: Facts) -> Readiness:
    """Each item at this moment. All thirteen must be met before anybody signs."""
    return Readiness(tuple(_result(item, facts) for item in Item))


def is_long(course: monitoring.Course | None, now: datetime, numbers: Numbers = DEFAULTS) -> bool:
    """Not home-ready four hours after t0: a prescriber examines in person, and a transfer is considered."""
    return course is not None and now - course.t0 >= timedelta(hours=numbers.examined_after_hours)


def _result(item: Item, facts: Facts) -> Result:
    """A measured item is met by the log alone; a tick that says no holds any item back while it is newer."""
    found = ITEMS[item](item, facts)
    tick = facts.ticks.get(item)
    if item in MEASURED and tick is not None and not tick.met and _is_newer(tick, found):
        return Result(item, NOT_MET, tick.words or "Held back", tick.at, tick.by)
    return found


def _is_newer(tick: Tick, found: Result) -> bool:
    return found.at is None or tick.at >= found.at


# 1 to 4: from the log


def _time(item: Item, facts: Facts) -> Result:
    if facts.course is None:
        return Result(item, NOT_CHECKED, "No dose was given.")
    reasons = monitoring.reasons_against_leaving(facts.course, facts.now, facts.times)
    open_ = [one for one in facts.checks if one.state in monitoring.WAITING and one.due.at <= facts.now]
    if open_:
        minutes = ", ".join(str(one.due.minutes) for one in open_)
        reasons.append(f"A check is neither done nor explained: {minutes} min.")
    at = monitoring.earliest_leave(facts.course, facts.times)
    if reasons:
        return Result(item, NOT_MET, " ".join(reasons))
    return Result(item, MET, f"{round((facts.now - facts.course.t0) / monitoring.MINUTE)} min since the dose.", at)


def _blood_pressure(item: Item, facts: Facts) -> Result:
    read = [one for one in facts.readings if one.systolic is not None and one.diastolic is not None]
    base = facts.baseline
    if base is None or base.systolic is None or base.diastolic is None:
        return Result(item, NOT_CHECKED, "There is no baseline to compare with.")
    return _twice(item, facts, read, lambda one: _pressure_reason(one, base, facts), lambda one: _pair(one))


def _pressure_reason(one: Reading, base: Reading, facts: Facts) -> str:
    assert one.systolic is not None  # chosen so
    assert one.diastolic is not None
    assert base.systolic is not None
    assert base.diastolic is not None
    if facts.is_baseline_in_caution and one.systolic <= base.systolic and one.diastolic <= base.diastolic:
        return ""
    numbers = facts.numbers
    if one.systolic >= numbers.systolic_below or one.diastolic >= numbers.diastolic_below:
        return f"not below {numbers.systolic_below}/{numbers.diastolic_below}"
    off = max(share_off(one.systolic, base.systolic), share_off(one.diastolic, base.diastolic))
    return f"more than {SHARE_OF_BASELINE} % from baseline {_pair(base)}" if off > SHARE_OF_BASELINE else ""


def share_off(value: int, baseline: int) -> float:
    """How far a value is from the baseline, in % of it."""
    return abs(value - baseline) * 100 / baseline if baseline else 100.0


def _pair(one: Reading) -> str:
    return f"{one.systolic}/{one.diastolic}"


def _pulse_and_oxygen(item: Item, facts: Facts) -> Result:
    read = [one for one in facts.readings if one.heart_rate is not None or one.spo2 is not None]
    if not read:
        return Result(item, NOT_CHECKED, "Not measured after the dose.")
    newest, numbers = read[-1], facts.numbers
    if stale := _stale(newest.at, facts.now, numbers.reading_minutes):
        return Result(item, NOT_CHECKED, stale, newest.at, newest.by)
    if newest.heart_rate is None or newest.spo2 is None:
        missing = "pulse" if newest.heart_rate is None else "SpO₂"
        return Result(item, NOT_CHECKED, f"The newest reading has no {missing}.", newest.at, newest.by)
    said = f"pulse {newest.heart_rate}, SpO₂ {newest.spo2} %{' with oxygen' if newest.on_oxygen else ''}"
    found = []
    if not numbers.pulse_low <= newest.heart_rate <= numbers.pulse_high:
        found.append(f"pulse is outside {numbers.pulse_low} to {numbers.pulse_high}")
    if not _is_oxygen_back(newest, facts):
        found.append(f"SpO₂ is neither {numbers.spo2_low} % on room air nor back at baseline")
    state, words = (NOT_MET, f"{said}: {', '.join(found)}.") if found else (MET, f"{said}.")
    return Result(item, state, f"{words[0].upper()}{words[1:]}", newest.at, newest.by)


def _is_oxygen_back(newest: Reading, facts: Facts) -> bool:
    assert newest.spo2 is not None
    base = facts.baseline
    was_on_oxygen = base is not None and base.on_oxygen
    if newest.on_oxygen and not was_on_oxygen:
        return False
    at_baseline = base is not None and base.spo2 is not None and newest.spo2 >= base.spo2
    return at_baseline or (newest.spo2 >= facts.numbers.spo2_low and not newest.on_oxygen)


def _awake(item: Item, facts: Facts) -> Result:
    read = [one for one in facts.readings if one.moaas is not None]
    return _twice(
        item,
        facts,
        read,
        lambda one: "" if one.moaas == FULLY_AWAKE else f"not {FULLY_AWAKE}",
        lambda one: f"MOAA/S {one.moaas}",
    )


def _twice(
    item: Item,
    facts: Facts,
    read: Sequence[Reading],
    against: Callable[[Reading], str],
    said: Callable[[Reading], str],
) -> Result:
    """Good on the newest reading, on one at least 15 minutes before it, and on every one between."""
    if not read:
        return Result(item, NOT_CHECKED, "Not measured after the dose.")
    newest, apart = read[-1], facts.numbers.apart_minutes
    if stale := _stale(newest.at, facts.now, facts.numbers.reading_minutes):
        return Result(item, NOT_CHECKED, stale, newest.at, newest.by)
    for one in reversed(read):
        if reason := against(one):
            after = "" if one is newest else ", and better for too short a time"
            return Result(item, NOT_MET, f"{said(one)}: {reason}{after}.", newest.at, newest.by)
        if round((newest.at - one.at) / monitoring.MINUTE) >= apart:
            return Result(
                item, MET, f"{said(one)} and {said(newest)}, {apart} min apart or more.", newest.at, newest.by
            )
    return Result(item, NOT_CHECKED, f"{said(newest)} once: again {apart} min after the first.", newest.at, newest.by)


def _stale(at: datetime, now: datetime, minutes: int) -> str:
    old = round((now - at) / monitoring.MINUTE)
    return f"The newest is {old} min old: look again." if old > minutes else ""


# 5 to 13: looked at, asked, done


def _ticked(item: Item, facts: Facts, *, expires: bool = True) -> tuple[Tick | None, Result]:
    """The tick that holds; None with why it does not."""
    tick = facts.ticks.get(item)
    if tick is None:
        return None, Result(item, NOT_CHECKED, "Not looked at yet.")
    if not tick.met:
        return None, Result(item, NOT_MET, tick.words or "Not so.", tick.at, tick.by)
    stale = _stale(tick.at, facts.now, facts.numbers.tick_minutes) if expires else ""
    if stale:
        return None, Result(item, NOT_CHECKED, stale, tick.at, tick.by)
    return tick, Result(item, MET, tick.words or "Yes.", tick.at, tick.by)


def _plain(item: Item, facts: Facts) -> Result:
    return _judged(item, facts, lambda tick: _missing(tick.data, ASKED[item]))


def _judged(item: Item, facts: Facts, against: Callable[[Tick], str], *, expires: bool = True) -> Result:
    tick, found = _ticked(item, facts, expires=expires)
    if tick is not None and (reason := against(tick)):
        return Result(item, NOT_CHECKED, reason, tick.at, tick.by)
    return found


def _missing(data: Mapping[str, Any], asked: Mapping[str, str]) -> str:
    """What was not ticked of several things that must all be so."""
    lacking = [words for name, words in asked.items() if data.get(name) is not True]
    return f"Still open: {', '.join(lacking).lower()}." if lacking else ""


def _at_ease(item: Item, facts: Facts) -> Result:
    """KAP-DR 0-2, distress 0-1, agitation 0 from the log; that no perception distresses is asked."""
    kap_dr, agitation = facts.kap_dr, facts.agitation
    for told, name in ((kap_dr, "KAP-DR"), (agitation, "Agitation")):
        if told is None or told.value is None:
            return Result(item, NOT_CHECKED, f"{name} was not rated after the dose.")
        if stale := _stale(told.at, facts.now, facts.numbers.tick_minutes):
            return Result(item, NOT_CHECKED, f"{name}: {stale}", told.at, told.by)
    assert kap_dr is not None  # looked at above
    assert agitation is not None
    if reason := _uneasy(kap_dr, agitation, facts):
        return Result(item, NOT_MET, reason, kap_dr.at, kap_dr.by)
    found = _plain(item, facts)
    said = f"KAP-DR {kap_dr.value}, distress {_distress(kap_dr, facts)}, agitation 0."
    return Result(item, MET, said, found.at, found.by) if found.is_met else found


def _uneasy(kap_dr: Told, agitation: Told, facts: Facts) -> str:
    distress = _distress(kap_dr, facts)
    if (kap_dr.value or 0) > MOST_KAP_DR:
        return f"KAP-DR {kap_dr.value}: above {MOST_KAP_DR}."
    if distress is None or distress > MOST_DISTRESS:
        return f"Distress {distress}: above {MOST_DISTRESS}." if distress is not None else "Distress was not rated."
    return f"Agitation {agitation.value}." if agitation.value else ""


def _distress(kap_dr: Told, facts: Facts) -> int | None:
    """The newest that was said, the graver of two at once: line 5 of the KAP-DR, or beside vital signs."""
    said = [(one.at, one.distress) for one in facts.readings if one.distress is not None]
    said += [(kap_dr.at, kap_dr.distress)] if kap_dr.distress is not None else []
    return max(said)[1] if said else None


def _drinks(item: Item, facts: Facts) -> Result:
    quiet = timedelta(minutes=facts.numbers.no_vomiting_minutes)
    if facts.vomited is not None and facts.now - facts.vomited.at < quiet:
        said = f"Vomited less than {facts.numbers.no_vomiting_minutes} minutes ago."
        return Result(item, NOT_MET, said, facts.vomited.at, facts.vomited.by)
    return _plain(item, facts)


def _safe(item: Item, facts: Facts) -> Result:
    return _judged(item, facts, lambda tick: "" if tick.data.get("asked_with") in ASKED_WITH else "Not asked yet.")


def _escort(item: Item, facts: Facts) -> Result:
    return _judged(item, facts, lambda tick: escort_reason(tick.data, facts.escort, tick.words))


def escort_reason(data: Mapping[str, Any], named: Escort | None, words: str) -> str:
    """Why whoever is here is not the escort: an adult, in person, with name and phone, who knows the advice, and the
    one who was named, else with words why it is another."""
    if not data.get("name") or not data.get("phone"):
        return "Name and phone of the escort are not written down."
    if lacking := _missing(data, ASKED[Item.ESCORT]):
        return lacking
    if not is_named(data, named) and len(words.strip()) < WORDS_LENGTH:
        was = f"{named.name} was named" if named else "nobody was named before the dose"
        return f"{data['name']} is here, {was}: write why it is another."
    return ""


def is_named(data: Mapping[str, Any], named: Escort | None) -> bool:
    """Whether this is who was named, or the second adult: the same name, or the same phone."""
    if named is None:
        return False
    names = {_plain_text(named.name), _plain_text(named.second_name)} - {""}
    phones = {_digits(named.phone), _digits(named.second_phone)} - {""}
    return _plain_text(str(data.get("name", ""))) in names or _digits(str(data.get("phone", ""))) in phones


def _plain_text(text: str) -> str:
    return " ".join(text.casefold().split())


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())[-10:]


def _advice(item: Item, facts: Facts) -> Result:
    return _judged(item, facts, lambda tick: _missing(tick.data, ASKED[item]), expires=False)


def _drug_counted(item: Item, facts: Facts) -> Result:
    return _judged(item, facts, lambda tick: drug_reason(tick.data), expires=False)


def drug_reason(data: Mapping[str, Any]) -> str:
    """Drawn up is given, wasted and put back; what is wasted has a witness by name (Schedule III). mg."""
    amounts = [_mg(data.get(name)) for name in ("drawn_mg", "given_mg", "wasted_mg", "left_mg")]
    if any(amount is None for amount in amounts):
        return "Count the drug: drawn up, given, wasted, put back."
    drawn, given, wasted, left = (amount or 0.0 for amount in amounts)
    if abs(drawn - given - wasted - left) >= 0.005:
        return f"The count is off by {abs(drawn - given - wasted - left):.4g} mg."
    return "Wasting has a witness." if wasted and not data.get("witness") else ""


def _mg(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if 0 <= found < 100000 else None


def _next_contact(item: Item, facts: Facts) -> Result:
    """The call of the next day is agreed, and an integration visit is booked within its window."""
    if facts.integration_at is None:
        return Result(item, NOT_MET, "No integration visit is booked after this dose.")
    hours = facts.numbers.integration_hours
    late = facts.course is not None and facts.integration_at - facts.course.t0 > timedelta(hours=hours)

    def against(tick: Tick) -> str:
        if late and len(tick.words.strip()) < WORDS_LENGTH:
            return f"The integration visit is later than {hours} hours after the dose: write why."
        return _missing(tick.data, ASKED[item])

    return _judged(item, facts, against, expires=False)


ASKED_WITH = {"asq": "ASQ", "c-ssrs": "C-SSRS, since last contact (licensed)"}
# What is ticked of an item besides met or not, in words; all of it must be so.
ASKED: Mapping[str, Mapping[str, str]] = {
    Item.ORIENTED: {"person": "Person", "place": "Place", "time": "Time"},
    Item.WALKS: {"steady": "Walks steadily without help, or with the usual aid"},
    Item.AT_EASE: {"no_perception": "No distressing perception"},
    Item.DRINKS: {"drinks": "Drinks and keeps it down"},
    Item.ESCORT: {
        "adult": "Is an adult",
        "in_person": "Is here in person, not a ride-share driver",
        "knows": "Knows the advice",
    },
    Item.ADVICE: {"given": "The written advice is given", "number": "Knows the number to call"},
    Item.NEXT_CONTACT: {"call": "The call of the next day is agreed"},
}
MEASURED = frozenset({Item.TIME, Item.BLOOD_PRESSURE, Item.PULSE_AND_OXYGEN, Item.AWAKE})
ITEMS: Mapping[Item, Callable[[Item, Facts], Result]] = {
    Item.TIME: _time,
    Item.BLOOD_PRESSURE: _blood_pressure,
    Item.PULSE_AND_OXYGEN: _pulse_and_oxygen,
    Item.AWAKE: _awake,
    Item.ORIENTED: _plain,
    Item.WALKS: _plain,
    Item.AT_EASE: _at_ease,
    Item.DRINKS: _drinks,
    Item.SAFE: _safe,
    Item.ESCORT: _escort,
    Item.ADVICE: _advice,
    Item.DRUG_COUNTED: _drug_counted,
    Item.NEXT_CONTACT: _next_contact,
}


# May it be signed? May the patient go otherwise?

PRESCRIBERS = frozenset({"prescriber", "medical_director"})
REACHED = {"reached": "Reached", "not_reached": "Tried, not reached", "none": "Nobody is named"}


def reasons_against_discharge(
    found: Readiness, *, role: str, may_nurse: bool, is_long: bool, examined: str
) -> list[str]:
    """Each reason why nobody may sign yet. A nurse signs where the clinic delegates it; after four hours a prescriber
    examines in person and writes what they found."""
    return list(_against_discharge(found, role, may_nurse, is_long, examined))


def _against_discharge(found: Readiness, role: str, may_nurse: bool, is_long: bool, examined: str) -> Iterator[str]:
    if role not in PRESCRIBERS and not (role == "nurse" and may_nurse):
        yield "A prescriber signs, or a nurse where the clinic delegates it."
    elif is_long and role not in PRESCRIBERS:
        yield "Four hours have passed: a prescriber examines the patient and signs."
    if is_long and len(examined.strip()) < WORDS_LENGTH:
        yield "Four hours have passed: write what the examination found."
    yield from found.reasons


def reasons_against_leaving_anyway(*, words: str, escort: str, prescriber: str) -> list[str]:
    """Each reason why leaving against advice is not written down yet: the patient's reason, whether the escort was
    called, which prescriber was told (dosing-reference 5). Nobody is kept here by it."""
    found = [] if words.strip() else ["Write what the patient said and what was explained."]
    if escort not in REACHED:
        found.append("Call the escort, and say whether they were reached.")
    if not prescriber.strip():
        found.append("Tell a prescriber, and write who was told.")
    return found


# Scores that may stand beside the list and never replace it (S34)


@dataclass(frozen=True)
class Asked:
    """One line of a score: what it is, and what each number of points means."""

    code: str
    term: str
    points: Mapping[int, str]


PADSS = (
    Asked("vitals", "Vital signs", {2: "Within 20 % of baseline", 1: "20 to 40 %", 0: "Over 40 %"}),
    Asked("activity", "Activity and mental state", {2: "Oriented and steady", 1: "One of them", 0: "Neither"}),
    Asked("comfort", "Pain, nausea, vomiting", {2: "Minimal", 1: "Moderate", 0: "Severe"}),
    Asked("site", "Bleeding of the site", {2: "Minimal", 1: "Moderate", 0: "Severe"}),
    Asked("intake", "Drinking and voiding", {2: "Both", 1: "One", 0: "None"}),
)
ALDRETE = (
    Asked("activity", "Activity", {2: "Moves all limbs", 1: "Moves two", 0: "Moves none"}),
    Asked("breathing", "Breathing", {2: "Deep breath and cough", 1: "Shallow or short", 0: "Pauses"}),
    Asked("circulation", "Blood pressure", {2: "Within 20 %", 1: "20 to 50 %", 0: "Over 50 %"}),
    Asked("consciousness", "Consciousness", {2: "Fully awake", 1: "Wakes when called", 0: "Does not answer"}),
    Asked("oxygen", "Oxygen", {2: "Over 92 % on room air", 1: "Needs oxygen for 90 %", 0: "Below 90 % with oxygen"}),
)
SCORES: Mapping[str, tuple[str, tuple[Asked, ...], int]] = {
    "padss": ("PADSS", PADSS, PADSS_ENOUGH),
    "aldrete": ("Modified Aldrete", ALDRETE, ALDRETE_ENOUGH),
}


def total_of(name: str, points: Mapping[str, Any]) -> int | None:
    """The sum of a whole score, 0 to 10; None where a line is missing."""
    given = [points.get(line.code) for line in SCORES[name][1]]
    return sum(given) if all(type(one) is int and one in {0, 1, 2} for one in given) else None  # type: ignore[misc,arg-type]
