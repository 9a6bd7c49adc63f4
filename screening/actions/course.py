"""Moves of a course that rest on screening: to review, back, enrolment, decline. Evidence is gathered here."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Read, Rows, compiled, together
from patients.consents import selectors as consents
from patients.course import actions as course_actions
from patients.course.models import Course
from patients.course.terms import Ending, Stage
from patients.record import selectors as records
from patients.record.models import Patient
from patients.record.terms import ContactKind
from screening import eligibility, trajectories
from screening.actions.refusals import NotPossible
from screening.models import Screening


def evidence(course: Course, on: date) -> dict[str, bool]:
    """What the record says of each need of a move, as far as screening and everything below it knows."""
    patient = course.patient
    rows = together(evidence_reads(patient))
    return evidence_of(course, on, patient.clinic.zone, rows)


def evidence_reads(patient: Patient) -> dict[str, Read]:
    """What `evidence_of` needs of a patient, to be read together with other things."""
    return {
        **consents.reads(patient),
        **eligibility.reads(patient),
        "newest_screening": _newest(patient),
        "responses": trajectories.responses_read(patient),
        "contacts": records.contacts_read(patient),
        "team": records.team_read(patient),
    }


@compiled
def _newest(patient: Patient) -> Read:
    return Read(Screening.objects.filter(patient=patient).order_by("-version")[:1], ("ref", "submitted_at"))


def evidence_of(course: Course, on: date, zone: str, rows: Rows) -> dict[str, bool]:
    """The same from the rows of `evidence_reads`; `zone` is the clinic's."""
    patient = course.patient
    kinds = {kind for _, kind, *_ in rows["contacts"]}
    return {
        **consents.evidence(patient, on, zone=zone, read=rows),
        "identity_checked": course.identity_checked_on is not None,
        "screening_complete": any(submitted_at is not None for _, submitted_at in rows["newest_screening"]),
        "baseline_done": not trajectories.baseline_open_of(rows["responses"]),
        "eligible": eligibility.standing(patient, on, read=rows).eligible,
        "live_visit_done": course.live_visit_on is not None and course.live_visit_on <= on,
        "indication_noted": bool(course.indication.strip() and course.tried_before.strip()),
        "monitoring_checked": course.monitoring_checked_on is not None,
        "therapist_assigned": bool(records.first_with(records.team_of(rows["team"], zone), Role.THERAPIST)),
        "emergency_contact": ContactKind.EMERGENCY in kinds,
        "escort": ContactKind.ESCORT in kinds,
    }


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
