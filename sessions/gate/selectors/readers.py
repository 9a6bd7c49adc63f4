"""What each row comes to as a fact of the gate. One function a fact; one that fails is a fact that is not known."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from kap_clinic.accounts.clinic_settings.selectors import values_in
from kap_clinic.reads import Rows
from patients.consents import rules as consent_rules
from patients.consents import selectors as consent_selectors
from patients.consents.terms import ConsentKind, TouchLevel
from patients.course.models import Course
from patients.medicines.selectors import CURRENT
from patients.record.rules import kilograms
from patients.tasks.rules import ASSESSMENTS
from screening import eligibility, measures
from screening import rules as screening_rules
from screening.rules import Severity
from screening.terms import ConditionKind
from sessions.dosing.models import DosingSession
from sessions.gate.rules import Numbers, facts
from sessions.gate.selectors.reads import ORDER_NUMBERS, SETTINGS
from sessions.gate.terms import Check, GateItem
from sessions.orders import rules as order_rules
from sessions.orders.rules import OrderFacts
from sessions.orders.setting_keys import ESKETAMINE, number_key
from sessions.orders.terms import Route

logger = logging.getLogger(__name__)
SEEDS = ("seed-benzodiazepine", "seed-stimulant", "seed-maoi")  # screening-rules 4 to 6
ON_THE_DAY = (ConditionKind.EXTRA_CHECK, ConditionKind.CONFIRM_ON_DAY)


@dataclass(frozen=True)
class Asked:
    """The course, the session if there is one, the moment, and the rows that were read."""

    course: Course
    dosing: DosingSession | None
    now: datetime
    zone: str
    rows: Rows

    @cached_property
    def today(self) -> date:
        return facts.GateFacts(self.now, self.zone).today

    @cached_property
    def settings(self) -> dict[str, Any]:
        return values_in(self.rows["gate_settings"], SETTINGS)

    @cached_property
    def order_settings(self) -> order_rules.Settings:
        named = {number_key(name): name for name in order_rules.NUMBERS}
        return order_rules.settings_of({named[key]: self.settings[key] for key in ORDER_NUMBERS})

    @cached_property
    def order(self) -> Any:
        return next(iter(self.rows["gate_order"]), None)

    @cached_property
    def standing(self) -> eligibility.Standing:
        return eligibility.standing(self.course.patient, self.today, read=self.rows, valid_days=math.inf)

    @cached_property
    def consents(self) -> dict[ConsentKind, consent_selectors.Standing]:
        route = self.order.route if self.order else ""
        patient, rows = self.course.patient, self.rows
        return consent_selectors.standing(patient, self.today, t0=self.now, route=route, zone=self.zone, read=rows)

    def day(self, moment: datetime) -> date:
        return facts.GateFacts(self.now, self.zone).day(moment)


def gathered(asked: Asked) -> facts.GateFacts:
    """Every fact. What could not be read is named and counts as not checked (SEC-39)."""
    known: dict[str, Any] = {}
    unreadable = set()
    for name, reader in READERS.items():
        try:
            known[name] = reader(asked)
        except Exception:
            logger.exception("A fact of the gate could not be read: %s", name)
            unreadable.add(name)
    numbers = known.pop("numbers", Numbers())
    known.setdefault("overrides", {})
    return facts.GateFacts(asked.now, asked.zone, numbers, unreadable=frozenset(unreadable), **known)


def _numbers(asked: Asked) -> Numbers:
    ours, orders = Numbers.of(asked.settings), asked.order_settings
    return replace(ours, weight_days=orders.weight_days, esk=asked.settings[ESKETAMINE])


def _route(asked: Asked) -> str:
    return asked.order.route if asked.order else ""


def _remote(asked: Asked) -> bool:
    return bool(asked.dosing and asked.dosing.remote)


def _answers(asked: Asked) -> dict[Check, facts.Answer]:
    return {Check(code): facts.Answer(at, by, role, data) for code, at, by, role, data in asked.rows["gate_checks"]}


def _overrides(asked: Asked) -> dict[GateItem, facts.Override]:
    return {
        GateItem(item): facts.Override(name, role, at, reason, fact)
        for item, name, role, at, reason, fact in asked.rows["gate_overrides"]
    }


def _screened(asked: Asked) -> facts.Screened | None:
    standing = asked.standing
    if standing.screening is None:
        return None
    return facts.Screened(
        version=standing.screening.version,
        on=standing.screening.assessment_date,
        full_on=next((on for on, _at in asked.rows["answered"]), None),
        reasons=tuple(standing.reasons),
        stops=standing.stops,
        conditions=tuple(_conditions(asked, standing)),
        ref=str(standing.screening.ref),
    )


def _conditions(asked: Asked, standing: eligibility.Standing) -> Iterator[str]:
    """What the approval wants checked or confirmed on the day, as sentences."""
    for row in asked.rows["gate_conditions"]:
        if row.kind in ON_THE_DAY:
            yield row.condition.in_words
    if standing.conditions.strip():
        yield standing.conditions.strip()


def _medicines(asked: Asked) -> facts.Medicines:
    rows = asked.rows["gate_medicines"]
    live = [row for row in rows if row[-1] is None]
    moments = [moment for row in rows for moment in row[-2:] if moment is not None]
    holds = list(_holds(asked, live))
    moments += [hold.set_at for hold in holds if hold.set_at is not None]
    return facts.Medicines(
        listed=tuple(facts.Listed(str(ref), text, taken) for _, ref, text, taken, *_rest in live),
        holds=tuple(holds),
        changed_at=max(moments, default=None),
        seeds=tuple(_seeds(asked, rows)),
    )


def _holds(asked: Asked, live: list[Any]) -> Iterator[facts.Held]:
    """What was ordered of each medicine, and what the approval hangs on; a medicine written anew stays held by name."""
    by_id = {pk: str(ref) for pk, ref, *_rest in live}
    by_name = {text.casefold(): str(ref) for _, ref, text, *_rest in live}
    named = set()
    for ref, name, disposition, hours, words, set_at, medicine_id, text in asked.rows["gate_holds"]:
        medicine = by_id.get(medicine_id) or by_name.get((text or name).casefold()) or by_name.get(name.casefold(), "")
        named.add(name.casefold())
        yield facts.Held(str(ref), name, disposition, medicine, hours, words, set_at)
    for row in asked.rows["gate_conditions"]:
        if row.kind == ConditionKind.MEDICINE_HOLD and row.medicine.casefold() not in named:
            medicine = by_name.get(row.medicine.casefold(), "")
            yield facts.Held(
                f"condition-{row.place}", row.medicine, row.disposition, medicine, row.hours_before, row.words
            )


def _seeds(asked: Asked, rows: Sequence[Any]) -> list[str]:
    """Why a seed class counts as in use now, by the list and by the answers of the screening."""
    entries = [{"text": text, "last_taken": _last_taken(asked, taken, end)} for _, _, text, taken, _, end in rows]
    intake = {"assessment_date": asked.today.isoformat(), "answers": {}, "medications": entries, "vitals": {}}
    found = screening_rules.evaluate(intake).findings
    return [one.reason for one in found if one.rule in SEEDS and one.severity is Severity.CONTRAINDICATED]


def _last_taken(asked: Asked, taken: str, ended_at: datetime | None) -> str | None:
    if ended_at is not None and taken in {CURRENT, ""}:
        return asked.day(ended_at).isoformat()
    return taken or None


def _suicide(asked: Asked) -> tuple[facts.SuicideCheck, ...]:
    outcomes: dict[Any, list[str]] = {}
    for ref, outcome in asked.rows["gate_assessed"]:
        outcomes.setdefault(ref, []).append(outcome)
    return tuple(
        facts.SuicideCheck(
            at=at,
            instrument=measures.instrument(name).short_title,
            band=band,
            complete=complete,
            assessed=bool(outcomes.get(ref)) and all(one in ASSESSMENTS for one in outcomes[ref]),
        )
        for ref, name, at, band, complete in asked.rows["gate_suicide"]
    )


def _baseline(asked: Asked) -> facts.Baseline | None:
    for ref, at, by, rested, *values in asked.rows["gate_vitals"]:
        names = ("systolic", "diastolic", "heart_rate", "spo2", "temperature_c")
        plain = {name: None if value is None else float(value) for name, value in zip(names, values, strict=True)}
        return facts.Baseline(str(ref), at, by, plain, rested)
    return None


def _weighed(asked: Asked) -> facts.Weighed | None:
    return next((facts.Weighed(kg, at) for kg, _value, _unit, at in asked.rows["gate_weight"]), None)


def _pregnancy(asked: Asked) -> facts.Pregnancy | None:
    """The status said last, of the screening or a dosing day; the newest test, of a laboratory or the screening."""
    answers = next((answers for (answers,) in asked.rows["gate_answers"]), None)
    if answers is None:
        return None
    tests = [(on, finding) for finding, on in asked.rows["gate_pregnancy"]]
    if answers.get("pregnancy_test") == "negative" and answers.get("pregnancy_test_date"):
        tests.append((date.fromisoformat(answers["pregnancy_test_date"]), "negative"))
    if answers.get("pregnancy_test") == "positive" and asked.standing.screening:
        tests.append((asked.standing.screening.assessment_date, "positive"))
    on, finding = max(tests, key=lambda test: test[0], default=(None, ""))
    return facts.Pregnancy(_said_of_pregnancy(asked) or answers.get("pregnancy_status") or "", finding, on)


def _said_of_pregnancy(asked: Asked) -> str:
    """What was said of it on a dosing day since the last full screening. With a negative test it makes no new version,
    so it stands in the answer of that day alone, and it holds on the next day too."""
    screened_at = next((at for _on, at in asked.rows["answered"]), None)
    for at, data in asked.rows["gate_said_of_pregnancy"]:
        if screened_at is None or at > screened_at:
            return data.get("answers", {}).get("pregnancy_status") or ""
    return ""


def _consents(asked: Asked) -> facts.Consents:
    held = asked.consents
    reasons = [reason for kind in ConsentKind for reason in held[kind].reasons]
    touch = consent_selectors.limits_of(held[ConsentKind.TOUCH])
    if touch.answered and touch.level > TouchLevel.NONE:
        reasons += _not_named(asked, held[ConsentKind.TOUCH])
    return facts.Consents(
        tuple(reasons), int(touch.level) if touch.answered else None, held[ConsentKind.TREATMENT].since
    )


def _not_named(asked: Asked, touch: consent_selectors.Standing) -> list[str]:
    """Therapists in the room whom the touch consent does not name; with level 0 nobody touches."""
    named = {one["user"] for one in touch.consent.details["named"]} if touch.consent else set()
    there = [(user, name) for user, name, role in asked.rows["gate_staff"] if role == "therapist"]
    return [f"The touch consent does not name {name}." for user, name in there if user not in named]


def _preparation(asked: Asked) -> facts.Preparation:
    _stage, number, planned, _doses, trauma, _on = asked.rows["gate_course"][0]
    in_course = _given_in_course(asked)
    return facts.Preparation(
        finished=tuple(at for (at,) in asked.rows["gate_preparations"]),
        planned=planned,
        first_timer_with_trauma=bool(trauma) and number == 1,
        first_dose_at=in_course[0][0] if in_course else None,
    )


def _given_in_course(asked: Asked) -> list[Any]:
    return [row for row in asked.rows["gate_given"] if row[1] == asked.course.pk]


def _integration(asked: Asked) -> facts.Integration:
    in_course = _given_in_course(asked)
    previous, visit = (in_course[-1][0], in_course[-1][2]) if in_course else (None, None)
    done = [
        at
        for follows, at in asked.rows["gate_integrations"]
        if previous is not None and at > previous and follows in (visit, None)
    ]
    return facts.Integration(
        previous_t0=previous,
        done_at=min(done, default=None),
        waived_before=bool(asked.rows["gate_waived"]),
        last_contact=next((at for (at,) in asked.rows["gate_last_visit"]), None),
        scales_at=next((at for (at,) in asked.rows["gate_scales"]), None),
    )


def _ordered(asked: Asked) -> facts.Ordered | None:
    order = asked.order
    if order is None:
        return None
    per_session = order_rules.session_mg(order.first_mg, order.boosters, order.booster_mg)
    known = OrderFacts(
        state=order.state,
        route=order.route,
        session_mg=per_session,
        valid_from=order.valid_from,
        valid_until=order.valid_until,
        signed_on=asked.day(order.signed_at),
        kg_then=kilograms(order.weight.value, order.weight.unit),
        kg_now=next((kilograms(value, unit) for _kg, value, unit, _at in asked.rows["gate_weight"]), None),
        doses=order.doses,
        given=0,  # counted by item 13, where nobody overrides it either
        consent_covers=_covers(asked, order.route),
        upper_mg=screening_rules.upper_mg((row.condition for row in asked.rows["gate_conditions"]), order.route),
    )
    reasons = order_rules.reasons_not_valid(known, asked.today, asked.order_settings)
    words = f"{order_rules.plain(order.first_mg)} mg, {Route(order.route).label}, signed by {order.signed_name}"
    return facts.Ordered(words, order.route, known.signed_on, tuple(reasons))


def _covers(asked: Asked, route: str) -> bool:
    treatment = asked.consents[ConsentKind.TREATMENT].consent
    return treatment is not None and route in treatment.details.get("routes", [])


def _spacing(asked: Asked) -> facts.Spacing:
    """All doses of the patient here, whatever the course (dosing-reference 8)."""
    t0s = [row[0] for row in asked.rows["gate_given"]]
    settings, order = asked.order_settings, asked.order
    stage = asked.rows["gate_course"][0][0]
    count = order_rules.reasons_against_count(
        t0s,
        asked.now,
        **({"route": order.route, "seconded": _more_than_weekly(asked)} if order else {}),
        maintenance=stage == "maintenance",
        settings=settings,
    )
    given = sum(row[3] == order.pk for row in asked.rows["gate_given"]) if order else 0
    if order and given >= order.doses:
        count.append(f"All {order.doses} sessions of the dose order are given.")
    return facts.Spacing(
        last=max(t0s, default=None),
        gap=tuple(order_rules.reasons_against_gap(t0s, asked.now, settings=settings)),
        count=tuple(count),
        cautions=tuple(_exposure(asked).flags.values()),
    )


def _exposure(asked: Asked) -> order_rules.Exposure:
    """A lifetime of doses, here and as declared: flags for the day sheet, no limit of the gate (dosing-reference 8)."""
    here = [order_rules.Given(asked.day(row[0]), None, row[4]) for row in asked.rows["gate_given"]]
    elsewhere = [
        one
        for sessions, first, last, mg, route in asked.rows["gate_elsewhere"]
        for one in order_rules.spread(sessions, first, last, mg, route)
    ]
    return order_rules.exposure([*here, *elsewhere], asked.order_settings)


def _more_than_weekly(asked: Asked) -> bool:
    """Whether two people signed that sessions in maintenance come more often than once a week."""
    order = asked.order
    least = asked.order_settings.maintenance_days
    return order.seconded_at is not None and order.doses > 1 and (order.spacing_days or 0) < least


def _still_open(asked: Asked) -> facts.StillOpen:
    events = tuple(
        f"{code.replace('-', ' ')} of {consent_rules.day_in_words(asked.day(at))}"
        for code, at in asked.rows["gate_events"]
    )
    return facts.StillOpen(events, tuple(words for (words,) in asked.rows["gate_alerts"]))


def _labs(asked: Asked) -> facts.Labs:
    liver = dict(asked.rows["gate_liver"])
    planned, t0s = asked.rows["gate_course"][0][3], [row[0] for row in asked.rows["gate_given"]]
    oldest = min(liver.values(), default=None)
    return facts.Labs(
        liver=liver,
        repeated=planned != 1 or bool(t0s) or bool(asked.order and asked.order.doses > 1),
        doses_since=sum(oldest is None or asked.day(t0) >= oldest for t0 in t0s),
    )


def _in_person(asked: Asked) -> date | None:
    return next((on for (on,) in asked.rows["gate_in_person"]), None)


def _stage(asked: Asked) -> str:
    return str(asked.rows["gate_course"][0][0])


def _critical(asked: Asked) -> tuple[str, ...]:
    return tuple(title for (title,) in asked.rows["gate_critical"])


def _high(asked: Asked) -> tuple[str, ...]:
    return tuple(title for (title,) in asked.rows["gate_high"])


READERS: dict[str, Callable[[Asked], Any]] = {
    "numbers": _numbers,
    "route": _route,
    "remote": _remote,
    "answers": _answers,
    "overrides": _overrides,
    "screened": _screened,
    "medicines": _medicines,
    "suicide": _suicide,
    "baseline": _baseline,
    "weighed": _weighed,
    "pregnancy": _pregnancy,
    "consents": _consents,
    "preparation": _preparation,
    "integration": _integration,
    "ordered": _ordered,
    "spacing": _spacing,
    "still_open": _still_open,
    "labs": _labs,
    "in_person_on": _in_person,
    "stage": _stage,
    "critical": _critical,
    "high": _high,
}
