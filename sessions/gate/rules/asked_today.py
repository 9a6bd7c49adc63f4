"""Items 2 to 5, 9 and 14 to 17: what is asked and measured on the day (protocol 4). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from screening import rules as screening_rules
from screening.rules import Severity
from sessions.gate.rules.facts import Baseline, GateFacts, Held, Medicines, SuicideCheck
from sessions.gate.rules.found import Found, answered, is_fresh, met, not_checked, not_met, said_by, until_stale
from sessions.gate.terms import Check, EquipmentPart, Topic

VITAL_RULES = ("blood-pressure", "vital-signs-other")  # screening-rules 25, 26
REQUIRED = {  # dosing-reference 3.1
    "systolic": "systolic pressure",
    "diastolic": "diastolic pressure",
    "heart_rate": "pulse",
    "spo2": "oxygen saturation",
}
NEGATIVE, ACUTE = {"negative", "none", "low"}, {"acute_positive", "positive_acuity_unknown", "high"}
INJECTED, NASAL, ESK = {"iv", "im"}, {"in", "esk"}, "esk"
DECISION_LENGTH = 30  # characters of a prescriber's reason, PD; screening-rules 1.3
NONE = "none"  # nothing eaten, or not taken, that anybody remembers


def changes(facts: GateFacts) -> Found:
    """Item 2: anything new, evaluated with the screening's own rules."""
    answer, found = answered(facts, Check.CHANGES)
    if answer is None:
        return found
    topics = answer.data.get("topics", {})
    new = [Topic(one).label.lower() for one in Topic.values if topics.get(one) != "no"]
    return until_stale(facts, _changes(facts, answer.data, new, said_by(facts, answer)), answer.at)


def _changes(facts: GateFacts, data: Mapping[str, Any], new: list[str], said: str) -> Found:
    screened = facts.screened
    if data.get("risen") and (screened is None or screened.reasons):
        return not_met(f"New: {', '.join(new)}. The screening is worse for it and waits for the prescriber.")
    if data.get("full_again") and (screened is None or screened.full_on is None or screened.full_on < facts.today):
        return not_met(f"New: {', '.join(new)}. This asks for a full screening again.")
    if any(data.get("topics", {}).get(one) not in {"no", "yes", "unsure"} for one in Topic.values):
        return not_checked("Not every change was asked about. Ask again.")
    if new:
        return met(f"New: {', '.join(new)}. Evaluated, nothing is worse ({said}).", caution=str(data.get("words", "")))
    return met(f"Nothing new ({said}).")


def medicines(facts: GateFacts) -> Found:
    """Item 3: list confirmed, last-taken times fresh, holds kept. Nobody sets it aside while a seed class is in use."""
    listed = facts.medicines
    if listed is None:
        return not_checked("The list of medicines is not known.", fixed="The list of medicines is not known.")
    fixed = f"In use, and never overridden: {', '.join(listed.seeds)}." if listed.seeds else ""
    answer, found = answered(facts, Check.MEDICINES)
    if answer is None:
        return not_checked(found.fact, found.since, fixed=fixed)
    if reasons := list(_against_medicines(facts, listed, answer.data, answer.at)):
        return until_stale(facts, not_met(" ".join(reasons), fixed=fixed), answer.at)
    count = f"{len(listed.listed)} on the list" if listed.listed else "None on the list"
    return until_stale(facts, met(f"{count}, confirmed with last times ({said_by(facts, answer)})."), answer.at)


def _against_medicines(facts: GateFacts, listed: Medicines, data: Mapping[str, Any], at: datetime) -> Iterator[str]:
    if data.get("list_is_right") != "yes":
        yield "The list is not right: put it right first."
    if listed.changed_at is not None and listed.changed_at > at:
        yield "The list or a hold changed after it was confirmed. Confirm it again."
    taken = data.get("taken", {})
    for medicine in listed.listed:
        if not taken.get(medicine.ref):
            yield f"{medicine.name}: when it was last taken is not known."
    for hold in listed.holds:
        yield from _against_hold(facts, hold, data)


def _against_hold(facts: GateFacts, hold: Held, data: Mapping[str, Any]) -> Iterator[str]:
    if hold.disposition == "taper":
        if data.get("kept", {}).get(hold.ref) != "yes":
            yield f"{hold.name}: the taper is not confirmed as ordered."
        return
    if hold.disposition != "hold" or hold.hours_before is None:
        return
    last = data.get("taken", {}).get(hold.medicine or hold.ref)
    if not last:
        yield f"{hold.name}: held from {hold.hours_before} h before, and when it was last taken is not known."
    elif last != NONE and facts.now - moment_of(last, facts) < timedelta(hours=hold.hours_before):
        yield f"{hold.name}: taken {_ago(facts, last)}; ordered to be held {hold.hours_before} h before."


def suicide(facts: GateFacts) -> Found:
    """Item 4: ASQ (or a licensed C-SSRS) today; acute means no dose today, whatever is answered later."""
    if not facts.suicide:
        return not_checked("Not asked today.")
    asked = facts.suicide[0]
    for one in facts.suicide:
        if reason := _against_suicide(facts, one):
            return not_met(reason, one.at)
    if not is_fresh(facts, asked.at):
        return not_checked(f"ASQ last asked {facts.clock(asked.at)}. Ask it again today.", asked.at)
    if not asked.complete or not asked.band:
        return not_checked(f"{asked.instrument} at {facts.clock(asked.at)} is not finished.", asked.at)
    said = "negative" if asked.band in NEGATIVE else "positive, assessed and decided by the prescriber"
    return until_stale(facts, met(f"{asked.instrument} {said} ({facts.clock(asked.at)})."), asked.at)


def _against_suicide(facts: GateFacts, asked: SuicideCheck) -> str:
    """Why one answer of the last 24 hours holds the dose; a later lower one does not lift it (instruments.md 4)."""
    name, clock = asked.instrument, facts.clock(asked.at)
    if asked.band in ACUTE:
        return f"{name} at {clock}: acute, or acuity not established. No dose today; do not leave alone."
    if asked.band in NEGATIVE or not asked.band:
        return ""
    if not asked.assessed:
        return f"{name} positive at {clock}: a clinician's assessment is not recorded."
    if facts.screened is None or facts.screened.reasons:
        return f"{name} positive at {clock}, assessed: the prescriber has not decided."
    return ""


def vitals(facts: GateFacts) -> Found:
    """Item 5: a baseline within 15 min after 5 min of rest, SpO2 too; stop band fails, others a prescriber has seen."""
    baseline, numbers = facts.baseline, facts.numbers
    if baseline is None:
        return not_checked("No baseline today.")
    old = facts.ago(baseline.at) > timedelta(minutes=numbers.baseline_minutes)
    if old or facts.ago(baseline.at) < timedelta(0):
        words = f"Baseline of {facts.clock(baseline.at)} is older than {numbers.baseline_minutes} min. Measure again."
        return not_checked(words, baseline.at)
    found = _vitals(facts, baseline)
    return replace(found, since=baseline.at, until=baseline.at + timedelta(minutes=numbers.baseline_minutes))


def _vitals(facts: GateFacts, baseline: Baseline) -> Found:
    missing = [words for one, words in REQUIRED.items() if baseline.values.get(one) is None]
    if missing:
        return not_checked(f"Not measured: {', '.join(missing)}.")
    if baseline.rested_minutes is None or baseline.rested_minutes < facts.numbers.rest_minutes:
        return not_checked(f"Measured without {facts.numbers.rest_minutes} min of rest. Rest, then measure again.")
    result = screening_rules.evaluate(
        {"assessment_date": facts.today.isoformat(), "answers": {}, "medications": [], "vitals": dict(baseline.values)}
    )
    if unusable := [name for name in result.missing if name.startswith("vitals.") and "weight" not in name]:
        words = ", ".join(screening_rules.name_in_words(name) for name in unusable)
        return not_checked(f"Cannot be used: {words}. Measure again.")
    signs = [one for one in result.findings if one.rule in VITAL_RULES]
    if stops := [one.reason for one in signs if one.severity is Severity.CONTRAINDICATED]:
        return not_met(f"{'. '.join(stops)}. No dose today.", fixed="In the stop band nobody overrides.")
    return _judged(facts, baseline, [one for one in signs if one.severity is not Severity.INFORMATION])


def _judged(facts: GateFacts, baseline: Baseline, signs: list[screening_rules.Finding]) -> Found:
    """A caution is acknowledged by the prescriber by name; what a prescriber decides has a reason, too."""
    words, cautions = vitals_in_words(baseline.values), ". ".join(one.reason for one in signs)
    if not signs:
        return met(f"{words} at {facts.clock(baseline.at)}, {baseline.by}.")
    seen = facts.answers.get(Check.VITALS_SEEN)
    if seen is None or seen.data.get("vitals") != baseline.ref:
        return not_met(f"{cautions}. The prescriber has not acknowledged it.")
    decides = any(one.severity is Severity.NEEDS_PRESCRIBER_DECISION for one in signs)
    if decides and len(str(seen.data.get("words", "")).strip()) < DECISION_LENGTH:
        return not_met(f"{cautions}. The prescriber decides, with a reason of {DECISION_LENGTH} characters.")
    return met(f"{words}. Acknowledged by {seen.by}, {facts.clock(seen.at)}.", caution=cautions)


def vitals_in_words(values: Mapping[str, float | None]) -> str:
    """ "128/82, pulse 74, SpO2 98 %"."""
    return (
        f"{values.get('systolic'):g}/{values.get('diastolic'):g}, pulse {values.get('heart_rate'):g},"
        f" SpO2 {values.get('spo2'):g} %"
    )


def consent(facts: GateFacts) -> Found:
    """Item 9: sober, oriented, says yes today, and the touch level of today."""
    answer, found = answered(facts, Check.CONSENT_TODAY)
    if answer is None:
        return found
    data, signed = answer.data, facts.consents.touch_level if facts.consents else None
    no = [words for key, words in CONSENT_WORDS.items() if data.get(key) != "yes"]
    level = data.get("touch_level")
    if no:
        return until_stale(facts, not_met(f"{'; '.join(no)}."), answer.at)
    if level is None or signed is None:
        return until_stale(facts, not_checked("The touch level of today is not confirmed."), answer.at)
    if level > signed:
        return until_stale(facts, not_met(f"Touch level {level} is above the signed level {signed}."), answer.at)
    return until_stale(facts, met(f"Says yes, touch level {level} ({said_by(facts, answer)})."), answer.at)


CONSENT_WORDS = {
    "sober": "Not sober, or not known",
    "oriented": "Not oriented, or not known",
    "says_yes": "Does not say yes today",
}


def fasting(facts: GateFacts) -> Found:
    """Item 14: hours without food and drink by route (dosing-reference 1.2)."""
    answer, found = answered(facts, Check.FASTING)
    if answer is None:
        return found
    if not facts.route:
        return until_stale(facts, not_checked("The route is not known: there is no order."), answer.at)
    if reasons := list(_against_fasting(facts, answer.data)):
        return until_stale(facts, not_met(" ".join(reasons)), answer.at)
    return until_stale(facts, met(f"Fasted for this route ({said_by(facts, answer)})."), answer.at)


def _against_fasting(facts: GateFacts, data: Mapping[str, Any]) -> Iterator[str]:
    for key, what, least in limits_of_fasting(facts):
        last = data.get(key)
        if not last:
            yield f"When the patient last had {what} is not known."
        elif last != NONE and facts.now - moment_of(last, facts) < least:
            yield f"{what.capitalize()} {_ago(facts, last)}; at least {span(least)} before this route."


def limits_of_fasting(facts: GateFacts) -> list[tuple[str, str, timedelta]]:
    """What is asked for a route: key of the answer, what in words, and the least time before the dose."""
    numbers, hour = facts.numbers, timedelta(hours=1)
    if facts.route in INJECTED:
        return [
            ("solids_at", "solid food", numbers.solids_injected * hour),
            ("liquids_at", "clear liquids", numbers.liquids_injected * hour),
        ]
    nasal = [("nasal_at", "a nose spray against swelling", numbers.nasal_hours * hour)]
    if facts.route == ESK:
        minutes = timedelta(minutes=numbers.liquids_esk_minutes)
        return [("solids_at", "food", numbers.food_esk * hour), ("liquids_at", "liquids", minutes), *nasal]
    solids = [("solids_at", "solid food", numbers.solids_swallowed * hour)]
    return [*solids, *nasal] if facts.route in NASAL else solids


def substances(facts: GateFacts) -> Found:
    """Item 15: no alcohol or cannabis for 48 h, not intoxicated."""
    answer, found = answered(facts, Check.SUBSTANCES)
    if answer is None:
        return found
    said = {one: answer.data.get(one) for one in ("alcohol", "cannabis", "other", "intoxicated")}
    wrong = [SUBSTANCE_WORDS[one] for one, value in said.items() if value != "no"]
    if wrong:
        return until_stale(facts, not_met(f"{'; '.join(wrong)}."), answer.at)
    return until_stale(facts, met(f"None for 48 h, not intoxicated ({said_by(facts, answer)})."), answer.at)


SUBSTANCE_WORDS = {
    "alcohol": "Alcohol in the last 48 h, or not known",
    "cannabis": "Cannabis in the last 48 h, or not known",
    "other": "Another substance in the last 48 h, or not known",
    "intoxicated": "Looks intoxicated, or not known",
}


def escort(facts: GateFacts) -> Found:
    """Item 16: a named adult with a phone who comes in person."""
    answer, found = answered(facts, Check.ESCORT)
    if answer is None:
        return not_checked(found.fact, found.since, fixed=NO_SECOND)
    data = answer.data
    missing = [words for key, words in (("name", "name"), ("phone", "phone")) if not data.get(key)]
    fixed = "" if data.get("second_name") and data.get("second_phone") else NO_SECOND
    if missing or data.get("adult") != "yes":
        lack = ", ".join(missing) or "that they are an adult"
        return until_stale(facts, not_checked(f"The escort's {lack} is not known.", fixed=fixed), answer.at)
    if data.get("how") != "in_person":
        return until_stale(facts, not_met(f"{data['name']} does not come in person.", fixed=fixed), answer.at)
    return until_stale(facts, met(f"{data['name']}, {data['phone']}, comes in person."), answer.at)


NO_SECOND = "Only with a second named adult by phone."


def staff(facts: GateFacts) -> Found:
    """Item 17: therapist in the room, a clinician on site where the route asks for one, equipment signed today."""
    answer, found = answered(facts, Check.STAFF)
    if answer is None:
        return found
    reasons = [*_against_staff(facts, answer.data), *_against_equipment(facts)]
    if reasons:
        return until_stale(facts, not_met(" ".join(reasons)), answer.at)
    names = ", ".join(filter(None, [answer.data.get("therapist_name"), answer.data.get("clinician_name")]))
    return until_stale(facts, met(f"{names}; equipment checked ({said_by(facts, answer)})."), answer.at)


def _against_staff(facts: GateFacts, data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("therapist"):
        yield "No trained therapist in the room is named."
    if facts.route in INJECTED | NASAL and not data.get("clinician"):
        yield "This route asks for a clinician on site who can manage airway and blood pressure."
    if facts.route in INJECTED and data.get("therapist") and data.get("therapist") == data.get("clinician"):
        yield "For an injected dose one person does not do drug and therapy alone."
    if not facts.route:
        yield "The route is not known: there is no order."


def _against_equipment(facts: GateFacts) -> Iterator[str]:
    answer = facts.answers.get(Check.EQUIPMENT)
    if answer is None or facts.day(answer.at) != facts.today or answer.at > facts.now:
        yield "The equipment list is not signed today."
        return
    missing = [str(part.label).lower() for part in EquipmentPart if part not in answer.data.get("items", [])]
    if missing:
        yield f"Not in order: {', '.join(missing)}."


# Moments as they are kept in answers


def moment_of(text: str, facts: GateFacts) -> datetime:
    """An ISO moment; a day alone counts to its last minute, or to now, so that it is never too long ago."""
    if len(text) > len("2026-11-24"):
        return datetime.fromisoformat(text)
    end = datetime.fromisoformat(f"{text}T23:59").replace(tzinfo=facts.here)
    return min(end, facts.now)


def _ago(facts: GateFacts, text: str) -> str:
    return f"{span(max(facts.now - moment_of(text, facts), timedelta(0)))} ago"


def span(length: timedelta) -> str:
    """ "2 h", "45 min", "1 h 20 min"."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or not hours)
    return " ".join(parts)
