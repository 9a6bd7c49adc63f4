"""What is done after a dose: write down an integration visit, agree on practices and look at them, call."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from integration.visits import rules, selectors
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook
from integration.visits.terms import Event, Kept, Reached
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.record.models import Patient
from patients.tasks import actions as tasks
from patients.tasks import rules as task_rules
from patients.tasks.models import Task
from patients.tasks.terms import Outcome, Severity, TaskKind
from sessions.dosing.models import DosingSession
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitState

WORDS = ("patient_words", "body", "difficult", "next_intention")
FIELDS = (*WORDS, "themes", "insights")
CALL = "next-day-call"
NOT_SAFE = "next-day-call.not-safe"


@transaction.atomic
def write(*, appointment: Appointment, by: User, is_closing: bool = False, **fields: Any) -> IntegrationSession:
    """What an integration visit was about: a new row, the newest of a visit holds. Fields as in FIELDS.

    `themes`: list of words; `insights`: [{"intention", "insight"}]. Written again without a change it stays the row it
    was. NotReady: nothing was said, no dose came before, or the visit or course has ended.
    """
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"An integration has no {', '.join(sorted(unknown))}.")
    visit = _held(appointment)
    said = _said(fields)
    dosing = selectors.dose_before(visit)
    facts = rules.Visit(
        kind=visit.kind,
        state=visit.state,
        course_is_live=visit.course is not None and visit.course.is_live,
        has_dose=dosing is not None,
        is_closing=is_closing,
    )
    _refuse(rules.reasons_against_writing(facts, said=any(said.values()), themes=len(said["themes"])))
    assert visit.course is not None, "an integration visit belongs to a course"
    said |= {"is_closing": is_closing, "dosing": dosing}
    last = selectors.newest(visit)
    if last and all(getattr(last, name) == value for name, value in said.items()):
        return last
    row = IntegrationSession.objects.create(
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        course=visit.course,
        appointment=visit,
        written_by=by,
        **said,
    )
    written = sorted(name for name in FIELDS if said[name])
    record(Event.INTEGRATION_WRITTEN, by=by, on=row, written=written, is_closing=is_closing)
    return row


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: str(fields.get(name, "")).strip() for name in WORDS}
    insights = [
        {"intention": str(one["intention"]).strip(), "insight": str(one["insight"]).strip()}
        for one in fields.get("insights", ())
        if str(one["insight"]).strip()
    ]
    return {**words, "themes": rules.tidy_themes(fields.get("themes", ())), "insights": insights}


@transaction.atomic
def complete(*, appointment: Appointment, by: User, role: str) -> Appointment:
    """The visit took place: item 11 of the next gate is met by this. NotReady: nothing is written down yet."""
    visit = _held(appointment)
    _refuse(rules.reasons_against_completing(has_written=visit.integration_sessions.exists()))
    if visit.state == VisitState.PLANNED:
        visits.start(appointment=visit, by=by, role=role)
    return visits.complete(appointment=visit, by=by, role=role)


@transaction.atomic
def set_practice(
    *,
    course: Course,
    text: str,
    from_on: date,
    by: User,
    until_on: date | None = None,
    how_often: str = "",
    dosing: DosingSession | None = None,
) -> Practice:
    """Something the patient will do, in their words. NotReady: the course is closed, or the days do not fit."""
    course = _live(course)
    _refuse(rules.reasons_against_practice(text, from_on, until_on))
    row = Practice.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        dosing=dosing,
        text=text.strip(),
        how_often=how_often.strip(),
        from_on=from_on,
        until_on=until_on,
        set_by=by,
    )
    record(Event.PRACTICE_SET, by=by, on=row)
    return row


@transaction.atomic
def look_at_practice(*, practice: Practice, kept: Kept | str, by: User, words: str = "") -> PracticeLook:
    """How a practice went, as the patient says."""
    row = PracticeLook.objects.create(
        clinic_id=practice.clinic_id,
        patient_id=practice.patient_id,
        practice=practice,
        kept=Kept(kept),
        words=words.strip(),
        looked_by=by,
    )
    record(Event.PRACTICE_LOOKED_AT, by=by, on=row, kept=str(row.kept))
    return row


@transaction.atomic
def end_practice(*, practice: Practice, by: User, why: str = "") -> Practice:
    """The patient does it no more; ended twice it stays ended as it was."""
    practice = Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    if practice.ended_at is None:
        practice.ended_at, practice.ended_by, practice.ended_why = timezone.now(), by, why.strip()[:200]
        practice.save(update_fields=["ended_at", "ended_by", "ended_why"])
        record(Event.PRACTICE_ENDED, by=by, on=practice, reason=practice.ended_why)
    return practice


@transaction.atomic
def call(
    *,
    dosing: DosingSession,
    reached: Reached | str,
    by: User,
    role: str,
    safe: bool | None = None,
    slept: str = "",
    unwell: str = "",
    words: str = "",
    called_at: datetime | None = None,
) -> NextDayCall:
    """Log one try to reach the patient after a dose. Somebody who is not safe opens a critical task at once.

    `safe`: asked about thoughts of suicide; None: not asked. NotReady: still to come, or spoken with and not asked.
    """
    now = timezone.now()
    dosing = DosingSession.objects.select_for_update(of=("self",)).select_related("patient").get(pk=dosing.pk)
    called_at = called_at or now
    _refuse(rules.reasons_against_call(reached, safe=safe, called_at=called_at, now=now, t0=dosing.t0))
    row = NextDayCall.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        reached=Reached(reached),
        slept=slept.strip(),
        unwell=unwell.strip(),
        safe=None if reached == Reached.NOT_REACHED else safe,
        words=words.strip(),
        called_at=called_at,
        called_by=by,
    )
    record(Event.CALLED, by=by, on=row, role=role, reached=str(row.reached), safe=row.safe)
    if row.safe is False:
        _raise_alarm(row, by=by, now=now)
    if row.reached == Reached.SPOKE:
        _settle_task(dosing, row, by=by, role=role)
    return row


def _raise_alarm(row: NextDayCall, *, by: User, now: datetime) -> None:
    """A statement of suicidality means contact the same day (protocol 5); until it is assessed, gate item 23 fails."""
    tasks.open_task(
        patient=row.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.CRITICAL,
        title=f"Not safe, said in the call after dose {row.dosing.number}",
        action="Assess the risk now, in person or on the phone. No dose is given before a prescriber has decided.",
        flag=NOT_SAFE,
        source_ref=row.ref,
        owner_role=Role.PRESCRIBER,
        due_at=task_rules.due_at(Severity.CRITICAL, now, now),
        by=by,
    )


def _settle_task(dosing: DosingSession, row: NextDayCall, *, by: User, role: str) -> None:
    """Closing a dose day asks for a closed call task: the one that waits is closed, else one is written and closed."""
    mine = Task.objects.filter(source_ref=dosing.ref, kind=TaskKind.CALL)
    waiting = list(mine.open())
    if not waiting and not mine.exists():
        waiting = [
            tasks.open_task(
                patient=dosing.patient,
                kind=TaskKind.CALL,
                title=f"Call after dose {dosing.number}",
                flag=CALL,
                source_ref=dosing.ref,
                owner_role=role,
                owner=by,
                due_at=row.called_at,
                by=by,
            )
        ]
    for task in waiting:
        tasks.close_task(task=task, outcome=Outcome.DONE, words="Spoke with the patient", by=by, role=role)


def _refuse(reasons: Iterable[str]) -> None:
    if found := list(reasons):
        raise NotReady(found)


def _live(course: Course) -> Course:
    course = Course.objects.select_for_update(of=("self",)).get(pk=course.pk)
    if not course.is_live:
        raise NotReady(["This course is closed: nothing is written in it any more"])
    return course


def _held(appointment: Appointment) -> Appointment:
    """The visit, locked after its patient and course (REL-11)."""
    Patient.objects.select_for_update(of=("self",)).get(pk=appointment.patient_id)
    if appointment.course_id is not None:
        Course.objects.select_for_update(of=("self",)).get(pk=appointment.course_id)
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("course", "patient", "clinic")
    return rows.get(pk=appointment.pk)
