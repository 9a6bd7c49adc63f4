"""After a dose in a browser: the list of what is due, the call, and the visit that is written down and completed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from integration.visits import actions, selectors
from kap_clinic.wall import as_clinic
from patients.course.actions import note_enrolment
from patients.course.terms import Stage
from sessions.visits.actions import write_preparation
from tests.integration import days
from tests.integration.test_continuing import phq9
from tests.journeys.steps import write_the_plan_and_start_closing
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("KAP_PICTURES", "")
SIDEWAYS = "() => document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@pytest.fixture
def visit(live_server, monkeypatch, clinic, patient, therapist, prescriber, nurse):
    """A dose of eighty hours ago with a practice, and the integration visit that was booked for the next day."""
    with as_clinic(clinic.pk), time_machine.travel(timezone.now() - timedelta(hours=80), tick=True):
        dosing = days.given(monkeypatch, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
        write_preparation(course=dosing.course, by=therapist, intention="Meet the grief\nTrust the ground")
        actions.set_practice(
            course=dosing.course,
            text="Walk by the sea without the phone",
            how_often="Each morning",
            from_on=timezone.localdate(),
            by=therapist,
        )
        visit = days.to_follow(dosing, by=therapist)
        days.leave(dosing, by=nurse)
    return visit


def look(page, axe, name):
    """Both lights and both widths: nothing sideways, nothing axe finds."""
    for width, light in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=light, reduced_motion="reduce")
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        assert not page.evaluate(SIDEWAYS), f"{name} is wider than {width}"
        axe(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_what_is_due_to_a_completed_visit(live_server, context, page, axe, clinic, visit, therapist):
    signed_in_browser(context, live_server.url, therapist)
    page.goto(live_server.url + reverse("integration:due"))
    look(page, axe, "due")

    page.get_by_role("link", name="Call missing").click()
    page.get_by_text("Spoke with the patient").click()
    page.get_by_role("button", name="Log the call").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask whether the patient is safe")
    look(page, axe, "call")
    page.get_by_role("group", name="Is the patient safe?").get_by_text("Yes").click()
    page.get_by_role("button", name="Log the call").click()
    expect(page.get_by_text("Nobody is to be called.")).to_be_visible()

    page.get_by_role("link", name=visit.starts_at.strftime("%b")).click()
    page.get_by_label("In the patient's words").fill("The water carried me.")
    page.get_by_text("Grief and loss").click()
    page.get_by_label("Meet the grief").fill("It is love with nowhere to go.")
    page.get_by_role("group", name="How it went").get_by_text("Partly").click()
    page.get_by_label("A new practice").fill("Write three lines")
    look(page, axe, "visit")
    page.get_by_role("button", name="Write down and complete the visit").click()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    look(page, axe, "completed")

    with as_clinic(clinic.pk):
        row = selectors.newest(visit)
        assert row.themes == ["Grief and loss"]
        assert row.insights == [{"intention": "Meet the grief", "insight": "It is love with nowhere to go."}]


@pytest.fixture
def series(live_server, monkeypatch, clinic, patient, therapist, prescriber, nurse):
    """Three doses over a fortnight, the last of three days ago, with PHQ-9 before and after."""
    people = {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}
    now = timezone.now()
    with as_clinic(clinic.pk):
        for days_ago, every in ((17, 2), (10, 0), (3, 0)):
            with time_machine.travel(now - timedelta(days=days_ago), tick=True):
                if every:
                    phq9(patient, therapist, every)
                dosing = days.given(monkeypatch, patient, **people)
                days.leave(dosing, by=nurse)
        phq9(patient, therapist, 1)
        note_enrolment(course=dosing.course, by=therapist, planned_doses=3)
    return dosing.course


def test_a_course_is_reviewed_and_begins_to_close(live_server, context, page, axe, clinic, series, prescriber):
    signed_in_browser(context, live_server.url, prescriber)
    page.goto(live_server.url)
    look(page, axe, "today")
    page.get_by_role("link", name="Review due").click()
    expect(page.get_by_text("PHQ-9 from 16 to 8, 50 % better")).to_be_visible()
    page.get_by_text("Stop and close").click()
    page.get_by_label("What it rests on").fill("Goals are met, the score has halved, nothing more is asked for.")
    look(page, axe, "review")
    page.get_by_role("button", name="Sign the decision").click()

    expect(page.get_by_role("heading", name="Closing course 1")).to_be_visible()
    look(page, axe, "closing")
    write_the_plan_and_start_closing(page)
    page.goto(live_server.url + series.patient.get_absolute_url())
    look(page, axe, "chart")

    with as_clinic(clinic.pk):
        series.refresh_from_db()
        assert series.stage == Stage.CLOSING
