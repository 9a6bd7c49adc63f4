"""What is decided after doses: go on, change, stop or maintain; the continuing plan; moving a course to its end."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from integration.continuing import rules, selectors
from integration.continuing.models import Continuation, ContinuingPlan
from integration.continuing.rules import Closing
from integration.continuing.selectors import LETTER, Facts
from integration.continuing.terms import CLOSES_TO, Decision, Event
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.course.terms import Ending, Stage
from patients.record.models import Patient
from patients.tasks.actions import open_task
from patients.tasks.terms import TaskKind
from screening import actions as screening
from sessions.orders import actions as orders
from sessions.orders import selectors as order_selectors

PLAN = ("relapse_signs", "what_helps", "who_to_call", "follow_up", "maintenance", "leftover_drug")
PLAN_NEEDS = {
    "relapse_signs": "Write the first signs of a relapse",
    "what_helps": "Write what helps",
    "who_to_call": "Write who to call",
    "follow_up": "Write who goes on treating what, and when the patient is seen",
}
LETTER_DAYS = 7  # a closing letter is written within, PD
CHANGED = "Something has changed since you read this. Read it again, then sign"


@transaction.atomic
def decide(
    *,
    course: Course,
    decision: Decision | str,
    reason: str,
    by: User,
    role: str,
    exposure_seen: bool = False,
    seen: str | None = None,
) -> Continuation:
    """Sign whether the course goes on, with the facts it rests on. `seen`: digest of the facts that were read.

    NotReady: nothing is given yet, no reason, exposure not looked at, no benefit for maintenance, or facts changed.
    """
    course = _live(course)
    now = timezone.now()
    facts = selectors.facts_of(course, now)
    rested = selectors.as_signed(facts)
    reasons = list(
        rules.reasons_against_decision(
            decision,
            reason,
            given=facts.given,
            shown=facts.shown,
            exposure=facts.exposure.flags,
            exposure_seen=exposure_seen,
        )
    )
    if seen is not None and seen != selectors.digest(rested):
        reasons = [CHANGED]
    _refuse(reasons)
    row = Continuation(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        after_dose=facts.given,
        decision=Decision(decision),
        reason=reason.strip(),
        facts=rested | {"exposure_seen": exposure_seen},
        signed_at=now,
        signed_by=by,
        signed_name=by.name[:120],
        signed_role=role[:40],
    )
    row.sha256 = selectors.digest(selectors.content(row))
    row.save()
    record(Event.CONTINUATION_SIGNED, by=by, on=row, role=role, decision=str(row.decision), sha256=row.sha256)
    return row


@transaction.atomic
def write_plan(*, course: Course, by: User, **fields: str) -> ContinuingPlan:
    """How the patient keeps what was won: a new row, the newest of a course holds. Fields as in PLAN."""
    if unknown := fields.keys() - set(PLAN):
        raise TypeError(f"A continuing plan has no {', '.join(sorted(unknown))}.")
    course = _live(course)
    said = {name: str(fields.get(name, "")).strip() for name in PLAN}
    _refuse([words for name, words in PLAN_NEEDS.items() if not said[name]])
    last = selectors.newest_plan(course)
    if last is not None and all(getattr(last, name) == text for name, text in said.items()):
        return last
    row = ContinuingPlan.objects.create(
        clinic_id=course.clinic_id, patient_id=course.patient_id, course=course, written_by=by, **said
    )
    record(Event.PLAN_WRITTEN, by=by, on=row, written=sorted(name for name, text in said.items() if text))
    return row


@transaction.atomic
def close_course(
    *,
    course: Course,
    to: Stage | str,
    by: User,
    role: str,
    ending: Ending | str = "",
    reason: str = "",
    hand_over: str = "",
    hand_over_on: date | None = None,
    offered_next: str = "",
    own_wish: bool = False,
) -> Course:
    """Move a course towards its end: to closing, completed, maintenance or ended early, with all that must be written.

    `own_wish`: the patient asked for it, entered by whoever was told. NotReady: every sentence that is not true yet.
    """
    to = Stage(to)
    if to not in CLOSES_TO:
        raise ValueError(f"{to} is no way to close a course.")
    course, now = _live(course), timezone.now()
    facts = selectors.facts_of(course, now)
    said = Closing(to, ending, reason, hand_over, offered_next, own_wish, facts.shown)
    more: dict[str, Any] = {
        **selectors.closing_evidence(facts, now),
        **selectors.ending_written(facts),
        "hand_over": f"{hand_over.strip()}{f', {hand_over_on.isoformat()}' if hand_over_on else ''}",
        "offered_next": offered_next.strip(),
        "entered_as": role,
    }
    if to == Stage.MAINTENANCE and (entry := rules.entry_of(facts.shown)):
        more["entry"] = str(entry)
    reasons = list(rules.reasons_against_closing(said))
    try:
        with transaction.atomic():
            moved = screening.move_course(
                course=course,
                to=to,
                by=by,
                role="patient" if own_wish else role,
                on=now.astimezone(ZoneInfo(course.patient.clinic.zone)).date(),
                reason=reason.strip(),
                ending=ending,
                more=more,
            )
            _refuse(reasons)
    except screening.NotPossible as no:
        raise NotReady([*reasons, *no.reasons]) from no
    _what_follows(moved, facts, to, by=by, now=now)
    return moved


def _what_follows(course: Course, facts: Facts, to: Stage, *, by: User, now: datetime) -> None:
    """A letter is owed from the moment a course begins to end; with its end no order holds any more."""
    if to in (Stage.CLOSING, Stage.ENDED_EARLY):
        open_task(
            patient=course.patient,
            kind=TaskKind.LETTER,
            title="Closing letter",
            action=f"{facts.scale_in_words}. {facts.given} doses, {facts.total_mg.normalize():f} mg in all.",
            flag=LETTER,
            source_ref=course.ref,
            owner_role=Role.THERAPIST,
            due_at=now + timedelta(days=LETTER_DAYS),
            by=by,
        )
    if not course.is_live and (order := order_selectors.in_force(course)) is not None:
        orders.end(order=order, why="The course has ended", by=by)


def _refuse(reasons: Iterable[str]) -> None:
    if found := list(reasons):
        raise NotReady(found)


def _live(course: Course) -> Course:
    """Patient, then course (REL-11); NotReady where it is closed."""
    Patient.objects.select_for_update(of=("self",)).get(pk=course.patient_id)
    rows = Course.objects.select_for_update(of=("self",)).select_related("patient__clinic")
    course = rows.get(pk=course.pk)
    if not course.is_live:
        raise NotReady(["This course is closed already"])
    return course
