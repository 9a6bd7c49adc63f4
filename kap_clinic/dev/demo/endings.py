"""How courses of the demo end: the review after doses, the closing visit, the plan, and where the course goes then."""

from datetime import datetime, timedelta
from typing import Any

from integration.continuing import actions
from integration.continuing.selectors import LETTER
from integration.papers import actions as papers
from integration.visits import actions as integration
from kap_clinic.dev.demo.cast import FOR_TALKS, Cast
from kap_clinic.dev.demo.consents import sign
from kap_clinic.dev.demo.measures import answer_scale, answer_the_rest
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.visits import book
from kap_clinic.dev.demo.ways import Way
from kap_clinic.dev.demo.words import said_by
from patients.consents.terms import ConsentKind
from patients.course.models import Course
from patients.course.terms import Ending, Stage
from patients.tasks.actions import close_task
from patients.tasks.models import Task
from patients.tasks.terms import Outcome
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

AFTER_LAST = 3  # working days from the last dose to the closing visit
MOVES_ON = 2  # working days from there to the end
HAND_OVER = "Dr Amari, general practice; a letter goes with the patient, first visit in two weeks."
OFFERED = "Transcranial stimulation at the university clinic; behavioural activation goes on here."
REASONS = {
    "stop": "Where the PHQ-9 stands since the dose, another one would not be justified by it.",
    "maintenance": "Clearly better since the second dose and steady; the longest interval that holds is looked for.",
    "continue": "Better with each dose and no adverse event; the series goes on as ordered.",
}
PLAN = {
    "relapse_signs": "Sleeps past ten, cancels the choir, stops opening letters.",
    "what_helps": "Morning light, the walk by the water, saying it to Sam on the first day.",
    "who_to_call": "Sam, then this clinic by day; 988 at any hour.",
    "follow_up": "Dr Amari renews the sertraline; seen here after one, three and six months.",
    "maintenance": "One session every six weeks, looked at again after the second.",
}


def review(course: Course, decision: str, cast: Cast) -> None:
    """Whether the course goes on, signed by the prescriber."""
    actions.decide(course=course, decision=decision, reason=REASONS[decision], exposure_seen=True, **cast.prescriber)


def end(course: Course, way: Way, cast: Cast) -> Story:
    """From the last dose to the end of the course, as far as it has come."""
    last = way.doses[-1].day
    yield cast.days.at(last + AFTER_LAST, "15:30")
    answer_scale(course.patient, "phq-9", way.phq_after or 0, by=cast.users["therapist"])
    if way.review:
        review(course, way.review, cast)
    if way.end == "ended_early":
        yield cast.days.at(last + AFTER_LAST, "16:00")
        _end_early(course, way, cast)
        return
    actions.close_course(course=course, to=Stage.CLOSING, **cast.prescriber)
    visit = _book_closing(course, cast.days.at(last + AFTER_LAST + 1, "14:00"), cast)
    yield visit.starts_at
    visits.start(appointment=visit, **cast.therapist)
    yield visit.ends_at
    if way.end != "closing":
        yield from _close(course, visit, way, cast)


def _book_closing(course: Course, wanted: datetime, cast: Cast) -> Appointment:
    kind, patient = VisitKind.INTEGRATION, course.patient
    visit = book(patient, course, kind, wanted, 60, ["therapist"], cast, rooms=FOR_TALKS, **cast.therapist)
    assert visit is not None, "the closing visit finds a room"
    return visit


def _close(course: Course, visit: Appointment, way: Way, cast: Cast) -> Story:
    by = cast.users["therapist"]
    said = said_by(course.patient.family_name, way.planned)
    integration.write(appointment=visit, by=by, is_closing=True, patient_words=said.words, themes=list(said.themes))
    integration.complete(appointment=visit, **cast.therapist)
    answer_scale(course.patient, "gad-7", way.gad[1], by=by)
    answer_the_rest(course.patient, by=by)
    actions.write_plan(course=course, by=by, **PLAN)
    yield visit.ends_at + timedelta(minutes=50)
    _write_letter(course, cast)
    yield cast.days.at(way.doses[-1].day + AFTER_LAST + 1 + MOVES_ON, "16:00")
    if way.end == "maintenance":
        sign(course.patient, ConsentKind.TREATMENT, users=cast.users)
        actions.close_course(course=course, to=Stage.MAINTENANCE, reason=REASONS["maintenance"], **cast.prescriber)
    else:
        actions.close_course(course=course, to=Stage.COMPLETED, **_ending(way), **cast.therapist)


def _ending(way: Way) -> dict[str, Any]:
    return {"ending": way.ending, "reason": "The planned series is done.", "hand_over": HAND_OVER}


def _write_letter(course: Course, cast: Cast) -> None:
    for plain in (False, True):
        papers.ask_for_summary(course=course, by=cast.users["therapist"], plain=plain)
    for task in Task.objects.open().filter(source_ref=course.ref, flag=LETTER):
        close_task(task=task, outcome=Outcome.DONE, words="Sent to Dr Amari.", **cast.therapist)


def _end_early(course: Course, way: Way, cast: Cast) -> None:
    own_wish = way.ending == Ending.PATIENT_CHOICE
    reason = "Wants to stop here and see how far this carries." if own_wish else REASONS["stop"]
    actions.close_course(
        course=course,
        to=Stage.ENDED_EARLY,
        ending=way.ending,
        reason=reason,
        hand_over=HAND_OVER,
        offered_next="" if own_wish else OFFERED,
        own_wish=own_wish,
        **cast.prescriber,
    )
