"""A consent on a phone: read part by part, understood, signed or refused, with a copy in the same visit only."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents.models import StoredDocument
from patients.consents import actions as consents
from patients.consents.models import ConsentAnswer, ConsentSignature
from patients.consents.terms import ConsentKind, State, Way
from patients.links import actions
from patients.links.rules import Ask
from patients.links.terms import FormKind
from tests.patients.consents import DRAWN, presented, ready, talked
from tests.patients.links import come_in

ASKED, DONE, CLOSED = "/p/a/", "/p/a/done/", "/p/expired/"
SIGNATURE = {"electronic": "on", "clear_headed": "on", "signed_name": "Maya Lindqvist", "drawn_svg": ""}


def text(response):
    return response.content.decode()


@pytest.fixture
def given(clinic, patient, admin, medical_director, prescriber, therapist, safety_officer):
    """`given(kind)`: a consent the patient has been given, and the address of a link that asks for it."""
    ready(clinic, admin=admin, director=medical_director)

    def give(kind=ConsentKind.PRIVACY, **changes):
        consent = presented(patient, kind, prescriber=prescriber, therapist=therapist, **changes)
        if kind in {ConsentKind.TREATMENT, ConsentKind.TOUCH}:
            talked(consent, therapist)
        asks = [Ask(FormKind.CONSENT, str(consent.ref), needs_watch=False)]
        made, token = actions.make(patient=patient, asks=asks, by=therapist)
        return consent, made, f"/p/{token}/"

    return give


def pages_of(made):
    return f"/p/a/consent/{made.forms.get().ref}/"


def read_all(client, consent, made):
    """Read every part; gives the number of the first question."""
    parts = len(consent.sections)
    for number in range(1, parts + 1):
        client.post(f"{pages_of(made)}{number}/")
    return parts + 1


def understand(client, consent, made):
    """Read and answer rightly; gives the number of the page to sign."""
    number = read_all(client, consent, made)
    for question in consent.text.questions:
        client.post(f"{pages_of(made)}{number}/", {"answer": question["right"]})
        number += 1
    return number


def sign(client, consent, made, **changes):
    number = understand(client, consent, made)
    return client.post(f"{pages_of(made)}{number}/", SIGNATURE | changes)


def test_a_consent_is_read_part_by_part_as_it_was_frozen(client, given):
    consent, made, address = given()
    come_in(client, address)
    shown = text(client.get(ASKED))

    assert "Your privacy and its limits" in shown
    assert f"{len(consent.sections)} short parts to read, about " in shown
    for number, section in enumerate(consent.sections, start=1):
        page = client.get(f"{pages_of(made)}{number}/")
        assert f"Part {number} of {len(consent.sections)}" in text(page)
        assert section["heading"] in page.content.decode().replace("&#x27;", "'")
        assert client.post(f"{pages_of(made)}{number}/")["Location"] == f"{pages_of(made)}{number + 1}/"


def test_no_part_is_passed_over(client, given):
    consent, made, address = given()
    come_in(client, address)

    for number in (2, len(consent.sections) + 1, len(consent.sections) + 3):
        assert client.get(f"{pages_of(made)}{number}/")["Location"] == f"{pages_of(made)}1/"
        assert client.post(f"{pages_of(made)}{number}/", SIGNATURE)["Location"] == f"{pages_of(made)}1/"
    assert not ConsentSignature.objects.filter(signed_at__isnull=False).exists()


def test_reading_goes_on_where_it_stopped(client, given):
    consent, made, address = given()
    come_in(client, address)
    client.post(f"{pages_of(made)}1/")
    client.post(f"{pages_of(made)}2/")
    client.get("/p/a/later/")

    come_in(client, address)

    shown = text(client.get(ASKED))
    assert f"2 of {len(consent.sections)} parts read" in shown
    assert f"{pages_of(made)}3/" in shown


def test_a_wrong_answer_is_no_failure_the_part_is_read_again(client, given):
    consent, made, address = given()
    come_in(client, address)
    number = read_all(client, consent, made)
    question = consent.text.questions[0]
    wrong = (question["right"] + 1) % len(question["answers"])
    heading = next(part["heading"] for part in consent.sections if part["id"] == question["section"])

    before = text(client.get(f"{pages_of(made)}{number}/"))
    response = client.post(f"{pages_of(made)}{number}/", {"answer": wrong}, follow=True)

    assert heading not in before
    assert response.status_code == 200
    assert "That is not a failure" in text(response)
    assert heading in text(response).replace("&#x27;", "'")
    assert client.get(f"{pages_of(made)}{number + 1}/")["Location"] == f"{pages_of(made)}{number}/"
    assert client.post(f"{pages_of(made)}{number}/", {"answer": question["right"]})["Location"] == (
        f"{pages_of(made)}{number + 1}/"
    )
    assert list(ConsentAnswer.objects.values_list("is_right", "link_ref")) == [(False, made.ref), (True, made.ref)]


@pytest.mark.parametrize("sent", ["", "9", "-1", "x"])
def test_a_question_needs_one_of_its_answers(client, given, sent):
    consent, made, address = given()
    come_in(client, address)
    number = read_all(client, consent, made)

    response = client.post(f"{pages_of(made)}{number}/", {"answer": sent})

    assert response.status_code == 422
    assert not ConsentAnswer.objects.exists()


def test_a_patient_signs_with_a_typed_name_and_evidence_of_how(client, given):
    consent, made, address = given()
    come_in(client, address)

    response = sign(client, consent, made)

    assert response["Location"] == DONE
    consent.refresh_from_db()
    made.refresh_from_db()
    signature = ConsentSignature.objects.get(consent=consent)
    assert consent.state == State.SIGNED
    assert made.finished_at
    assert (signature.printed_name, signature.drawing, signature.electronic) == ("Maya Lindqvist", "", True)
    assert (signature.identity, signature.link_ref) == ("Patient link and date of birth", made.ref)
    assert signature.session_hash
    assert signature.address == "127.0.0.1"
    assert AuditEvent.objects.filter(event="link.finished", patient_ref=str(consent.patient.ref)).exists()


def test_a_name_may_be_drawn_too(client, given):
    consent, made, address = given()
    come_in(client, address)

    assert sign(client, consent, made, drawn_svg=DRAWN)["Location"] == DONE
    assert ConsentSignature.objects.get(consent=consent).drawing.startswith("<svg")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"electronic": ""}, "Tick that you agree to sign on a screen"),
        ({"clear_headed": ""}, "Tick that you are clear-headed"),
        ({"signed_name": " "}, "Enter"),
        ({"drawn_svg": "<svg onload='x'/>"}, "Draw your name again"),
    ],
)
def test_what_a_signature_lacks_is_said_and_what_was_typed_stays(client, given, changes, words):
    consent, made, address = given()
    come_in(client, address)

    response = sign(client, consent, made, **changes)

    assert response.status_code == 422
    assert words in text(response).replace("&#x27;", "'")
    assert "signed_name" in changes or "Maya Lindqvist" in text(response)
    consent.refresh_from_db()
    assert consent.state == State.PRESENTED


def test_a_treatment_consent_waits_for_the_others_after_the_patient(client, given):
    consent, made, address = given(ConsentKind.TREATMENT)
    come_in(client, address)

    assert sign(client, consent, made)["Location"] == DONE

    consent.refresh_from_db()
    assert consent.state == State.PRESENTED
    assert ConsentSignature.objects.get(consent=consent, signer="patient").signed_at


def test_a_treatment_consent_is_not_signed_before_the_talk(client, given, patient, prescriber, therapist):
    consent = presented(patient, ConsentKind.TREATMENT, prescriber=prescriber, therapist=therapist)
    asks = [Ask(FormKind.CONSENT, str(consent.ref), needs_watch=False)]
    made, token = actions.make(patient=patient, asks=asks, by=therapist)
    come_in(client, f"/p/{token}/")

    response = sign(client, consent, made)

    assert response.status_code == 422
    assert "Your clinician talks this over with you first" in text(response)
    assert not made.forms.get().sent_at


def test_a_patient_may_say_no_without_a_reason(client, given):
    consent, made, address = given()
    come_in(client, address)

    assert "That is fine" in text(client.get(f"{pages_of(made)}no/"))
    assert client.post(f"{pages_of(made)}no/", {"signed_name": ""}).status_code == 422
    assert client.post(f"{pages_of(made)}no/", {"signed_name": "Maya Lindqvist"})["Location"] == DONE

    consent.refresh_from_db()
    assert consent.state == State.REFUSED


def test_wishes_about_touch_are_changed_before_signing_and_the_text_is_read_again(client, given):
    consent, made, address = given(ConsentKind.TOUCH)
    come_in(client, address)
    read_all(client, consent, made)
    wished = {
        "level": "0",
        "cue": "",
        "areas": "Everywhere",
        "position": "None",
        "trauma": "None",
        "stop_word": "harbor",
        "stop_gesture": "an open hand",
    }

    assert "No touch at all is a full answer" in text(client.get(f"{pages_of(made)}wishes/"))
    response = client.post(f"{pages_of(made)}wishes/", wished)

    assert response["Location"] == f"{pages_of(made)}2/"
    consent.refresh_from_db()
    assert consent.details["level"] == 0
    assert "Everywhere" in str(consent.sections)
    assert client.get(f"{pages_of(made)}3/")["Location"] == f"{pages_of(made)}2/"
    assert client.post(f"{pages_of(made)}wishes/", wished | {"level": "7"}).status_code == 422


def test_only_a_touch_consent_has_wishes(client, given):
    _, made, address = given()
    come_in(client, address)

    assert client.get(f"{pages_of(made)}wishes/")["Location"] == ASKED


def end(consent, therapist, how):
    if how == "taken back":
        consents.withdraw(consent=consent, by=therapist, way=Way.PHONE)
    else:
        consents.draft(patient=consent.patient, kind=consent.kind, details=consent.details, by=therapist)


@pytest.mark.parametrize("how", ["taken back", "replaced"])
def test_a_consent_that_ended_meanwhile_is_not_open_any_more(client, given, therapist, how):
    consent, made, address = given()
    come_in(client, address)
    number = understand(client, consent, made)
    end(consent, therapist, how)

    assert "It is not open any more" in text(client.get(ASKED))
    for page in ("1/", f"{number}/", "no/"):
        assert client.get(pages_of(made) + page)["Location"] == ASKED
        assert client.post(pages_of(made) + page, SIGNATURE)["Location"] == ASKED
    assert not ConsentSignature.objects.filter(signed_at__isnull=False).exists()


# The copy


def stored(consent):
    """The newest paper of a consent, made by a worker."""
    paper = StoredDocument.objects.filter(subject_ref=consent.ref).order_by("-id").first()
    StoredDocument.objects.filter(pk=paper.pk).update(
        state="stored", content=b"%PDF-1.7 copy", pages=1, sha256="0" * 64, stored_at=timezone.now()
    )
    return paper


def copy_of(made):
    return f"/p/a/copy/{made.forms.get().ref}/"


def test_the_copy_is_downloaded_in_the_same_visit_and_written_down(client, given):
    consent, made, address = given()
    come_in(client, address)
    sign(client, consent, made)

    assert copy_of(made) in text(client.get(DONE))
    assert "Your copy is being made" in text(client.get(copy_of(made)))
    stored(consent)
    copy = client.get(copy_of(made))

    assert (copy["Content-Type"], copy.content) == ("application/pdf", b"%PDF-1.7 copy")
    assert re.fullmatch(r'attachment; filename="document-\w+\.pdf"', copy["Content-Disposition"])
    assert copy["Cache-Control"] == "no-store"
    assert AuditEvent.objects.filter(event="consent.copied", thing_ref=str(consent.ref)).count() == 1


def test_the_copy_is_not_to_be_had_later_or_elsewhere(client, given, frozen):
    clock = frozen("2026-11-24T15:00+00:00")
    consent, made, address = given()
    come_in(client, address)
    sign(client, consent, made)
    stored(consent)

    clock.shift(timedelta(minutes=30))

    assert client.get(copy_of(made))["Location"] == CLOSED
    assert come_in(client, address)["Location"] == CLOSED
    assert client.get(copy_of(made))["Location"] == CLOSED


def test_what_was_not_signed_in_this_visit_has_no_copy(client, given):
    consent, made, address = given()
    come_in(client, address)
    read_all(client, consent, made)

    assert client.get(copy_of(made)).status_code == 404


def test_a_measure_has_neither_parts_nor_a_copy_and_a_consent_no_questions_of_a_scale(client, given):
    _, made, address = given()
    come_in(client, address)
    form = made.forms.get().ref

    assert client.get(f"/p/a/{form}/1/").status_code == 404
    assert client.get(f"/p/a/{form}/check/").status_code == 404
