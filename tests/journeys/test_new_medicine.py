"""A new medicine in a browser: recognised while it is typed, and what was approved is closed and waits again."""

import re

import pytest
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from patients.record.days import today_in
from screening import eligibility
from tests.sessions import orders
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def approved(live_server, clinic, patient, therapist, prescriber):
    with as_clinic(clinic.pk):
        return orders.approved(patient, therapist=therapist, prescriber=prescriber)


def test_a_new_medicine_closes_what_was_approved(
    page, context, live_server, approved, clinic, patient, therapist, prescriber, axe
):
    signed_in_browser(context, live_server.url, therapist)
    page.goto(live_server.url + patient.get_absolute_url())
    page.get_by_role("link", name="Add a medicine").click()
    page.get_by_role("textbox", name="Medicine").press_sequentially("phenelzine 45 mg")
    expect(page.locator("#made")).to_contain_text("MAO inhibitor")
    page.get_by_label("Takes it now").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Medicines that matter")).to_contain_text("phenelzine 45 mg")
    with as_clinic(clinic.pk):
        standing = eligibility.standing(patient, today_in(clinic.zone))
        assert (standing.eligible, standing.reasons) == (False, ["The screening waits for the prescriber."])

    signed_in_browser(context, live_server.url, prescriber)
    page.goto(f"{live_server.url}/screening/reviews/")
    row = page.get_by_role("link", name=re.compile("LINDQVIST, Maya"))
    expect(row).to_contain_text("New medicine: phenelzine 45 mg")
    row.click()
    changed = page.locator(".notice").filter(has_text="The rules ran again")
    expect(changed).to_contain_text("New or worse now: MAO inhibitor.")
    axe(page)
