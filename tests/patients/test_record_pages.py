"""The pages that add and end the facts of a record: what they take, what they say, who may."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.models import Proposal
from patients.medicines.actions import add_medicine
from patients.models import AllergyReview, Condition, Contact, Medicine, Weight
from patients.record import actions
from tests import factories
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def url(name, patient, *more):
    return reverse(f"patients:{name}", args=[patient.ref, *more])


def post(client, who, page, patient, /, *more, **said):
    return signed_in(client, who).post(url(page, patient, *more), said)


def page_of(response):
    return response.content.decode()


# Contacts


def test_a_contact_is_added_and_ended(client, front_desk, patient):
    said = {"kind": "emergency", "name": "Sam Rivera", "relation": "spouse", "phone": "617 555 0143"}

    added = post(client, front_desk, "add_contact", patient, **said)
    contact = Contact.objects.get()
    ended = post(client, front_desk, "end_contact", patient, contact.ref, why="Divorced")

    assert added["Location"] == ended["Location"] == f"/patients/{patient.ref}/#contacts"
    assert (contact.phone, contact.added_by) == ("+16175550143", front_desk)
    contact.refresh_from_db()
    assert contact.ended_by == front_desk


def test_a_contact_without_what_for_and_with_a_short_phone_is_explained(client, therapist, patient):
    response = post(client, therapist, "add_contact", patient, name="Sam", phone="0143")

    assert response.status_code == 422
    assert "Choose what for" in page_of(response)
    assert "Enter the whole phone number" in page_of(response)
    assert not Contact.objects.exists()


def test_another_patients_contact_cannot_be_ended_through_this_one(client, clinic, therapist, patient):
    other = factories.patient(clinic, by=therapist)
    contact = actions.add_contact(patient=other, by=therapist, kind="escort", name="Kim", phone="+16175550144")

    response = post(client, therapist, "end_contact", patient, contact.ref, why="")

    assert response.status_code == 404
    contact.refresh_from_db()
    assert contact.ended_at is None


# Allergies


def allergies(client, user, patient, **said):
    return post(client, user, "ask_allergies", patient, **{"seen": "", **said})


def test_none_known_is_an_answer_with_its_day(client, therapist, patient):
    allergies(client, therapist, patient, known="none")

    page = page_of(client.get(patient.get_absolute_url()))
    assert AllergyReview.objects.get().none_known is True
    assert "No known allergies, asked" in page
    assert "Allergies not asked yet" not in page


def test_listed_allergies_go_to_the_banner(client, prescriber, patient):
    allergies(client, prescriber, patient, known="some", to_0="penicillin", reaction_0="rash", to_2="latex")

    assert AllergyReview.objects.get().allergies == [
        {"to": "penicillin", "reaction": "rash"},
        {"to": "latex", "reaction": ""},
    ]
    assert "Allergies: penicillin (rash), latex" in page_of(client.get(patient.get_absolute_url()))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "Say whether allergies are known"),
        ({"known": "none", "to_0": "latex"}, "Choose one of them"),
        ({"known": "some"}, "Enter what the patient is allergic to"),
        ({"known": "some", "reaction_0": "rash"}, "Enter what causes this reaction"),
        ({"known": "some", "to_0": "x" * 121}, "Use 120 characters or fewer"),
    ],
)
def test_a_list_that_contradicts_itself_is_not_saved(client, therapist, patient, said, error):
    response = allergies(client, therapist, patient, **said)

    assert response.status_code == 422
    assert error in page_of(response)
    assert not AllergyReview.objects.exists()


def test_more_rows_keep_what_was_typed_and_save_nothing(client, therapist, patient):
    response = allergies(client, therapist, patient, known="some", to_0="latex", more="1")

    assert response.status_code == 200
    assert 'value="latex"' in page_of(response)
    assert 'name="to_3"' in page_of(response)
    assert not AllergyReview.objects.exists()


def test_a_line_far_down_is_not_passed_over(client, therapist, patient):
    allergies(client, therapist, patient, known="some", to_17="latex")

    assert AllergyReview.objects.get().allergies == [{"to": "latex", "reaction": ""}]


def test_two_who_ask_at_once_see_each_others_list(client, therapist, prescriber, patient):
    shown = signed_in(client, therapist).get(url("ask_allergies", patient)).context["form"]["seen"].value()
    theirs = actions.record_allergies(patient=patient, by=prescriber, none_known=False, allergies=[{"to": "latex"}])

    first = allergies(client, therapist, patient, seen=shown, known="some", to_0="penicillin")
    again = allergies(client, therapist, patient, seen=str(theirs.ref), known="some", to_0="penicillin", to_1="latex")

    assert first.status_code == 409
    assert "Dr N. Okafor wrote meanwhile: latex" in page_of(first)
    assert f'value="{theirs.ref}"' in page_of(first)
    assert 'value="penicillin"' in page_of(first)
    assert again.status_code == 302


# Weights


def weigh(client, user, patient, **said):
    today = timezone.now().date().isoformat()
    return post(client, user, "measure_weight", patient, **{"measured_on": today, **said})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"weight": "68.4", "unit": "kg"}, ("68.40", "kg", "68.4")),
        ({"weight": "68,4", "unit": "kg"}, ("68.40", "kg", "68.4")),
        ({"weight": "68,4 kg"}, ("68.40", "kg", "68.4")),
        ({"weight": "151 lbs"}, ("151.00", "lb", "68.5")),
        ({"weight": "151LB", "unit": "lb"}, ("151.00", "lb", "68.5")),
    ],
)
def test_a_weight_is_taken_as_people_type_it(client, nurse, patient, frozen, said, kept):
    frozen("2026-11-24T15:00-05:00")

    response = weigh(client, nurse, patient, **said)

    weight = Weight.objects.get()
    assert response["Location"] == f"/patients/{patient.ref}/#weights"
    assert (str(weight.value), weight.unit, str(weight.kg)) == kept


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"weight": ""}, "Enter the weight in kg, like 68.4"),
        ({"weight": "heavy"}, "Enter the weight in kg, like 68.4"),
        ({"weight": "-70", "unit": "kg"}, "Enter the weight in kg, like 68.4"),
        ({"weight": "1e3", "unit": "kg"}, "Enter the weight in kg, like 68.4"),
        ({"weight": "٧٠", "unit": "kg"}, "Enter the weight in kg, like 68.4"),
        ({"weight": "NaN", "unit": "kg"}, "Enter the weight in kg, like 68.4"),
        ({"weight": "70"}, "Choose kg or lb"),
        ({"weight": "70 kg", "unit": "lb"}, "You typed kg and chose lb"),
        ({"weight": "20 kg"}, "20 kg is not between 30 and 300 kg"),
        ({"weight": "40 lb"}, "40 lb (18.1 kg) is not between 30 and 300 kg"),
        ({"weight": "70 kg", "measured_on": "2031-01-01"}, "Enter a day that is not in the future"),
        ({"weight": "70 kg", "measured_on": ""}, "Enter the"),
        ({"weight": "70 kg", "measured_on": "0001-01-01"}, "Check the year"),
    ],
)
def test_a_weight_that_cannot_be_used_is_explained(client, nurse, patient, frozen, said, error):
    frozen("2026-11-24T15:00-05:00")

    response = weigh(client, nurse, patient, **said)

    assert response.status_code == 422
    assert error in page_of(response)
    assert not Weight.objects.exists()


def test_a_weight_far_from_the_last_is_asked_about_once_more(client, nurse, patient, frozen):
    frozen("2026-11-24T15:00-05:00")
    actions.measure_weight(patient=patient, by=nurse, value=Decimal("68.4"), unit="kg")

    slip = weigh(client, nurse, patient, weight="150.8 kg")
    sure = weigh(client, nurse, patient, weight="150.8 kg", is_right="on")

    assert slip.status_code == 422
    assert "This is 150.8 kg; the last was 68.4 kg on 24 Nov 2026" in page_of(slip)
    assert sure.status_code == 302
    assert Weight.objects.count() == 2


def test_a_weight_of_another_day_stands_at_noon_of_that_day_at_the_clinic(client, nurse, patient, frozen):
    frozen("2026-11-24T22:00-05:00")

    weigh(client, nurse, patient, weight="70 kg", measured_on="2026-11-20")
    weigh(client, nurse, patient, weight="70 kg", measured_on="2026-11-24")

    moments = [weight.measured_at.isoformat() for weight in Weight.objects.order_by("id")]
    assert moments == ["2026-11-20T17:00:00+00:00", "2026-11-25T03:00:00+00:00"]
    assert "70.0 kg</b>" in page_of(client.get(patient.get_absolute_url()))


# Conditions and medicines


def test_a_prescriber_adds_and_ends_a_condition_and_a_therapist_reads_it(client, prescriber, therapist, patient):
    post(client, prescriber, "add_condition", patient, text="Asthma", since="childhood")
    condition = Condition.objects.get()

    assert post(client, therapist, "add_condition", patient, text="Flu").status_code == 403
    assert "Asthma" in page_of(client.get(patient.get_absolute_url()))
    post(client, prescriber, "end_condition", patient, condition.ref, why="Was never so")
    assert "Asthma" not in page_of(client.get(patient.get_absolute_url()))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"taken": "current"}, "current"),
        ({"taken": "never"}, "never"),
        ({"taken": "unknown"}, ""),
        ({"taken": "on", "on": "2026-11-16"}, "2026-11-16"),
    ],
)
def test_a_medicine_keeps_the_words_and_when_it_was_last_taken(client, therapist, patient, frozen, said, kept):
    frozen("2026-11-24T15:00-05:00")

    post(client, therapist, "add_medicine", patient, text="xanx 1mg, Vyvance", **said)

    medicine = Medicine.objects.get()
    assert (medicine.text, medicine.last_taken) == ("xanx 1mg, Vyvance", kept)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": "", "taken": "current"}, "Enter the medicine"),
        ({"text": "Xanax"}, "Choose when it was last taken"),
        ({"text": "Xanax", "taken": "on"}, "Enter the day it was last taken"),
        ({"text": "Xanax", "taken": "on", "on": "2031-01-01"}, "not in the future"),
        ({"text": "Xanax", "taken": "current", "on": "2026-11-16"}, "or clear the day"),
        ({"text": "x" * 301, "taken": "current"}, "Use 300 characters or fewer"),
    ],
)
def test_a_medicine_that_says_too_little_is_explained(client, therapist, patient, frozen, said, error):
    frozen("2026-11-24T15:00-05:00")

    response = post(client, therapist, "add_medicine", patient, **said)

    assert response.status_code == 422
    assert error in page_of(response)
    assert not Medicine.objects.exists()


def test_while_typing_the_page_says_what_is_read(client, therapist, patient):
    page = page_of(post(client, therapist, "made_of", patient, text="xanx 1mg, blorp"))

    assert "alprazolam" in page
    assert "Not recognised: blorp" in page
    assert "<html" not in page
    assert not Medicine.objects.exists()


def test_a_stopped_medicine_leaves_the_list_and_stays_in_the_record(client, therapist, patient):
    medicine = add_medicine(patient=patient, by=therapist, text="Xanax 0.5", last_taken="current")

    post(client, therapist, "stop_medicine", patient, medicine.ref, why="Tapered")

    medicine.refresh_from_db()
    assert (medicine.ended_by, medicine.ended_why) == (therapist, "Tapered")
    assert "Xanax 0.5" not in page_of(client.get(patient.get_absolute_url()))


# Care team


def test_an_admin_puts_a_therapist_on_the_team(client, admin, clinic, patient):
    other = factories.member(clinic, "therapist", name="Pat Lowe")

    post(client, admin, "join_team", patient, user=other.pk, why="Takes over")

    member = patient.care_team.get(user=other)
    assert (member.joined_by, member.why) == (admin, "Takes over")


def test_choosing_oneself_asks_a_second_person(client, clinic, patient):
    both = factories.member(clinic, "admin", "therapist", name="Pat Lowe")

    response = post(client, both, "join_team", patient, user=both.pk, why="Covers for a week")

    assert response.status_code == 302
    assert not patient.care_team.filter(user=both).exists()
    assert Proposal.objects.get().payload == {"patient": str(patient.ref)}


@pytest.mark.parametrize("who", ["front_desk", "stranger", "therapist"])
def test_only_people_who_could_join_are_chosen_from(client, request, admin, patient, who):
    user = request.getfixturevalue(who)  # no role for it, of another clinic, on the team already

    response = post(client, admin, "join_team", patient, user=user.pk)

    assert response.status_code == 422


def test_who_leaves_the_team_cannot_open_the_record_at_once(client, prescriber, nurse, patient):
    member = patient.care_team.get(user=nurse)

    post(client, prescriber, "leave_team", patient, member.ref, why="Moved away")

    assert signed_in(client, nurse).get(patient.get_absolute_url()).status_code == 403


def test_a_place_on_the_team_ends_once(client, prescriber, nurse, patient):
    member = patient.care_team.get(user=nurse)
    post(client, prescriber, "leave_team", patient, member.ref)

    assert post(client, prescriber, "leave_team", patient, member.ref).status_code == 404


# Every page


PAGES = {
    "change": {"therapist", "prescriber", "medical_director", "admin", "front_desk"},
    "add_contact": {"therapist", "prescriber", "medical_director", "admin", "front_desk"},
    "join_team": {"prescriber", "medical_director", "admin"},
    "ask_allergies": {"therapist", "prescriber", "medical_director"},
    "measure_weight": {"therapist", "prescriber", "nurse", "medical_director"},
    "add_condition": {"prescriber", "medical_director"},
    "add_medicine": {"therapist", "prescriber", "medical_director"},
}
ROLES = ["therapist", "prescriber", "nurse", "medical_director", "admin", "front_desk", "auditor", "safety_officer"]


@pytest.mark.parametrize("role", ROLES)
def test_each_page_opens_for_the_roles_that_may(client, request, patient, prescriber, role):
    user = request.getfixturevalue(role)
    if role == "medical_director":
        factories.join_team(patient, user, by=prescriber)
    signed_in(client, user)

    opened = {name for name in PAGES if client.get(url(name, patient)).status_code == 200}

    assert opened == {name for name, roles in PAGES.items() if role in roles}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_refused_off_the_team_and_hidden_from_other_clinics(client, clinic, other_clinic, patient, name):
    off_team = factories.member(clinic, "prescriber", name="Dr P. Lowe")
    stranger = factories.member(other_clinic, "medical_director", name="Dr R. Vale")

    assert signed_in(client, off_team).get(url(name, patient)).status_code == 403
    assert signed_in(client, off_team).post(url(name, patient), {}).status_code == 403
    assert signed_in(client, stranger).get(url(name, patient)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_each_page_carries_the_patient_and_writes_its_form_once(client, medical_director, prescriber, patient, name):
    factories.join_team(patient, medical_director, by=prescriber)

    page = page_of(signed_in(client, medical_director).get(url(name, patient)))

    assert "<title>LINDQVIST, Maya" in page
    assert 'class="banner"' in page
    assert 'name="_once"' in page
    assert f'href="/patients/{patient.ref}/#' in page


def test_birth_dates_and_ages_follow_the_clinics_day(client, therapist, clinic, frozen):
    frozen("2026-03-01T02:00+00:00")  # still 28 February in New York
    patient = factories.patient(clinic, by=therapist, birth_date=date(2000, 2, 29))

    assert "29 Feb 2000 (25 y)" in page_of(signed_in(client, therapist).get(patient.get_absolute_url()))
