"""What is done with a course."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.models import Course, CourseMove, Goal
from patients.course.rules import REASON, reasons_against_move
from patients.course.terms import Ending, Event, Stage
from patients.record.models import Patient


class NotReady(Exception):
    """What must be true first, in sentences people read."""

    def __init__(self, reasons: list[str]):
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@transaction.atomic
def open_course(*, patient: Patient, by: User | None, role: str, why_now: str = "") -> Course:
    """The patient's live course, or a new one at `inquiry`. A closed course is never reopened (protocol 2)."""
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    if live := patient.courses.live().first():
        return live
    last = patient.courses.aggregate(last=Max("number"))["last"] or 0
    course = Course.objects.create(
        clinic_id=patient.clinic_id, patient=patient, number=last + 1, why_now=why_now, opened_by=by
    )
    CourseMove.objects.create(
        clinic_id=course.clinic_id, patient=patient, course=course, after=Stage.INQUIRY, role=role, moved_by=by
    )
    record(Event.COURSE_OPENED, by=by or "system", on=course, role=role, number=course.number)
    return course


@transaction.atomic
def move(
    *,
    course: Course,
    to: Stage,
    by: User | None,
    role: str,
    evidence: Mapping[str, Any],
    reason: str = "",
    ending: Ending | str = "",
) -> Course:
    """Move a course along one row of the table, or raise NotReady with everything that is not true yet.

    The caller is the verb in the highest app the evidence needs; it has gathered the facts in this transaction.
    """
    course = Course.objects.select_for_update(of=("self",)).get(pk=course.pk)
    facts = {**evidence, REASON: reason.strip()}
    if reasons := reasons_against_move(course.stage, to, role=role, evidence=facts):
        raise NotReady(reasons)
    before, course.stage, course.ending = course.stage, to, ending or course.ending
    CourseMove.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        before=before,
        after=to,
        reason=reason,
        evidence={name: str(value) for name, value in evidence.items()},
        role=role,
        moved_by=by,
    )
    course.save(update_fields=["stage", "ending"])
    record(Event.COURSE_MOVED, by=by or "system", on=course, role=role, reason=reason, before=before, after=str(to))
    return course


@transaction.atomic
def note_enrolment(*, course: Course, by: User, **facts: str | date | bool | int | None) -> Course:
    """What enrolment needs: indication, what was tried, the live visit, the monitoring database, planned numbers."""
    for name, value in facts.items():
        setattr(course, name, value)
    course.save(update_fields=list(facts))
    record(Event.ENROLMENT_NOTED, by=by, on=course, noted=sorted(facts))
    return course


@transaction.atomic
def set_goal(*, course: Course, text: str, by: User) -> Goal:
    goal = Goal.objects.create(
        clinic_id=course.clinic_id, patient_id=course.patient_id, course=course, text=text, set_by=by
    )
    record(Event.GOAL_SET, by=by, on=goal)
    return goal


@transaction.atomic
def close_goal(*, goal: Goal, outcome: str, by: User) -> Goal:
    goal.closed_at, goal.closed_by, goal.outcome = timezone.now(), by, outcome
    goal.save(update_fields=["closed_at", "closed_by", "outcome"])
    record(Event.GOAL_CLOSED, by=by, on=goal, closed_as=str(outcome))
    return goal
