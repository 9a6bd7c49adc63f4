"""Today and the task pages: what is owed shows at once and goes when it is done."""

import pytest
from django.urls import reverse

from patients.models import Task
from screening import actions
from screening.terms import MeasureEntry
from sessions.events.actions import sign
from tests.people import signed_in
from tests.screening.recorded import case, record, submitted
from tests.sessions.test_events import concern

pytestmark = pytest.mark.django_db


@pytest.fixture
def flag(patient, therapist):
    actions.record_measure(
        patient=patient,
        instrument="asq",
        answers={"asq.1": 1, "asq.2": 0, "asq.3": 0, "asq.4": 0, "asq.5": 1},
        entry=MeasureEntry.STAFF,
        by=therapist,
    )
    return Task.objects.get(flag="asq.acute")


def today(client):
    return client.get(reverse("desk:today"))


def close(client, task, **typed):
    typed = {"outcome": "safety_plan", "words": "Plan made, brother called", **typed}
    return client.post(reverse("desk:task", args=[task.ref]), typed)


def test_a_critical_flag_is_on_today_at_once_and_goes_when_it_is_assessed(client, prescriber, flag):
    signed_in(client, prescriber)
    assert flag.title in today(client).text

    closed = close(client, flag)

    assert closed.status_code == 302
    assert flag.title not in [row.task.title for row in today(client).context["day"].safety]


def test_the_rail_counts_what_is_owed(client, prescriber, flag):
    signed_in(client, prescriber)
    before = next(e.count for e in today(client).context["rail"] if e.key == "today")

    close(client, flag)

    after = next(e.count for e in today(client).context["rail"] if e.key == "today")
    assert (before or 0) - (after or 0) == 1


def test_an_empty_outcome_is_refused_and_the_words_stay(client, prescriber, flag):
    signed_in(client, prescriber)

    page = close(client, flag, outcome="", words="We spoke at length")

    assert page.status_code == 422
    assert "We spoke at length" in page.text
    assert Task.objects.get(pk=flag.pk).closed_at is None


def test_a_critical_flag_is_not_just_done(client, prescriber, flag):
    signed_in(client, prescriber)

    assert close(client, flag, outcome="done").status_code == 422
    assert close(client, flag, words="ok").status_code == 422


def test_taking_a_task_makes_one_its_owner(client, therapist, flag):
    signed_in(client, therapist)

    client.post(reverse("desk:take_task", args=[flag.ref]))

    flag.refresh_from_db()
    assert flag.owner == therapist


@pytest.mark.parametrize("who", ["admin", "front_desk", "auditor"])
def test_tasks_are_clinical(client, request, who, flag):
    signed_in(client, request.getfixturevalue(who))

    assert today(client).status_code == 200
    assert flag.title not in today(client).text
    assert client.get(reverse("desk:task", args=[flag.ref])).status_code == 403


def test_a_stranger_finds_no_task(client, stranger, flag):
    signed_in(client, stranger)

    assert client.get(reverse("desk:task", args=[flag.ref])).status_code == 404


def test_drafts_and_reviews_are_on_the_right_day(client, clinic, patient, therapist, prescriber):
    draft = record(patient, case("clear"), by=therapist)
    signed_in(client, therapist)
    assert today(client).context["day"].drafts == [draft]

    actions.submit(screening=draft, by=therapist)

    assert today(client).context["day"].drafts == []
    signed_in(client, prescriber)
    assert [row.ref for row in today(client).context["day"].reviews] == [str(draft.ref)]


def test_what_the_prescriber_asks_comes_back_to_the_therapist(client, patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    actions.decide(
        screening=screening,
        decision="ask_for_more",
        reason="Unclear",
        questions="Which year?",
        judgements={},
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    signed_in(client, therapist)

    assert [row.pk for row in today(client).context["day"].asked] == [screening.pk]
    assert "Which year?" in client.get(reverse("screening:check", args=[screening.ref])).text


def test_a_concern_waits_for_the_safety_officer_alone_until_it_is_signed(
    client, patient, therapist, prescriber, safety_officer
):
    event = concern(patient, safety_officer)
    there = reverse("events:one", args=[patient.ref, event.ref])

    assert there in today(signed_in(client, safety_officer)).text
    for other in (therapist, prescriber):
        assert there not in today(signed_in(client, other)).text

    sign(event=event, by=safety_officer, role="safety_officer", plan="Talked with both; a second person is present")
    assert today(signed_in(client, safety_officer)).context["day"].is_clear
