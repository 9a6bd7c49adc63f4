"""What pages, the gate and the course read of orders, holds and the ledger."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from kap_clinic.accounts.clinic_settings.selectors import values_of
from patients.consents.selectors import standing as consents
from patients.consents.terms import ConsentKind
from patients.course.models import Course
from patients.course.terms import Stage
from patients.medicines.matcher import read
from patients.medicines.models import Medicine
from patients.medicines.selectors import NEVER
from patients.record.days import day_in
from patients.record.models import Patient, Weight
from patients.record.rules import age, in_words, kilograms
from screening.models import Finding, Screening
from screening.rules import RULES, Rule
from screening.rules import upper_mg as most_allowed
from screening.selectors import conditions_in_force
from screening.terms import ScreeningState
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession
from sessions.dosing.terms import DosingState, Level
from sessions.orders import rules
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.orders.rules import Asked, Checks, Exposure, Given, Limits, OrderFacts, Settings, Tolerated
from sessions.orders.setting_keys import ESKETAMINE, NUMBER_KEYS, ROUTE_KEYS, number_key, route_key
from sessions.orders.terms import OrderState
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

CYP_RULE = "med-cyp-interaction"
NOT_TOLERATED = (DosingState.STOPPED_EARLY, DosingState.TRANSFERRED, DosingState.LEFT_AGAINST_ADVICE)


# Limits that hold in a clinic


def limits(route: str, clinic_id: int) -> Limits:
    """The limits of a route as the clinic set them."""
    names = {route_key(route, name): name for name in Limits.__dataclass_fields__}
    known = [key.name for key in ROUTE_KEYS if key.name in names]
    return rules.limits_of(route, {names[key]: value for key, value in values_of(known, clinic_id).items()})


def settings(clinic_id: int) -> Settings:
    """The numbers of every route as the clinic set them."""
    names = {number_key(name): name for name in rules.NUMBERS}
    values = values_of([*(key.name for key in NUMBER_KEYS), ESKETAMINE], clinic_id)
    changed = {names[key]: value for key, value in values.items() if key in names}
    return rules.settings_of({**changed, "esketamine": values[ESKETAMINE]})


# What an order rests on


def weight(patient: Patient) -> Weight | None:
    """The newest weight; of two measured at the same moment, the one entered last."""
    return Weight.objects.filter(patient=patient).order_by("-measured_at", "-id").first()


def kg_of(row: Weight) -> Decimal:
    """Unrounded: doses and limits use this one (screening-rules 3)."""
    return kilograms(row.value, row.unit)


def kg(patient: Patient) -> Decimal | None:
    """The newest weight, unrounded; None: never weighed."""
    newest = weight(patient)
    return kg_of(newest) if newest else None


def newest_course(patient: Patient) -> Course | None:
    return Course.objects.filter(patient=patient).select_related("patient__clinic").order_by("-number").first()


def conditions(patient: Patient, on: date) -> list[str]:
    """What the approval in force binds a dose to, as sentences."""
    return [one.in_words for one in conditions_in_force(patient.pk, on)]


def asked(course: Course, values: Mapping[str, Any], now: datetime, *, weighed: Weight | None = None) -> Asked:
    """An order as typed or drafted, with everything the record says that its checks need.

    `values`: route, first_mg, boosters, booster_mg, booster_gap_minutes, infusion_minutes, hold_minutes, swallow,
    doses, spacing_days, valid_from, valid_until and the stop lines, as the fields of a DoseOrder.
    """
    patient, route = course.patient, values["route"]
    zone = ZoneInfo(patient.clinic.zone)
    today = now.astimezone(zone).date()
    weighed = weighed or weight(patient)
    return Asked(
        limits=limits(route, patient.clinic_id),
        settings=settings(patient.clinic_id),
        first_mg=values["first_mg"],
        boosters=values.get("boosters") or 0,
        booster_mg=values.get("booster_mg"),
        gap_minutes=values.get("booster_gap_minutes"),
        infusion_minutes=values.get("infusion_minutes"),
        hold_minutes=values.get("hold_minutes"),
        swallow=values.get("swallow"),
        doses=values.get("doses") or 1,
        spacing_days=values.get("spacing_days"),
        stop_lines={name: values.get(name) for name in rules.DATA["stop_lines"]},
        today=today,
        valid_from=values.get("valid_from") or today,
        valid_until=values.get("valid_until") or today,
        kg=kg_of(weighed) if weighed else None,
        weighed_on=weighed.measured_at.astimezone(zone).date() if weighed else None,
        age=age(patient.birth_date, today),
        first_session=not DosingSession.objects.dosed().filter(patient=patient, order__route=route).exists(),
        tolerated=tolerated(patient, route),
        cyp_caution=cyp_caution(patient),
        upper_mg=upper_mg(patient, route, today),
        maintenance=course.stage == Stage.MAINTENANCE,
    )


def values_of_order(order: DoseOrder) -> dict[str, Any]:
    """The fields of an order that its checks read."""
    fields = ("route", "first_mg", "boosters", "booster_mg", "booster_gap_minutes", "infusion_minutes", "hold_minutes")
    more = ("swallow", "doses", "spacing_days", "valid_from", "valid_until", *rules.DATA["stop_lines"])
    return {name: getattr(order, name) for name in (*fields, *more)}


def upper_mg(patient: Patient, route: str, on: date) -> Decimal | None:
    """The most mg a session the conditions of the approval in force allow by this route; None: they set no limit."""
    return most_allowed((one.condition for one in conditions_in_force(patient.pk, on)), route)


def tolerated(patient: Patient, route: str) -> Tolerated | None:
    """The last session by this route that was neither broken off nor brought a red sign, with all its mg."""
    rows = DosingSession.objects.dosed().filter(patient=patient, order__route=route).order_by("-t0")
    for dosing in rows.select_related("clinic"):
        if dosing.t0 and not _went_badly(dosing):
            mg = _doses(dosing=dosing).aggregate(mg=Sum("mg"))["mg"]
            return Tolerated(mg, day_in(dosing.t0, dosing.clinic.zone)) if mg else None
    return None


def _went_badly(dosing: DosingSession) -> bool:
    red = Alert.objects.filter(dosing=dosing, level__gte=Level.RED)
    return red.exists() or DosingMove.objects.filter(dosing=dosing, after__in=NOT_TOLERATED).exists()


def cyp_caution(patient: Patient) -> str:
    """What was found of medicines that change how ketamine is broken down; empty: nothing (screening rule 18)."""
    newest = Screening.objects.filter(patient=patient).exclude(state=ScreeningState.DRAFT).order_by("-version").first()
    found = Finding.objects.filter(screening=newest, rule=CYP_RULE).first() if newest else None
    if found is not None:
        return found.reason
    classes = set(RULES[CYP_RULE].asks)
    rows = Medicine.objects.filter(patient=patient, ended_at=None).exclude(last_taken=NEVER).order_by("id")
    named = [text for text in rows.values_list("text", flat=True) if classes & _classes(text)]
    return f"{', '.join(named)} changes how ketamine is broken down." if named else ""


def _classes(text: str) -> set[str]:
    return {name for piece in read(text).pieces if piece.row is not None for name in piece.row.classes}


# While it is typed


@dataclass(frozen=True)
class Echo:
    """What a dose comes to, read back beside the input."""

    dose: str
    session: str  # empty where there is no booster
    weighed: str
    usual: str
    upper: str
    checks: Checks


def echo(course: Course, values: Mapping[str, Any], now: datetime) -> Echo | None:
    """What is typed so far, in mg and mg/kg with the range and what the checks say; None: not enough yet."""
    if not values.get("route") or not values.get("first_mg") or values["first_mg"] <= 0:
        return None
    found = asked(course, values, now)
    single = replace(found, boosters=0, booster_mg=None)
    kilos = rules.plain(found.kg.quantize(Decimal("0.1"))) if found.kg else ""
    return Echo(
        dose=single.said,
        session=found.said if found.boosters else "",
        weighed=f"{kilos} kg on {in_words(found.weighed_on)}" if found.weighed_on else "",
        usual=found.limits.usual_in_words,
        upper=f"{rules.plain(found.upper_mg)} mg" if found.upper_mg is not None else "",
        checks=rules.checks(found),
    )


# Orders


def in_force(course: Course) -> DoseOrder | None:
    """The signed order of a course; at most one."""
    return DoseOrder.objects.in_force().filter(course=course).select_related("weight", "signed_by", "clinic").first()


def of_course(course: Course) -> QuerySet[DoseOrder]:
    """Every order of a course, newest first."""
    people = ("weight", "drafted_by", "signed_by", "seconded_by", "ended_by", "clinic")
    return DoseOrder.objects.filter(course=course).select_related(*people)


def session_mg(order: DoseOrder) -> Decimal:
    return rules.session_mg(order.first_mg, order.boosters, order.booster_mg)


def given_under(order: DoseOrder) -> int:
    """Sessions that were given on this order."""
    return DosingSession.objects.dosed().filter(order=order).count()


def facts(order: DoseOrder, on: date, *, wanted_route: str = "") -> OrderFacts:
    """An order with what has changed since, for `rules.reasons_not_valid`."""
    patient = order.patient
    newest = weight(patient)
    return OrderFacts(
        state=order.state,
        route=order.route,
        session_mg=session_mg(order),
        valid_from=order.valid_from,
        valid_until=order.valid_until,
        signed_on=day_in(order.signed_at, order.clinic.zone) if order.signed_at else None,
        kg_then=kg_of(order.weight),
        kg_now=kg_of(newest) if newest else None,
        doses=order.doses,
        given=given_under(order),
        consent_covers=consent_covers(patient, order.route, on),
        upper_mg=upper_mg(patient, order.route, on),
        wanted_route=wanted_route,
    )


def reasons_not_valid(course: Course, on: date, *, wanted_route: str = "") -> list[str]:
    """Gate item 12 for a course on a day: each reason why no dose may be given on the order in force."""
    order = in_force(course)
    known = facts(order, on, wanted_route=wanted_route) if order else None
    return rules.reasons_not_valid(known, on, settings(course.clinic_id))


def consent_covers(patient: Patient, route: str, on: date) -> bool:
    """Whether the newest treatment consent names this route; whether it holds is item 8's to say."""
    treatment = consents(patient, on)[ConsentKind.TREATMENT].consent
    return treatment is not None and route in treatment.details.get("routes", [])


def is_more_than_weekly(order: DoseOrder) -> bool:
    """Whether two people signed that sessions in maintenance come more often than once a week."""
    least = settings(order.clinic_id).maintenance_days
    return order.seconded_at is not None and order.doses > 1 and (order.spacing_days or 0) < least


# The ledger


@dataclass(frozen=True)
class Ledger:
    """What was ordered and what of it was given: sessions and mg. Corrected doses count once, as corrected.

    `authorised`, `given` and `remaining` are of the order in force, zero without one; `course_*` of the whole course;
    `lifetime` of the patient's life here plus declared outside doses.
    """

    authorised: int
    given: int
    remaining: int
    authorised_mg: Decimal
    given_mg: Decimal
    remaining_mg: Decimal
    course_sessions: int
    course_mg: Decimal
    lifetime: Exposure


def ledger(course: Course) -> Ledger:
    """Read of what was really given, never of a count somebody keeps."""
    order = in_force(course)
    given, given_mg = _given(order=order) if order else (0, Decimal(0))
    each, doses = (session_mg(order), order.doses) if order else (Decimal(0), 0)
    remaining = max(doses - given, 0)
    sessions, mg = _given(dosing__course=course)
    return Ledger(
        authorised=doses,
        given=given,
        remaining=remaining,
        authorised_mg=doses * each,
        given_mg=given_mg,
        remaining_mg=remaining * each,
        course_sessions=sessions,
        course_mg=mg,
        lifetime=lifetime(course.patient),
    )


def _doses(**of: Any) -> QuerySet[Dose]:
    """Doses as they stand: what was corrected is not counted, its correction is."""
    return Dose.objects.filter(correction=None, **of)


def _given(**of: Any) -> tuple[int, Decimal]:
    rows = _doses(**of)
    mg = rows.aggregate(mg=Sum("mg"))["mg"] or Decimal(0)
    return rows.values("dosing").distinct().count(), mg


def given_t0s(patient: Patient) -> list[datetime]:
    """The start of every dosing session the patient ever had here, oldest first."""
    rows = DosingSession.objects.dosed().filter(patient=patient).order_by("t0")
    return [t0 for t0 in rows.values_list("t0", flat=True) if t0]


def lifetime(patient: Patient) -> Exposure:
    """Counters of a life and the flags they raise (dosing-reference 8)."""
    zone = patient.clinic.zone
    rows = _doses(patient=patient).order_by("dosing__t0")
    sessions = rows.values("dosing_id", "dosing__t0", "dosing__order__route").annotate(all_mg=Sum("mg"))
    here = [
        Given(day_in(row["dosing__t0"], zone), row["all_mg"], row["dosing__order__route"])
        for row in sessions
        if row["dosing__t0"]
    ]
    return rules.exposure([*here, *_elsewhere(outside(patient))], settings(patient.clinic_id))


def outside(patient: Patient) -> list[OutsideDoses]:
    """Declared doses given elsewhere that count."""
    return list(OutsideDoses.objects.filter(patient=patient, voided_at=None).select_related("declared_by"))


def _elsewhere(rows: Iterable[OutsideDoses]) -> list[Given]:
    return [one for row in rows for one in rules.spread(row.sessions, row.first_on, row.last_on, row.mg, row.route)]


# Medicines before a dose


@dataclass(frozen=True)
class Held:
    """What happens to one medicine before a dose. `last_at`: last taken by then, for the next dosing visit; None: it is
    not held, or no visit is booked."""

    hold: MedicineHold
    in_words: str
    last_at: datetime | None


@dataclass(frozen=True)
class ToDecide:
    """A medicine with what was decided, and what the reference says of its kind."""

    medicine: Medicine
    held: Held | None
    said: list[str]


def holds(course: Course, now: datetime | None = None) -> list[Held]:
    """What was decided of medicines, as it stands. `now`: also the clock times before the next dosing visit."""
    rows = MedicineHold.objects.filter(course=course, ended_at=None).select_related("set_by", "medicine")
    visit = next_dosing(course.patient, now) if now else None
    return [_held(row, visit) for row in rows]


def _held(row: MedicineHold, visit: Appointment | None) -> Held:
    at = visit.starts_at - timedelta(hours=row.hours_before) if visit and row.hours_before else None
    return Held(row, rules.hold_in_words(row.disposition, row.name, row.hours_before, row.words), at)


def next_dosing(patient: Patient, now: datetime) -> Appointment | None:
    """The next dosing visit that is booked."""
    rows = Appointment.objects.filter(patient=patient, kind=VisitKind.DOSING, state=VisitState.PLANNED)
    return rows.filter(starts_at__gte=now).order_by("starts_at").first()


def to_decide(course: Course, now: datetime) -> list[ToDecide]:
    """Each medicine of the list that has not ended, with its decision; those that matter for ketamine first."""
    held = {one.hold.medicine_id: one for one in holds(course, now)}
    rows = Medicine.objects.filter(patient=course.patient, ended_at=None).order_by("id")
    found = [ToDecide(row, held.get(row.pk), said_of(row.text)) for row in rows]
    return sorted(found, key=lambda one: not one.said)


def said_of(text: str) -> list[str]:
    """What the screening rules say to do about the kinds of medicine a text names; empty: nothing."""
    classes = _classes(text)
    return [f"{rule.do} ({rule.sources})" for rule in RULES.values() if classes & _medicine_keys(rule)]


def _medicine_keys(rule: Rule) -> set[str]:
    return {tier.key for tier in rule.tiers if tier.input == "medicine"}


# What a signature stands under

MEANING = "I order this dose for this patient."
SECOND_MEANING = "I agree to this order above the limits named in it."


def content(order: DoseOrder) -> dict[str, Any]:
    """Everything a signature stands under, in one canonical form: numbers and times as text, lists in order."""
    numbers = ("mg_per_kg", "first_mg", "booster_mg")
    plain = ("route", "basis", "boosters", "booster_gap_minutes", "infusion_minutes")
    more = ("hold_minutes", "swallow", "doses", "spacing_days", "instructions", "reason", "warnings", "second_why")
    signed = ("signed_name", "signed_role")
    return {
        "version": 1,
        "order": str(order.ref),
        "patient": str(order.patient.ref),
        "course": str(order.course.ref),
        "weight": {"ref": str(order.weight.ref), "value": f"{order.weight.value:.2f}", "unit": order.weight.unit},
        **{name: _fixed(name, getattr(order, name)) for name in numbers},
        **{name: getattr(order, name) for name in (*plain, *more, *signed, *rules.DATA["stop_lines"])},
        "valid_from": order.valid_from.isoformat(),
        "valid_until": order.valid_until.isoformat(),
        "signed_by": order.signed_by_id,
        "signed_at": order.signed_at.isoformat() if order.signed_at else "",
        "meaning": MEANING,
    }


def _fixed(name: str, number: Decimal | None) -> str:
    if number is None:
        return ""
    return f"{number:.3f}" if name == "mg_per_kg" else f"{number:.2f}"


def digest(order: DoseOrder) -> str:
    """SHA-256 of what was signed (SEC-40)."""
    text = json.dumps(content(order), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_whole(order: DoseOrder) -> bool:
    """Whether a signed order still is what was signed."""
    return order.signed_at is not None and order.sha256 == digest(order)


def waiting_for_second() -> QuerySet[DoseOrder]:
    """Orders that wait for a second signature, oldest first."""
    return DoseOrder.objects.filter(state=OrderState.WAITING).select_related("patient").order_by("id")
