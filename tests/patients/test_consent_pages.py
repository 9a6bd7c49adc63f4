"""Staff pages of consents and the texts in the settings: each works, refuses who may not, hides from strangers."""

import re
import time
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kap_clinic.audit.models import AuditEvent
from patients.consents import actions, selectors, texts
from patients.consents.models import Consent, ConsentText
from patients.consents.terms import ConsentKind, Signer, State, Taught, Way
from patients.models import Patient
from tests.patients import consents
from tests.people import signed_in

pytestmark = pytest.mark.django_db
TREATMENT, TOUCH, PRIVACY, FINANCIAL = (
    ConsentKind.TREATMENT,
    ConsentKind.TOUCH,
    ConsentKind.PRIVACY,
    ConsentKind.FINANCIAL,
)


@pytest.fixture
def ready(clinic, admin, medical_director, safety_officer):
    consents.ready(clinic, admin=admin, director=medical_director)


@pytest.fixture
def staff(prescriber, therapist):
    return {"prescriber": prescriber, "therapist": therapist}


def at(name, consent_or_patient, *more):
    if isinstance(consent_or_patient, Patient):
        return reverse(f"consents:{name}", args=[consent_or_patient.ref, *more])
    return reverse(f"consents:{name}", args=[consent_or_patient.patient.ref, consent_or_patient.ref, *more])


def proven(client, user):
    """Signed in, with password and code shown just now: what a signature asks for."""
    signed_in(client, user)
    return client


def long_ago(client):
    """What was proven is half an hour old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 1800
    session.save()


# The overview


def test_the_overview_says_of_each_kind_whether_it_holds(client, therapist, ready, patient, staff):
    consents.signed(patient, PRIVACY, **staff)
    signed_in(client, therapist)

    page = client.get(at("overview", patient))

    assert page.status_code == 200
    assert "Holds" in page.text
    assert "There is no treatment consent yet." in page.text
    assert "Touch not answered: no touch" in page.text
    assert AuditEvent.objects.filter(event="consents.opened", patient_ref=str(patient.ref)).count() == 1


def test_the_front_desk_sees_whether_and_nothing_else(client, front_desk, ready, patient, staff):
    consents.presented(patient, TREATMENT, **staff)
    signed_in(client, front_desk)

    page = client.get(at("overview", patient))

    assert page.status_code == 200
    assert "Given to the patient" in page.text
    for hidden in ("stop word", "harbor", "waits", "Prepare", "version"):
        assert hidden not in page.text.split('<main class="main"')[1]


def test_who_may_not_sees_no_consents(client, ready, patient, staff, stranger, safety_officer, medical_director):
    consent = consents.presented(patient, PRIVACY, **staff)

    for person, status in ((stranger, 404), (medical_director, 403), (safety_officer, 403)):
        signed_in(client, person)
        assert client.get(at("overview", patient)).status_code == status
        assert client.get(at("one", consent)).status_code == status


def test_a_consent_of_another_patient_is_not_found_under_this_one(client, therapist, clinic, ready, patient, staff):
    from tests import factories

    other = factories.patient(clinic, by=therapist, team=(therapist,))
    consent = consents.presented(patient, PRIVACY, **staff)
    signed_in(client, therapist)

    assert client.get(reverse("consents:one", args=[other.ref, consent.ref])).status_code == 404


@pytest.mark.parametrize("kind", ConsentKind)
def test_one_consent_shows_text_signatures_and_papers_at_every_state(client, therapist, ready, patient, staff, kind):
    signed_in(client, therapist)
    draft = consents.drafted(patient, kind, **staff)
    page = client.get(at("one", draft))
    assert page.status_code == 200
    assert "Give to the patient" in page.text
    assert "data-draft" in page.text

    consent = consents.signed(patient, kind, **staff)
    page = client.get(at("one", consent))
    assert page.status_code == 200
    assert "Holds" in page.text
    assert "data-draft" not in page.text
    assert "203.0.113.7" not in page.text  # evidence stands on the paper
    assert "Being made" in page.text

    actions.withdraw(consent=consent, by=None, way=Way.LINK)
    page = client.get(at("one", consent))
    assert "Taken back" in page.text


# Drafting

TREATMENT_FORM = {
    "prescriber_licence": "MD 204 118",
    "therapist_licence": "LMHC 7 733",
    "reason": "Depression",
    "tried": "Two medicines",
    "hope": "To sleep",
    "preparation": "2",
    "sessions": "6",
    "routes": ["sl", "im"],
    "stop_word": "harbor",
    "stop_gesture": "an open hand",
}
TOUCH_FORM = {
    "level": "2",
    "cue": "I reach out",
    "areas": "none",
    "position": "none",
    "trauma": "none",
    "stop_word": "harbor",
    "stop_gesture": "an open hand",
}


def test_a_treatment_consent_is_drafted_and_given(client, therapist, prescriber, ready, patient):
    consents.course_of(patient, therapist)
    signed_in(client, therapist)

    answer = client.post(
        at("draft", patient, "treatment"), {**TREATMENT_FORM, "prescriber": prescriber.pk, "therapist": therapist.pk}
    )

    consent = Consent.objects.get()
    assert answer.url == at("one", consent)
    assert consent.details["prescriber"] == {"user": prescriber.pk, "name": "Dr N. Okafor", "licence": "MD 204 118"}
    assert client.post(at("present", consent)).status_code == 302
    consent.refresh_from_db()
    assert consent.state == State.PRESENTED
    assert "as a shot into a muscle or as a lozenge under the tongue" in str(consent.sections)


def test_what_is_missing_in_a_draft_is_said_and_what_was_typed_is_kept(client, therapist, ready, patient):
    consents.course_of(patient, therapist)
    signed_in(client, therapist)

    page = client.post(at("draft", patient, "treatment"), {**TREATMENT_FORM, "routes": [], "sessions": "many"})

    assert page.status_code == 422
    assert "Choose the prescriber" in page.text
    assert "Enter a whole number" in page.text
    assert "To sleep" in page.text
    assert not Consent.objects.exists()


def test_a_draft_names_only_people_of_the_care_team(client, therapist, nurse, ready, patient):
    consents.course_of(patient, therapist)
    signed_in(client, therapist)

    page = client.post(
        at("draft", patient, "treatment"), {**TREATMENT_FORM, "prescriber": nurse.pk, "therapist": therapist.pk}
    )

    assert page.status_code == 422
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cue": ""}, "Enter the sign that touch is wanted"),
        ({"level": "3"}, "Tick each body work"),
        ({"level": "3", "techniques": ["Holding the head"]}, "Only a therapist trained in it"),
        ({"level": ""}, "Choose how much touch"),
        ({"level": "4"}, "Select a valid choice"),
        ({"named": []}, "Choose who keeps to these limits"),
        ({"areas": ""}, "Enter where nobody may touch"),
    ],
)
def test_a_touch_consent_asks_for_what_its_level_needs(client, therapist, ready, patient, changes, words):
    consents.course_of(patient, therapist)
    signed_in(client, therapist)

    page = client.post(at("draft", patient, "touch"), {**TOUCH_FORM, "named": [therapist.pk], **changes})

    assert page.status_code == 422
    assert words in page.text


def test_no_touch_needs_no_sign_and_no_body_work(client, therapist, ready, patient):
    consents.course_of(patient, therapist)
    signed_in(client, therapist)

    client.post(
        at("draft", patient, "touch"),
        {**TOUCH_FORM, "level": "0", "techniques": ["Holding the head"], "named": [therapist.pk]},
    )

    details = Consent.objects.get().details
    assert (details["level"], details["cue"], details["techniques"]) == (0, "", [])


def test_a_new_draft_starts_from_the_last_one_but_ticks_nothing_clinical(client, therapist, ready, patient, staff):
    consents.signed(patient, TREATMENT, **staff)
    consents.signed(patient, TOUCH, **staff)
    signed_in(client, therapist)

    treatment = client.get(at("draft", patient, "treatment")).context["form"]
    touch = client.get(at("draft", patient, "touch")).context["form"]

    assert treatment["hope"].value() == "To get out of bed in the morning and see friends again"
    assert treatment["prescriber"].value() == str(staff["prescriber"].pk)
    assert not treatment["routes"].value()
    assert touch["level"].value() is None
    assert touch["areas"].value() == "Neck and belly"


def test_the_diagnosis_is_suggested_only_to_who_may_read_it(client, therapist, admin, ready, patient):
    course = consents.course_of(patient, therapist)
    type(course).objects.filter(pk=course.pk).update(indication="Recurrent depression")

    signed_in(client, therapist)
    assert "Recurrent depression" in client.get(at("draft", patient, "treatment")).text
    signed_in(client, admin)
    assert "Recurrent depression" not in client.get(at("draft", patient, "treatment")).text


def test_a_kind_that_does_not_exist_is_not_found(client, therapist, patient, ready):
    signed_in(client, therapist)

    assert client.get(at("draft", patient, "weather")).status_code == 404


def test_a_draft_is_changed_until_it_is_given(client, therapist, ready, patient, staff):
    consent = consents.drafted(patient, FINANCIAL, **staff)
    signed_in(client, therapist)

    assert "$4,900" in client.get(at("change", consent)).text
    assert client.post(at("change", consent), {"estimate": "$5,200"}).status_code == 302
    actions.present(consent=consent, by=therapist)
    page = client.post(at("change", consent), {"estimate": "$1"})

    assert page.status_code == 422
    assert "Draft a new one" in page.text


def test_a_draft_with_gaps_says_what_is_open_and_is_not_given(
    client, clinic, therapist, admin, medical_director, patient, staff
):
    consents.approved_text(clinic, PRIVACY, admin=admin, director=medical_director)
    consent = consents.drafted(patient, PRIVACY, **staff)
    signed_in(client, therapist)

    assert "The clinic's phone" in unescape(client.get(at("one", consent)).text)
    page = client.post(at("present", consent))

    assert page.status_code == 422
    assert "Not filled in: the clinic's phone." in unescape(page.text)
    consent.refresh_from_db()
    assert consent.state == State.DRAFT


# The talk


def test_the_talk_is_written_down_by_somebody_the_consent_names(client, therapist, nurse, ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    said = {"questions": "Can I drive? No.", "taught": [str(item) for item in Taught], "sober": "on"}

    signed_in(client, nurse)
    assert client.post(at("talk", consent), said).status_code == 403
    signed_in(client, therapist)
    assert "Write down the talk" in client.get(at("one", consent)).text
    assert client.post(at("talk", consent), said).status_code == 302

    consent.refresh_from_db()
    assert "Can I drive? No." in str(consent.sections)
    assert consent.talks.get().role_used == "therapist"


def test_a_talk_without_everything_said_back_is_refused_in_words(client, therapist, ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    signed_in(client, therapist)

    page = client.post(at("talk", consent), {"questions": "None", "taught": ["driving"], "sober": "on"})

    assert page.status_code == 422
    assert "says this back in their own words first: the stop word" in page.text


# Signing


@pytest.fixture
def waiting(ready, patient, staff):
    """The patient has signed; prescriber and witness have not."""
    consent = consents.presented(patient, TREATMENT, **staff)
    consents.talked(consent, staff["therapist"])
    consents.answered(consent)
    consents.patient_signs(consent)
    return consent


def place(consent, signer):
    return consent.signatures.get(signer=signer)


def test_the_prescriber_signs_their_own_place(client, prescriber, waiting):
    proven(client, prescriber)
    mine = place(waiting, Signer.PRESCRIBER)
    page = client.get(at("one", waiting))
    assert page.text.count("kap-signature") == 2  # one field: an opening and a closing tag
    assert "I explained this, answered the questions and agree to it" in page.text

    answer = client.post(at("countersign", waiting, mine.ref), {"drawn_svg": consents.DRAWN})

    assert answer.url == at("one", waiting)
    mine.refresh_from_db()
    assert mine.printed_name == "Dr N. Okafor"
    assert mine.role_used == "prescriber"
    assert mine.identity == "Own account; password and code, or a passkey, shown for this"
    assert mine.drawing
    assert mine.address == "127.0.0.1"


def test_nobody_signs_in_the_place_of_another(client, therapist, prescriber, nurse, waiting):
    for person, signer, status in (
        (therapist, Signer.PRESCRIBER, 403),
        (prescriber, Signer.WITNESS, 403),
        (nurse, Signer.PRESCRIBER, 403),
        (therapist, Signer.PATIENT, 403),
        (prescriber, Signer.PATIENT, 403),
    ):
        proven(client, person)
        assert client.post(at("countersign", waiting, place(waiting, signer).ref)).status_code == status
    assert waiting.signatures.filter(signed_at=None).count() == 2


def test_signing_asks_who_one_is_and_comes_back(client, prescriber, waiting):
    proven(client, prescriber)
    long_ago(client)
    mine = place(waiting, Signer.PRESCRIBER)

    answer = client.post(at("countersign", waiting, mine.ref))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("confirm"))
    assert "both=1" in answer.url
    mine.refresh_from_db()
    assert mine.signed_at is None


def test_a_second_signature_is_refused_in_words(client, prescriber, waiting):
    proven(client, prescriber)
    mine = place(waiting, Signer.PRESCRIBER)
    client.post(at("countersign", waiting, mine.ref))

    page = client.post(at("countersign", waiting, mine.ref))

    assert page.status_code == 422
    assert "You have signed this already" in page.text


def test_a_drawing_that_is_none_is_refused_in_words(client, prescriber, waiting):
    proven(client, prescriber)

    page = client.post(
        at("countersign", waiting, place(waiting, Signer.PRESCRIBER).ref), {"drawn_svg": "<svg onload=x>"}
    )

    assert page.status_code == 422
    assert "Draw your name again" in page.text


def test_no_page_lets_staff_sign_for_the_patient(client, therapist, ready, patient, staff):
    consent = consents.presented(patient, PRIVACY, **staff)
    proven(client, therapist)

    page = client.get(at("one", consent))

    assert "kap-signature" not in page.text
    assert str(place(consent, Signer.PATIENT).ref) not in page.text
    assert client.post(at("countersign", consent, place(consent, Signer.PATIENT).ref)).status_code == 403


# Taking it back


def test_staff_write_down_that_the_patient_took_it_back(client, therapist, ready, patient, staff):
    consent = consents.signed(patient, PRIVACY, **staff)
    signed_in(client, therapist)
    long_ago(client)  # as easy as signing: no proof is asked

    assert client.get(at("withdraw", consent)).status_code == 200
    assert client.post(at("withdraw", consent), {}).status_code == 422
    answer = client.post(at("withdraw", consent), {"way": "phone", "reason": ""})

    assert answer.url == at("overview", patient)
    consent.refresh_from_db()
    assert (consent.state, consent.revoked_by) == (State.REVOKED, therapist)
    assert client.post(at("withdraw", consent), {"way": "phone"}).status_code == 422


def test_an_admin_reads_a_consent_and_does_not_take_it_back(client, admin, ready, patient, staff):
    consent = consents.signed(patient, PRIVACY, **staff)
    signed_in(client, admin)

    assert client.get(at("one", consent)).status_code == 200
    assert client.get(at("withdraw", consent)).status_code == 403


def test_a_copy_is_printed_as_it_stands(client, therapist, nurse, ready, patient, staff):
    consent = consents.drafted(patient, PRIVACY, **staff)

    signed_in(client, nurse)
    assert client.post(at("print", consent)).status_code == 403
    signed_in(client, therapist)
    assert client.post(at("print", consent)).status_code == 302
    consent.refresh_from_db()
    assert consent.papers == 1


# Texts in the settings


def test_an_admin_takes_over_a_text_and_the_director_approves_it(client, admin, medical_director, clinic):
    proven(client, admin)
    url = reverse("consent_texts:write", args=["privacy"])
    form = client.get(url).context["form"]
    said = {name: form[name].value() for name in form.fields}

    answer = client.post(url, said)
    text = ConsentText.objects.get()
    assert answer.url == reverse("consent_texts:one", args=[text.ref])
    assert text.sections == texts.shipped("privacy")["sections"]
    assert "Sign the approval" not in client.get(answer.url).text
    assert client.post(reverse("consent_texts:approve", args=[text.ref]), {"read": "on"}).status_code == 403

    proven(client, medical_director)
    assert "Sign the approval" in client.get(answer.url).text
    assert client.post(reverse("consent_texts:approve", args=[text.ref]), {}).status_code == 422
    assert client.post(reverse("consent_texts:approve", args=[text.ref]), {"read": "on"}).status_code == 302
    text.refresh_from_db()
    assert text.approved_by == medical_director
    page = client.get(reverse("consent_texts:all"))
    assert "Version 1 holds" in page.text


def test_approving_asks_who_one_is(client, admin, medical_director, clinic):
    text = consents.written_text(clinic, PRIVACY, by=admin)
    proven(client, medical_director)
    long_ago(client)

    answer = client.post(reverse("consent_texts:approve", args=[text.ref]), {"read": "on"})

    assert answer.url.startswith(reverse("confirm"))
    text.refresh_from_db()
    assert text.approved_at is None


def test_what_one_wrote_oneself_one_does_not_approve(client, clinic, admin, medical_director):
    text = consents.written_text(clinic, PRIVACY, by=medical_director)
    proven(client, medical_director)

    page = client.post(reverse("consent_texts:approve", args=[text.ref]), {"read": "on"})

    assert page.status_code == 422
    assert "A second person approves this" in page.text


def test_a_version_without_an_element_is_refused_and_kept_as_typed(client, admin, clinic):
    proven(client, admin)
    url = reverse("consent_texts:write", args=["privacy"])
    form = client.get(url).context["form"]
    said = {name: form[name].value() for name in form.fields} | {"text_privacy-7": "", "title": "Our own title"}

    page = client.post(url, said)

    assert page.status_code == 422
    assert "No element may be left out" in page.text
    assert "Our own title" in page.text
    assert not ConsentText.objects.exists()


def test_a_slot_that_does_not_exist_is_refused(client, admin, clinic):
    proven(client, admin)
    url = reverse("consent_texts:write", args=["privacy"])
    form = client.get(url).context["form"]
    said = {name: form[name].value() for name in form.fields} | {"text_privacy-7": "See {weather}."}

    page = client.post(url, said)

    assert page.status_code == 422
    assert "Nothing is filled in for: {weather}" in page.text


def test_who_reads_and_who_writes_the_texts(
    client, clinic, admin, therapist, prescriber, front_desk, auditor, stranger
):
    text = consents.written_text(clinic, PRIVACY, by=admin)
    one, write = reverse("consent_texts:one", args=[text.ref]), reverse("consent_texts:write", args=["privacy"])

    for person, reads, writes in (
        (admin, 200, 200),
        (prescriber, 200, 403),
        (therapist, 200, 403),
        (auditor, 200, 403),
        (front_desk, 403, 403),
    ):
        signed_in(client, person)
        assert client.get(reverse("consent_texts:all")).status_code == reads
        assert client.get(one).status_code == reads
        assert client.get(write).status_code == writes
    signed_in(client, stranger)
    assert client.get(one).status_code == 404


def test_the_settings_tab_leads_to_the_texts_and_the_facts(client, admin, clinic):
    signed_in(client, admin)

    page = client.get("/settings/consents/")

    assert "Take over the text" in page.text
    assert "Phone for nights and weekends" in page.text
    assert client.get("/settings/consents/price_list/").status_code == 200


def test_a_new_version_says_what_is_new(client, clinic, admin, medical_director):
    consents.approved_text(clinic, PRIVACY, admin=admin, director=medical_director)
    sections = [
        {**one, "heading": "Your team"} if one["id"] == "privacy-7" else one
        for one in texts.shipped("privacy")["sections"]
    ]
    text = consents.written_text(clinic, PRIVACY, by=admin, sections=sections)
    signed_in(client, medical_director)

    page = client.get(reverse("consent_texts:one", args=[text.ref]))

    assert re.search(r"New against version 1</b></p><ul class=\"dots\"><li>Your team</li></ul>", page.text)
    assert "data-draft" in page.text


def test_every_page_costs_the_same_for_one_and_for_many(client, therapist, ready, patient, staff):
    def cost():
        signed_in(client, therapist)
        client.get(at("overview", patient))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(at("overview", patient)).status_code == 200
        return len(seen)

    consents.signed(patient, PRIVACY, **staff)
    once = cost()
    for _ in range(4):
        consents.signed(patient, PRIVACY, **staff)

    assert cost() == once


def test_a_portal_may_read_section_by_section(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)

    reading = selectors.reading(consent)

    assert (reading.parts[0].key, reading.parts[0].number, reading.parts[0].total) == ("electronic-1", 1, 26)
    assert [part.key for part in reading.parts[1:]] == [f"treatment-{n}" for n in range(1, 26)]
    assert reading.gaps == []
