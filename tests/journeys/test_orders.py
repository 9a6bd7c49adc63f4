"""A prescriber writes a dose order, sees what it comes to while typing, confirms and signs; above a limit two sign."""

import re

import pytest
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from sessions.orders import selectors
from tests.sessions import orders
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def course(live_server, clinic, patient, therapist, prescriber):
    with as_clinic(clinic.pk):
        return orders.approved(
            patient, therapist=therapist, prescriber=prescriber, upper="180", takes=("lamotrigine 100 mg",)
        )


def test_an_order_from_the_first_figure_to_two_signatures(
    page, context, live_server, clinic, patient, course, prescriber, medical_director, axe
):
    site = live_server.url
    signed_in_browser(context, site, prescriber)
    page.goto(f"{site}/patients/{patient.ref}/orders/")
    axe(page)
    page.get_by_role("link", name="New dose order").click()

    when_a_dose_is_typed(page, axe)
    then_it_reads_back_what_it_comes_to(page)
    when_it_is_signed_with_its_warnings(page, axe)

    context.clear_cookies()
    signed_in_browser(context, site, medical_director)
    page.goto(f"{site}/")
    page.get_by_role("link", name=re.compile("Dose order")).click()
    axe(page)
    page.get_by_role("button", name="Sign as the second person").click()
    expect(page.get_by_text("The order is in force.")).to_be_visible()
    with as_clinic(clinic.pk):
        assert selectors.in_force(course).seconded_by == medical_director


def when_a_dose_is_typed(page, axe) -> None:
    page.get_by_role("radio", name="Intramuscular").check()
    expect(page.get_by_role("textbox", name="Over how many minutes")).to_be_hidden()
    page.get_by_role("textbox", name="Dose", exact=True).fill("2,1")
    page.get_by_role("radio", name="mg/kg").check()
    page.get_by_role("textbox", name="Sessions").fill("1")
    page.get_by_label("Until").fill(orders.values()["valid_until"].isoformat())
    axe(page)


def then_it_reads_back_what_it_comes_to(page) -> None:
    said = page.locator("#echo")
    expect(said).to_contain_text("147 mg (2.1 mg/kg)")
    expect(said).to_contain_text("The approval allows 180 mg")
    expect(said).to_contain_text("above 2 mg/kg, the most one prescriber may sign alone")


def when_it_is_signed_with_its_warnings(page, axe) -> None:
    page.get_by_role("button", name="Go on to sign").click()
    expect(page.get_by_role("heading", name=re.compile("^Sign: Intramuscular: 147 mg"))).to_be_visible()
    axe(page)
    page.get_by_label("Why the dose is above the limit").fill(orders.WHY)
    page.get_by_role("button", name="Sign and ask the second person").click()
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text("Confirm: A first session")
    page.get_by_role("checkbox", name=re.compile("A first session")).check()
    page.get_by_role("button", name="Sign and ask the second person").click()
    expect(page.get_by_text("It waits for a second person.")).to_be_visible()
    axe(page)
