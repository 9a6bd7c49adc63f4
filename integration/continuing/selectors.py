"""What going on or stopping rests on: response, doses, events, integration, exposure; what a closing still needs."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q

from integration.continuing import rules
from integration.continuing.models import Continuation, ContinuingPlan
from integration.continuing.rules import Numbers, Review
from integration.continuing.terms import Benefit, Decision
from integration.tracking import selectors as tracking
from integration.tracking.rules import END as END_SCALES
from integration.tracking.rules import Outcome
from integration.tracking.selectors import Given
from integration.visits import selectors as visits
from integration.visits.models import IntegrationSession
from integration.visits.selectors import After
from integration.visits.terms import Standing
from kap_clinic.accounts.access import visible
from kap_clinic.accounts.clinic_settings.selectors import value_of, values_of
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.course.models import Course
from patients.course.terms import Stage
from patients.record.days import day_in
from patients.record.models import Patient
from patients.tasks.models import Task
from patients.tasks.terms import Outcome as TaskOutcome
from patients.tasks.terms import TaskKind
from screening import measures, trajectories
from screening.models import Finding
from screening.terms import BASELINE_DAYS
from sessions.dosing.models import DosingSession
from sessions.events.models import AdverseEvent
from sessions.events.selectors import term_of
from sessions.orders.rules import Exposure
from sessions.orders.selectors import lifetime
from sessions.visits.models import Appointment, Preparation
from sessions.visits.terms import VisitKind, VisitState

ABOVE_CAUTION = ("contraindicated", "needs_prescriber_decision")
NUMBERS = ("review_due_after", "review_late_after", "responder_percent", "partial_percent")
LETTER = "closing-letter"
FEW = 8


def numbers(clinic_id: int) -> Numbers:
    """The numbers this clinic set."""
    held = values_of(NUMBERS, clinic_id)
    return Numbers(*(held[name] for name in NUMBERS))


# What a review rests on


@dataclass(frozen=True)
class Happened:
    """One adverse event with the name its code has in the vocabulary."""

    event: AdverseEvent
    name: str


@dataclass(frozen=True)
class Facts:
    """The course as it stands. `main`: the main scale, None while a baseline or a score since is missing."""

    course: Course
    scale: str  # its name
    main: Outcome | None
    why_unknown: str
    shown: Benefit
    outcomes: list[Outcome]
    doses: list[Given]
    after: list[After]
    events: list[Happened]
    exposure: Exposure
    open_risks: list[str]

    @property
    def given(self) -> int:
        return len(self.doses)

    @property
    def total_mg(self) -> Decimal:
        return sum((dose.mg for dose in self.doses if dose.mg is not None), Decimal(0))

    @property
    def missed(self) -> list[After]:
        """Doses nobody integrated in time."""
        return [one for one in self.after if one.integration == Standing.OVERDUE]

    @property
    def dose_trend(self) -> str:
        """Where the amount went, in words."""
        known = [dose.mg for dose in self.doses if dose.mg is not None]
        if len(known) < 2:
            return "No trend yet"
        first, last = known[0], known[-1]
        if first == last:
            return f"Unchanged at {last.normalize():f} mg"
        return f"{'Up' if last > first else 'Down'} from {first.normalize():f} to {last.normalize():f} mg"

    @property
    def scale_in_words(self) -> str:
        return in_words(self.main) if self.main else self.why_unknown


def in_words(outcome: Outcome) -> str:
    """ "PHQ-9 from 18 to 8, 55.6 % better"."""
    moved = f"{outcome.name} from {outcome.baseline:g} to {outcome.current:g}"
    if outcome.percent is None:
        return moved
    return f"{moved}, {abs(outcome.percent):g} % {'better' if outcome.percent >= 0 else 'worse'}"


def facts_of(course: Course, now: datetime) -> Facts:
    """Everything a review and a closing say of a course; a dozen statements, whatever the number of doses."""
    patient = course.patient
    doses = tracking.doses_of(course)
    outcomes = tracking.outcomes(trajectories.responses(patient), doses, patient.clinic.zone)
    scale = value_of("main_scale", course.clinic_id)
    name = measures.instrument(scale).short_title
    main = next((one for one in outcomes if one.instrument == scale), None)
    why = f"No complete {name} in the {BASELINE_DAYS} days before the first dose, or none since it"
    return Facts(
        course=course,
        scale=name,
        main=main,
        why_unknown=why if doses else "No dose is given yet",
        shown=rules.benefit(main.percent if main else None, numbers(course.clinic_id)),
        outcomes=outcomes,
        doses=doses,
        after=visits.of_course(course, now),
        events=events_of(course),
        exposure=lifetime(patient),
        open_risks=open_risks(patient),
    )


def events_of(course: Course) -> list[Happened]:
    """Adverse events since the course was opened, gravest first; a boundary concern is not for the treating team."""
    rows = AdverseEvent.objects.filter(patient=course.patient_id, onset_at__gte=course.opened_at)
    rows = rows.filter(is_boundary_concern=False).order_by("-serious", F("grade").desc(nulls_first=True), "-onset_at")
    return [Happened(row, term_of(row).term) for row in rows]


def open_risks(patient: Patient) -> list[str]:
    """Safety tasks that are still open, by their titles."""
    rows = Task.objects.open().filter(patient=patient, kind=TaskKind.SAFETY)
    return list(rows.order_by("due_at").values_list("title", flat=True))


def as_signed(facts: Facts) -> dict[str, Any]:
    """The facts in the form a decision is signed on: words and numbers as text, in order."""
    return {
        "main_scale": facts.scale_in_words,
        "benefit": str(facts.shown),
        "outcomes": [in_words(one) for one in facts.outcomes],
        "doses": [
            {"number": dose.number, "t0": dose.t0.isoformat(), "mg": str(dose.mg), "route": dose.route}
            for dose in facts.doses
        ],
        "events": [f"{one.name}, grade {'-' if one.event.grade is None else one.event.grade}" for one in facts.events],
        "missed_integrations": [one.number for one in facts.missed],
        "exposure": {"sessions": facts.exposure.sessions, "mg": str(facts.exposure.mg), **facts.exposure.flags},
        "open_risks": facts.open_risks,
    }


def digest(content: Any) -> str:
    """SHA-256 of one canonical form (SEC-40)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def content(row: Continuation) -> dict[str, Any]:
    """Everything the signature of a decision stands under."""
    return {
        "version": 1,
        "review": str(row.ref),
        "course": str(row.course.ref),
        "after_dose": row.after_dose,
        "decision": str(row.decision),
        "reason": row.reason,
        "facts": row.facts,
        "signed_by": row.signed_by_id,
        "signed_name": row.signed_name,
        "signed_role": row.signed_role,
        "signed_at": row.signed_at.isoformat(),
    }


def is_whole(row: Continuation) -> bool:
    """Whether a decision still is what was signed."""
    return row.sha256 == digest(content(row))


def decisions(course: Course) -> list[Continuation]:
    """What was decided, newest first."""
    return list(Continuation.objects.filter(course=course).select_related("course").order_by("-id"))


def review_of(course: Course, given: int, reviewed: Iterable[int]) -> Review | None:
    return rules.review_due(given, course.planned_doses, reviewed, numbers(course.clinic_id))


@dataclass(frozen=True)
class Owed:
    """A review somebody owes."""

    course: Course
    review: Review


def reviews_due(member: Member) -> list[Owed]:
    """The courses of this prescriber's patients whose review is due; late ones first."""
    rows = visible(member, Permission.COURSE_DOSE, Course.objects.filter(stage=Stage.DOSING_SERIES))
    given = Count("dosing_sessions", filter=Q(dosing_sessions__t0__isnull=False))
    courses = list(rows.annotate(given=given).filter(given__gt=0).select_related("patient"))
    signed: dict[int, list[int]] = {}
    for course_id, after in Continuation.objects.filter(course__in=courses).values_list("course_id", "after_dose"):
        signed.setdefault(course_id, []).append(after)
    held, found = numbers(member.clinic_id), []
    for course in courses:
        reviewed = signed.get(course.pk, [])
        if review := rules.review_due(course.given, course.planned_doses, reviewed, held):  # type: ignore[attr-defined]
            found.append(Owed(course, review))
    return sorted(found, key=lambda owed: (not owed.review.is_late, owed.course.pk))


# What closing needs


def newest_plan(course: Course) -> ContinuingPlan | None:
    return ContinuingPlan.objects.filter(course=course).select_related("written_by").order_by("-id").first()


def last_visit(course: Course) -> Appointment | None:
    """The closing visit that took place after the last dose: completed, and written down as the closing one."""
    last = DosingSession.objects.dosed().filter(course=course).order_by("-t0").values_list("t0", flat=True).first()
    rows = Appointment.objects.filter(course=course, kind=VisitKind.INTEGRATION, state=VisitState.COMPLETED)
    if last is not None:
        rows = rows.filter(finished_at__gt=last)
    for visit in rows.order_by("-finished_at"):
        newest = IntegrationSession.objects.filter(appointment=visit).order_by("-id").first()
        if newest is not None and newest.is_closing:
            return visit
    return None


def end_scales_open(course: Course, now: datetime) -> list[str]:
    """The closing measures nobody has answered since the last dose (instruments.md 3)."""
    zone = course.patient.clinic.zone
    last = DosingSession.objects.dosed().filter(course=course).order_by("-t0").values_list("t0", flat=True).first()
    responses = trajectories.responses(course.patient)
    since = last or course.opened_at
    answered = {
        row.instrument
        for row in responses
        if row.complete and day_in(row.answered_at, zone) > day_in(since, zone) and row.answered_at <= now
    }
    return [measures.instrument(name).short_title for name in END_SCALES if name not in answered]


def letters_open(course: Course) -> list[str]:
    """Letters that are still to be written; before a course closes, the closing letter itself."""
    rows = Task.objects.filter(patient=course.patient_id, kind=TaskKind.LETTER)
    waiting = list(rows.open().values_list("title", flat=True))
    if not waiting and not rows.filter(source_ref=course.ref, flag=LETTER).exists():
        return ["Closing letter"]
    return waiting


def safety_plan_missing(course: Course) -> bool:
    """Suicide risk was once above caution, and no safety plan is on file (protocol 2, any ending)."""
    found = Finding.objects.filter(screening__patient=course.patient_id, rule="suicide-risk")
    if not found.filter(severity__in=ABOVE_CAUTION).exists():
        return False
    made = Task.objects.filter(patient=course.patient_id, outcome=TaskOutcome.SAFETY_PLAN)
    written = Preparation.objects.filter(patient=course.patient_id).exclude(safety_plan={})
    return not (made.exists() or written.exists())


def closing_evidence(facts: Facts, now: datetime) -> dict[str, bool]:
    """What the moves towards an end ask of integration, by the keys of `patients.course.rules.NEEDS`."""
    course, plan, signed = facts.course, newest_plan(facts.course), decisions(facts.course)
    last = signed[0].decision if signed else ""
    return {
        "series_over": rules.is_series_over(facts.given, course.planned_doses, last),
        "last_integration": last_visit(course) is not None,
        "end_scales": not end_scales_open(course, now),
        "relapse_plan": plan is not None,
        "letters": not letters_open(course),
        "benefit_shown": rules.entry_of(facts.shown) is not None,
        "maintenance_plan": plan is not None and bool(plan.maintenance.strip()),
        "exposure_reviewed": any(row.after_dose >= facts.given and row.decision != Decision.STOP for row in signed),
        "safety_plan": not safety_plan_missing(course),
    }


def ending_written(facts: Facts) -> dict[str, str]:
    """What every ending writes (protocol 7): last scales against baseline, sessions and mg, open risks."""
    return {
        "main_scale": facts.scale_in_words,
        "scales": "; ".join(in_words(one) for one in facts.outcomes) or "None to compare",
        "sessions_given": str(facts.given),
        "total_mg": f"{facts.total_mg.normalize():f}",
        "open_risks": "; ".join(facts.open_risks) or "None open",
    }


def visits_booked(course: Course, now: datetime) -> Sequence[Appointment]:
    """What is still booked in the course."""
    rows = Appointment.objects.live().filter(course=course, ends_at__gt=now - timedelta(hours=1))
    return list(rows.order_by("starts_at"))
