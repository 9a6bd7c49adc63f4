"""Letters about a decision: what the referrer reads, what the patient reads, and what neither may read."""

import pytest
from django.urls import reverse

from kap_clinic.accounts.actions import change_setting
from kap_clinic.documents.models import StoredDocument
from patients.record.actions import add_contact
from patients.record.terms import ContactKind
from screening import actions, letters
from screening.letters import decision
from screening.tasks import render_papers
from screening.terms import Decision
from tests.papers import made, words
from tests.people import signed_in
from tests.screening.recorded import case, submitted
from tests.screening.test_screening_paper import REASON, decided

pytestmark = pytest.mark.django_db
OFFER = "Weekly psychotherapy with us, and a second look in six months"


@pytest.fixture
def declined(patient, therapist, prescriber):
    screening = submitted(patient, case("contraindicated"), by=therapist)
    decided(screening, Decision.DECLINE, prescriber, conditions=OFFER)
    return screening


def html(screening, reader, by):
    document = actions.print_letter(review=screening.reviews.latest("id"), reader=reader, by=by)
    return words(letters.LETTERS[document.kind](document)), document


def test_an_approval_tells_the_referrer_its_conditions_and_the_patient_in_plain_words(patient, therapist, prescriber):
    change_setting(clinic=patient.clinic, key="clinic_phone", value="(617) 555-0142", by=prescriber)
    screening = submitted(patient, case("needs_prescriber_decision"), by=therapist)
    add_contact(
        patient=patient,
        by=therapist,
        kind=ContactKind.REFERRER,
        name="Dr Ines Ames",
        relation="Family doctor",
        phone="+16175550177",
    )
    decided(screening, Decision.APPROVE_WITH_CONDITIONS, prescriber, conditions="Half the dose at first")

    referrer, _ = html(screening, "referrer", prescriber)
    plain, _ = html(screening, "patient", prescriber)

    assert "Dr Ines Ames Family doctor" in referrer
    assert "Dear Dr Ines Ames," in referrer
    assert "Approved, with conditions" in referrer
    assert "Half the dose at first" in referrer
    assert REASON in referrer
    assert "Decision signed by Dr N. Okafor, prescriber" in referrer
    assert "Dear Maya," in plain
    assert "you can start treatment with us" in plain
    assert REASON not in plain
    assert "ketamine" not in plain.lower()


def test_the_pdf_of_a_declined_screening_says_what_is_offered_and_no_answer_of_the_patient(
    declined, patient, therapist, prescriber
):
    actions.print_letter(review=declined.reviews.get(), reader="referrer", by=prescriber)

    document, said = made(render_papers, "declined")

    assert (document.permission, document.patient_ref) == ("screening.view", patient.ref)
    assert "To whom it may concern" in said
    assert "Not approved" in said
    assert OFFER in said
    assert "DRAFT" not in said
    for finding in declined.findings.all():
        assert finding.reason not in said


def test_a_decision_that_does_not_stand_any_more_prints_draft(declined, patient, therapist, prescriber):
    submitted(patient, case("clear"), by=therapist)
    document = actions.print_letter(review=declined.reviews.get(), reader="referrer", by=prescriber)

    page = decision.to_referrer(document)

    assert 'class="draft"' in page
    assert "answered or checked anew" in words(page)


def test_a_letter_to_the_patient_without_a_number_to_call_is_a_draft(declined, prescriber):
    said, document = html(declined, "patient", prescriber)

    assert "An admin sets it" in said
    assert document.kind == "declined_patient"


def test_a_question_is_no_decision(patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    decided(screening, Decision.ASK_FOR_MORE, prescriber, questions="Which dose of lithium?")

    with pytest.raises(actions.NotPossible, match="Nothing is decided yet"):
        actions.print_letter(review=screening.reviews.get(), reader="referrer", by=prescriber)


def test_who_works_on_screenings_asks_for_the_letter_and_the_nurse_does_not(client, declined, therapist, nurse):
    url = reverse("screening:letter", args=[declined.reviews.get().ref, "patient"])

    assert signed_in(client, nurse).post(url).status_code == 403
    assert not StoredDocument.objects.filter(kind="declined_patient").exists()
    page = signed_in(client, therapist).post(url, follow=True)

    assert "Treatment not offered, letter to the patient, paper 1" in words(page.content.decode())
    assert signed_in(client, therapist).post(url.replace("patient/", "family/")).status_code == 404
