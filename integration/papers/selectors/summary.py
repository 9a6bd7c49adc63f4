"""A whole course as its summary prints it, as it stood at a moment. No word of a note, no answer to a question."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from integration.continuing import selectors as continuing
from integration.continuing.models import ContinuingPlan
from integration.tracking import selectors as tracking
from integration.tracking.rules import BASELINE_DAYS, Outcome
from integration.tracking.selectors import Given
from integration.visits import selectors as visits
from integration.visits.models import Practice
from integration.visits.selectors import After
from integration.visits.terms import Standing
from kap_clinic.accounts.clinic_settings.selectors import value_of
from patients.course.models import Course, CourseMove
from patients.course.rules import CLOSED
from patients.course.terms import Stage
from patients.record.days import day_in
from patients.tasks.models import Task
from patients.tasks.terms import TaskKind
from screening import measures, trajectories
from screening.models import MeasureResponse, Review
from screening.terms import DECIDES
from screening.trajectories import Panel
from sessions.dosing.models import Dose, DosingSession, VitalSigns
from sessions.dosing.terms import DoseKind
from sessions.events.models import AdverseEvent
from sessions.events.selectors import term_of
from sessions.events.terms import Outcome as EventOutcome
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

OVER = (EventOutcome.RECOVERED, EventOutcome.SEQUELAE, EventOutcome.FATAL)
ENDING = (*CLOSED, Stage.CLOSING, Stage.MAINTENANCE)


@dataclass(frozen=True)
class Happened:
    """One adverse event: its name in the vocabulary, its code, grade in words, and whether it is over."""

    code: str
    name: str
    grade: str
    on: date
    serious: bool
    outcome: str
    is_over: bool
    is_signed: bool


@dataclass(frozen=True)
class DoseDay:
    """One dosing session. mg and mg/kg in all, boosters counted in; pressure in mmHg, the highest after the dose."""

    number: int
    t0: datetime
    on: date
    route: str
    mg: Decimal
    mg_per_kg: Decimal
    boosters: list[Decimal]
    pressure: str  # empty: none was measured
    events: list[Happened]
    left: str
    is_signed: bool

    @property
    def given(self) -> Given:
        return Given(self.number, self.t0, self.mg, self.route)


@dataclass(frozen=True)
class Practised:
    """What the patient agreed to do, and how it went when it was last asked."""

    text: str
    how_often: str
    how: str
    is_over: bool


@dataclass(frozen=True)
class Summary:
    """Everything a summary says. `main`: the drawing of the main scale; None while it was never answered."""

    course: Course
    zone: str
    stage: Stage
    ended: CourseMove | None
    decided: Review | None
    prepared: list[date]
    doses: list[DoseDay]
    between: list[Happened]  # events outside of a dosing session
    outcomes: list[Outcome]
    scale: str
    main: Panel | None
    held: list[tuple[date, int | None]]  # integration visits: the day, and after which dose
    practices: list[Practised]
    plan: ContinuingPlan | None
    coming: list[Appointment]
    open: list[str]  # what was left open

    @property
    def is_final(self) -> bool:
        return self.stage in CLOSED

    @property
    def is_draft(self) -> bool:
        """A record of a dose that nobody signed may still change."""
        return any(not dose.is_signed for dose in self.doses)

    @property
    def total_mg(self) -> Decimal:
        return sum((dose.mg for dose in self.doses), Decimal(0))

    @property
    def events(self) -> list[Happened]:
        return [*(one for dose in self.doses for one in dose.events), *self.between]

    @property
    def why_no_outcome(self) -> str:
        """Why the main scale cannot be compared; empty where it can."""
        if any(one.name == self.scale for one in self.outcomes):
            return ""
        if not self.doses:
            return "No dose was given."
        return f"No complete {self.scale} in the {BASELINE_DAYS} days before the first dose, or none since it."


def summary(course: Course, then: datetime) -> Summary:
    """One course, with its patient and clinic, at a moment. Under twenty statements, however long it was."""
    patient, zone = course.patient, course.patient.clinic.zone
    moves = list(course.moves.filter(moved_at__lte=then).order_by("id"))
    stage = Stage(moves[-1].after) if moves else Stage.INQUIRY
    events = _events(course, then)
    doses = list(_dose_days(course, events, then, zone))
    after = visits.of_course(course, then)
    responses = _responses(course, then)
    given = [dose.given for dose in doses]
    scale = value_of("main_scale", course.clinic_id)
    panels = trajectories.panels_of(responses, zone, [scale], tracking.marks_of(given, zone))
    met = list(course.appointments.order_by("starts_at"))
    plan = ContinuingPlan.objects.filter(course=course, written_at__lte=then).order_by("-id").first()
    decided = Review.objects.filter(screening__patient=patient, decided_at__range=(course.opened_at, then))
    return Summary(
        course=course,
        zone=zone,
        stage=stage,
        ended=moves[-1] if stage in CLOSED else None,
        decided=decided.filter(decision__in=DECIDES).select_related("decided_by").order_by("-id").first(),
        prepared=[day_in(one.starts_at, zone) for one in _took_place(met, VisitKind.PREPARATION, then)],
        doses=doses,
        between=[_happened(row, zone) for row in events if row.dosing_id not in {one.dosing.pk for one in after}],
        outcomes=tracking.outcomes(responses, given, zone),
        scale=measures.instrument(scale).short_title,
        main=panels[0] if panels else None,
        held=_held(_took_place(met, VisitKind.INTEGRATION, then), after, zone),
        practices=_practices(course, then, zone),
        plan=plan,
        coming=[one for one in met if one.is_live and one.starts_at > then],
        open=list(_left_open(course, stage, doses, events, after, plan, then)),
    )


def _took_place(visits: Iterable[Appointment], kind: VisitKind, then: datetime) -> list[Appointment]:
    return [
        one
        for one in visits
        if one.kind == kind and one.state == VisitState.COMPLETED and (one.finished_at or one.ends_at) <= then
    ]


# Dose days


def _standing(then: datetime, at: str = "entered_at") -> Q:
    """What was written down by then and not corrected by then."""
    return Q(**{f"{at}__lte": then}) & (Q(correction=None) | Q(**{f"correction__{at}__gt": then}))


def _dose_days(course: Course, events: Sequence[AdverseEvent], then: datetime, zone: str) -> Iterator[DoseDay]:
    rows = DosingSession.objects.dosed().filter(course=course, t0__lte=then)
    doses = Dose.objects.filter(_standing(then), dosing__course=course).order_by("happened_at", "id")
    readings = VitalSigns.objects.filter(_standing(then), dosing__course=course, systolic__isnull=False)
    read = list(readings.values_list("dosing_id", "happened_at", "systolic", "diastolic"))
    given = list(doses)
    for row in rows.select_related("discharge").order_by("t0"):
        mine = [one for one in given if one.dosing_id == row.pk]
        if mine and row.t0 is not None:
            taken = [(high, low) for pk, at, high, low in read if high and pk == row.pk and at >= row.t0]
            yield _day(row, row.t0, mine, taken, [one for one in events if one.dosing_id == row.pk], then, zone)


def _day(
    row: DosingSession,
    t0: datetime,
    given: Sequence[Dose],
    taken: Iterable[tuple[int, int | None]],
    events: Sequence[AdverseEvent],
    then: datetime,
    zone: str,
) -> DoseDay:
    mg = sum((one.mg for one in given), Decimal(0))
    worst = max(taken, key=lambda one: (one[0], one[1] or 0), default=None)
    needs_second = row.number == 1 or bool(events)
    signed = [row.signed_at, *([row.cosigned_at] if needs_second else [])]
    return DoseDay(
        number=row.number or 0,
        t0=t0,
        on=day_in(t0, zone),
        route=given[0].get_route_display(),
        mg=mg,
        mg_per_kg=(mg / given[0].weight_kg).quantize(Decimal("0.01")),
        boosters=[one.mg for one in given if one.kind == DoseKind.BOOSTER],
        pressure=f"{worst[0]}/{worst[1] if worst[1] is not None else '-'}" if worst else "",
        events=[_happened(one, zone) for one in events],
        left=_left(row, t0, then),
        is_signed=all(at is not None and at <= then for at in signed),
    )


def _left(row: DosingSession, t0: datetime, then: datetime) -> str:
    end = getattr(row, "discharge", None)
    if end is None or end.left_at > then:
        return "Not written down"
    hours, minutes = divmod(int((end.left_at - t0).total_seconds() // 60), 60)
    return f"{end.get_way_display()}, {hours} h {minutes:02} min after the dose"


def _events(course: Course, then: datetime) -> list[AdverseEvent]:
    """Since the course was opened, as reported by then; a boundary concern is not for the treating team."""
    rows = AdverseEvent.objects.filter(patient=course.patient_id, onset_at__gte=course.opened_at)
    return list(rows.filter(reported_at__lte=then, is_boundary_concern=False).order_by("onset_at", "id"))


def _happened(row: AdverseEvent, zone: str) -> Happened:
    return Happened(
        code=row.code,
        name=term_of(row).term,
        grade=f"grade {row.get_grade_display()}" if row.grade is not None else "not graded",
        on=day_in(row.onset_at, zone),
        serious=row.serious,
        outcome=row.get_outcome_display().lower() if row.outcome else "outcome not known",
        is_over=row.outcome in OVER,
        is_signed=row.signed_at is not None,
    )


# Measures, integration


def _responses(course: Course, then: datetime) -> list[MeasureResponse]:
    """Everything answered until the next course, without what was corrected."""
    later = Course.objects.filter(patient=course.patient_id, number=course.number + 1)
    until = min([then, *later.values_list("opened_at", flat=True)])
    rows = MeasureResponse.objects.filter(_standing(then, "recorded_at"), patient=course.patient_id)
    return list(rows.filter(answered_at__lte=until).order_by("answered_at", "id"))


def _held(visits: Iterable[Appointment], after: Sequence[After], zone: str) -> list[tuple[date, int | None]]:
    numbers = {one.visit.pk: one.number for one in after if one.visit is not None}
    return [(day_in(one.starts_at, zone), numbers.get(one.pk)) for one in visits]


def _practices(course: Course, then: datetime, zone: str) -> list[Practised]:
    rows = Practice.objects.filter(course=course, set_at__lte=then).prefetch_related("looks").order_by("id")
    on = day_in(then, zone)
    return [_practised(row, then, on) for row in rows]


def _practised(row: Practice, then: datetime, on: date) -> Practised:
    looks = [look for look in row.looks.all() if look.looked_at <= then]
    ended = row.ended_at is not None and row.ended_at <= then
    return Practised(
        text=row.text,
        how_often=row.how_often,
        how=looks[-1].get_kept_display().lower() if looks else "",
        is_over=ended or (row.until_on is not None and row.until_on < on),
    )


# What was left open


def _left_open(
    course: Course,
    stage: Stage,
    doses: Sequence[DoseDay],
    events: Sequence[AdverseEvent],
    after: Sequence[After],
    plan: ContinuingPlan | None,
    then: datetime,
) -> Iterator[str]:
    zone = ZoneInfo(course.patient.clinic.zone)
    open_then = Q(closed_at=None) | Q(closed_at__gt=then)
    tasks: Any = Task.objects.filter(open_then, patient=course.patient_id, kind=TaskKind.SAFETY, opened_at__lte=then)
    for due in tasks.order_by("due_at").values_list("due_at", flat=True):
        yield f"A safety task is open, due {due.astimezone(zone):%-d %b %Y}. Call us about it."
    for row in events:
        if row.outcome not in OVER:
            said = row.get_outcome_display().lower() if row.outcome else "its outcome is not written down"
            yield f"{term_of(row).term}, {row.onset_at.astimezone(zone):%-d %b %Y}: {said}."
    if missed := [str(one.number) for one in after if one.integration == Standing.OVERDUE]:
        yield f"Integration was not held in time after {_doses(missed)}."
    if unsigned := [str(one.number) for one in doses if not one.is_signed]:
        yield f"Not signed yet: the record of {_doses(unsigned)}."
    if stage in ENDING and doses:
        if scales := continuing.end_scales_open(course, then):
            yield f"Closing measures not answered: {', '.join(scales)}."
        if plan is None:
            yield "No continuing plan is written."


def _doses(numbers: Sequence[str]) -> str:
    return f"dose{'s' * (len(numbers) > 1)} {', '.join(numbers)}"
