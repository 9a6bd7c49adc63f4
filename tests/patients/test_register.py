"""Registering a patient: few answers are needed, and nobody is registered twice unseen."""

from datetime import date

import pytest
from django.urls import reverse

from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from patients.models import Patient, PatientEvent
from patients.record.terms import MessageWish
from tests import factories
from tests.people import signed_in

pytestmark = pytest.mark.django_db

URL = reverse("patients:register")
FEW = {"family_name": "Rivera", "given_name": "Alexandra", "birth_date": "1987-03-14"}


def the_patient():
    return Patient.objects.get(family_name="Rivera")


def test_three_answers_register_a_patient_and_the_therapist_joins_the_team(client, therapist):
    response = signed_in(client, therapist).post(URL, FEW)

    patient = the_patient()
    assert response["Location"] == f"/patients/{patient.ref}/"
    assert patient.birth_date == date(1987, 3, 14)
    assert patient.message_wish == MessageWish.NOT_ASKED
    assert patient.zone == "America/New_York"
    assert [member.user for member in patient.care_team.all()] == [therapist]


def test_the_front_desk_registers_without_joining_the_team(client, front_desk):
    signed_in(client, front_desk).post(URL, FEW)

    assert not the_patient().care_team.exists()


def test_everything_said_is_kept_as_it_is_stored(client, therapist):
    said = {
        **FEW,
        "family_name": "  García   Márquez ",
        "preferred_name": "Alex",
        "pronouns": "she/her",
        "phone": "(617) 555-0142",
        "email": "alex@example.org",
        "message_wish": "sms",
        "safe_to_leave_message": "no",
        "safe_contact": "only the mobile",
        "language": "Spanish",
        "zone": "America/Chicago",
        "address": "12 Harbour Road\r\nBoston",
        "sex_for_scoring": "female",
    }

    signed_in(client, therapist).post(URL, said)

    patient = Patient.objects.get(given_name="Alexandra")
    assert (patient.family_name, patient.family_key) == ("García Márquez", "garcia marquez")
    assert (patient.phone, patient.phone_tail) == ("+16175550142", "0142")
    assert patient.safe_to_leave_message is False
    assert patient.address == "12 Harbour Road\nBoston"
    assert (patient.zone, patient.sex_for_scoring, patient.message_wish) == ("America/Chicago", "female", "sms")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"family_name": ""}, "Enter the family name"),
        ({"family_name": "\u200b"}, "Enter the family name"),
        ({"given_name": "1234"}, "Write the name in letters"),
        ({"given_name": "x" * 81}, "Use 80 characters or fewer (now 81)"),
        ({"birth_date": "2987-03-14"}, "not in the future"),
        ({"birth_date": "1887-03-14"}, "Check the year"),
        ({"birth_date": "0001-01-01"}, "Check the year"),
        ({"birth_date": "1987-02-30"}, "Enter a date, like"),
        ({"birth_date": "99999-12-31"}, "Enter a date, like"),
        ({"phone": "555 0142"}, "Enter the whole phone number, like (201) 555-0123"),
        ({"phone": "617 555 0142 ext 3"}, "without its extension"),
        ({"email": "alex"}, "valid email"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices"),
        ({"message_wish": "pigeon"}, "pigeon is not one of the available choices"),
    ],
)
def test_what_cannot_be_used_is_explained_and_what_was_typed_stays(client, therapist, said, error):
    response = signed_in(client, therapist).post(URL, {**FEW, "pronouns": "they/them", **said})

    page = response.content.decode()
    assert response.status_code == 422
    assert error in page
    assert "<title>Error: New patient" in page
    assert 'value="they/them"' in page
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "name", ["李", "Łęcka-O’Brien", "Ó\u202eevil", "名" * 80, "ﷺ" * 80, "🦊a", "'; drop table x; --a", "<b>x</b>"]
)
def test_any_script_can_be_a_name(client, therapist, name):
    response = signed_in(client, therapist).post(URL, {**FEW, "family_name": name}, follow=True)

    patient = Patient.objects.get()
    assert response.status_code == 200
    assert "\u202e" not in patient.family_name
    assert 0 < len(patient.family_key) <= 80
    assert "<b>x</b>" not in response.content.decode()


# Possible duplicates


@pytest.fixture
def rivera(clinic, therapist):
    with as_clinic(clinic.pk):
        from patients.record.actions import register

        return register(
            clinic=clinic,
            by=therapist,
            family_name="Rivera",
            given_name="Alexa",
            birth_date=date(1987, 3, 14),
            phone="+16175550142",
        )


def test_a_possible_duplicate_is_shown_before_anything_is_saved(client, therapist, rivera):
    response = signed_in(client, therapist).post(URL, {**FEW, "family_name": "RIVERA"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Is this the same person?" in page
    assert "RIVERA, Alexa" in page
    assert "K-004 001" in page
    assert "same date of birth, family name" in page
    assert Patient.objects.count() == 1


def test_the_phone_alone_with_the_birth_date_is_enough_to_ask(client, therapist, rivera):
    said = {**FEW, "family_name": "Stone", "phone": "617.555.0142"}

    response = signed_in(client, therapist).post(URL, said)

    assert "same date of birth, phone" in response.content.decode()


@pytest.mark.parametrize("said", [{"birth_date": "1987-03-15"}, {"family_name": "Riviera"}])
def test_a_namesake_or_a_birthday_alone_is_no_duplicate(client, therapist, rivera, said):
    response = signed_in(client, therapist).post(URL, {**FEW, **said})

    assert response.status_code == 302
    assert Patient.objects.count() == 2


def test_registering_anyway_needs_a_reason_and_keeps_it(client, therapist, rivera):
    signed_in(client, therapist)
    unexplained = client.post(URL, {**FEW, "seen": "K-004 001"})
    explained = client.post(URL, {**FEW, "seen": "K-004 001", "not_the_same": "Twins"})

    assert "Say why this is another person" in unexplained.content.decode()
    assert explained.status_code == 302
    event = AuditEvent.objects.get(event="patient.registered", reason="Twins")
    assert event.facts["not_the_same"] == ["K-004 001"]


def test_a_reason_given_before_the_duplicate_was_shown_does_not_count(client, therapist, rivera):
    response = signed_in(client, therapist).post(URL, {**FEW, "not_the_same": "Twins"})

    assert response.status_code == 422
    assert Patient.objects.count() == 1


def test_a_duplicate_on_another_team_is_told_by_its_number_only(client, clinic, rivera):
    other = factories.member(clinic, "therapist", name="Pat Lowe")

    page = signed_in(client, other).post(URL, FEW).content.decode()

    assert "A record you may not open" in page
    assert "K-004 001" in page
    assert "Alexa</b>" not in page
    assert str(rivera.ref) not in page


def test_another_clinics_patient_is_never_a_duplicate(client, rivera, stranger):
    response = signed_in(client, stranger).post(URL, FEW)

    assert response.status_code == 302


# Who may, and what is left behind


@pytest.mark.parametrize("role", ["nurse", "prescriber", "auditor", "safety_officer"])
def test_others_may_not_register(client, request, role):
    signed_in(client, request.getfixturevalue(role))

    assert client.get(URL).status_code == 403
    assert client.post(URL, FEW).status_code == 403
    assert not Patient.objects.exists()


def test_the_front_desk_neither_sees_nor_sets_what_only_scores_need(client, front_desk):
    signed_in(client, front_desk)
    page = client.get(URL).content.decode()
    client.post(URL, {**FEW, "sex_for_scoring": "male", "version": "9", "record_number": "1"})

    patient = the_patient()
    assert "sex_for_scoring" not in page
    assert (patient.sex_for_scoring, patient.version, patient.record_number) == ("", 1, 4001)


def test_registering_leaves_an_audit_row_and_the_first_state_in_the_history(client, therapist):
    signed_in(client, therapist).post(URL, FEW)

    patient = the_patient()
    events = AuditEvent.objects.filter(patient_ref=str(patient.ref)).order_by("id").values_list("event", flat=True)
    assert list(events)[:2] == ["patient.registered", "team.joined"]
    assert PatientEvent.objects.get(pgh_obj=patient).family_name == "Rivera"
