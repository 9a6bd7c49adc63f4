"""What pages about the way of a patient read: what is due, panels with doses, what each instrument came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum

from integration.tracking import rules
from integration.tracking.rules import Due, Facts, Outcome
from kap_clinic.web import charts
from patients.course.models import Course
from patients.course.terms import Stage
from patients.record.days import day_in
from patients.record.models import Patient
from screening import measures, trajectories
from screening.models import MeasureResponse
from screening.terms import BASELINE_DAYS
from screening.trajectories import PCL5_FROM, Panel
from sessions.models import Appointment, DosingSession
from sessions.visits.terms import VisitKind

COMPARED = ("phq-9", "gad-7", "pcl-5", "kap-bladder")
SHOWN = (*COMPARED, "isi", "madrs", "qids-sr16", "who-5", "wsas", "cgi-s")


@dataclass(frozen=True)
class Given:
    """One dose of the course: its number, when, and how much in all, boosters counted in."""

    number: int
    t0: datetime
    mg: Decimal | None
    route: str


@dataclass(frozen=True)
class DueForm:
    """One form that is due, with its name and whether it is late."""

    due: Due
    name: str
    is_overdue: bool


@dataclass(frozen=True)
class Tracking:
    """The whole way: what is due, a panel for each instrument with doses marked, outcomes, the doses."""

    due: list[DueForm]
    panels: list[Panel]
    outcomes: list[Outcome]
    doses: list[Given]


def doses_of(course: Course) -> list[Given]:
    """Each dose given, in order; a corrected amount counts once."""
    rows = DosingSession.objects.filter(course=course, t0__isnull=False).select_related("order")
    given = rows.filter(doses__correction=None).annotate(mg=Sum("doses__mg")).order_by("t0")
    return [
        Given(row.number or 0, row.t0, row.mg, row.order.get_route_display()) for row in given if row.t0 and row.order
    ]


def marks_of(doses: Sequence[Given], zone: str) -> list[charts.Mark]:
    """The doses as a chart marks them, numbered, with mg as it is read aloud."""
    return [charts.Mark(dose.number, f"Dose {dose.number}", day_in(dose.t0, zone), _says(dose)) for dose in doses]


def _says(dose: Given) -> str:
    return f"{dose.mg.normalize():f} mg, {dose.route.lower()}" if dose.mg else dose.route


def tracking(patient: Patient, course: Course | None, now: datetime, zone: str) -> Tracking:
    """One patient's way. Four statements, whatever the number of doses and forms."""
    responses = trajectories.responses(patient)
    doses = doses_of(course) if course else []
    on = day_in(now, zone)
    facts = _facts(course, responses, doses, now, zone)
    return Tracking(
        due=[_named(each, on) for each in rules.due(facts, on)] if course else [],
        panels=trajectories.panels_of(responses, zone, SHOWN, marks_of(doses, zone)),
        outcomes=outcomes(responses, doses, zone),
        doses=doses,
    )


def outcomes(responses: Sequence[MeasureResponse], doses: Sequence[Given], zone: str) -> list[Outcome]:
    """Each compared instrument: baseline on or before the first dose, at most 14 days old, against the last."""
    if not doses:
        return []
    first, found = doses[0].t0, []
    oldest = day_in(first, zone) - timedelta(days=BASELINE_DAYS)
    for name in COMPARED:
        totals = [row for row in responses if row.instrument == name and row.complete and row.total is not None]
        before = [row for row in totals if row.answered_at <= first and day_in(row.answered_at, zone) >= oldest]
        after = [row for row in totals if row.answered_at > first]
        if made := rules.outcome(name, _total(before), _total(after)):
            found.append(made)
    return found


def _total(rows: Sequence[MeasureResponse]) -> float | None:
    return float(rows[-1].total) if rows and rows[-1].total is not None else None


def _facts(
    course: Course | None, responses: Sequence[MeasureResponse], doses: Sequence[Given], now: datetime, zone: str
) -> Facts:
    answered: dict[str, list[date]] = {}
    for row in responses:
        if row.complete:
            answered.setdefault(row.instrument, []).append(day_in(row.answered_at, zone))
    trauma = [row.total for row in responses if row.instrument == "pc-ptsd-5" and row.total is not None]
    return Facts(
        answered=answered,
        doses=[day_in(dose.t0, zone) for dose in doses],
        next_dose=_next_dose(course, now, zone),
        ended_on=_ended_on(course, zone),
        closing=course is not None and course.stage == Stage.CLOSING,
        trauma=bool(trauma) and trauma[-1] >= PCL5_FROM,
    )


def _next_dose(course: Course | None, now: datetime, zone: str) -> date | None:
    start = datetime.combine(day_in(now, zone), datetime.min.time(), ZoneInfo(zone))
    visits = Appointment.objects.live().filter(
        course=course, kind=VisitKind.DOSING, starts_at__gte=start, dosing__t0=None
    )
    first = visits.order_by("starts_at").values_list("starts_at", flat=True).first() if course else None
    return day_in(first, zone) if first else None


def _ended_on(course: Course | None, zone: str) -> date | None:
    if course is None or course.stage not in {Stage.COMPLETED, Stage.MAINTENANCE}:
        return None
    last = course.moves.order_by("-id").values_list("moved_at", flat=True).first()
    return day_in(last, zone) if last else None


def _named(each: Due, on: date) -> DueForm:
    return DueForm(each, measures.instrument(each.instrument).short_title, each.is_overdue(on))
