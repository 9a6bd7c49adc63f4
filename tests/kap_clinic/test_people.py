"""The fixtures stand: everybody in their clinic, nobody in the other."""

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic, current_clinic_id
from patients.models import Patient
from tests.people import member_of, signed_in


def test_everybody_works_where_the_tests_say(therapist, prescriber, stranger, clinic, other_clinic):
    assert member_of(therapist).clinic_id == clinic.pk
    assert member_of(prescriber).roles == {Role.PRESCRIBER}
    assert member_of(stranger).clinic_id == other_clinic.pk


def test_the_wall_stands_at_the_clinic_before_and_after_a_request(client, clinic, stranger, patient, other_patient):
    signed_in(client, stranger).get("/account/login/")

    assert current_clinic_id() == clinic.pk
    assert list(Patient.objects.all()) == [patient]


def test_the_people_are_there_in_a_database_of_ones_own_too(fresh_db, clinic, patient, other_patient):
    with as_clinic(clinic.pk):
        assert [row.pk for row in Patient.objects.all()] == [patient.pk]
