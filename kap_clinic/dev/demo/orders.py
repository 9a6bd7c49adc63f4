"""Dose orders of the demo, and what is decided of the medicines before a dose."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.dev.demo.cast import Cast
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
WHY_ABOVE = "Did not respond to 1 mg/kg elsewhere; the higher dose is given with the prescriber in the room."


def with_a_booster(course: Course, cast: Cast) -> DoseOrder:
    """An order within the approval's upper mg, for three sessions a week apart, by somebody who had doses elsewhere."""
    actions.declare_outside(patient=course.patient, by=cast.users["prescriber"], **ELSEWHERE)
    go_on_with_medicines(course, cast)
    return sign_order(course, cast, first_mg=Decimal(37), boosters=1, booster_mg=Decimal(15), booster_gap_minutes=20)


def go_on_with_medicines(course: Course, cast: Cast) -> None:
    for medicine in course.patient.medicines.filter(ended_at=None):
        actions.set_hold(
            patient=course.patient,
            course=course,
            medicine=medicine,
            disposition=Disposition.CONTINUE,
            **cast.prescriber,
        )


def sign_order(course: Course, cast: Cast, *, reason: str = "", **changes: Any) -> DoseOrder:
    """An order of the demo, signed with whatever there is to confirm; above a limit it waits for the second person."""
    today = today_in(course.patient.clinic.zone)
    said: dict[str, Any] = {
        "route": Route.IM,
        "basis": Basis.MG,
        "boosters": 0,
        "doses": 3,
        "spacing_days": 7,
        "valid_from": today,
        "valid_until": today + timedelta(days=DAYS),
        "systolic_stop": 170,
        "instructions": "Eye shades and music as prepared. Ask twice before a booster.",
    }
    order = actions.draft(patient=course.patient, course=course, **{**said, **changes}, **cast.prescriber)
    asked = selectors.asked(course, selectors.values_of_order(order), timezone.now())
    return actions.sign(order=order, reason=reason, confirmed=rules.checks(asked).warnings, **cast.prescriber)
