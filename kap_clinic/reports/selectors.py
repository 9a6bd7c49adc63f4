"""How many got better? Answered in SQL, by course and in all, with the definitions the scores themselves use.

Baseline: the last complete form on or before the first dose, at most 14 days old. Current: the last complete one after
it, up to the day the report is as of (instruments.md 2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)  # fmt: skip
from django.db.models.functions import Coalesce, TruncDate

from integration.tracking.rules import outcome
from kap_clinic.accounts.access import duties, may, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import MessageState
from kap_clinic.reports.rules import Group, Share, suppressed
from kap_clinic.reports.terms import Whose
from patients.course.models import Course
from patients.course.terms import Stage
from screening import measures
from screening.measures import Instrument
from screening.measures.definitions import Target
from screening.models import MeasureResponse
from screening.terms import BASELINE_DAYS
from sessions.models import AdverseEvent, Appointment, Dose, DosingSession
from sessions.visits.terms import VisitKind, VisitState

INTEGRATION_HOURS = 72  # after a dose, protocol 6
OFFERED = ("phq-9", "gad-7", "pcl-5")
NOT_CLINICAL = {"operations_only", "day_list"}
LOOKUP = {"<=": "lte", ">=": "gte", "==": "exact"}
PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What a report is of: the instrument, courses whose first dose fell into a span of days, as of a day."""

    instrument: str
    since: date
    until: date
    as_of: date
    whose: Whose
    zone: str

    @property
    def form(self) -> Instrument:
        return measures.instrument(self.instrument)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone))

    @property
    def first_dose(self) -> Q:
        return Q(first_t0__gte=self.start_of(self.since), first_t0__lt=self.start_of(self.until + timedelta(days=1)))

    @property
    def end(self) -> datetime:
        return self.start_of(self.as_of + timedelta(days=1))


@dataclass(frozen=True)
class CourseRow:
    """One course in the report, with what its scores came to; None: not applicable, or not known."""

    patient: str
    record: str
    patient_ref: Any
    course: int
    stage: str
    first_dose: datetime
    doses: int
    total_mg: Decimal | None
    baseline: Decimal | None
    current: Decimal | None
    change: float | int | None
    percent: float | None
    response: bool | None
    remission: bool | None
    reliable: str
    events: int
    serious: int
    integration_overdue: int


@dataclass(frozen=True)
class Outcomes:
    """The report: all in one line, by dose number, and how it was defined."""

    total: Group
    by_dose: list[Group]
    courses: int | None
    definitions: list[tuple[str, str]]
    is_suppressed: bool


def may_see_names(member: Member) -> bool:
    """Whether the person's rights reach clinical rows with names, not only operations or the list of the day."""
    return may(member, Permission.REPORT_VIEW) and not duties(member, Permission.REPORT_VIEW) & NOT_CLINICAL


def may_export_names(member: Member) -> bool:
    return may(member, Permission.REPORT_EXPORT) and not duties(member, Permission.REPORT_EXPORT) & NOT_CLINICAL


# The courses, with what the report needs of each


def courses(member: Member, asked: Asked) -> QuerySet[Course]:
    """Courses of the report with first dose, baseline and current total: those of the person's patients, or all."""
    rows: QuerySet[Course] = Course.objects.all()
    if asked.whose == Whose.MINE:
        rows = visible(member, Permission.REPORT_VIEW, rows)
    return with_totals(rows.annotate(first_t0=_first_t0("pk")).filter(asked.first_dose), asked)


def _first_t0(course: str) -> Subquery:
    dosed = DosingSession.objects.filter(course=OuterRef(course), t0__isnull=False)
    return Subquery(dosed.order_by("t0").values("t0")[:1])


def _totals(asked: Asked, patient: str) -> QuerySet[MeasureResponse]:
    return MeasureResponse.objects.standing().filter(
        patient=OuterRef(patient), instrument=asked.instrument, complete=True, total__isnull=False
    )


def _baseline(asked: Asked, patient: str, first: str) -> Subquery:
    zone = ZoneInfo(asked.zone)
    dosed = ExpressionWrapper(OuterRef(first), output_field=DateTimeField())
    oldest = TruncDate(dosed, tzinfo=zone) - timedelta(days=BASELINE_DAYS)
    rows = _totals(asked, patient).annotate(answered_on=TruncDate("answered_at", tzinfo=zone))
    rows = rows.filter(answered_at__lte=OuterRef(first), answered_on__gte=oldest)
    return Subquery(rows.order_by("-answered_at", "-id").values("total")[:1])


def with_totals(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    after = _totals(asked, "patient").filter(answered_at__gt=OuterRef("first_t0"), answered_at__lt=asked.end)
    return rows.annotate(
        baseline=_baseline(asked, "patient", "first_t0"),
        current=Subquery(after.order_by("-answered_at", "-id").values("total")[:1]),
    )


# In all, and by dose number


def outcomes(member: Member, asked: Asked) -> Outcomes:
    """Two statements. Without names, small cells are hidden, and what would give one away (SEC-52)."""
    total = _group("All courses", counted(courses(member, asked), asked.form))
    by_dose = [
        _group(f"After dose {line['number']}", line)
        for line in counted_by(_dosings(member, asked), asked.form, "number").order_by("number")
    ]
    hides = asked.whose == Whose.CLINIC
    if hides:
        by_dose, total = suppressed(by_dose, total)
    return Outcomes(total, by_dose, total.people, definitions(asked), hides)


def _dosings(member: Member, asked: Asked) -> QuerySet[DosingSession]:
    """Every dose of the report's courses, with baseline, and the last total before the next dose."""
    rows = DosingSession.objects.filter(t0__isnull=False, t0__lt=asked.end)
    if asked.whose == Whose.MINE:
        rows = rows.filter(course__in=visible(member, Permission.REPORT_VIEW, Course.objects.all()))
    later = DosingSession.objects.filter(course=OuterRef("course"), t0__gt=OuterRef("t0"))
    rows = rows.annotate(
        first_t0=_first_t0("course"), next_t0=Coalesce(Subquery(later.order_by("t0").values("t0")[:1]), asked.end)
    ).filter(asked.first_dose)
    between = _totals(asked, "patient").filter(
        answered_at__gt=OuterRef("t0"), answered_at__lte=OuterRef("next_t0"), answered_at__lt=asked.end
    )
    return rows.annotate(
        baseline=_baseline(asked, "patient", "first_t0"),
        current=Subquery(between.order_by("-answered_at", "-id").values("total")[:1]),
    )


def counted(rows: QuerySet[Any], form: Instrument) -> Mapping[str, Any]:
    return rows.aggregate(**_counts(form))


def counted_by(rows: QuerySet[Any], form: Instrument, key: str) -> QuerySet[Any]:
    return rows.order_by().values(key).annotate(**_counts(form))


def _counts(form: Instrument) -> dict[str, Any]:
    """People with both totals, and of those the response and remission, each among those it is defined for."""
    both = Q(baseline__isnull=False, current__isnull=False)
    defined, responded = response_conditions(form)
    remitted = met(form.change_rules.remission)
    return {
        "people": Count("pk", filter=both),
        "mean_baseline": Avg("baseline", filter=both),
        "mean_current": Avg("current", filter=both),
        "response_of": Count("pk", filter=both & defined) if defined else Count("pk", filter=Q(pk=None)),
        "response": Count("pk", filter=both & defined & responded) if defined else Count("pk", filter=Q(pk=None)),
        "remission_of": Count("pk", filter=both) if remitted else Count("pk", filter=Q(pk=None)),
        "remission": Count("pk", filter=both & remitted) if remitted else Count("pk", filter=Q(pk=None)),
    }


def response_conditions(form: Instrument) -> tuple[Q, Q] | tuple[None, Q]:
    """Where response is defined, and where it is met, by the same rule as `screening.measures.change`."""
    rule = form.change_rules.response
    if rule is None:
        return None, Q()
    if rule.type == "value":
        return Q(current__isnull=False), Q(**{f"current__{LOOKUP[rule.operator or '<=']}": rule.value})
    if rule.type == "points_decrease":
        return Q(baseline__isnull=False), Q(current__lte=F("baseline") - Decimal(str(rule.value)))
    left = 1 - Decimal(str(rule.value)) / 100
    return Q(baseline__gte=max(1, rule.min_baseline or 0)), Q(current__lte=F("baseline") * left)


def met(target: Target | None) -> Q | None:
    return Q(**{f"current__{LOOKUP[target.operator]}": target.value}) if target else None


def _group(name: str, line: Mapping[str, Any]) -> Group:
    return Group(
        name=name,
        people=line["people"],
        response=Share(line["response"], line["response_of"]),
        remission=Share(line["remission"], line["remission_of"]),
        baseline=_mean(line["mean_baseline"]),
        current=_mean(line["mean_current"]),
    )


def _mean(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)


# Course by course


def course_rows(member: Member, asked: Asked, *, page: int | None = None) -> Iterator[CourseRow]:
    """The courses with names, newest first dose first; `page` counts from 1, None: all of them, streamed."""
    rows = courses(member, asked).annotate(**_beside(asked)).order_by("-first_t0", "pk").values(*COLUMNS)  # type: ignore[misc]
    if page is not None:
        rows = rows[(page - 1) * PAGE : page * PAGE]
        return (_row(row, asked) for row in rows)
    return (_row(row, asked) for row in rows.iterator(chunk_size=500))


COLUMNS = (
    "patient__family_name", "patient__given_name", "patient__record_number", "patient__ref", "number", "stage",
    "first_t0", "doses", "total_mg", "baseline", "current", "events", "serious", "overdue",
)  # fmt: skip


def _beside(asked: Asked) -> dict[str, Any]:
    dosed = DosingSession.objects.filter(course=OuterRef("pk"), t0__lt=asked.end).order_by()
    given = Dose.objects.filter(dosing__course=OuterRef("pk"), correction=None, happened_at__lt=asked.end)
    events = AdverseEvent.objects.filter(
        dosing__course=OuterRef("pk"), is_boundary_concern=False, onset_at__lt=asked.end
    )
    integrated = Appointment.objects.filter(
        follows=OuterRef("appointment"), kind=VisitKind.INTEGRATION, state=VisitState.COMPLETED
    )
    late = dosed.filter(~Exists(integrated), t0__lt=asked.end - timedelta(hours=INTEGRATION_HOURS))
    return {
        "doses": _count(dosed, "course"),
        "total_mg": Subquery(given.order_by().values("dosing__course").annotate(sum=Sum("mg")).values("sum")),
        "events": _count(events, "dosing__course"),
        "serious": _count(events.filter(serious=True), "dosing__course"),
        "overdue": _count(late, "course"),
    }


def _count(rows: QuerySet[Any], key: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(key).annotate(count=Count("pk")).values("count")), 0)


def _row(row: Mapping[str, Any], asked: Asked) -> CourseRow:
    moved = outcome(asked.instrument, row["baseline"], row["current"])
    return CourseRow(
        patient=f"{row['patient__family_name'].upper()}, {row['patient__given_name']}",
        record=str(row["patient__record_number"]),
        patient_ref=row["patient__ref"],
        course=row["number"],
        stage=Stage(row["stage"]).label,
        first_dose=row["first_t0"],
        doses=row["doses"],
        total_mg=row["total_mg"],
        baseline=row["baseline"],
        current=row["current"],
        change=moved.change if moved else None,
        percent=moved.percent if moved else None,
        response=moved.response if moved else None,
        remission=moved.remission if moved else None,
        reliable=moved.reliable if moved else "",
        events=row["events"],
        serious=row["serious"],
        integration_overdue=row["overdue"],
    )


def definitions(asked: Asked) -> list[tuple[str, str]]:
    """How each figure is defined, in words, from the same data that computes it."""
    rules = asked.form.change_rules
    said = [
        ("Baseline", f"Last complete form on or before the first dose, at most {BASELINE_DAYS} days old"),
        ("Current", "Last complete form after the first dose, up to the day this is as of"),
        ("After dose n", "Last complete form between that dose and the next"),
    ]
    if rule := rules.response:
        low = f", where the baseline is {rule.min_baseline} or more" if rule.min_baseline else ""
        said.append(("Response", f"{RESPONSE_WORDS[rule.type].format(rule.value)}{low}"))
    if target := rules.remission:
        said.append(("Remission", f"Current {TARGET_WORDS[target.operator]} {target.value}"))
    if rules.rci is not None:
        said.append(("Reliable change", f"{rules.rci} points or more"))
    said.append(
        ("Not applicable", "A figure that is not defined for somebody is not counted, neither as yes nor as no")
    )
    return said


RESPONSE_WORDS = {
    "percent_decrease": "{} % below baseline or more",
    "points_decrease": "{} points below baseline or more",
    "value": "Current {} or less",
}
TARGET_WORDS = {"<=": "at most", ">=": "at least", "==": "equal to"}


# How the clinic's work goes: counts only, for who sees no clinical rows


@dataclass(frozen=True)
class Operations:
    """Counts of what is late or went wrong, each with neutral words."""

    lines: list[tuple[str, int, str]]  # what, how many, address of the list behind it


def operations(now: datetime) -> Operations:
    visits = Appointment.objects.filter(starts_at__gte=now - timedelta(days=30), starts_at__lt=now).order_by()
    by_state = dict(visits.values_list("state").annotate(Count("pk")))
    integrated = Appointment.objects.filter(
        follows=OuterRef("appointment"), kind=VisitKind.INTEGRATION, state=VisitState.COMPLETED
    )
    late = DosingSession.objects.filter(~Exists(integrated), t0__lt=now - timedelta(hours=INTEGRATION_HOURS))
    trouble = Message.objects.filter(state__in=[MessageState.FAILED, MessageState.IN_DOUBT])
    return Operations(
        [
            ("Visits that took place in the last 30 days", by_state.get(VisitState.COMPLETED, 0), ""),
            ("Visits cancelled in the last 30 days", by_state.get(VisitState.CANCELLED, 0), ""),
            ("Visits nobody came to in the last 30 days", by_state.get(VisitState.NO_SHOW, 0), ""),
            ("Visits booked for the next 28 days", _booked(now), ""),
            ("Visits C overdue", late.count(), ""),
            ("Messages that failed or are in doubt", trouble.count(), "desk:messages"),
            ("Incidents reported in the last 30 days", _events(now), ""),
        ]
    )


def _booked(now: datetime) -> int:
    return Appointment.objects.live().filter(starts_at__gte=now, starts_at__lt=now + timedelta(days=28)).count()


def _events(now: datetime) -> int:
    return AdverseEvent.objects.filter(onset_at__gte=now - timedelta(days=30)).count()
