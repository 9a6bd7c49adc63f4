"""Continue or stop, and closing: what a decision rests on, that it is sealed, what each ending writes."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from integration.continuing import actions, selectors
from integration.continuing.models import Continuation, ContinuingPlan
from integration.continuing.terms import Benefit, Decision
from integration.visits import actions as visits
from patients.course.actions import NotReady, note_enrolment
from patients.course.terms import Ending, Stage
from patients.models import Course, Task
from patients.tasks.actions import close_task
from patients.tasks.terms import Outcome, TaskKind
from screening.actions import record_measure
from screening.terms import MeasureEntry
from sessions.events.actions import report
from sessions.orders import selectors as orders
from tests import factories
from tests.integration import days
from tests.people import member_of, signed_in

pytestmark = pytest.mark.django_db
WHY = "Halved since baseline, sleeps, no event; three more doses."
PLAN = {
    "relapse_signs": "Wakes at four", "what_helps": "The sea", "who_to_call": "Ana, then the clinic",
    "follow_up": "Dr Reyes, in two weeks", "maintenance": "Every six weeks",
}  # fmt: skip
HAND_OVER = {"hand_over": "Dr Reyes, psychiatrist"}


@pytest.fixture
def clock(frozen):
    """Monday morning in New York."""
    return frozen("2026-03-09T09:00-04:00", tick=True)


def phq9(patient, by, every):
    answers = {f"phq9.{item}": every for item in range(1, 9)} | {"phq9.9": 0}
    entry = MeasureEntry.STAFF
    return record_measure(
        patient=patient, instrument="phq-9", answers=answers, entry=entry, by=by, answered_at=timezone.now()
    )


@pytest.fixture
def course(clock, monkeypatch, patient, therapist, prescriber, nurse):
    """Three doses, a week apart, of two planned; PHQ-9 from 16 to 8."""
    people = {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}
    phq9(patient, therapist, 2)
    clock.shift(timedelta(hours=1))
    for number in range(3):
        clock.shift(timedelta(days=7 if number else 0))
        dosing = days.given(monkeypatch, patient, **people)
    clock.shift(timedelta(days=2))
    phq9(patient, therapist, 1)
    course = dosing.course
    note_enrolment(course=course, by=therapist, planned_doses=3)
    return course


def facts(course):
    return selectors.facts_of(Course.objects.get(pk=course.pk), timezone.now())


def decide(course, by, decision=Decision.CONTINUE, **more):
    return actions.decide(course=course, decision=decision, reason=WHY, by=by, role="prescriber", **more)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# What it rests on


def test_a_review_shows_response_doses_and_what_was_missed(course):
    found = facts(course)

    assert found.scale_in_words == "PHQ-9 from 16 to 8, 50 % better"
    assert found.shown == Benefit.RESPONDER
    assert (found.given, found.total_mg) == (3, 180)
    assert found.dose_trend == "Unchanged at 60 mg"
    assert [one.number for one in found.missed] == [1, 2]


def test_without_a_baseline_benefit_is_not_known_and_never_no(
    clock, monkeypatch, patient, therapist, prescriber, nurse
):
    phq9(patient, therapist, 2)
    clock.shift(timedelta(days=15))
    dosing = days.given(monkeypatch, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
    clock.shift(timedelta(days=2))
    phq9(patient, therapist, 1)

    found = facts(dosing.course)

    assert (found.main, found.shown) == (None, Benefit.UNKNOWN)
    assert "No complete PHQ-9 in the 14 days" in found.scale_in_words


def test_adverse_events_stand_by_their_names_and_a_boundary_concern_does_not(course, therapist, safety_officer):
    for code, by in (("nausea", therapist), ("boundary-concern", safety_officer)):
        role = "therapist" if by == therapist else "safety_officer"
        report(patient=course.patient, code=code, words="After the dose", onset_at=timezone.now(), by=by, role=role)

    found = facts(course)

    assert [(one.event.code, one.name) for one in found.events] == [("nausea", "Nausea")]
    assert "boundary" not in str(selectors.as_signed(found)).lower()


# One signed decision


def test_a_decision_is_signed_with_its_facts_and_stays(course, prescriber):
    row = decide(course, prescriber)

    assert selectors.is_whole(row)
    assert selectors.is_whole(Continuation.objects.select_related("course").get(pk=row.pk))
    assert row.facts["main_scale"] == "PHQ-9 from 16 to 8, 50 % better"
    assert row.after_dose == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        Continuation.objects.update(decision=Decision.STOP)
    row.reason = "Something else"
    assert not selectors.is_whole(row)


def test_what_has_changed_since_it_was_read_is_not_signed(course, prescriber, therapist):
    seen = selectors.digest(selectors.as_signed(facts(course)))
    phq9(course.patient, therapist, 3)

    with pytest.raises(NotReady, match="Something has changed"):
        decide(course, prescriber, seen=seen)

    assert not Continuation.objects.exists()


def test_reviews_that_are_owed_are_listed_until_signed(course, prescriber):
    member = member_of(prescriber)
    owed = selectors.reviews_due(member)

    decide(course, prescriber)

    assert [(one.course, one.review.after_dose) for one in owed] == [(course, 3)]
    assert selectors.reviews_due(member) == []


# Closing


def closed(course, by, to, role="therapist", **said):
    return actions.close_course(course=course, to=to, by=by, role=role, **said)


@pytest.fixture
def closing(course, therapist):
    return closed(course, therapist, Stage.CLOSING)


def finish(course, therapist, clock):
    """The closing visit, the closing measures, the plan and the letter."""
    clock.shift(timedelta(days=1))
    visit = factories.booked(
        course.patient,
        "integration",
        by=therapist,
        course=course,
        starts=timezone.now().replace(tzinfo=None, second=0, microsecond=0) + timedelta(hours=2),
    )
    clock.shift(timedelta(days=1))
    visits.write(appointment=visit, by=therapist, patient_words="It is lighter.", is_closing=True)
    visits.complete(appointment=visit, by=therapist, role="therapist")
    actions.write_plan(course=course, by=therapist, **PLAN)
    for task in Task.objects.open().filter(kind=TaskKind.LETTER):
        close_task(task=task, outcome=Outcome.DONE, words="Sent", by=therapist, role="therapist")


def test_a_course_closes_when_its_series_is_over_and_a_letter_is_owed(closing):
    assert closing.stage == Stage.CLOSING
    assert Task.objects.open().get(kind=TaskKind.LETTER).source_ref == closing.ref


def test_a_series_that_is_not_over_closes_on_a_signed_stop(course, therapist, prescriber):
    note_enrolment(course=course, by=therapist, planned_doses=6)
    with pytest.raises(NotReady, match="planned number is not done"):
        closed(course, therapist, Stage.CLOSING)

    decide(course, prescriber, Decision.STOP)

    assert closed(course, therapist, Stage.CLOSING).stage == Stage.CLOSING


def test_a_course_is_not_completed_while_something_is_open(closing, therapist):
    with pytest.raises(NotReady) as refused:
        closed(closing, therapist, Stage.COMPLETED, ending=Ending.GOALS_MET)

    said = " ".join(refused.value.reasons)
    for words in ("last integration session", "closing measures", "continuing plan", "letters", "looks after"):
        assert words in said, words
    assert Course.objects.get(pk=closing.pk).stage == Stage.CLOSING


def test_a_completed_course_writes_what_it_came_to(closing, therapist, clock, monkeypatch):
    finish(closing, therapist, clock)
    monkeypatch.setattr(selectors, "end_scales_open", lambda course, now: [])

    done = closed(closing, therapist, Stage.COMPLETED, ending=Ending.GOALS_MET, **HAND_OVER)

    move = done.moves.order_by("-id").first()
    assert (done.stage, done.ending) == (Stage.COMPLETED, Ending.GOALS_MET)
    assert move.evidence["main_scale"] == "PHQ-9 from 16 to 8, 50 % better"
    assert (move.evidence["sessions_given"], move.evidence["total_mg"]) == ("3", "180")
    assert move.evidence["hand_over"] == "Dr Reyes, psychiatrist"
    assert move.evidence["open_risks"] == "None open"
    assert orders.in_force(done) is None


def test_the_closing_measures_are_asked_after_the_last_dose(closing, therapist):
    still = selectors.end_scales_open(closing, timezone.now())

    assert "PHQ-9" not in still
    assert "GAD-7" in still


def test_maintenance_needs_a_review_a_plan_and_a_renewed_consent(closing, therapist, prescriber):
    with pytest.raises(NotReady) as refused:
        closed(closing, prescriber, Stage.MAINTENANCE, role="prescriber")

    said = " ".join(refused.value.reasons)
    assert "Benefit is not shown" not in said
    for words in ("maintenance plan", "not renewed", "exposure counters"):
        assert words in said, words
    decide(closing, prescriber, Decision.MAINTENANCE)
    actions.write_plan(course=closing, by=therapist, **PLAN)
    with pytest.raises(NotReady) as again:
        closed(closing, prescriber, Stage.MAINTENANCE, role="prescriber")
    assert again.value.reasons == ["The treatment consent is not renewed."]


def test_a_course_ends_early_with_its_reason_and_only_a_patient_ends_it_without_a_prescriber(course, therapist):
    said = {"ending": Ending.PATIENT_CHOICE, "reason": "Moves to the sea", **HAND_OVER}
    with pytest.raises(NotReady, match="made by the patient or prescriber"):
        closed(course, therapist, Stage.ENDED_EARLY, **said)

    ended = closed(course, therapist, Stage.ENDED_EARLY, own_wish=True, **said)

    move = ended.moves.order_by("-id").first()
    assert (ended.stage, ended.ending, move.role) == (Stage.ENDED_EARLY, Ending.PATIENT_CHOICE, "patient")
    assert move.evidence["entered_as"] == "therapist"
    assert move.moved_by == therapist
    assert orders.in_force(ended) is None
    assert Task.objects.open().filter(kind=TaskKind.LETTER).exists()


def test_nothing_moves_when_an_ending_says_too_little(course, prescriber):
    with pytest.raises(NotReady, match="offered next"):
        closed(
            course, prescriber, Stage.ENDED_EARLY, "prescriber", ending=Ending.ADVERSE_EVENT, reason="x", **HAND_OVER
        )

    assert Course.objects.get(pk=course.pk).stage == Stage.DOSING_SERIES
    assert not Task.objects.filter(kind=TaskKind.LETTER).exists()


def test_the_plan_keeps_every_version(course, therapist):
    actions.write_plan(course=course, by=therapist, **PLAN)
    actions.write_plan(course=course, by=therapist, **PLAN)
    actions.write_plan(course=course, by=therapist, **PLAN | {"what_helps": "The sea, and Ana"})

    assert ContinuingPlan.objects.count() == 2
    assert selectors.newest_plan(course).what_helps == "The sea, and Ana"
    with pytest.raises(NotReady, match="Write who to call"):
        actions.write_plan(course=course, by=therapist, relapse_signs="Wakes at four")


# Pages


@pytest.mark.parametrize(("role", "status"), [("therapist", 200), ("prescriber", 200), ("nurse", 403), ("admin", 403)])
@pytest.mark.parametrize("name", ["review", "closing"])
def test_the_pages_are_for_who_may_end_a_course(request, client, course, name, role, status):
    response = signed_in(client, request.getfixturevalue(role)).get(reverse(f"continuing:{name}", args=[course.ref]))

    assert response.status_code == status


def test_a_prescriber_reviews_and_signs_on_the_page(client, course, prescriber, therapist):
    page = reverse("continuing:review", args=[course.ref])
    browser = signed_in(client, prescriber)
    shown = browser.get(page)
    seen = shown.context["form"].initial["seen"]

    short = browser.post(page, {"decision": "continue", "reason": "Better", "seen": seen})
    signed = browser.post(page, {"decision": "continue", "reason": WHY, "seen": seen})

    assert "50 % better" in text_of(shown)
    assert (short.status_code, "Better" in short.content.decode()) == (422, True)
    assert signed.status_code == 302
    assert Continuation.objects.get().decision == Decision.CONTINUE
    assert signed_in(client, therapist).get(page).context["form"] is None


def test_the_closing_page_says_what_is_open_and_takes_plan_and_closing(client, course, therapist):
    page, browser = reverse("continuing:closing", args=[course.ref]), signed_in(client, therapist)

    planned = browser.post(reverse("continuing:plan", args=[course.ref]), PLAN)
    started = browser.post(reverse("continuing:close", args=[course.ref, "closing"]), {"closing-reason": ""})
    refused = browser.post(
        reverse("continuing:close", args=[course.ref, "completed"]),
        {"completed-ending": Ending.GOALS_MET, "completed-hand_over": "Dr Reyes"},
    )

    assert (planned.status_code, started.status_code, refused.status_code) == (302, 302, 422)
    shown = text_of(browser.get(page))
    for words in ("Still to answer", "Closing letter", "By the prescriber", "Wakes at four"):
        assert words in shown or words in browser.get(page).content.decode(), words
    assert "Dr Reyes" in refused.content.decode()
