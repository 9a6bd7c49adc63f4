"""Measures: store a response with its score, and turn each flag that asks for action into a task."""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic import wiring
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.models import Course
from patients.links import actions as links
from patients.record.models import Patient
from patients.tasks import rules as task_rules
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from screening import measures
from screening.actions.refusals import NotPossible
from screening.models import MeasureResponse
from screening.terms import Event, MeasureEntry

ASK_FOR_ACTION = {Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM}
REFUSALS = {
    "unknown_instrument": "This instrument is not known here.",
    "unknown_item": "{item} is not an item of this form.",
    "not_an_integer": "{item}: choose one of the answers.",
    "not_a_number": "{item}: enter a number.",
    "out_of_range": "{item}: choose one of the answers.",
    "off_step": "{item}: enter a value the form can have.",
}


@transaction.atomic
def record_measure(
    *,
    patient: Patient,
    instrument: str,
    answers: Mapping[str, Any],
    entry: MeasureEntry,
    by: User | None,
    answered_at: datetime | None = None,
    course: Course | None = None,
    corrects: MeasureResponse | None = None,
    ref: UUID | None = None,
    owner: User | None = None,
) -> MeasureResponse:
    """Score and store one response; every flag of severity medium or above opens a task at once (instruments 4).

    Item flags hold for whatever is answered, complete or not. NotPossible: the scorer refuses the answers.
    `ref`: of the draft it grew from, whose tasks it then shares; `owner`: who looks at it, when somebody is named.
    """
    context = {"sex": patient.sex_for_scoring or None} if instrument == "audit-c" else {}
    score = measures.score(instrument, answers, context)
    if isinstance(score, measures.Refusal):
        sentence = REFUSALS.get(score.error, "These answers cannot be scored.")
        raise NotPossible([sentence.format(item=score.link_id or "An answer")])
    response = MeasureResponse.objects.create(
        ref=ref or uuid7(),
        clinic_id=patient.clinic_id,
        patient=patient,
        course=course or patient.courses.live().first(),
        instrument=instrument,
        instrument_version=score.instrument_version,
        scorer_version=score.scorer_version,
        answers=dict(answers),
        context=context,
        complete=score.complete,
        answered_sum=_decimal(score.answered_sum),
        total=_decimal(score.total),
        estimate=score.prorated_total,
        band=score.band or "",
        subscales=dict(score.subscales),
        flags=[{"id": flag.id, "severity": str(flag.severity), "action": flag.action} for flag in score.flags],
        entry=entry,
        answered_at=answered_at or timezone.now(),
        recorded_by=by,
        corrects=corrects,
    )
    record(
        Event.MEASURE_CORRECTED if corrects else Event.MEASURE_RECORDED,
        by=by or links.BY,
        on=response,
        role="" if by else links.ROLE,
        instrument=instrument,
        version=score.instrument_version,
        flags=[flag.id for flag in score.flags],
    )
    open_tasks(response, by=by, owner=owner)
    title = measures.instrument(instrument).short_title
    if any(flag["severity"] == Severity.CRITICAL for flag in response.flags):
        wiring.tell("screening.critical_flag", patient=patient, by=by, why=f"{title}: a critical answer")
    wiring.tell("patients.facts_changed", patient=patient, by=by, why=f"New {title}")
    return response


@transaction.atomic
def correct_measure(
    *, response: MeasureResponse, answers: Mapping[str, Any], by: User, answered_at: datetime | None = None
) -> MeasureResponse:
    """A wrong entry is corrected by a new response; the old one stays, marked. Its open tasks stay open."""
    if MeasureResponse.objects.filter(corrects=response).exists():
        raise NotPossible(["This response was corrected already. Correct the newer one."])
    return record_measure(
        patient=response.patient,
        instrument=response.instrument,
        answers=answers,
        entry=MeasureEntry(response.entry) if response.entry != MeasureEntry.LINK else MeasureEntry.STAFF,
        by=by,
        answered_at=answered_at or response.answered_at,
        course=response.course,
        corrects=response,
    )


def open_tasks(response: MeasureResponse, *, by: User | None, owner: User | None = None) -> None:
    """A task for each flag that asks for action; `owner` takes the urgent ones, else their role does."""
    asking = [flag for flag in response.flags if Severity(flag["severity"]) in ASK_FOR_ACTION]
    if not asking:
        return
    form = measures.instrument(response.instrument)
    therapist = _therapist(response.patient)
    for flag in asking:
        severity = Severity(flag["severity"])
        safety = severity in {Severity.CRITICAL, Severity.HIGH}
        open_task(
            patient=response.patient,
            kind=TaskKind.SAFETY if safety else TaskKind.FOLLOW_UP,
            severity=severity,
            title=f"{form.short_title}: {FLAG_WORDS.get(flag['id'], flag['action'].split('.')[0].split(';')[0])}",
            action=flag["action"],
            flag=flag["id"],
            source_ref=response.ref,
            owner_role=Role.PRESCRIBER if severity == Severity.CRITICAL else Role.THERAPIST,
            owner=(owner if safety else None) or (None if severity == Severity.CRITICAL else therapist),
            due_at=task_rules.due_at(severity, response.recorded_at, _end_of_day(response)),
            by=by,
        )


FLAG_WORDS = {
    "phq9.item9.any": "item 9 is above 0",
    "phq9.item9.frequent": "item 9 on more than half the days",
    "asq.positive": "suicide screen positive",
    "asq.acute": "suicide screen positive, acute or not established",
    "pcl5.item16": "item 16 at 3 or more",
    "kapbl.blood": "visible blood",
}


def _therapist(patient: Patient) -> User | None:
    """The therapist who has been on the team longest."""
    team = patient.care_team.filter(left_at=None).select_related("user").order_by("joined_at", "id")
    return next((m.user for m in team.filter(user__memberships__roles__contains=[Role.THERAPIST])), None)


def _end_of_day(response: MeasureResponse) -> datetime:
    """The end of the clinic's working day, 18:00 in its zone (PD)."""
    zone = ZoneInfo(response.clinic.zone)
    here = response.recorded_at.astimezone(zone)
    return datetime.combine(here.date(), time(18), zone)


def _decimal(value: float | int | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
