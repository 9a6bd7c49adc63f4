"""Orders for tests, brought to a state through the real actions."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.course.actions import open_course
from patients.medicines.actions import add_medicine
from patients.models import Course, Patient
from patients.record.actions import measure_weight
from patients.record.days import today_in
from screening import actions as screening
from screening.rules import Condition, Severity
from screening.selectors import newest_submitted
from screening.terms import ConditionKind, Decision, Judgement
from sessions.orders import actions, rules, selectors
from sessions.orders.models import DoseOrder
from tests.screening.recorded import case, submitted

WHY = "Two trials failed at full dose; risks and the plan were talked through at the live visit."


def approved(
    patient: Patient, *, therapist: User, prescriber: User, kg: str = "70", upper: str = "", takes: tuple[str, ...] = ()
) -> Course:
    """A course in review whose screening is approved today, of somebody weighed today; `upper` mg is a condition.

    `takes`: medicines, known before the decision, since a new one asks for another.
    """
    today = today_in(patient.clinic.zone)
    course = open_course(patient=patient, by=therapist, role=Role.THERAPIST)
    intake = {**case("clear"), "assessment_date": today.isoformat()}
    submitted(patient, intake, by=therapist)
    weigh(patient, kg, by=therapist)
    for text in takes:
        add_medicine(patient=patient, by=therapist, text=text, last_taken="current")
    row = newest_submitted(patient.pk)
    limits = [Condition(ConditionKind.UPPER_MG, mg=Decimal(upper))] if upper else []
    screening.decide(
        screening=row,
        decision=Decision.APPROVE_WITH_CONDITIONS if upper else Decision.APPROVE,
        reason=WHY,
        judgements={finding.pk: (_judgement(finding.severity), WHY) for finding in row.findings.all()},
        by=prescriber,
        role=Role.PRESCRIBER,
        on=today,
        typed_conditions=limits,
    )
    course.refresh_from_db()
    return course


def _judgement(severity: str) -> Judgement:
    return Judgement.ACCEPT if severity == Severity.NEEDS_PRESCRIBER_DECISION else Judgement.SEEN


def weigh(patient: Patient, kg: str, *, by: User, days_ago: int = 0) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    measure_weight(patient=patient, by=by, value=Decimal(kg), unit="kg", measured_at=at)


def values(**changes: Any) -> dict[str, Any]:
    """An order nothing is to be said about: 35 mg into a muscle, 0.5 mg/kg of somebody of 70 kg."""
    today = today_in("America/New_York")
    known = {"route": "im", "basis": "mg", "first_mg": Decimal(35), "doses": 3, "spacing_days": 7}
    return {**known, "valid_from": today, "valid_until": today + timedelta(days=30), **changes}


def drafted(course: Course, *, by: User, **changes: Any) -> DoseOrder:
    return actions.draft(patient=course.patient, course=course, by=by, role=Role.PRESCRIBER, **values(**changes))


def signed(course: Course, *, by: User, **changes: Any) -> DoseOrder:
    """Signed with every warning confirmed; above a block limit it waits for a second person."""
    order = drafted(course, by=by, **changes)
    return actions.sign(order=order, by=by, role=Role.PRESCRIBER, reason=WHY, confirmed=warnings(order))


def row(course: Course, *, by: User) -> DoseOrder:
    """A draft as a bare row, whatever stage the course is at: for who may see it, not for what may be done."""
    known = {"clinic_id": course.clinic_id, "patient": course.patient, "course": course, "drafted_by": by}
    return DoseOrder.objects.create(weight=selectors.weight(course.patient), **known, **values())


def warnings(order: DoseOrder) -> list[str]:
    return rules.checks(selectors.asked(order.course, selectors.values_of_order(order), timezone.now())).warnings
