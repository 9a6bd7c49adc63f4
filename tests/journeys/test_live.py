"""A dose day on a tablet: two people give a dose, tap what they see, and see each other's entries."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from sessions.dosing import actions
from sessions.dosing.models import Dose, Entry, VitalSigns
from tests import factories
from tests.journeys.steps import prepare_dose
from tests.people import WalledClient, signed_in
from tests.sessions import days

LANDSCAPE, UPRIGHT, PHONE = (
    {"width": 1180, "height": 820},
    {"width": 820, "height": 1180},
    {"width": 390, "height": 844},
)
LEAST_TARGET = 44  # px, of the header; tiles and what is pressed while a dose runs have 64


class Room:
    """A dosing room: its people, each on a tablet of their own, and one patient."""

    def __init__(self, live_server, browser, monkeypatch):
        days.gate(monkeypatch)
        self.site, self.browser, self.contexts = live_server.url, browser, []
        self.clinic = factories.clinic("Harbour Clinic")
        self.therapist = factories.member(self.clinic, Role.THERAPIST, name="Alex Moreno")
        self.prescriber = factories.member(self.clinic, Role.PRESCRIBER, name="Dr N. Okafor")
        self.nurse = factories.member(self.clinic, Role.NURSE, name="Jo Winter")
        team = (self.therapist, self.prescriber, self.nurse)
        self.patient = factories.patient(self.clinic, by=self.therapist, team=team, family_name="Rivera")

    def ready(self):
        with as_clinic(self.clinic.pk):
            self.dosing = days.ready(self.patient, therapist=self.therapist, prescriber=self.prescriber)
        return self

    def dosed(self, minutes):
        """A dose given so many minutes ago, with a reading that opened an alert."""
        now = timezone.now()
        with as_clinic(self.clinic.pk):
            with time_machine.travel(now - timedelta(minutes=minutes), tick=False):
                people = {"therapist": self.therapist, "prescriber": self.prescriber, "nurse": self.nurse}
                self.dosing = days.dosed(self.patient, **people)
            with time_machine.travel(now - timedelta(minutes=1), tick=False):
                days.vitals(self.dosing, by=self.nurse, systolic=165)
        return self

    def tablet(self, who, *, size=LANDSCAPE, javascript=True):
        context = self.browser.new_context(
            viewport=size, locale="en-US", java_script_enabled=javascript, reduced_motion="reduce"
        )
        cookies = signed_in(WalledClient(), who).cookies
        context.add_cookies([{"name": n, "value": c.value, "url": self.site} for n, c in cookies.items()])
        self.contexts.append(context)
        page = context.new_page()
        page.goto(self.address("live/"))
        return page

    def address(self, rest=""):
        return f"{self.site}/sessions/{self.dosing.ref}/{rest}"

    def rows(self, model):
        with as_clinic(self.clinic.pk):
            return list(model.objects.order_by("id"))


@pytest.fixture
def room(live_server, browser, monkeypatch):
    made = Room(live_server, browser, monkeypatch)
    yield made
    for context in made.contexts:
        context.close()


@pytest.mark.browser
def test_two_people_give_a_dose_and_see_each_others_entries(room):
    room.ready()
    nurse, therapist = room.tablet(room.nurse), room.tablet(room.therapist)

    nurse.get_by_role("link", name="Dose").click()
    prepare_dose(nurse, "60")
    therapist.get_by_role("button", name="I looked").click()  # comes by itself, within seconds
    expect(nurse.get_by_text("Alex Moreno looked at patient")).to_be_visible()
    nurse.get_by_label("The patient says yes aloud").check()
    nurse.get_by_role("button", name="Given").click()

    expect(nurse.get_by_text("Since dose, 60 mg IM")).to_be_visible()
    expect(therapist.get_by_text("Since dose, 60 mg IM")).to_be_visible()
    therapist.get_by_role("button", name="Anxiety").click()
    expect(therapist.get_by_text("how strong?")).to_be_visible()
    therapist.get_by_role("button", name="Moderate").click()
    expect(nurse.get_by_role("region", name="Log").get_by_text("Anxiety, moderate")).to_be_visible()
    assert [dose.witnessed_by_id for dose in room.rows(Dose)] == [room.therapist.pk]


@pytest.mark.browser
def test_the_clock_runs_and_the_keys_reach_everything(room):
    room.dosed(minutes=6)
    page = room.tablet(room.therapist)
    shown = page.locator("[data-since]")
    first = shown.text_content()

    expect(shown).not_to_have_text(first)
    page.keyboard.press("v")
    page.get_by_role("textbox", name="Blood pressure").fill("128/80")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.get_by_text("Dissociation", exact=False).last).to_be_visible()
    expect(page.locator("#ask").get_by_text("how strong?")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("region", name="Log").get_by_text("struck: Undone")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Breathes calmly")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Log").get_by_text("Breathes calmly")).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.browser
def test_what_somebody_types_is_not_swapped_away(room):
    room.dosed(minutes=6)
    page = room.tablet(room.therapist)

    page.get_by_placeholder("Called whom, advice").fill("Called Dr Okafor")
    with as_clinic(room.clinic.pk):
        days.entry(room.dosing, "note", by=room.nurse, words="From the other tablet")
    expect(page.get_by_text("From the other tablet")).to_be_visible()

    expect(page.get_by_placeholder("Called whom, advice")).to_have_value("Called Dr Okafor")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("seen by Alex Moreno: Called Dr Okafor")).to_be_visible()


@pytest.mark.browser
def test_without_a_script_everything_is_written_too(room):
    room.dosed(minutes=6)
    page = room.tablet(room.therapist, javascript=False)

    page.get_by_role("button", name="Tearful").click()
    page.get_by_role("button", name="Mild").click()
    page.get_by_role("link", name="Record vitals").click()
    page.get_by_role("textbox", name="Blood pressure").fill("128/80")
    page.get_by_role("button", name="Save vital signs").click()
    page.get_by_role("link", name="Get help").click()
    page.get_by_role("button", name="Seizure").click()

    expect(page.get_by_text("Protect, time it")).to_be_visible()
    assert [entry.data.get("strength") for entry in room.rows(Entry) if entry.code == "tearful"] == [None, "mild"]
    assert room.rows(VitalSigns)[-1].systolic == 128


LOOKS = [
    (LANDSCAPE, "dark", "Record vitals"),
    (LANDSCAPE, "light", "Get help"),
    (UPRIGHT, "dark", "Safety touch"),
    (PHONE, "dark", "Record vitals"),
]
SMALL = """least => [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), .acts .btn')]
    .filter(one => one.checkVisibility() && !one.closest('label'))
    .map(one => [one.textContent.trim() || one.id, one.getBoundingClientRect()])
    .filter(([, box]) => box.height < least || box.width < least)
    .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
LOWEST_TILE = "Math.min(...[...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().height))"


@pytest.mark.browser
def test_the_sheet_is_accessible_and_every_target_is_large(room, axe):
    room.dosed(minutes=47)
    page = room.tablet(room.therapist)
    for size, look, opener in LOOKS:
        page.set_viewport_size(size)
        page.goto(room.address(f"live/?look={look}"))
        axe(page)
        assert not page.evaluate(SMALL, LEAST_TARGET)
        assert page.evaluate(LOWEST_TILE) >= 64
        assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")
        page.get_by_role("link", name=opener).click()
        expect(page.locator("#over-h")).to_be_visible()
        axe(page)


@pytest.mark.browser
def test_all_sixteen_buttons_and_the_log_fit_a_tablet_without_scrolling(room):
    room.dosed(minutes=20)
    with as_clinic(room.clinic.pk):
        alert = room.dosing.alerts.get()
        actions.acknowledge(alert=alert, by=room.prescriber, role="prescriber")
        days.vitals(room.dosing, by=room.nurse)
    page = room.tablet(room.therapist)

    hidden = page.evaluate(
        """() => [...document.querySelectorAll('.tile, .help, #record-vitals')].filter(one => {
            const box = one.getBoundingClientRect();
            return box.bottom > innerHeight || box.right > innerWidth || box.top < 0;
        }).map(one => one.textContent.trim())"""
    )
    assert not hidden
