"""From an intake to a signed decision: a therapist records, the rules say why, a prescriber decides."""

import re
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.dev.demo.measures import record_baseline
from kap_clinic.wall import as_clinic
from patients.course.actions import open_course
from screening.models import Review, Screening
from screening.terms import Decision, ScreeningState
from tests import factories
from tests.journeys.steps import answer_until, save_section, takes_nothing
from tests.screening.recorded import begin_intake, case
from tests.signin import enter_in_browser, signed_in_browser, with_app

pytestmark = pytest.mark.browser
WHY = "The aunt's illness began at 60 after a stroke; no sign of psychosis in this family line."


@pytest.fixture
def intake() -> dict:
    """The worked intake that is clear, with one thing to judge and one to be careful about."""
    return case("clear", family_psychosis="unsure", seizures="over_12_months_ago")


@pytest.fixture
def patient(live_server, clinic, therapist, prescriber, intake):
    person = factories.patient(clinic, by=therapist, team=(therapist, prescriber), family_name="Halvorsen")
    with as_clinic(clinic.pk):
        person.birth_date = date(1979, 6, 2)
        person.save(update_fields=["birth_date"])
        open_course(patient=person, by=therapist, role="therapist")
        begin_intake(person, by=therapist)
        record_baseline(person, intake["answers"], by=therapist, at=timezone.now())
    return person


def test_from_sign_in_to_decision(page, context, live_server, clinic, therapist, prescriber, patient, intake, axe):
    secret = with_app(therapist)
    enter_in_browser(page, live_server.url, therapist, secret)

    when_the_intake_is_started(page, live_server.url, patient, axe)
    when_every_question_is_answered(page, intake, axe)
    then_the_check_page_says_what_the_rules_found(page, axe)
    when_it_is_submitted(page)

    page.context.clear_cookies()
    signed_in_browser(context, live_server.url, prescriber)
    when_the_prescriber_opens_the_queue(page, live_server.url, axe)
    then_nothing_is_signed_while_something_is_open(page, axe)
    when_everything_is_judged_and_signed(page)

    then_the_queue_is_empty_and_the_decision_stands(page, clinic, prescriber)


def when_the_intake_is_started(page, site, patient, axe) -> None:
    page.goto(f"{site}/patients/{patient.ref}/")
    page.get_by_role("button", name="Start screening").click()
    expect(page.get_by_role("heading", name="Mind and mood", level=1)).to_be_visible()
    axe(page)


def when_every_question_is_answered(page, intake, axe) -> None:
    answer_until(page, "medicines_taken", intake["answers"])
    takes_nothing(page)
    axe(page)
    save_section(page)
    answer_until(page, "vitals", intake["answers"])
    page.get_by_role("textbox", name="Blood pressure").fill("122 76")
    page.get_by_role("textbox", name="Pulse").fill("72")
    page.get_by_role("textbox", name="Weight").fill("68,4")
    save_section(page)
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text("Choose kg or lb")
    expect(page.get_by_role("textbox", name="Weight")).to_have_value("68,4")
    axe(page)
    page.get_by_role("radio", name="kg").check()
    save_section(page)


def then_the_check_page_says_what_the_rules_found(page, axe) -> None:
    expect(page.get_by_role("heading", name=re.compile("^Screening 1"), level=1)).to_be_visible()
    found = page.get_by_role("region", name="What the rules found")
    expect(found).to_contain_text("Prescriber must decide")
    expect(found).to_contain_text("Psychosis in the family")
    expect(page.get_by_text("Still open")).to_have_count(0)
    axe(page)


def when_it_is_submitted(page) -> None:
    page.get_by_role("button", name="Submit to the prescriber").click()
    expect(page.get_by_text("Submitted. It is in the prescriber's queue.")).to_be_visible()


def when_the_prescriber_opens_the_queue(page, site, axe) -> None:
    page.goto(f"{site}/screening/reviews/")
    axe(page)
    page.get_by_role("link", name=re.compile("HALVORSEN")).click()
    expect(page.get_by_role("heading", name="Findings and the rule behind each")).to_be_visible()
    axe(page)


def then_nothing_is_signed_while_something_is_open(page, axe) -> None:
    page.get_by_role("radio", name="Approve", exact=True).check()
    page.get_by_role("textbox", name="Reason", exact=True).fill(WHY)
    page.get_by_role("button", name="Sign").click()
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_contain_text("choose one to go on")
    expect(page.get_by_role("textbox", name="Reason", exact=True)).to_have_value(WHY)
    axe(page)


def when_everything_is_judged_and_signed(page) -> None:
    page.get_by_role("radio", name="Accept", exact=True).check()
    page.get_by_role("textbox", name=re.compile("^Why, or the condition")).fill(WHY)
    page.get_by_role("checkbox", name="I have seen this caution").check()
    page.get_by_role("button", name="Sign").click()


def then_the_queue_is_empty_and_the_decision_stands(page, clinic, prescriber) -> None:
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
    with as_clinic(clinic.pk):
        assert Screening.objects.get().state == ScreeningState.DECIDED
        review = Review.objects.get()
        assert (review.decision, review.decided_by, review.reason) == (Decision.APPROVE, prescriber, WHY)
        assert review.judgements.count() == 2
