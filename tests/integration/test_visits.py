"""Integration visits and the call after a dose: what is written, what is due, and what each role sees of it."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from integration.visits import actions, selectors
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook
from integration.visits.terms import Kept, Reached, Standing
from kap_clinic.audit.models import AuditEvent
from patients.course.actions import NotReady
from patients.models import Task
from patients.notes.models import Note
from patients.tasks.terms import Severity, TaskKind
from sessions.dosing.selectors import closing_evidence
from sessions.visits import selectors as visits
from sessions.visits.actions import write_preparation
from sessions.visits.terms import VisitState
from tests.integration import days
from tests.people import member_of, signed_in

pytestmark = pytest.mark.django_db
SAID = {"patient_words": "I could put the rucksack down.", "themes": ["Letting go", "water"]}


@pytest.fixture
def clock(frozen):
    """Monday morning in New York."""
    return frozen("2026-03-09T09:00-04:00", tick=True)


@pytest.fixture
def dosing(clock, monkeypatch, patient, therapist, prescriber, nurse):
    return days.given(monkeypatch, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)


@pytest.fixture
def visit(dosing, therapist):
    """The integration visit of the next day, 26 hours after the dose."""
    return days.to_follow(dosing, by=therapist)


def later(clock, hours):
    clock.shift(timedelta(hours=hours))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Writing


def test_what_a_visit_was_about_is_a_row_tied_to_its_dose_and_the_newest_holds(visit, dosing, therapist):
    first = actions.write(appointment=visit, by=therapist, **SAID)
    again = actions.write(appointment=visit, by=therapist, **SAID)
    second = actions.write(appointment=visit, by=therapist, **SAID, difficult="The fall; breathing helped.")

    assert (again, first.dosing) == (first, dosing)
    assert selectors.newest(visit) == second
    assert [row.difficult for row in IntegrationSession.objects.order_by("id")] == ["", "The fall; breathing helped."]
    assert AuditEvent.objects.filter(event="integration.written").count() == 2


def test_what_was_written_is_changed_by_nobody(visit, therapist):
    row = actions.write(appointment=visit, by=therapist, **SAID)

    with pytest.raises(DatabaseError), transaction.atomic():
        IntegrationSession.objects.filter(pk=row.pk).update(patient_words="Something else")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_nothing_is_written_for_a_visit_without_a_dose_but_at_the_close(visit, therapist):
    visit.follows = None
    visit.starts_at -= timedelta(days=30)
    visit.ends_at -= timedelta(days=30)
    type(visit).objects.filter(pk=visit.pk).update(follows=None, starts_at=visit.starts_at, ends_at=visit.ends_at)

    with pytest.raises(NotReady, match="No dose was given before this visit"):
        actions.write(appointment=visit, by=therapist, **SAID)
    row = actions.write(appointment=visit, by=therapist, **SAID, is_closing=True)

    assert row.dosing is None


def test_a_visit_is_completed_once_it_is_written_down_and_then_the_dose_is_integrated(clock, visit, dosing, therapist):
    later(clock, 30)
    with pytest.raises(NotReady, match="Write down what the visit was about"):
        actions.complete(appointment=visit, by=therapist, role="therapist")
    actions.write(appointment=visit, by=therapist, **SAID)

    done = actions.complete(appointment=visit, by=therapist, role="therapist")

    assert done.state == VisitState.COMPLETED
    assert visits.integration_after(dosing.appointment) == done  # what item 11 of the next gate reads
    assert selectors.of_course(dosing.course, timezone.now())[0].integration == Standing.DONE


def test_insights_are_tied_to_the_intentions_of_the_preparation(visit, dosing, therapist):
    write_preparation(course=dosing.course, by=therapist, intention="Meet the grief\nTrust the ground")

    asked = selectors.intentions(visit)
    row = actions.write(
        appointment=visit, by=therapist, insights=[{"intention": asked[0], "insight": "It was softer than I thought."}]
    )

    assert asked == ["Meet the grief", "Trust the ground"]
    assert row.insights == [{"intention": "Meet the grief", "insight": "It was softer than I thought."}]


# Practices


def test_a_practice_is_looked_at_as_often_as_one_likes_and_ended_once(dosing, therapist):
    day = timezone.localdate()
    practice = actions.set_practice(course=dosing.course, text="Swim on Sundays", from_on=day, by=therapist)
    actions.look_at_practice(practice=practice, kept=Kept.PARTLY, words="Too cold", by=therapist)
    actions.look_at_practice(practice=practice, kept=Kept.KEPT, by=therapist)
    actions.end_practice(practice=practice, why="Goes by itself", by=therapist)
    ended = actions.end_practice(practice=practice, why="Again", by=therapist)

    kept = selectors.practices(dosing.course)[0]
    assert [look.kept for look in kept.looks] == [Kept.PARTLY, Kept.KEPT]
    assert ended.ended_why == "Goes by itself"
    assert kept.is_over(day)
    with pytest.raises(DatabaseError), transaction.atomic():
        Practice.objects.update(text="Swim twice")


# The call


def call(dosing, by, **said):
    return actions.call(dosing=dosing, by=by, role="nurse", **({"reached": Reached.SPOKE, "safe": True} | said))


def test_who_was_spoken_with_is_called_and_the_day_can_be_closed(dosing, nurse):
    call(dosing, nurse, reached=Reached.NOT_REACHED, safe=None)
    assert closing_evidence(dosing)["next_day_call"] is False

    call(dosing, nurse, slept="Eight hours")

    assert closing_evidence(dosing)["next_day_call"] is True
    assert NextDayCall.objects.count() == 2
    task = Task.objects.get(kind=TaskKind.CALL)
    assert task.closed_by == nurse
    assert not Task.objects.filter(severity=Severity.CRITICAL).exists()


def test_who_is_not_safe_opens_a_critical_task_at_once(dosing, nurse):
    row = call(dosing, nurse, safe=False, words="Thought of not waking up")

    task = Task.objects.open().get(source_ref=row.ref)
    assert (task.kind, task.severity, task.owner_role) == (TaskKind.SAFETY, Severity.CRITICAL, "prescriber")
    assert task.due_at <= timezone.now() + timedelta(hours=1)


def test_a_call_in_which_nobody_asked_is_refused(dosing, nurse):
    with pytest.raises(NotReady, match="Ask whether the patient is safe"):
        call(dosing, nurse, safe=None)

    assert not NextDayCall.objects.exists()


def test_a_call_is_changed_by_nobody(dosing, nurse):
    call(dosing, nurse, safe=False)

    with pytest.raises(DatabaseError), transaction.atomic():
        NextDayCall.objects.update(safe=True)


# What is due


def test_the_list_shows_who_has_passed_the_window(clock, dosing, therapist):
    member = member_of(therapist)
    states = []
    for _ in range(3):
        states.append([row.integration for row in selectors.due_list(member, timezone.now()) if row.integration_waits])
        later(clock, 30)
    later(clock, 30)

    assert states == [[], [Standing.DUE], [Standing.DUE]]
    assert [row.integration for row in selectors.due_list(member, timezone.now())] == [Standing.OVERDUE]


def test_the_list_leaves_with_the_visit_and_the_call(clock, dosing, visit, therapist, nurse):
    later(clock, 80)
    call(dosing, nurse)
    actions.write(appointment=visit, by=therapist, **SAID)
    actions.complete(appointment=visit, by=therapist, role="therapist")

    assert selectors.due_list(member_of(therapist), timezone.now()) == []
    assert selectors.next_day_calls_due(member_of(nurse), timezone.now()) == []


@pytest.mark.parametrize(
    ("role", "sees", "not_"),
    [
        ("therapist", ["LINDQVIST", "Overdue", "Call missing", "Dose 1"], []),
        ("prescriber", ["LINDQVIST", "Overdue", "Call missing"], []),
        ("nurse", ["LINDQVIST", "Call missing"], ["Integration visits", "Overdue"]),
        ("admin", ["Overdue", "Not booked"], ["Call missing", "Dose 1"]),
    ],
)
def test_each_role_sees_as_much_of_the_due_list_as_it_may(request, client, clock, dosing, role, sees, not_):
    days.leave(dosing, by=request.getfixturevalue("nurse"))
    later(clock, 80)

    response = signed_in(client, request.getfixturevalue(role)).get(reverse("integration:due"))

    shown = text_of(response)
    assert response.status_code == 200
    assert [word for word in sees if word.casefold() not in shown.casefold()] == []
    assert [word for word in not_ if word in shown] == []


def test_whoever_may_not_is_refused(client, dosing, front_desk):
    assert signed_in(client, front_desk).get(reverse("integration:due")).status_code == 403


@pytest.mark.parametrize(
    ("role", "sees", "not_"),
    [
        ("therapist", ["Integration", "after dose 1", "Overdue", "Call missing", "Swim on Sundays"], []),
        ("prescriber", ["after dose 1", "Swim on Sundays"], []),
        ("admin", ["Integration", "Overdue", "not booked"], ["dose 1", "Swim on Sundays", "Call missing"]),
        ("nurse", [], ["Swim on Sundays", "not booked"]),
    ],
)
def test_the_chart_shows_practices_to_who_reads_notes_and_the_desk_how_it_stands(
    request, client, clock, dosing, patient, therapist, nurse, role, sees, not_
):
    actions.set_practice(course=dosing.course, text="Swim on Sundays", from_on=timezone.localdate(), by=therapist)
    days.leave(dosing, by=nurse)
    later(clock, 80)

    chart = text_of(signed_in(client, request.getfixturevalue(role)).get(patient.get_absolute_url()))

    assert [word for word in sees if word not in chart] == []
    assert [word for word in not_ if word in chart] == []


def test_today_shows_calls_to_the_nurse_and_integration_to_the_therapist(client, clock, dosing, therapist, nurse):
    days.leave(dosing, by=nurse)
    later(clock, 80)

    hers, his = (text_of(signed_in(client, who).get(reverse("desk:today"))) for who in (nurse, therapist))

    assert ("Call missing" in hers, "Integration overdue" in hers) == (True, False)
    assert ("Call missing" in his, "Integration overdue" in his) == (True, True)


# The page


def field_of(response, intention):
    return next(field.html_name for field in response.context["form"].insights if field.label == intention)


def test_a_visit_is_written_down_and_completed_on_its_page(client, clock, dosing, visit, therapist):
    write_preparation(course=dosing.course, by=therapist, intention="Meet the grief")
    practice = actions.set_practice(
        course=dosing.course, text="Walk by the sea", from_on=timezone.localdate(), by=therapist
    )
    later(clock, 26)
    browser, page = signed_in(client, therapist), reverse("integration:visit", args=[visit.ref])
    shown = browser.get(page)
    ref = practice.ref.hex
    form = {
        "patient_words": "The water carried me.", "themes": ["Grief and loss"], "other_themes": "Water, water",
        field_of(shown, "Meet the grief"): "It is love with nowhere to go.", "difficult": "The fall",
        "practice": "Write three lines", "how_often": "Each evening", "until_on": "2026-03-20",
        f"kept_{ref}": "partly", f"how_{ref}": "Twice", "complete": "1",
    }  # fmt: skip
    response = browser.post(page, form)

    row = selectors.newest(visit)
    visit.refresh_from_db()
    assert response.status_code == 302
    assert row.themes == ["Grief and loss", "Water"]
    assert row.insights == [{"intention": "Meet the grief", "insight": "It is love with nowhere to go."}]
    assert visit.state == VisitState.COMPLETED
    assert PracticeLook.objects.get().kept == Kept.PARTLY
    assert Practice.objects.get(text="Write three lines").dosing == dosing
    after = text_of(browser.get(page))
    assert "Walk by the sea" in after
    assert "Partly , Twice" in after


def test_what_is_refused_stays_typed(client, clock, visit, therapist):
    page = reverse("integration:visit", args=[visit.ref])
    typed = {"patient_words": "Kept", "practice": "Swim", "from_on": "2026-03-20", "until_on": "2026-03-12"}

    response = signed_in(client, therapist).post(page, typed)
    empty = signed_in(client, therapist).post(page, {})

    assert response.status_code == 422
    assert "A practice ends on or after the day it starts" in text_of(response)
    assert "Kept" in response.content.decode()
    assert (empty.status_code, IntegrationSession.objects.count()) == (422, 0)
    assert "at least one thing" in text_of(empty)


def test_the_note_of_a_visit_is_begun_once(client, visit, therapist):
    browser, there = signed_in(client, therapist), reverse("integration:note", args=[visit.ref])

    browser.post(there)
    browser.post(there)

    assert Note.objects.get().about_ref == visit.ref
    assert "Note, draft" in text_of(browser.get(reverse("integration:visit", args=[visit.ref])))


def test_a_colleague_reads_what_was_written_and_who_is_outside_does_not(client, visit, therapist, nurse, stranger):
    actions.write(appointment=visit, by=therapist, **SAID)
    page = reverse("integration:visit", args=[visit.ref])

    assert signed_in(client, nurse).get(page).status_code == 403
    assert signed_in(client, stranger).get(page).status_code == 404


def test_a_call_is_logged_on_its_page_and_alarms(client, dosing, nurse):
    page = reverse("integration:call", args=[dosing.ref])
    browser = signed_in(client, nurse)

    refused = browser.post(page, {"reached": "spoke", "slept": "Badly"})
    logged = browser.post(page, {"reached": "spoke", "safe": "no", "slept": "Badly"})

    assert refused.status_code == 422
    assert "Badly" in refused.content.decode()
    assert logged.url == reverse("desk:safety")
    assert Task.objects.open().filter(severity=Severity.CRITICAL).exists()
