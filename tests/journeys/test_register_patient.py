"""A therapist meets somebody new: looks for them, registers them, and asks what the record does not say yet."""

import re

import pytest
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from patients.models import Patient
from tests import factories
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def twin(live_server, clinic, therapist) -> Patient:
    """Somebody born on the same day with the same family name, in care already."""
    return factories.patient(clinic, by=therapist, family_name="Rivera", given_name="Alexis")


def test_somebody_new_is_registered_and_asked(page, context, live_server, clinic, therapist, twin, axe):
    signed_in_browser(context, live_server.url, therapist)

    when_looking_for_somebody_who_is_not_here(page, live_server.url, axe)
    when_registering_with_a_slip(page, axe)
    when_mending_it(page)
    then_the_possible_twin_is_shown_first(page, axe)
    when_saying_it_is_another_person(page)

    then_the_chart_says_what_is_still_to_ask(page, axe)
    when_asking_about_allergies(page, axe)
    when_recording_a_weight(page, axe)
    when_a_medicine_is_told(page, axe)
    then_the_banner_and_the_cards_say_it(page, axe)
    then_the_patient_is_found_by_keyboard(page)
    then_it_is_one_new_record(clinic, therapist)


def when_looking_for_somebody_who_is_not_here(page, site, axe) -> None:
    page.goto(f"{site}/patients/")
    axe(page)
    page.keyboard.press("/")
    page.keyboard.type("Nakamura")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
    expect(page).not_to_have_url(re.compile("Nakamura"))
    axe(page)
    page.get_by_role("link", name="Register a new patient").click()


def when_registering_with_a_slip(page, axe) -> None:
    axe(page)
    page.get_by_role("textbox", name="Given name").fill("Alexandra")
    page.get_by_role("textbox", name="Family name").fill("rivera")
    page.locator("input[type=date]").fill("1987-03-14")
    expect(page.get_by_text("Saturday, March 14, 1987")).to_be_visible()
    page.get_by_role("textbox", name="Phone").fill("555 0142")
    page.get_by_role("button", name="Register").click()
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_contain_text("Enter the whole phone number")
    expect(page).to_have_title(re.compile("^Error: New patient"))
    axe(page)


def when_mending_it(page) -> None:
    expect(page.get_by_role("textbox", name="Given name")).to_have_value("Alexandra")
    page.get_by_role("link", name=re.compile("Enter the whole phone")).click()
    expect(page.get_by_role("textbox", name="Phone")).to_be_focused()
    page.get_by_role("textbox", name="Phone").fill("617 555 0142")
    page.get_by_role("button", name="Register").click()


def then_the_possible_twin_is_shown_first(page, axe) -> None:
    alert = page.get_by_role("alert").filter(has_text="Is this the same person?")
    expect(alert).to_contain_text("RIVERA, Alexis")
    expect(alert).to_contain_text("same date of birth, family name")
    axe(page)
    assert not page.get_by_text("Registered.").is_visible()


def when_saying_it_is_another_person(page) -> None:
    page.get_by_role("textbox", name="Why is this another person?").fill("Twins")
    page.get_by_role("button", name="Register anyway").click()


def then_the_chart_says_what_is_still_to_ask(page, axe) -> None:
    expect(page.get_by_role("heading", name="RIVERA, Alexandra", level=1)).to_be_visible()
    expect(page.get_by_role("list", name="Alerts")).to_contain_text("Allergies not asked yet")
    axe(page)


def when_asking_about_allergies(page, axe) -> None:
    page.get_by_role("link", name="Ask about allergies").first.click()
    axe(page)
    page.get_by_label("There are allergies").check()
    page.get_by_role("textbox", name="Allergic to 1").fill("penicillin")
    page.get_by_role("textbox", name="What happens 1").fill("rash")
    page.keyboard.press("Enter")


def when_recording_a_weight(page, axe) -> None:
    page.get_by_role("link", name="Record a weight").first.click()
    axe(page)
    page.get_by_role("textbox", name="Weight").fill("68,4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose kg or lb")
    page.get_by_label("kg", exact=True).check()
    page.get_by_role("button", name="Save").click()


def when_a_medicine_is_told(page, axe) -> None:
    page.get_by_role("link", name="Ask about medicines").click()
    page.get_by_role("textbox", name="Medicine").press_sequentially("xanx 1mg")
    expect(page.locator("#made")).to_contain_text("alprazolam, a benzodiazepine")
    axe(page)
    page.get_by_label("Takes it now").check()
    page.get_by_role("button", name="Save").click()


def then_the_banner_and_the_cards_say_it(page, axe) -> None:
    expect(page.get_by_role("list", name="Alerts")).to_contain_text("Allergy: penicillin (rash)")
    expect(page.get_by_role("region", name="Patient", exact=True)).to_contain_text("68.4 kg")
    expect(page.get_by_role("region", name="Medicines that matter")).to_contain_text("xanx 1mg")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    axe(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def then_the_patient_is_found_by_keyboard(page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("body").press("/")
    page.keyboard.type("14 Mar 1987")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="RIVERA, Alexandra")).to_be_visible()
    page.locator("body").press("j")
    expect(page.get_by_role("link", name="RIVERA, Alexandra")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="RIVERA, Alexandra", level=1)).to_be_visible()


def then_it_is_one_new_record(clinic, therapist) -> None:
    with as_clinic(clinic.pk):
        new = Patient.objects.get(given_name="Alexandra")
        assert [member.user for member in new.care_team.all()] == [therapist]
        assert Patient.objects.count() == 2
