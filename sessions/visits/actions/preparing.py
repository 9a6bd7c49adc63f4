"""Writing down what patient and therapist prepared."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from sessions.visits.models import Appointment, Preparation
from sessions.visits.terms import SAFETY_PLAN, Event

FIELDS = ("intention", "music", "scent", "movement", "touch_wishes", "stop_word", "safety_plan")


@transaction.atomic
def write_preparation(
    *, course: Course, by: User, appointment: Appointment | None = None, **fields: Any
) -> Preparation:
    """What was prepared, as of this visit: a new row, the newest of a course holds. Fields as in FIELDS.

    Written again without a change it stays the row it was. NotReady: nothing was said, or the course is closed.
    """
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"A preparation has no {', '.join(sorted(unknown))}.")
    course = Course.objects.select_for_update(of=("self",)).get(pk=course.pk)
    plan = _plan(fields.pop("safety_plan", {}))
    said: dict[str, Any] = {name: str(value).strip() for name, value in fields.items()} | {"safety_plan": plan}
    _refuse(course, appointment, said)
    last = course.preparations.order_by("-id").first()
    if last and last.appointment_id == (appointment and appointment.pk) and _same(last, said):
        return last
    row = Preparation.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        appointment=appointment,
        written_by=by,
        **said,
    )
    record(Event.PREPARATION_WRITTEN, by=by, on=row, written=sorted(name for name, value in said.items() if value))
    return row


def _plan(said: Mapping[str, str]) -> dict[str, str]:
    if unknown := said.keys() - set(SAFETY_PLAN):
        raise TypeError(f"A safety plan has no {', '.join(sorted(unknown))}.")
    return {name: text.strip() for name, text in said.items() if text.strip()}


def _refuse(course: Course, appointment: Appointment | None, said: Mapping[str, Any]) -> None:
    reasons = []
    if not any(said.values()):
        reasons.append("Write down at least one thing that was prepared")
    if not course.is_live:
        reasons.append("This course is closed: nothing is prepared in it any more")
    if appointment and appointment.course_id != course.pk:
        reasons.append("This visit belongs to another course")
    if reasons:
        raise NotReady(reasons)


def _same(row: Preparation, said: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == said.get(name, "") for name in FIELDS)
