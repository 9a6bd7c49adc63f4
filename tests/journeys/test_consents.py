"""A treatment consent from draft to last signature: prepared, given, talked through, signed by hand, taken back."""

import re

import pytest
from playwright.sync_api import expect

from kap_clinic.documents import selectors as papers
from kap_clinic.wall import as_clinic
from patients.consents.models import Consent
from patients.consents.terms import Signer
from tests.patients import consents
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def ready(live_server, clinic, patient, therapist, admin, medical_director, safety_officer):
    """The clinic has its texts approved; the patient has a course."""
    with as_clinic(clinic.pk):
        consents.ready(clinic, admin=admin, director=medical_director)
        consents.course_of(patient, therapist)


def test_a_consent_is_prepared_signed_by_everybody_and_taken_back(
    page, context, live_server, ready, clinic, patient, therapist, prescriber, axe
):
    site = live_server.url
    signed_in_browser(context, site, therapist)

    when_preparing_it(page, site, patient, axe)
    then_a_slip_is_said_and_nothing_typed_is_lost(page, axe)
    when_giving_it_to_the_patient(page, axe)
    when_writing_down_the_talk(page, axe)
    when_the_patient_has_signed(clinic)
    when_the_therapist_signs_with_the_keyboard(page, axe)
    signed_in_browser(context, site, prescriber)
    when_the_prescriber_draws_their_name(page, site, patient, axe)
    then_it_holds_and_its_papers_are_asked_for(page, clinic, axe)
    when_the_patient_takes_it_back(page, axe)


def when_preparing_it(page, site, patient, axe) -> None:
    page.goto(f"{site}/patients/{patient.ref}/consents/")
    expect(page.get_by_text("There is no treatment consent yet.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Prepare the treatment consent").click()
    axe(page)
    page.get_by_label("Prescriber", exact=True).select_option(label="Dr N. Okafor")
    page.get_by_label("Licence of the prescriber").fill("MD 204 118, Massachusetts")
    page.get_by_label("Therapist", exact=True).select_option(label="Alex Moreno")
    page.get_by_label("Licence of the therapist").fill("LMHC 7 733, Massachusetts")
    page.get_by_label("Why it is offered").fill("Depression that came back")
    page.get_by_label("What the patient has tried").fill("Two medicines")
    page.get_by_label("What you hope for together").fill("To see friends again")
    page.get_by_label("Talks to get ready").fill("2")
    page.get_by_label("as a lozenge under the tongue").check()
    page.get_by_label("Stop word").fill("harbor")
    page.get_by_label("Stop sign").fill("an open hand")
    page.get_by_role("button", name="Save the draft").click()


def then_a_slip_is_said_and_nothing_typed_is_lost(page, axe) -> None:
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text(
        "Enter the medicine sessions"
    )
    expect(page.get_by_label("Why it is offered")).to_have_value("Depression that came back")
    axe(page)
    page.get_by_label("Medicine sessions").fill("6")
    page.get_by_role("button", name="Save the draft").click()


def when_giving_it_to_the_patient(page, axe) -> None:
    expect(page.get_by_role("heading", name="Draft")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Give to the patient").click()
    expect(page.get_by_text("You sign as therapist, as witness of the talk, once the patient has.")).to_be_visible()


def when_writing_down_the_talk(page, axe) -> None:
    page.get_by_label("Questions the patient asked").fill("Can I take my allergy pill? Yes.")
    for said in ("when driving is safe again", "the stop word", "that this use is off-label"):
        page.get_by_label(said).check()
    page.get_by_label("The patient was sober and oriented").check()
    page.get_by_role("button", name="Save the talk").click()
    expect(page.get_by_text("Talked through")).to_be_visible()
    expect(page.locator("#treatment-24 ~ p").first).to_contain_text("Can I take my allergy pill? Yes.")
    axe(page)


def when_the_patient_has_signed(clinic) -> None:
    with as_clinic(clinic.pk):
        consent = Consent.objects.get()
        consents.answered(consent)
        consents.patient_signs(consent)


def when_the_therapist_signs_with_the_keyboard(page, axe) -> None:
    page.reload()
    expect(page.locator("kap-signature canvas")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Sign", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed.", exact=True)).to_be_visible()
    expect(page.locator("kap-signature")).to_have_count(0)


def when_the_prescriber_draws_their_name(page, site, patient, axe) -> None:
    page.goto(f"{site}/patients/{patient.ref}/consents/")
    page.get_by_role("link", name="Go on with the treatment consent").click()
    canvas = page.locator("kap-signature canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 20 + 15 * step, box["y"] + 90 - (step % 3) * 25)
    page.mouse.up()
    expect(page.locator("kap-signature input")).to_have_value(re.compile("^<svg.*<path"))
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("kap-signature input")).to_have_value("")
    page.mouse.move(box["x"] + 20, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 40, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("img", name="Drawn signature of Dr N. Okafor")).to_be_visible()


def then_it_holds_and_its_papers_are_asked_for(page, clinic, axe) -> None:
    expect(page.get_by_text("Holds")).to_be_visible()
    expect(page.get_by_text("Being made").first).to_be_visible()
    axe(page)
    with as_clinic(clinic.pk):
        consent = Consent.objects.get()
        assert consent.signatures.get(signer=Signer.PRESCRIBER).drawing.startswith("<svg")
        assert consent.signatures.get(signer=Signer.WITNESS).drawing == ""
        assert len(papers.of_subject("consent", consent.ref)) == 3


def when_the_patient_takes_it_back(page, axe) -> None:
    page.get_by_role("link", name="The patient takes it back").click()
    axe(page)
    page.get_by_label("By phone").check()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text(re.compile("The patient took back the treatment consent on"))).to_be_visible()
    axe(page)


def test_the_texts_in_the_settings_hold_for_a_keyboard_and_a_small_screen(
    page, context, live_server, ready, medical_director, axe
):
    signed_in_browser(context, live_server.url, medical_director)
    page.goto(f"{live_server.url}/settings/consents/")
    axe(page)
    page.get_by_role("link", name="Version 1").first.click()
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    axe(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
