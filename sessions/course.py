"""Moves of a course that rest on the dosing series: into it, back from hold, out of it. And what puts it on hold.

Protocol 2 and 5. Evidence of everything below comes from screening; what preparation, orders, the gate and the doses
say is added here.
"""

from collections.abc import Mapping
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
from sessions.gate.rules.on_file import needed_preparations
from sessions.gate.selectors import Gate, gate_card
from sessions.gate.terms import GateItem

HELD_FROM = (Stage.DOSING_SERIES, Stage.MAINTENANCE)
ASKS_THE_GATE = (Stage.PREPARATION, Stage.DOSING_SERIES, Stage.ON_HOLD, Stage.MAINTENANCE)
STOP_LENGTH = 30  # characters of why a series ends before its planned number, PD
PRESCRIBERS = {"prescriber", "medical_director"}


def evidence(course: Course, on: date) -> dict[str, bool]:
    """What the record says of each need of a move of this course, on this day in the clinic's zone."""
    return {**screening.evidence(course, on), **of_the_series(course, timezone.now())}


def of_the_series(course: Course, now: datetime) -> dict[str, bool]:
    """What preparation, orders, the gate and the doses say; nothing before there can be any."""
    if course.stage not in ASKS_THE_GATE:
        return {}
    gate = gate_card(course, now)
    return {
        "preparation_done": _is_prepared(gate),
        "order_signed": _is_met(gate, GateItem.ORDER_VALID),
        "gates_closed": not gate.is_closed_for_resuming,
        "series_over": is_planned_number_done(course),
    }


def _is_prepared(gate: Gate) -> bool:
    """Enough sessions done; the 24 hours after the first run until the dose, not until the series begins."""
    done = gate.facts.preparation
    return done is not None and len(done.finished) >= needed_preparations(gate.facts, done)


def _is_met(gate: Gate, code: GateItem) -> bool:
    return next(one.is_met for one in gate.items if one.code == code)


def is_planned_number_done(course: Course) -> bool:
    """Whether as many doses were given as planned; without a plan nothing is ever done."""
    given = DosingSession.objects.dosed().filter(course=course).count()
    return course.planned_doses is not None and given >= course.planned_doses


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
    facts = of_the_series(course, timezone.now())
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
