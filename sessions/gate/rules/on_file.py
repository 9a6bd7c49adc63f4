"""The items that stand in the record: 1, 6 to 8, 10 to 13 and 18 to 23 (protocol 4). Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from screening.rules import DEFAULTS
from sessions.gate.rules.facts import GateFacts, Integration, Labs, Preparation, Screened, in_words
from sessions.gate.rules.found import Found, met, not_checked, not_met
from sessions.gate.terms import Check

LIVER = {"alt": "ALT", "alp": "ALP", "ggt": "GGT", "bilirubin": "bilirubin"}  # dosing-reference 8
OPEN_STAGES = {"dosing_series", "maintenance"}  # protocol 4, item 22
AGAIN = "Nobody has screened this patient."


def screening(facts: GateFacts) -> Found:
    """Item 1: done in full within 30 days of a first dose, 90 within a series; not stale, eligible."""
    screened = facts.screened
    if screened is None:
        return not_checked("No screening is submitted.", fixed=AGAIN)
    fixed = f"A stop without its override: {', '.join(screened.stops)}." if screened.stops else ""
    if reasons := list(_against_screening(facts, screened)):
        return not_met(" ".join(reasons), screened.full_on, fixed=fixed)
    return met(f"Version {screened.version}, eligible; in full on {_day(screened.full_on)}.", screened.full_on)


def _against_screening(facts: GateFacts, screened: Screened) -> Iterator[str]:
    yield from (reason if reason.endswith(".") else f"{reason}." for reason in screened.reasons)
    first = facts.preparation is None or facts.preparation.first_dose_at is None
    most = int(DEFAULTS.screening_valid_days) if first else facts.numbers.series_days
    if screened.full_on is None or (facts.today - screened.full_on).days > most:
        yield f"The last full screening is older than {most} days."
    answer = facts.answers.get(Check.CONDITIONS)
    confirmed = answer.data.get("confirmed", []) if answer and facts.day(answer.at) == facts.today else []
    for condition in screened.conditions:
        if condition not in confirmed:
            yield f"Condition of the approval, not confirmed today: {condition}"


def weight(facts: GateFacts) -> Found:
    """Item 6: measured within 30 days (PD)."""
    weighed = facts.weighed
    if weighed is None:
        return not_checked("Never weighed here.")
    on, most = facts.day(weighed.at), facts.numbers.weight_days
    if (facts.today - on).days > most:
        return not_met(f"{weighed.kg} kg of {in_words(on)} is older than {most} days.", on)
    if weighed.at > facts.now:
        return not_checked("The weight is of a time still to come.", on)
    return met(f"{weighed.kg} kg.", on)


def pregnancy(facts: GateFacts) -> Found:
    """Item 7: not possible, or a test within 7 days is negative. Overridden only where it is not possible."""
    known = facts.pregnancy
    if known is None:
        return not_checked("Whether pregnancy is possible was never asked.")
    if known.test == "positive" or known.status == "pregnant":
        return not_met("Pregnant, or the test is positive.", known.test_on, fixed="No dose in pregnancy.")
    new = facts.answers.get(Check.CHANGES)
    says_new = new is not None and new.data.get("topics", {}).get("pregnancy") not in {"no", None}
    if known.status == "not_possible" and not says_new:
        return met("Not possible.")
    days = int(DEFAULTS.pregnancy_test_days)  # PD, screening-rules 34
    if known.test == "negative" and known.test_on and 0 <= (facts.today - known.test_on).days <= days:
        return met(f"Tested negative on {in_words(known.test_on)}.", known.test_on)
    fixed = "" if not known.status and not says_new else "Only where pregnancy is not possible. Do a test."
    if not known.status:
        return not_checked("Whether pregnancy is possible was never asked.", known.test_on, fixed=fixed)
    return not_met(f"Possible or not sure, and no negative test within {days} days.", known.test_on, fixed=fixed)


def consents(facts: GateFacts) -> Found:
    """Item 8: treatment, privacy, financial valid; touch answered."""
    held = facts.consents
    if held is None:
        return not_checked("The consents are not known.")
    if held.reasons:
        return not_met(" ".join(held.reasons), held.since)
    return met(f"All four valid; touch level {held.touch_level} signed.", held.since)


def preparation(facts: GateFacts) -> Found:
    """Item 10: enough preparation, the first at least 24 h and at most 90 days before the first dose."""
    done = facts.preparation
    if done is None:
        return not_checked("The preparation is not known.")
    needed = needed_preparations(facts, done)
    if len(done.finished) < needed:
        return not_met(f"{len(done.finished)} of {needed} preparation sessions done.")
    first, dose = min(done.finished), done.first_dose_at or facts.now
    numbers = facts.numbers
    if dose - first < timedelta(hours=numbers.preparation_hours):
        return not_met(f"The first preparation ended less than {numbers.preparation_hours} h ago.", facts.day(first))
    if dose - first > timedelta(days=numbers.preparation_days):
        return not_met(f"The first preparation is older than {numbers.preparation_days} days.", facts.day(first))
    return met(f"{len(done.finished)} done, the first on {in_words(facts.day(first))}.", facts.day(first))


def needed_preparations(facts: GateFacts, done: Preparation) -> int:
    """1 to 3 as planned; 3 for first-timers with a trauma history (PD, protocol 2)."""
    return max(done.planned, facts.numbers.preparations_trauma if done.first_timer_with_trauma else 1)


def integration(facts: GateFacts) -> Found:
    """Item 11: the dose before is integrated, or waived once a course; after 30 days without contact ask again."""
    past = facts.integration
    if past is None:
        return not_checked("What followed the last dose is not known.")
    if reason := _out_of_contact(facts, past):
        return not_met(reason, past.last_contact)
    if past.previous_t0 is None:
        return met("No dose before this one in the course.")
    if past.done_at is not None:
        return met(f"Integration after the last dose on {in_words(facts.day(past.done_at))}.", facts.day(past.done_at))
    waiver = facts.answers.get(Check.WAIVER)
    if waiver is not None and not past.waived_before:
        return met(f"Waived by {waiver.by}: {waiver.data.get('words', '')}", waiver.at, caution="Integration waived")
    return not_met(f"No integration since the dose of {in_words(facts.day(past.previous_t0))}.")


def _out_of_contact(facts: GateFacts, past: Integration) -> str:
    days, again = facts.numbers.contact_days, timedelta(days=facts.numbers.scale_days)
    if past.last_contact is None or facts.ago(past.last_contact) <= timedelta(days=days):
        return ""
    if past.scales_at is not None and facts.ago(past.scales_at) <= again:
        return ""
    return f"No visit for more than {days} days: ASQ and PHQ-9 again first."


def order(facts: GateFacts) -> Found:
    """Item 12: a signed order that holds for this dose."""
    ordered = facts.ordered
    if ordered is None:
        return not_checked("No dose order is signed.")
    if ordered.reasons:
        return not_met(" ".join(ordered.reasons), ordered.signed_on)
    return met(f"{ordered.words}.", ordered.signed_on)


def interval(facts: GateFacts) -> Found:
    """Item 13: 48 h since the last dose, and within weekly limits. Only the gap may be overridden."""
    spacing = facts.spacing
    if spacing is None:
        return not_checked("The doses so far are not known.", fixed="The doses so far are not known.")
    if spacing.count:
        words = " ".join([*spacing.count, *spacing.gap])
        return not_met(words, spacing.last, fixed="The number of doses is never overridden.")
    if spacing.gap:
        return not_met(" ".join(spacing.gap), spacing.last)
    caution = " ".join(spacing.cautions)
    if spacing.last is None:
        return met("No dose so far.", caution=caution)
    return met(f"Last dose on {in_words(facts.day(spacing.last))}.", facts.day(spacing.last), caution=caution)


def no_serious_event(facts: GateFacts) -> Found:
    """Item 18: no unsigned serious adverse event, no open red alert."""
    found = facts.still_open
    if found is None:
        return not_checked("Adverse events and alerts are not known.")
    if found.events or found.alerts:
        words = [f"Not signed: {one}." for one in found.events] + [f"Alert still open: {one}." for one in found.alerts]
        return not_met(" ".join(words))
    return met("None open.")


def labs(facts: GateFacts) -> Found:
    """Item 19: liver tests before a repeated course, then every 10 doses or 3 months (S5, S30; interval PD)."""
    known = facts.labs
    if known is None:
        return not_checked("Laboratory results are not known.")
    if not known.repeated:
        return met("A single dose: no liver tests asked for.")
    return _labs(facts, known)


def _labs(facts: GateFacts, known: Labs) -> Found:
    missing = [name for kind, name in LIVER.items() if kind not in known.liver]
    if missing:
        return not_checked(f"Not on file: {', '.join(missing)}.")
    oldest, numbers = min(known.liver[kind] for kind in LIVER), facts.numbers
    if (facts.today - oldest).days > numbers.liver_days:
        return not_met(f"Liver tests of {in_words(oldest)} are older than 3 months.", oldest)
    if known.doses_since >= numbers.liver_doses:
        return not_met(f"{known.doses_since} doses since the liver tests of {in_words(oldest)}.", oldest)
    return met(f"Liver tests of {in_words(oldest)} on file.", oldest)


def telehealth(facts: GateFacts) -> Found:
    """Item 20: not past the legal end date (S49), or an in-person visit on file."""
    if not facts.remote:
        return met("In person.")
    if not facts.numbers.remote:
        return not_met("Remote dosing is switched off in this clinic.")
    if facts.in_person_on is not None:
        return met(f"Seen in person on {in_words(facts.in_person_on)}.", facts.in_person_on)
    end = date.fromisoformat(facts.numbers.telehealth_until)
    if facts.today > end:
        return not_met(f"Remote prescribing without a visit in person ended on {in_words(end)}.")
    return met(f"Allowed until {in_words(end)}.")


def rems(facts: GateFacts) -> Found:
    """Item 21: esketamine only in a certified site, for an enrolled patient (S3, S9)."""
    if not facts.route:
        return not_checked("The route is not known: there is no order.")
    if facts.route != "esk":
        return met("Not esketamine.")
    if not facts.numbers.esk:
        return not_met("Esketamine is switched off in this clinic.")
    return not_checked("Certification and enrolment are not recorded here.")


def course_open(facts: GateFacts) -> Found:
    """Item 22: in its dosing series or in maintenance; never on hold, never closed."""
    if not facts.stage:
        return not_checked("The course is not known.")
    words = facts.stage.replace("_", " ")
    return met(f"{words.capitalize()}.") if facts.stage in OPEN_STAGES else not_met(f"The course is: {words}.")


def no_critical_task(facts: GateFacts) -> Found:
    """Item 23: no critical flag without its clinician's assessment; a high one is a caution (instruments.md 4)."""
    if facts.critical is None:
        return not_checked("Safety tasks are not known.")
    if facts.critical:
        return not_met(f"Not assessed: {'; '.join(facts.critical)}.")
    return met("None open.", caution=f"Still open: {'; '.join(facts.high)}" if facts.high else "")


def _day(day: date | datetime | None) -> str:
    return in_words(day) if day else "no known day"
