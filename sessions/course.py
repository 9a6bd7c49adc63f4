"""Moves of a course that rest on the dosing series: into it, back from hold, out of it. And what puts it on hold.

Protocol 2 and 5. Evidence of everything below comes from screening; what preparation, orders, the gate and the doses
say is added here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course import actions as courses
from patients.course.models import Course
from patients.course.rules import SYSTEM
from patients.course.terms import Ending, Stage
from patients.record.models import Patient
from screening import actions as screening
from sessions.dosing.models import DosingSession
from sessions.gate.rules import ItemResult
from sessions.gate.rules.on_file import needed_preparations
from sessions.gate.selectors import Gate, gate_card
from sessions.gate.terms import GateItem

HELD_FROM = (Stage.DOSING_SERIES, Stage.MAINTENANCE)
ASKS_THE_GATE = (Stage.PREPARATION, Stage.DOSING_SERIES, Stage.ON_HOLD, Stage.MAINTENANCE)
STOP_LENGTH = 30  # characters of why a series ends before its planned number, PD
PRESCRIBERS = {"prescriber", "medical_director"}


@dataclass(frozen=True)
class Series:
    """What preparation, orders, the gate and the doses say of each need of a move, and why, in words."""

    met: dict[str, bool] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    gate: Gate | None = None


def evidence(course: Course, on: date) -> dict[str, bool]:
    """What the record says of each need of a move of this course, on this day in the clinic's zone."""
    return {**screening.evidence(course, on), **series(course, timezone.now()).met}


def series(course: Course, now: datetime) -> Series:
    """Nothing before there can be any."""
    if course.stage not in ASKS_THE_GATE:
        return Series()
    gate, given = gate_card(course, now), DosingSession.objects.dosed().filter(course=course).count()
    planned = course.planned_doses
    met = {
        "preparation_done": _is_prepared(gate),
        "order_signed": _item(gate, GateItem.ORDER_VALID).is_met,
        "gates_closed": not gate.is_closed_for_resuming,
        "series_over": planned is not None and given >= planned,
    }
    open_ = [one.code.label for one in gate.open_for_resuming]
    said = {
        "preparation_done": _item(gate, GateItem.PREPARATION_DONE).fact,
        "order_signed": _item(gate, GateItem.ORDER_VALID).fact,
        "gates_closed": f"Open: {', '.join(open_)}." if open_ else "All that is on file is met.",
        "series_over": f"{given} of {planned} doses given." if planned else f"{given} doses given, no number planned.",
    }
    return Series(met, said, gate)


def _is_prepared(gate: Gate) -> bool:
    """Enough sessions done; the 24 hours after the first run until the dose, not until the series begins."""
    done = gate.facts.preparation
    return done is not None and len(done.finished) >= needed_preparations(gate.facts, done)


def _item(gate: Gate, code: GateItem) -> ItemResult:
    return next(one for one in gate.items if one.code == code)


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
    """Move a course on what the record says. NotPossible: with every sentence that is not true yet.

    A prescriber may decide that a series ends before its planned number, with a reason of 30 characters.
    """
    course = Course.objects.select_for_update(of=("self",)).get(pk=course.pk)
    facts = series(course, timezone.now()).met
    if to == Stage.CLOSING and role in PRESCRIBERS and len(reason.strip()) >= STOP_LENGTH:
        facts["series_over"] = True
    return screening.move_course(
        course=course, to=to, by=by, role=role, on=on, reason=reason, ending=ending, more={**facts, **(more or {})}
    )


@transaction.atomic
def hold_for(*, patient: Patient, by: User | None, why: str) -> None:
    """What re-opens the gate and holds the course (protocol 5): by the system, told from below; once is enough."""
    course = patient.courses.live().first()
    if course is not None and course.stage in HELD_FROM:
        courses.move(course=course, to=Stage.ON_HOLD, by=None, role=SYSTEM, evidence={}, reason=why)
