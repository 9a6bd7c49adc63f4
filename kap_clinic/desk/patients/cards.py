"""Cards of the chart made from rows it has read: measures, consents, open tasks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from kap_clinic.desk.tasks.selectors import due_in_words
from kap_clinic.reads import Rows
from kap_clinic.web.charts import Mark
from patients.consents import selectors as consents
from patients.record.models import Patient
from patients.record.rules import in_words
from patients.tasks.selectors import OpenTask, open_of
from patients.tasks.terms import Severity
from screening import measures, trajectories
from screening.models import MeasureResponse
from screening.trajectories import Panel

DRAWN = 2  # panels with a drawing of their own; the rest in a list


@dataclass(frozen=True)
class Drawn:
    """One panel with the page of its answers."""

    panel: Panel
    url: str


@dataclass(frozen=True)
class Last:
    """The last result of a measure that is not drawn here."""

    name: str
    change: str
    kind: str
    url: str


@dataclass(frozen=True)
class Measures:
    """Scales of a patient. For who sees no scores: whether the baseline is done, and when the last was answered."""

    baseline: str
    baseline_kind: str
    last_on: date | None
    missing: str = ""  # the measures the baseline still asks for
    drawn: list[Drawn] = field(default_factory=list)
    more: list[Last] = field(default_factory=list)


def measures_card(
    patient: Patient,
    responses: Sequence[MeasureResponse],
    allowed: Mapping[str, bool],
    zone: str,
    marks: Sequence[Mark] = (),
) -> Measures | None:
    """Panels with the doses marked for who may see scores, the baseline's state for who may see that; else None."""
    if not (allowed["see_measures"] or allowed["see_measures_done"]):
        return None
    missing = trajectories.baseline_open_of(responses)
    last_on = responses[-1].answered_at.astimezone(ZoneInfo(zone)).date() if responses else None
    words, kind = ("Baseline not complete", "warn") if missing else ("Baseline complete", "ok")
    if not allowed["see_measures"]:
        return Measures(words, kind, last_on)
    still = ", ".join(measures.instrument(name).short_title for name in missing)
    panels = trajectories.panels_of(responses, zone, marks=marks)
    drawn = [Drawn(panel, _measure(patient, panel)) for panel in panels[:DRAWN]]
    more = [Last(one.name, one.change, one.change_kind, _measure(patient, one)) for one in panels[DRAWN:]]
    return Measures(words, kind, last_on, still, drawn, more)


def _measure(patient: Patient, panel: Panel) -> str:
    return reverse("screening:measure", args=[patient.ref, panel.instrument])


@dataclass(frozen=True)
class ConsentRow:
    """How one kind of consent stands."""

    name: str
    kind: str
    state: str
    fact: str


def consents_card(
    patient: Patient, on: date, zone: str, rows: Rows, allowed: Mapping[str, bool]
) -> list[ConsentRow] | None:
    """Each kind of consent; who sees their state only gets that and the day."""
    if not (allowed["see_consents"] or allowed["see_consents_done"]):
        return None
    held = consents.standing(patient, on, zone=zone, read=rows)
    return [_consent(one, whole=allowed["see_consents"]) for one in held.values()]


def _consent(held: consents.Standing, *, whole: bool) -> ConsentRow:
    kind, state = consents.chip_of(held)
    return ConsentRow(str(held.kind.label), kind, state, ", ".join(_consent_facts(held, whole=whole)))


def _consent_facts(held: consents.Standing, *, whole: bool) -> Iterator[str]:
    if held.since:
        yield f"signed {in_words(held.since)}"
    if whole and held.version and held.since:
        yield f"version {held.version}"
    if held.valid and held.until:
        yield f"until {in_words(held.until)}"


@dataclass(frozen=True)
class TaskRow:
    """One open task of the patient."""

    task: OpenTask
    kind: str
    due: str

    @property
    def url(self) -> str:
        return reverse("desk:task", args=[self.task.ref])


def tasks_card(rows: Sequence[tuple[Any, ...]], now: datetime) -> list[TaskRow]:
    """Open tasks, safety first."""
    return [TaskRow(task, _urgency(task, now), due_in_words(task.due_at, now)) for task in open_of(rows)]


def _urgency(task: OpenTask, now: datetime) -> str:
    if task.severity == Severity.CRITICAL or task.due_at < now:
        return "danger"
    return "warn" if task.severity == Severity.HIGH else "info"
