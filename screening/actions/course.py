"""Moves of a course that rest on screening: to review, back, enrolment, decline. Evidence is gathered here."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.consents.selectors import evidence as consent_evidence
from patients.course import actions as course_actions
from patients.course.models import Course
from patients.course.terms import Ending, Stage
from patients.record.terms import ContactKind
from screening.actions.refusals import NotPossible
from screening.eligibility import standing
from screening.trajectories import baseline_open


def evidence(course: Course, on: date) -> dict[str, bool]:
    """What the record says of each need of a move, as far as screening and everything below it knows."""
    patient = course.patient
    contacts = patient.contacts.filter(ended_at=None)
    newest = patient.screenings.order_by("-version").first()
    return {
        **consent_evidence(patient, on),
        "identity_checked": course.identity_checked_on is not None,
        "screening_complete": newest is not None and newest.submitted_at is not None,
        "baseline_done": not baseline_open(patient),
        "eligible": standing(patient, on).eligible,
        "live_visit_done": course.live_visit_on is not None and course.live_visit_on <= on,
        "indication_noted": bool(course.indication.strip() and course.tried_before.strip()),
        "monitoring_checked": course.monitoring_checked_on is not None,
        "therapist_assigned": _therapist_on_team(course),
        "emergency_contact": contacts.filter(kind=ContactKind.EMERGENCY).exists(),
        "escort": contacts.filter(kind=ContactKind.ESCORT).exists(),
    }


def _therapist_on_team(course: Course) -> bool:
    team = course.patient.care_team.filter(left_at=None)
    return team.filter(user__memberships__roles__contains=[Role.THERAPIST], user__memberships__ended_at=None).exists()


@transaction.atomic
def move_course(
    *,
    course: Course,
    to: Stage,
    by: User | None,
    role: str,
    on: date,
    reason: str = "",
    ending: Ending | str = "",
    more: Mapping[str, Any] | None = None,
) -> Course:
    """Move a course on what the record says; `more` is evidence from the page (what was offered instead).

    NotPossible: with every sentence that is not true yet.
    """
    facts = {**evidence(course, on), **(more or {})}
    try:
        return course_actions.move(course=course, to=to, by=by, role=role, evidence=facts, reason=reason, ending=ending)
    except course_actions.NotReady as no:
        raise NotPossible(no.reasons) from no


def move_if_at(stage: Stage, **how: Any) -> None:
    """Move the patient's live course when it stands at this stage; elsewhere a re-screening moves nothing."""
    patient = how.pop("patient")
    course = patient.courses.live().first()
    if course is not None and course.stage == stage:
        move_course(course=course, **how)
