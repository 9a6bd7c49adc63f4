"""From arrival to ready on a tablet: asked and measured in place, one override, signed by the prescriber."""

import os

import pytest
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from sessions.dosing.models import DosingSession
from sessions.gate.models import GateOverride
from tests.journeys.steps import choose, item, opened, saved, when_the_identity_is_checked
from tests.sessions import gates
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser
WHY = "Toast at eight, nothing since; no reflux, anti-nausea drug at hand and longer fasting next time."


@pytest.fixture
def team(clinic, therapist, prescriber, nurse, admin, medical_director, safety_officer):
    return gates.Team(clinic, therapist, prescriber, nurse, admin, medical_director)


@pytest.fixture
def dosing(live_server, patient, team, frozen):
    with as_clinic(team.clinic.pk):
        return gates.planned(patient, team, frozen)


def shot(page, name):
    if folder := os.environ.get("KAP_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(400)  # colours fade
        page.screenshot(path=f"{folder}/{name}-dark.png")
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{folder}/{name}-phone.png", full_page=True)
        page.set_viewport_size({"width": 1180, "height": 820})
        page.emulate_media(color_scheme="light")


def test_from_arrival_to_ready_on_a_tablet(page, context, live_server, team, dosing, axe):
    page.set_viewport_size({"width": 1180, "height": 820})
    signed_in_browser(context, live_server.url, team.nurse)
    page.goto(f"{live_server.url}/sessions/{dosing.ref}/check/")
    shot(page, "arrival")

    when_the_identity_is_checked(page)
    shot(page, "asking")
    axe(page)
    when_everything_is_asked(page)
    shot(page, "asked")
    then_one_item_is_left_and_the_button_says_why(page)

    signed_in_browser(context, live_server.url, team.prescriber)
    page.goto(f"{live_server.url}/sessions/{dosing.ref}/check/")
    when_the_prescriber_overrides_fasting_and_signs(page, axe)
    shot(page, "ready")
    with as_clinic(team.clinic.pk):
        row = DosingSession.objects.get(pk=dosing.pk)
        assert (row.state, row.ready_by) == ("ready", team.prescriber)
        assert GateOverride.objects.get(dosing=row).reason == WHY


def when_everything_is_asked(page) -> None:
    row = opened(page, "changes-since-last")
    for group in row.locator("fieldset:visible").all():
        group.get_by_label("No", exact=True).check()
    row.get_by_role("button", name="Save").click()
    saved(page, "changes-since-last", "Nothing new")
    row = opened(page, "medications-reconciled")
    choose(row, "Is this list right and complete?", "Yes")
    row.get_by_role("button", name="Save").click()
    saved(page, "medications-reconciled", "None on the list")
    row = opened(page, "fasting-ok")
    row.get_by_label("Last had solid food").fill("2026-11-24T08:00")
    row.get_by_label("No clear liquids since yesterday").check()
    row.get_by_role("button", name="Save").click()
    saved(page, "fasting-ok", "at least 6 h")
    row = opened(page, "substances-ok")
    for group in row.locator("fieldset").all():
        group.get_by_label("No", exact=True).check()
    row.get_by_role("button", name="Save").click()
    saved(page, "substances-ok", "None for 48 h")
    row = opened(page, "suicide-check")
    for group in row.locator("fieldset").all()[:4]:
        group.get_by_label("No", exact=True).check()
    row.get_by_role("button", name="Save").click()
    saved(page, "suicide-check", "negative")
    row = opened(page, "escort-confirmed")
    row.get_by_label("Name", exact=True).fill("Ada Berg")
    row.get_by_label("Phone", exact=True).fill("617 555 0101")
    choose(row, "An adult?", "Yes")
    choose(row, "How do they arrive?", "In person")
    row.get_by_role("button", name="Save").click()
    saved(page, "escort-confirmed", "comes in person")
    row = opened(page, "staff-ready")
    row.get_by_label("Trained therapist in the room").select_option(label="Alex Moreno")
    row.get_by_label("Clinician on site").select_option(label="Jo Winter")
    row.get_by_role("button", name="Save").click()
    saved(page, "staff-ready", "equipment list is not signed")
    row = opened(page, "staff-ready")
    for tick in row.get_by_role("checkbox").all():
        tick.check()
    row.get_by_role("button", name="Sign the equipment list").click()
    saved(page, "staff-ready", "equipment checked")
    row = opened(page, "consent-today")
    for question in ("Sober?", "Oriented to person, place and time?", "Says yes to the dose today?"):
        choose(row, question, "Yes")
    row.get_by_label("1, safety only").check()
    row.get_by_role("button", name="Save").click()
    saved(page, "consent-today", "Says yes, touch level 1")
    row = opened(page, "vitals-today")
    row.get_by_label("Blood pressure").fill("122/78")
    for label, value in (("Pulse", "68"), ("Oxygen saturation", "98"), ("Breaths", "14"), ("Rested before it", "6")):
        row.get_by_label(label).fill(value)
    row.get_by_role("button", name="Save the reading").click()
    saved(page, "vitals-today", "122/78")


def then_one_item_is_left_and_the_button_says_why(page) -> None:
    expect(item(page, "gate").get_by_text("22 of 23 met")).to_be_visible()
    expect(page.get_by_role("button", name="Ready to dose")).to_be_disabled()


def when_the_prescriber_overrides_fasting_and_signs(page, axe) -> None:
    row = opened(page, "fasting-ok")
    row.get_by_role("button", name="Override…").click()
    shot(page, "override")
    axe(page)
    dialog = page.get_by_role("dialog", name="Override: Fasting")
    dialog.get_by_role("textbox").fill(WHY)
    dialog.get_by_role("button", name="Override this item").click()
    expect(item(page, "fasting-ok")).to_contain_text("OVERRIDE by Dr N. Okafor")
    shot(page, "overridden")
    page.get_by_role("button", name="Ready to dose").click()
    expect(page.get_by_text("Signed by Dr N. Okafor, 09:30")).to_be_visible()
    axe(page)
