"""Decisions of the demo's prescribers: approvals, overrides of each kind, an open question, a refusal."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from kap_clinic.dev.demo.cast import Cast
from kap_clinic.dev.demo.people import Invented
from patients.course.actions import note_enrolment
from patients.course.models import Course
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine
from patients.models import Patient
from patients.record.days import today_in
from screening import actions
from screening.models import Override, Review, Screening
from screening.rules import Condition, Severity
from screening.terms import ConditionKind, Decision, Disposition, Judgement, Route

WHY = "Two trials failed at full dose; risks and the plan were talked through at the live visit."
PLAN = "Seen every week by the prescriber, spouse told what to look for, no dose without a call the day before."
OVERRIDE_DAYS = 60
CONDITIONS = (
    Condition(ConditionKind.UPPER_MG, mg=Decimal(55), route=Route.IM),
    Condition(ConditionKind.EXTRA_CHECK, words="Blood pressure after five minutes at rest; do not start above 145/90"),
    Condition(
        ConditionKind.MEDICINE_HOLD, medicine="zolpidem 5 mg at night", disposition=Disposition.HOLD, hours_before=24
    ),
    Condition(ConditionKind.CONFIRM_ON_DAY, words="The spouse stays the night"),
)


def newest(patient: Patient) -> Screening:
    return Screening.objects.filter(patient=patient).latest("version")


def decide(patient: Patient, cast: Cast, decision: Decision = Decision.APPROVE, **more: Any) -> Review:
    """The prescriber's decision at this moment, having looked at every finding."""
    screening = newest(patient)
    said: dict[str, Any] = {
        "reason": WHY,
        "judgements": {one.pk: (_judgement(one.severity), WHY) for one in screening.findings.all()},
        "on": today_in(cast.clinic.zone),
        **cast.prescriber,
    }
    return actions.decide(screening=screening, decision=decision, **{**said, **more})


def _judgement(severity: str) -> Judgement:
    return Judgement.ACCEPT if severity == Severity.NEEDS_PRESCRIBER_DECISION else Judgement.SEEN


def with_conditions(patient: Patient, cast: Cast) -> None:
    """An approval that hangs on a condition of each kind."""
    words = "Call the daughter if the first dose is hard."
    decide(patient, cast, Decision.APPROVE_WITH_CONDITIONS, typed_conditions=CONDITIONS, conditions=words)


def ask_for_more(patient: Patient, cast: Cast) -> None:
    reason = "The heart history is thin for an injection."
    decide(patient, cast, Decision.ASK_FOR_MORE, reason=reason, questions="When was the last ECG, and who has it?")


def decline(patient: Patient, cast: Cast) -> None:
    offered = "Behavioural activation here, and cardiology first; a new intake in six months."
    decide(patient, cast, Decision.DECLINE, reason="A heart attack four weeks ago.", conditions=offered)


def set_aside(patient: Patient, cast: Cast, reason: str) -> Override:
    """The prescriber overrides the first stop of the newest screening."""
    today = today_in(cast.clinic.zone)
    return actions.override_stop(
        finding=newest(patient).findings.filter(severity=Severity.CONTRAINDICATED)[0],
        reason=reason,
        risk_plan=PLAN,
        expires_on=today + timedelta(days=OVERRIDE_DAYS),
        on=today,
        **cast.prescriber,
    )


def second(override: Override, cast: Cast) -> None:
    """The medical director signs as the second person."""
    actions.second_override(override=override, **cast.director)


def another_medicine(patient: Patient, cast: Cast) -> None:
    """A medicine nobody spoke of: the rules run again, and what was set aside lapses."""
    add_medicine(patient=patient, by=cast.users["therapist"], text="tramadol 50 mg", last_taken="current")


def enrol(one: Invented, patient: Patient, cast: Cast, *, preparations: int = 1, doses: int = 6) -> Course:
    """Enrolled at this moment: seen in person, the monitoring database checked."""
    today = today_in(cast.clinic.zone)
    course = note_enrolment(
        course=patient.courses.live().get(),
        by=cast.users["prescriber"],
        indication=one.indication,
        tried_before=one.tried,
        live_visit_on=today,
        live_visit_by_video=False,
        monitoring_checked_on=today,
        planned_preparations=preparations,
        planned_doses=doses,
    )
    return actions.move_course(course=course, to=Stage.ENROLLED, on=today, **cast.prescriber)
