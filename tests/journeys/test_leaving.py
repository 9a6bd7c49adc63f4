"""Leaving, the record, the board and adverse events in a browser: looked at by axe in both lights, no sideways scroll,
and the thirteen items ticked on a tablet."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from sessions.discharge.actions import discharge
from sessions.discharge.terms import DischargeItem
from sessions.events.actions import report
from tests.sessions import days, leaving
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser
SIDEWAYS = "() => document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@pytest.fixture
def dosing(live_server, clinic, patient, therapist, prescriber, nurse, monkeypatch):
    """Somebody who was given a dose two and a half hours ago, and to whom one event happened."""
    days.gate(monkeypatch)
    begun = timezone.now() - timedelta(minutes=152)
    with as_clinic(clinic.pk), time_machine.travel(begun, tick=False) as clock:
        dosing = leaving.almost_home(clock, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
        report(
            patient=patient,
            dosing=dosing,
            code="seizure",
            words="Short, on the left side",
            grade=3,
            onset_at=timezone.now(),
            by=nurse,
            role="nurse",
        )
    return dosing


def addresses(dosing):
    patient = dosing.patient
    return {
        "discharge": f"/sessions/{dosing.ref}/discharge/",
        "left": f"/sessions/{dosing.ref}/discharge/against-advice/",
        "advice": f"/sessions/{dosing.ref}/discharge/advice/",
        "record": f"/sessions/{dosing.ref}/record/",
        "board": "/board/",
        "events": f"/patients/{patient.ref}/events/",
        "choose": f"/patients/{patient.ref}/events/new/",
        "new": f"/patients/{patient.ref}/events/new/nausea/",
        "event": f"/patients/{patient.ref}/events/{patient.adverse_events.get().ref}/",
    }


def test_the_pages_fit_tablet_and_phone_and_are_accessible(live_server, context, page, clinic, dosing, prescriber, axe):
    with as_clinic(clinic.pk):
        pages = addresses(dosing)
    signed_in_browser(context, live_server.url, prescriber)
    for name, address in pages.items():
        page.goto(live_server.url + address)
        for width, light in ((1024, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=light, reduced_motion="reduce")
            assert (name, width, page.evaluate(SIDEWAYS)) == (name, width, False)
            axe(page)


def test_the_record_of_a_day_that_is_over_fits_and_is_accessible(
    live_server, context, page, clinic, dosing, therapist, nurse, prescriber, axe
):
    with as_clinic(clinic.pk):
        leaving.tick_all(dosing, by=nurse, witness=therapist)
        discharge(dosing=dosing, by=prescriber, role="prescriber")
    signed_in_browser(context, live_server.url, therapist)
    page.goto(f"{live_server.url}/sessions/{dosing.ref}/record/")
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, page.evaluate(SIDEWAYS)) == (width, False)
        axe(page)


def test_a_nurse_ticks_what_was_looked_at_on_a_tablet(live_server, context, page, clinic, dosing, nurse):
    signed_in_browser(context, live_server.url, nurse)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{live_server.url}/sessions/{dosing.ref}/discharge/")

    row = page.locator("#item-walks")
    row.get_by_text("Look now").click()
    row.get_by_label("Walks steadily").check()
    row.get_by_role("button", name="So it is").click()
    expect(row).to_contain_text("Met:")

    escort = page.locator("#item-escort")
    escort.get_by_text("Look now").click()
    escort.get_by_label("Another adult").check()
    expect(escort.get_by_label("Name of the other adult")).to_be_visible()
    escort.get_by_label("Jo Bell").check()
    expect(escort.get_by_label("Name of the other adult")).to_be_hidden()
    for words in ("Is an adult", "Is here in person", "Knows the advice"):
        escort.get_by_label(words).check()
    escort.get_by_role("button", name="So it is").click()
    expect(escort).to_contain_text("Met:")
    with as_clinic(clinic.pk):
        assert dosing.ticks.get(item=DischargeItem.ESCORT).data["name"] == "Jo Bell"
