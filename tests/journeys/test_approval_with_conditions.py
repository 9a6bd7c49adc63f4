"""A prescriber sets typed conditions by keyboard alone, sees what is wrong beside each field, and signs."""

import pytest
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from screening.models import Review
from tests import factories
from tests.screening.recorded import case, submitted
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser
WHY = "Clear on every rule; the first session stays low because of the small body weight."


@pytest.fixture
def screening(live_server, clinic, therapist, prescriber):
    person = factories.patient(clinic, by=therapist, team=(therapist, prescriber), family_name="Halvorsen")
    with as_clinic(clinic.pk):
        return submitted(person, case("clear"), by=therapist)


@pytest.mark.parametrize("width", [1440, 390])
def test_conditions_are_set_without_a_mouse(page, context, live_server, clinic, prescriber, screening, axe, width):
    page.set_viewport_size({"width": width, "height": 900})
    signed_in_browser(context, live_server.url, prescriber)
    page.goto(f"{live_server.url}/screening/reviews/{screening.ref}/")

    given_one_empty_row(page)
    when_two_conditions_are_typed_by_keyboard(page)
    axe(page)
    when_it_is_signed(page)
    then_what_is_missing_is_said_beside_its_field(page, axe)
    when_it_is_mended_and_signed(page)

    with as_clinic(clinic.pk):
        assert Review.objects.get().conditions_in_words == [
            "At most 55 mg in a session, boosters included (Intramuscular)",
            "Hold zolpidem: last taken 24 h or more before the dose",
        ]


def row(page, number):
    return page.get_by_role("group", name=f"Condition {number}", exact=True)


def given_one_empty_row(page) -> None:
    expect(row(page, 1)).to_be_visible()
    expect(row(page, 2)).to_be_hidden()
    expect(row(page, 1).get_by_label("Upper limit in a session")).to_be_hidden()


def when_two_conditions_are_typed_by_keyboard(page) -> None:
    row(page, 1).get_by_label("Upper mg").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("55")
    page.keyboard.press("Tab")
    page.keyboard.type("Intra")  # the first of the routes that begins so
    expect(row(page, 1).get_by_label("Route")).to_have_value("im")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(row(page, 2).get_by_label("Medicine before the dose")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("zolpidem")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(row(page, 2).get_by_label("Last taken before the dose")).to_be_visible()
    expect(row(page, 3)).to_be_visible()


def when_it_is_signed(page) -> None:
    page.get_by_role("radio", name="Approve with conditions").check()
    page.get_by_role("textbox", name="Reason", exact=True).fill(WHY)
    page.get_by_role("button", name="Sign").click()


def then_what_is_missing_is_said_beside_its_field(page, axe) -> None:
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Condition 2: Enter how many hours").click()
    expect(row(page, 2).get_by_label("Last taken before the dose")).to_be_focused()
    expect(row(page, 1).get_by_label("Upper limit in a session")).to_have_value("55")
    expect(row(page, 2).get_by_label("Medicine", exact=True)).to_have_value("zolpidem")
    axe(page)


def when_it_is_mended_and_signed(page) -> None:
    page.keyboard.type("24")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
