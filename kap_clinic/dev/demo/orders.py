"""Dose orders of the demo: one in force for the patient who is approved, with a booster and a medicine decided on."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.decisions import FAMILY
from patients.course.models import Course
from patients.record.days import today_in
from sessions.orders import actions, rules, selectors
from sessions.orders.models import DoseOrder
from sessions.orders.terms import Basis, Disposition, Route

DAYS = 30
ELSEWHERE: dict[str, Any] = {
    "sessions": 2,
    "first_on": date(2024, 3, 4),
    "last_on": date(2024, 3, 18),
    "source": "The patient",
}


def load(users: dict[str, User]) -> DoseOrder:
    """The approved patient's order: within the approval's upper mg, for three sessions a week apart."""
    course = Course.objects.select_related("patient__clinic").get(patient__family_name=FAMILY)
    actions.declare_outside(patient=course.patient, by=users["prescriber"], **ELSEWHERE)
    for medicine in course.patient.medicines.filter(ended_at=None):
        actions.set_hold(
            patient=course.patient,
            course=course,
            medicine=medicine,
            disposition=Disposition.CONTINUE,
            by=users["prescriber"],
            role=Role.PRESCRIBER,
        )
    return sign_order(course, by=users["prescriber"])


def sign_order(course: Course, *, by: User, **changes: Any) -> DoseOrder:
    """An order of the demo, signed with whatever there is to confirm."""
    today = today_in(course.patient.clinic.zone)
    said: dict[str, Any] = {
        "route": Route.IM,
        "basis": Basis.MG,
        "first_mg": Decimal(37),
        "boosters": 1,
        "booster_mg": Decimal(15),
        "booster_gap_minutes": 20,
        "doses": 3,
        "spacing_days": 7,
        "valid_from": today,
        "valid_until": today + timedelta(days=DAYS),
        "systolic_stop": 170,
        "instructions": "Ask twice before the booster. Eye shades and music as prepared.",
    }
    order = actions.draft(patient=course.patient, course=course, by=by, role=Role.PRESCRIBER, **{**said, **changes})
    asked = selectors.asked(course, selectors.values_of_order(order), timezone.now())
    return actions.sign(order=order, by=by, role=Role.PRESCRIBER, confirmed=rules.checks(asked).warnings)
