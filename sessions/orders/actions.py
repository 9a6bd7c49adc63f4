"""What is done with dose orders, medicine holds and doses declared from elsewhere."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.course.terms import Stage
from patients.medicines.models import Medicine
from patients.record.models import Patient, Weight
from patients.tasks.actions import close_task, open_task
from patients.tasks.models import Task
from patients.tasks.terms import Outcome, Severity, TaskKind
from screening import eligibility
from sessions.orders import letters, rules, selectors
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.orders.rules import Checks
from sessions.orders.terms import Basis, Disposition, Event, OrderState

ORDERABLE = (
    Stage.SCREENING_REVIEW,
    Stage.ENROLLED,
    Stage.PREPARATION,
    Stage.DOSING_SERIES,
    Stage.ON_HOLD,
    Stage.MAINTENANCE,
)
FIELDS = (
    *("route", "basis", "mg_per_kg", "first_mg", "boosters", "booster_mg", "booster_gap_minutes", "infusion_minutes"),
    *("hold_minutes", "swallow", "doses", "spacing_days", "valid_from", "valid_until", "instructions"),
    *rules.DATA["stop_lines"],
)
REASON_LENGTH = 30  # characters of why a dose is above a limit, PD (screening-rules 1.3)
SECOND, CONSENT = "order-second", "order-consent"  # flags of the tasks an order opens
SECOND_WITHIN, CONSENT_WITHIN = timedelta(days=1), timedelta(days=2)  # PD


@transaction.atomic
def draft(*, patient: Patient, course: Course, by: User, role: str, **values: Any) -> DoseOrder:
    """A draft of an order, in mg for the weight it rests on. Nothing that could not be signed is kept.

    `values` are of FIELDS; with basis mg/kg, `first_mg` is worked out of `mg_per_kg`.
    """
    course = _locked(patient, course)
    now = timezone.now()
    known = _values(course, values)
    _refuse(_against_stage(course), selectors.asked(course, known, now))
    order = DoseOrder.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        weight=_weighed(course),
        drafted_at=now,
        drafted_by=by,
        **known,
    )
    record(Event.ORDER_DRAFTED, by=by, on=order, role=role, route=order.route, first_mg=str(order.first_mg))
    return order


@transaction.atomic
def change(*, order: DoseOrder, by: User, role: str, **values: Any) -> DoseOrder:
    """The draft says something else now; the newest weight is taken again."""
    order = _locked_order(order)
    if order.state != OrderState.DRAFT:
        raise NotReady(["This order is signed: write a new one instead."])
    known = _values(order.course, values)
    _refuse(_against_stage(order.course), selectors.asked(order.course, known, timezone.now()))
    for name, value in known.items():
        setattr(order, name, value)
    order.weight = _weighed(order.course)
    order.save(update_fields=[*known, "weight"])
    record(Event.ORDER_CHANGED, by=by, on=order, role=role, route=order.route, first_mg=str(order.first_mg))
    return order


@transaction.atomic
def sign(
    *,
    order: DoseOrder,
    by: User,
    role: str,
    reason: str = "",
    confirmed: list[str] | None = None,
    instead_of: UUID | None = None,
) -> DoseOrder:
    """The prescriber's signature. Above a block limit the order waits for a second person; else it is in force and the
    former one ends.

    `confirmed`: the warnings the prescriber confirmed, each as it was read. `instead_of`: the order in force the page
    showed; if another was signed since, nothing is written.
    """
    order = _locked_order(order)
    now = timezone.now()
    found = rules.checks(selectors.asked(order.course, selectors.values_of_order(order), now))
    if reasons := _against_signing(order, found, now, reason.strip(), confirmed or [], instead_of):
        raise NotReady(reasons)
    order.warnings, order.second_why, order.reason = found.warnings, found.needs_second, reason.strip()
    order.signed_at, order.signed_by, order.signed_name, order.signed_role = now, by, by.name, role
    order.sha256 = selectors.digest(order)
    order.state = OrderState.WAITING if found.needs_second else OrderState.SIGNED
    if order.state == OrderState.SIGNED:
        _end_former(order, by=by, now=now)
    order.save()
    record(Event.ORDER_SIGNED, by=by, on=order, role=role, reason=order.reason, sha256=order.sha256, state=order.state)
    _open_tasks(order, by=by, now=now)
    letters.ask(order, by=by)
    return order


@transaction.atomic
def second(*, order: DoseOrder, by: User, role: str) -> DoseOrder:
    """The second person's signature under an order above a limit: another prescriber, or the medical director."""
    order = _locked_order(order)
    now = timezone.now()
    if order.state != OrderState.WAITING:
        raise NotReady(["This order is not waiting for a second signature."])
    if order.signed_by_id == by.pk:
        raise NotReady(["A second person signs this, not the one who signed first."])
    found = rules.checks(selectors.asked(order.course, selectors.values_of_order(order), now))
    if reasons := [*_against_second(order, found), *_against_eligibility(order, now)]:
        raise NotReady(reasons)
    _end_former(order, by=by, now=now)
    order.seconded_at, order.seconded_by, order.seconded_name = now, by, by.name
    order.state = OrderState.SIGNED
    order.save(update_fields=["seconded_at", "seconded_by", "seconded_name", "state"])
    record(Event.ORDER_SECONDED, by=by, on=order, role=role, sha256=order.sha256)
    _close_tasks(order, SECOND, "Signed as the second person.", by=by, role=role)
    letters.ask(order, by=by)
    return order


@transaction.atomic
def end(*, order: DoseOrder, why: str, by: User) -> DoseOrder:
    """The order holds no more, with the reason; a draft is dropped the same way."""
    order = _locked_order(order)
    if order.state == OrderState.ENDED:
        raise NotReady(["This order has ended already."])
    if not why.strip():
        raise NotReady(["Write why the order ends."])
    _end(order, why.strip(), by=by, now=timezone.now())
    if order.signed_at is not None:
        letters.ask(order, by=by)
    return order


# What stands in the way


def _against_stage(course: Course) -> list[str]:
    if course.stage in ORDERABLE:
        return []
    if not course.is_live or course.stage == Stage.CLOSING:
        return ["The course is closing or closed: no dose is ordered in it."]
    return ["The screening is not in review yet: a dose is ordered after it is approved."]


def _refuse(reasons: list[str], asked: rules.Asked) -> None:
    if reasons := [*reasons, *rules.checks(asked).refused]:
        raise NotReady(reasons)


def reasons_against_order(order: DoseOrder, now: datetime) -> list[str]:
    """What stands in the way of any signature, before warnings and limits: stage and approval."""
    return [*_against_stage(order.course), *_against_eligibility(order, now)]


def _against_signing(
    order: DoseOrder, found: Checks, now: datetime, reason: str, confirmed: list[str], instead_of: UUID | None
) -> list[str]:
    if order.state != OrderState.DRAFT:
        return ["This order is signed already." if order.signed_at else "This order has ended."]
    reasons = [*reasons_against_order(order, now), *found.refused]
    newest = selectors.weight(order.course.patient)
    if newest is not None and newest.pk != order.weight_id:
        reasons.append("The patient was weighed again since this was drafted. Open the draft and save it once more.")
    reasons += [f"Confirm: {warning}" for warning in found.warnings if warning not in confirmed]
    if found.needs_second and len(reason) < REASON_LENGTH:
        reasons.append(f"Write why the dose is above the limit, in {REASON_LENGTH} characters or more.")
    former = selectors.in_force(order.course)
    if instead_of is not None and former is not None and former.ref != instead_of:
        reasons.append("Another order was signed meanwhile. Look at it first, then sign again.")
    return reasons


def _against_eligibility(order: DoseOrder, now: datetime) -> list[str]:
    """The approval sets what a dose must keep to: without one nothing is ordered (screening-rules 1.2)."""
    patient = order.course.patient
    return eligibility.standing(patient, now.astimezone(ZoneInfo(patient.clinic.zone)).date()).reasons


def _against_second(order: DoseOrder, found: Checks) -> list[str]:
    """What has changed since the first signature: then it is a new order that is signed."""
    new = [*found.refused, *(one for one in found.needs_second if one not in order.second_why)]
    return [*new, "Write a new order."] if new else []


# Rows


def _locked(patient: Patient, course: Course) -> Course:
    """Patient, then course (REL-11)."""
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    rows = Course.objects.select_for_update(of=("self",)).select_related("patient__clinic")
    return rows.get(pk=course.pk, patient=patient)


def _locked_order(order: DoseOrder) -> DoseOrder:
    course = _locked(order.patient, order.course)
    rows = DoseOrder.objects.select_for_update(of=("self",)).select_related("weight", "clinic", "signed_by")
    fresh = rows.get(pk=order.pk)
    fresh.course, fresh.patient = course, course.patient
    return fresh


def _values(course: Course, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an order: mg for the newest weight; boosters and manner only where the route has them."""
    if unknown := set(values) - set(FIELDS):
        raise TypeError(f"Not fields of an order: {', '.join(sorted(unknown))}")
    known = dict(values)
    kg = selectors.kg_of(_weighed(course))
    if known["basis"] == Basis.MG_PER_KG:
        known["first_mg"] = rules.mg_of(known["mg_per_kg"], kg)
    else:
        known["mg_per_kg"] = None
    if not known.get("boosters"):
        known |= {"boosters": 0, "booster_mg": None, "booster_gap_minutes": None}
    return known


def _weighed(course: Course) -> Weight:
    if newest := selectors.weight(course.patient):
        return newest
    raise NotReady(["Weigh the patient: no weight is on file."])


def _end_former(order: DoseOrder, *, by: User, now: datetime) -> None:
    """A new order in force ends the one before, and any that still waits for a second signature."""
    former = DoseOrder.objects.select_for_update(of=("self",)).filter(course=order.course).exclude(pk=order.pk)
    for row in former.filter(state__in=[OrderState.SIGNED, OrderState.WAITING]).order_by("id"):
        _end(row, "A new order was signed", by=by, now=now)


def _end(order: DoseOrder, why: str, *, by: User, now: datetime) -> None:
    order.state, order.ended_at, order.ended_by, order.ended_why = OrderState.ENDED, now, by, why
    order.save(update_fields=["state", "ended_at", "ended_by", "ended_why"])
    record(Event.ORDER_ENDED, by=by, on=order, reason=why)
    for flag in (SECOND, CONSENT):
        _close_tasks(order, flag, f"The order ended: {why}", by=by, role="")


def _open_tasks(order: DoseOrder, *, by: User, now: datetime) -> None:
    """What a signed order asks of others: a second signature, and a consent that names its route."""
    patient = order.course.patient
    if order.state == OrderState.WAITING:
        open_task(
            patient=patient,
            kind=TaskKind.REVIEW,
            title="Second signature on a dose order",
            action=" ".join(order.second_why),
            due_at=now + SECOND_WITHIN,
            owner_role=Role.MEDICAL_DIRECTOR,
            by=by,
            severity=Severity.HIGH,
            flag=SECOND,
            source_ref=order.ref,
        )
    today = now.astimezone(ZoneInfo(patient.clinic.zone)).date()
    if not selectors.consent_covers(patient, order.route, today):
        open_task(
            patient=patient,
            kind=TaskKind.FOLLOW_UP,
            title="Renew the treatment consent: new route",
            action=f"A dose is ordered by a route the treatment consent does not name: {order.get_route_display()}.",
            due_at=now + CONSENT_WITHIN,
            owner_role=Role.THERAPIST,
            by=by,
            flag=CONSENT,
            source_ref=order.ref,
        )


def _close_tasks(order: DoseOrder, flag: str, words: str, *, by: User, role: str) -> None:
    for task in Task.objects.open().filter(source_ref=order.ref, flag=flag).order_by("id"):
        close_task(task=task, outcome=Outcome.DONE, words=words, by=by, role=role)


# Medicines before a dose


@transaction.atomic
def set_hold(
    *,
    patient: Patient,
    course: Course,
    medicine: Medicine | None,
    disposition: str,
    by: User,
    role: str,
    name: str = "",
    hours_before: int | None = None,
    words: str = "",
) -> MedicineHold:
    """What happens to a medicine before a dose; what was decided of it before ends."""
    course = _locked(patient, course)
    name = (medicine.text if medicine else name).strip()
    reasons = rules.reasons_against_hold(disposition, hours_before, words)
    if not name:
        reasons.append("Name the medicine.")
    if not course.is_live:
        reasons.append("The course is closed.")
    if medicine is not None and (medicine.patient_id != patient.pk or medicine.ended_at):
        reasons.append("This medicine is not on the list any more.")
    if reasons:
        raise NotReady(reasons)
    now = timezone.now()
    if medicine is not None:
        MedicineHold.objects.filter(course=course, medicine=medicine, ended_at=None).update(ended_at=now, ended_by=by)
    hold = MedicineHold.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        medicine=medicine,
        name=name,
        disposition=Disposition(disposition),
        hours_before=hours_before,
        words=words.strip(),
        set_at=now,
        set_by=by,
    )
    record(Event.HOLD_SET, by=by, on=hold, role=role, disposition=disposition, hours_before=hours_before)
    return hold


@transaction.atomic
def end_hold(*, hold: MedicineHold, by: User, role: str) -> MedicineHold:
    """Nothing is decided of this medicine any more."""
    _locked(hold.patient, hold.course)
    hold = MedicineHold.objects.get(pk=hold.pk)
    if hold.ended_at:
        raise NotReady(["This decision has ended already."])
    hold.ended_at, hold.ended_by = timezone.now(), by
    hold.save(update_fields=["ended_at", "ended_by"])
    record(Event.HOLD_ENDED, by=by, on=hold, role=role)
    return hold


# Doses given elsewhere


@transaction.atomic
def declare_outside(
    *,
    patient: Patient,
    sessions: int,
    first_on: date,
    last_on: date,
    source: str,
    by: User,
    route: str = "",
    mg: Decimal | None = None,
) -> OutsideDoses:
    """Ketamine the patient had elsewhere, as told or as a paper says; it counts towards the lifetime's."""
    row = OutsideDoses.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        sessions=sessions,
        route=route,
        mg=mg,
        first_on=first_on,
        last_on=last_on,
        source=source,
        declared_by=by,
    )
    record(Event.OUTSIDE_DOSES_DECLARED, by=by, on=row, sessions=sessions)
    return row


@transaction.atomic
def strike_outside(*, doses: OutsideDoses, why: str, by: User) -> OutsideDoses:
    """It does not belong here; it stays readable and counts no more."""
    doses = OutsideDoses.objects.select_for_update(of=("self",)).get(pk=doses.pk)
    if doses.voided_at:
        raise NotReady(["This is struck out already."])
    if not why.strip():
        raise NotReady(["Write why it is struck out."])
    doses.voided_at, doses.voided_by, doses.voided_why = timezone.now(), by, why.strip()
    doses.save(update_fields=["voided_at", "voided_by", "voided_why"])
    record(Event.OUTSIDE_DOSES_STRUCK, by=by, on=doses, reason=why)
    return doses
