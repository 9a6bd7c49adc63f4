"""The chart in a browser: along the timeline by keys, on a narrow screen, and looked at by axe in both lights."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from patients.course.actions import open_course
from patients.tasks.terms import TaskKind
from tests.patients.test_chart_cards import answer, owe
from tests.screening.recorded import begin_intake
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser
SIDEWAYS = "() => document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@pytest.fixture
def chart(live_server, context, page, clinic, patient, therapist):
    """The chart of somebody at intake, with a score and a task, opened by their therapist."""
    with as_clinic(clinic.pk):
        open_course(patient=patient, by=therapist, role="therapist")
        begin_intake(patient, by=therapist)
        answer(patient, therapist, 2, at=timezone.now())
        owe(patient, therapist, title="Ring back", kind=TaskKind.CALL)
    signed_in_browser(context, live_server.url, therapist)
    page.goto(live_server.url + patient.get_absolute_url())
    return page


def test_arrow_keys_move_along_the_timeline_and_enter_opens_a_step(chart):
    chart.get_by_role("group", name="Steps of the course").focus()
    chart.keyboard.press("ArrowRight")
    now = chart.locator(":focus").inner_text()
    chart.keyboard.press("ArrowRight")
    after = chart.locator(":focus").inner_text()
    chart.keyboard.press("ArrowLeft")
    chart.keyboard.press("Enter")

    assert ("Intake" in now, "Screening" in after) == (True, True)
    expect(chart.get_by_role("heading", name="Course 1", exact=True)).to_be_visible()


def test_on_a_phone_the_timeline_scrolls_in_its_card_with_the_next_step_in_view(chart):
    chart.set_viewport_size({"width": 390, "height": 844})
    chart.reload()

    line = chart.locator(".course")
    assert line.evaluate("line => line.scrollWidth > line.clientWidth")
    assert not chart.evaluate(SIDEWAYS)
    expect(line.locator("[aria-current=step]")).to_be_in_viewport()


def test_a_chart_with_scores_and_tasks_is_accessible(chart, axe):
    for width, light in ((1440, "light"), (1024, "light"), (390, "dark")):
        chart.emulate_media(color_scheme=light, reduced_motion="reduce")
        chart.set_viewport_size({"width": width, "height": 900})
        axe(chart)
        assert not chart.evaluate(SIDEWAYS)
