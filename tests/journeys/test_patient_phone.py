"""A patient on a phone: opens a link, answers a PHQ-9 with a risky ninth answer, reads where help is, sends it."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kap_clinic.wall import as_clinic
from patients.consents.terms import ConsentKind
from patients.links import actions
from patients.links.rules import Ask
from patients.links.terms import FormKind
from patients.models import Consent, ConsentSignature, Task
from screening import remote
from screening.measures import instrument
from screening.models import MeasureResponse
from tests.journeys.steps import answer, draw_a_name
from tests.patients.consents import presented, ready
from tests.people import signed_in

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("KAP_PICTURES", "")  # a folder, to look at the pages


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size(PHONE)
    return page


@pytest.fixture
def looked_at(phone, axe):
    """`looked_at("name")`: light and dark, the page passes axe, fits its width; with a picture if asked for."""

    def check(name):
        for look in ("dark", "light"):
            phone.emulate_media(color_scheme=look, reduced_motion="reduce")  # no colour in between
            axe(phone)
            if PICTURES:
                phone.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True)
        assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name

    return check


@pytest.fixture
def texts_approved(clinic, admin, medical_director, safety_officer):
    with as_clinic(clinic.pk):
        ready(clinic, admin=admin, director=medical_director)


def given_a_link(patient, therapist, nurse, *asks):
    with as_clinic(patient.clinic_id):
        made, token = actions.make(
            patient=patient, asks=asks, by=therapist, watcher=nurse, watch_until=timezone.now() + timedelta(days=1)
        )
    return made, f"/p/{token}/"


def when_they_open_it(phone, live_server, address, looked_at):
    phone.goto(live_server.url + address)
    assert address not in phone.url
    expect(phone.get_by_role("heading", level=1)).to_have_text("Harbour Clinic")
    looked_at("door")
    phone.get_by_label("Your date of birth").fill("1987-03-14")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("heading", name="Hello Maya")).to_be_visible()


def test_a_risky_answer_shows_help_at_once_and_the_answers_are_sent(
    phone, live_server, clinic, patient, therapist, nurse, looked_at, expect_console
):
    expect_console.append(r"404 .*/p/expired/")  # the closed page at the end
    _, address = given_a_link(patient, therapist, nurse, remote.ask_for("phq-9"))

    when_they_open_it(phone, live_server, address, looked_at)
    looked_at("asked")
    phone.get_by_role("link", name="Start").click()
    for number, item in enumerate(instrument("phq-9").items[:8], start=1):
        expect(phone.get_by_text(f"Question {number} of 10")).to_be_visible()
        expect(phone.get_by_role("heading", level=1)).to_contain_text(item.text)
        if number == 3:
            phone.get_by_label("Several days").check()
            looked_at("question")
            phone.reload()
            assert phone.get_by_role("radio", checked=True).count() == 0
            phone.get_by_role("button", name="Continue").click()
            expect(phone.get_by_role("link", name="Choose the answer that fits best")).to_be_visible()
            looked_at("question-error")
        answer(phone, "Several days")
    answer(phone, "Several days")

    then_help_is_shown_and_the_task_is_there(phone, clinic, nurse, looked_at)
    phone.get_by_role("button", name="I have read this, go on").click()
    answer(phone, "Somewhat difficult")
    expect(phone.get_by_role("heading", name="Check your answers")).to_be_visible()
    looked_at("check")
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_role("heading", name="Thank you, that is all")).to_be_visible()
    looked_at("done")
    with as_clinic(clinic.pk):
        assert MeasureResponse.objects.get().total == 9
        assert Task.objects.count() == 1
    phone.get_by_role("button", name="Close this page").click()
    expect(phone.get_by_role("heading", name="Closed")).to_be_visible()
    phone.goto(f"{live_server.url}/p/a/done/")
    expect(phone.get_by_role("heading", name="This page is closed")).to_be_visible()
    looked_at("over")


def then_help_is_shown_and_the_task_is_there(phone, clinic, nurse, looked_at):
    expect(phone.get_by_role("heading", name="You do not have to carry this alone")).to_be_visible()
    expect(phone.get_by_role("main").get_by_role("link", name="988")).to_have_attribute("href", "tel:988")
    looked_at("help")
    with as_clinic(clinic.pk):
        task = Task.objects.get()
        assert (task.flag, task.owner_id) == ("phq9.item9.any", nurse.pk)
        assert not MeasureResponse.objects.exists()


def test_a_consent_is_read_understood_and_signed_with_a_drawn_name(
    phone,
    live_server,
    clinic,
    patient,
    therapist,
    nurse,
    prescriber,
    admin,
    medical_director,
    safety_officer,
    looked_at,
):
    with as_clinic(clinic.pk):
        ready(clinic, admin=admin, director=medical_director)
        consent = presented(patient, ConsentKind.PRIVACY, prescriber=prescriber, therapist=therapist)
    _, address = given_a_link(patient, therapist, nurse, Ask(FormKind.CONSENT, str(consent.ref), needs_watch=False))

    when_they_open_it(phone, live_server, address, looked_at)
    phone.get_by_role("link", name="Start").click()
    for number in range(1, len(consent.sections) + 1):
        expect(phone.get_by_text(f"Part {number} of {len(consent.sections)}")).to_be_visible()
        if number == 2:
            looked_at("consent-part")
        phone.get_by_role("button", name="Continue").click()
    for place, question in enumerate(consent.text.questions):
        if place == 0:
            wrong = (question["right"] + 1) % len(question["answers"])
            answer(phone, question["answers"][wrong])
            expect(phone.get_by_text("That is not a failure")).to_be_visible()
            looked_at("consent-again")
        answer(phone, question["answers"][question["right"]])
    expect(phone.get_by_role("heading", name=re.compile("^Sign"))).to_be_visible()
    phone.get_by_label("I agree to read and sign on a screen").check()
    phone.get_by_label("I am clear-headed now").check()
    phone.get_by_label("Type your full name").fill("Maya Lindqvist")
    draw_a_name(phone)
    looked_at("consent-sign")
    phone.get_by_role("button", name="I agree and sign").click()

    expect(phone.get_by_role("heading", name="Your copy")).to_be_visible()
    looked_at("consent-done")
    with as_clinic(clinic.pk):
        assert Consent.objects.get(pk=consent.pk).state == "signed"
        assert ConsentSignature.objects.get(consent=consent).drawing.startswith("<svg")


def test_a_link_is_made_at_the_desk_and_opened_on_the_tablet(
    page, new_context, live_server, client, patient, therapist, axe
):
    page.context.add_cookies([cookie_of(signed_in(client, therapist), live_server)])
    page.goto(f"{live_server.url}/patients/{patient.ref}/links/")
    page.get_by_role("link", name="Send a link").click()
    axe(page)
    page.get_by_label("GAD-7, Generalized Anxiety Disorder 7-item scale").check()
    page.get_by_role("button", name="Make the link").click()
    axe(page)
    assert page.get_by_role("img", name="Picture of the address").evaluate("image => image.naturalWidth") > 0
    address = page.get_by_label("Address").input_value()
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    tablet = new_context().new_page()
    tablet.set_viewport_size({"width": 1024, "height": 768})
    tablet.goto(live_server.url + re.search(r"/p/.*", address)[0])
    expect(tablet.get_by_role("heading", name="Harbour Clinic")).to_be_visible()
    axe(tablet)
    page.reload()
    expect(page.get_by_role("heading", name="This address was shown before")).to_be_visible()


def cookie_of(client, live_server):
    return {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
