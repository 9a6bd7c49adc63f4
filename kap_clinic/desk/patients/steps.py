"""Visits of a course as steps of its timeline: preparation, doses with their integration (ux 4)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from kap_clinic.desk.patients.timeline import DOSING, PREPARATION, Band, Step
from kap_clinic.reads import Read, compiled
from kap_clinic.web.charts import Mark
from patients.course.models import Course
from patients.record.models import Patient
from patients.record.rules import in_words
from sessions.visits import rules
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

COLUMNS = ("ref", "kind", "state", "wall_start", "dosing__number")
SHAPES: dict[str, tuple[str, str, Band]] = {  # of each kind: mark, name and band
    VisitKind.PREPARATION: ("visit", "Preparation", PREPARATION),
    VisitKind.DOSING: ("dose", "Dose", DOSING),
    VisitKind.INTEGRATION: ("integ", "Integration", DOSING),
}
OFF = (VisitState.CANCELLED, VisitState.NO_SHOW)


@compiled
def visits_read(patient: Patient) -> Read:
    """The visits of the newest course that took place or are to."""
    rows = Appointment.objects.filter(course__in=Course.objects.newest_of(patient), kind__in=SHAPES)
    return Read(rows.exclude(state__in=OFF).order_by("starts_at", "id"), COLUMNS)


def doses_marked(rows: Sequence[tuple]) -> list[Mark]:
    """The doses that were given, as the panels of scores mark them."""
    given = [(number, rules.from_text(wall).date()) for _, _, _, wall, number in rows if number is not None]
    return [Mark(number, f"Dose {number}", on, "given") for number, on in given]


def steps(rows: Sequence[tuple]) -> list[Step]:
    """One step for each visit, in the order of time; the first that is still to come is the next one."""
    waiting = [ref for ref, _, state, *_ in rows if state != VisitState.COMPLETED]
    return list(_steps(rows, waiting[0] if waiting else None))


def _steps(rows: Sequence[tuple], following: Any) -> Iterator[Step]:
    doses = 0
    for ref, kind, state, wall, number in rows:
        mark, label, band = SHAPES[kind]
        doses += kind == VisitKind.DOSING
        shown = str(number or doses) if kind == VisitKind.DOSING else ""
        how = "done" if state == VisitState.COMPLETED else "next" if ref == following else "to-come"
        at = rules.from_text(wall).date()
        url = reverse("visits:visit", args=[ref])
        name = f"{label} {shown}".strip()
        yield Step(mark, name, how, at, _words(how, at), url, shown, band=band, current=how == "next")


def _words(how: str, at: date) -> str:
    return f"{'done' if how == 'done' else 'booked for'} {in_words(at)}"
