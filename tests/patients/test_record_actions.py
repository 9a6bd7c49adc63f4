"""What the verbs of the record do, and what they leave behind."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from kap_clinic.audit.models import AuditEvent
from patients.medicines import actions as medicines
from patients.record import actions, selectors
from tests import factories

pytestmark = pytest.mark.django_db


def registered(clinic, by, **fields):
    fields = {"family_name": "Rivera", "given_name": "Alexandra", "birth_date": date(1987, 3, 14)} | fields
    return actions.register(clinic=clinic, by=by, **fields)


def events(patient):
    found = AuditEvent.objects.filter(patient_ref=str(patient.ref)).order_by("id")
    return list(found.values_list("event", "actor_id"))


# Registering


def test_record_numbers_count_up_within_each_clinic(clinic, admin, other_clinic, stranger):
    first, second = registered(clinic, admin), registered(clinic, admin)
    elsewhere = factories.patient(other_clinic, by=stranger)

    assert (first.record_number, second.record_number) == (4001, 4002)
    assert first.record_label == "K-004 001"
    assert elsewhere.record_number == 4001


def test_a_refused_registration_uses_no_number(clinic, admin):
    with pytest.raises(IntegrityError), transaction.atomic():
        registered(clinic, admin, birth_date=None)

    assert registered(clinic, admin).record_number == 4001


def test_only_a_therapist_joins_by_registering(clinic, therapist, admin, front_desk):
    patients = [registered(clinic, by) for by in (therapist, admin, front_desk)]

    assert [patient.care_team.count() for patient in patients] == [1, 0, 0]


def test_a_field_a_patient_does_not_have_is_refused(clinic, admin):
    with pytest.raises(TypeError, match="version"):
        registered(clinic, admin, version=7)


# Contacts, conditions, medicines: a row for each fact, ended once, never deleted


@pytest.mark.parametrize(
    ("add", "end", "name"),
    [
        (
            lambda p, by: actions.add_contact(patient=p, by=by, kind="escort", name="Kim", phone="+16175550144"),
            lambda row, by: actions.end_contact(contact=row, by=by, reason="Moved"),
            "contact",
        ),
        (
            lambda p, by: actions.add_condition(patient=p, by=by, text="Asthma", since="2019"),
            lambda row, by: actions.end_condition(condition=row, by=by, reason="Wrong chart"),
            "condition",
        ),
    ],
)
def test_a_fact_is_added_and_ended_once(patient, prescriber, therapist, add, end, name):
    row = add(patient, prescriber)
    ended = end(row, therapist)
    again = end(row, prescriber)

    assert (ended.ended_by, again.ended_by) == (therapist, therapist)
    assert events(patient)[-2:] == [(f"{name}.added", prescriber.pk), (f"{name}.ended", therapist.pk)]


def test_a_medicine_stops_once_and_keeps_why(patient, therapist, prescriber):
    row = medicines.add_medicine(patient=patient, by=therapist, text="Xanax 0.5", last_taken="current")
    medicines.stop_medicine(medicine=row, by=prescriber, why="Tapered")
    stopped = medicines.stop_medicine(medicine=row, by=therapist, why="Again")

    assert (stopped.ended_by, stopped.ended_why) == (prescriber, "Tapered")
    assert events(patient)[-2:] == [("medicine.added", therapist.pk), ("medicine.stopped", prescriber.pk)]


def test_the_audit_trail_names_no_drug_and_no_contact(patient, therapist):
    medicines.add_medicine(patient=patient, by=therapist, text="Xanax 0.5", last_taken="")
    actions.add_contact(patient=patient, by=therapist, kind="emergency", name="Kim Canary", phone="+16175550144")

    said = " ".join(str(row) for row in AuditEvent.objects.values_list("facts", "reason"))
    assert "Xanax" not in said
    assert "Canary" not in said


# Allergies


def test_none_known_and_a_list_exclude_each_other(patient, therapist):
    for none_known, listed in ((True, [{"to": "latex"}]), (False, [])):
        with pytest.raises(actions.NotPossible):
            actions.record_allergies(patient=patient, by=therapist, none_known=none_known, allergies=listed)

    assert selectors.allergies(patient, "UTC") == selectors.NOT_ASKED


def test_the_newest_answer_holds_and_the_older_one_stays(patient, therapist, prescriber):
    actions.record_allergies(patient=patient, by=therapist, none_known=True)
    actions.record_allergies(
        patient=patient, by=prescriber, none_known=False, allergies=[{"to": "penicillin", "reaction": "rash"}]
    )

    now = selectors.allergies(patient, "UTC")
    assert now.in_words == "Allergy: penicillin (rash)"
    assert now.asked_by == "Dr N. Okafor"
    assert patient.allergy_reviews.count() == 2


def test_a_list_made_without_seeing_a_newer_one_is_held_back(patient, therapist, prescriber):
    actions.record_allergies(patient=patient, by=prescriber, none_known=False, allergies=[{"to": "penicillin"}])

    with pytest.raises(actions.Overtaken, match=r"Dr N\. Okafor wrote meanwhile: penicillin"):
        actions.record_allergies(patient=patient, by=therapist, none_known=True, seen="")

    assert patient.allergy_reviews.count() == 1


def test_ones_own_newer_answer_holds_nothing_back(patient, therapist):
    actions.record_allergies(patient=patient, by=therapist, none_known=True, seen="")
    actions.record_allergies(patient=patient, by=therapist, none_known=False, allergies=[{"to": "latex"}], seen="")

    assert patient.allergy_reviews.count() == 2


# Weights


@pytest.mark.parametrize(
    ("value", "unit", "kg"),
    [
        ("68.4", "kg", "68.4"),
        ("151", "lb", "68.5"),
        ("150.85", "lb", "68.4"),
        ("30", "kg", "30.0"),
        ("300", "kg", "300.0"),
    ],
)
def test_a_weight_keeps_what_was_read_and_kg_to_one_decimal(patient, nurse, value, unit, kg):
    weight = actions.measure_weight(patient=patient, by=nurse, value=Decimal(value), unit=unit)

    assert (weight.value, weight.unit, weight.kg) == (Decimal(value), unit, Decimal(kg))


@pytest.mark.parametrize(
    ("value", "unit"), [("29.99", "kg"), ("300.01", "kg"), ("66.1", "lb"), ("661.4", "lb"), ("0", "kg")]
)
def test_a_weight_outside_the_limits_is_not_recorded(patient, nurse, value, unit):
    with pytest.raises(actions.NotPossible):
        actions.measure_weight(patient=patient, by=nurse, value=Decimal(value), unit=unit)

    assert not patient.weights.exists()


def test_a_unit_is_never_guessed(patient, nurse):
    with pytest.raises(ValueError, match="kg or lb"):
        actions.measure_weight(patient=patient, by=nurse, value=Decimal(70), unit="")


# Care team


def test_joining_and_leaving_the_team_are_rows_with_who_and_when(patient, medical_director, prescriber):
    member = actions.join_team(patient=patient, user=medical_director, by=prescriber, why="Second opinion")
    actions.leave_team(member=member, by=medical_director, why="Done")
    left = actions.leave_team(member=member, by=prescriber)

    assert left.left_by == medical_director
    assert events(patient)[-2:] == [("team.joined", prescriber.pk), ("team.left", medical_director.pk)]


def test_joining_twice_is_joining_once_and_coming_back_is_a_new_row(patient, nurse, prescriber):
    there = actions.join_team(patient=patient, user=nurse, by=prescriber)
    actions.leave_team(member=there, by=prescriber)
    back = actions.join_team(patient=patient, user=nurse, by=prescriber)

    assert there.joined_by != prescriber
    assert back.pk != there.pk
    assert patient.care_team.filter(user=nurse).count() == 2


def test_nobody_puts_oneself_on_a_team_alone(patient, admin):
    with pytest.raises(actions.NeedsSecondPerson):
        actions.join_team(patient=patient, user=admin, by=admin)


def test_only_who_looks_after_patients_here_can_be_on_a_team(patient, prescriber, front_desk, stranger):
    for user in (front_desk, stranger):
        with pytest.raises(actions.NotPossible, match="does not look after patients"):
            actions.join_team(patient=patient, user=user, by=prescriber)


def test_covering_joins_oneself_and_says_why(patient, clinic):
    covering = factories.member(clinic, "prescriber", name="Dr P. Lowe")

    member = actions.cover(patient=patient, by=covering, why="Took the review")

    assert (member.user, member.joined_by, member.why) == (covering, covering, "Took the review")
