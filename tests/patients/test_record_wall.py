"""The record under the wall: other clinics, the history that only grows, and many hands at once."""

import threading
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections, transaction
from psycopg import sql

from kap_clinic.wall import as_clinic
from patients.medicines.actions import add_medicine
from patients.models import Patient, PatientEvent
from patients.record import actions
from tests import factories
from tests.people import signed_in

FEW = {"family_name": "Rivera", "given_name": "Alexandra", "birth_date": "1987-03-14"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "verb", ["update patients_patientevent set family_name = 'x'", "delete from patients_patientevent"]
)
def test_the_history_of_a_record_only_grows(patient, verb):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


@pytest.mark.django_db
def test_the_history_keeps_what_raw_sql_changed(patient):
    with connection.cursor() as cursor:
        cursor.execute("update patients_patient set given_name = 'Mallory' where id = %s", [patient.pk])

    assert PatientEvent.objects.filter(pgh_obj=patient).order_by("pgh_id").last().given_name == "Mallory"


TABLES = ["patient", "patientevent", "contact", "careteammember", "allergyreview", "weight", "condition", "medicine"]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_no_row_of_another_clinic_is_seen(clinic, other_clinic, patient, other_patient, stranger, table):
    with as_clinic(other_clinic.pk):
        fill(other_patient, by=stranger)
        assert clinics_of(table) == {other_clinic.pk}

    assert clinics_of(table) <= {clinic.pk}


def clinics_of(table):
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select distinct clinic_id from {}").format(sql.Identifier(f"patients_{table}")))
        return {row[0] for row in cursor.fetchall()}


def fill(patient, *, by):
    actions.add_contact(patient=patient, by=by, kind="escort", name="Kim", phone="+16175550144")
    actions.record_allergies(patient=patient, by=by, none_known=True)
    actions.measure_weight(patient=patient, by=by, value=Decimal(70), unit="kg")
    actions.add_condition(patient=patient, by=by, text="Asthma")
    add_medicine(patient=patient, by=by, text="vitamin D")


def _together(work, times):
    """Run the same work in threads that begin at once; what each gave back or raised."""
    given, ready = [], threading.Barrier(times)

    def run(number):
        ready.wait()
        try:
            given.append(work(number))
        except Exception as error:
            given.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_many_who_register_at_once_get_numbers_without_gap_or_double(fresh_db, clinic, front_desk):
    def register(_):
        with as_clinic(clinic.pk):
            return actions.register(
                clinic=clinic, by=front_desk, family_name="Vale", given_name="Jo", birth_date=date(1990, 1, 1)
            ).record_number

    numbers = [number for _ in range(10) for number in _together(register, 8)]

    assert sorted(numbers) == list(range(4001, 4081))


def test_of_two_who_save_at_once_one_is_told(fresh_db, clinic, front_desk, admin):
    patient = factories.patient(clinic, by=admin)
    editors = (front_desk, admin)

    for round_ in range(1, 11):
        with as_clinic(clinic.pk):
            seen = Patient.objects.get(pk=patient.pk).version

        def change(number, seen=seen, round_=round_):
            with as_clinic(clinic.pk):
                phone = f"+1617555{round_:03d}{number}"
                return actions.change(patient=patient, by=editors[number], version=seen, values={"phone": phone})

        given = _together(change, 2)
        assert sorted(type(one).__name__ for one in given) == ["Changed", "Patient"]

    with as_clinic(clinic.pk):
        assert PatientEvent.objects.filter(pgh_obj=patient).count() == 11


@pytest.mark.django_db
def test_a_form_posted_twice_registers_once(client, therapist):
    key = "01890a5d-ac96-774b-bcce-b302099a8057"
    signed_in(client, therapist)

    first = client.post("/patients/new/", {**FEW, "_once": key})
    again = client.post("/patients/new/", {**FEW, "_once": key})
    other = client.post("/patients/new/", {**FEW, "given_name": "Maya", "_once": key})

    assert first["Location"] == again["Location"]
    assert other.status_code == 409
    assert Patient.objects.count() == 1


@pytest.mark.django_db
def test_the_application_may_not_take_a_record_away(patient):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("delete from patients_patient")


def test_a_key_compares_by_its_bytes_on_any_server(owner_connection: psycopg.Connection):
    found = owner_connection.execute(
        "select attname, c.collname from pg_attribute a join pg_collation c on c.oid = a.attcollation"
        " where attrelid = 'patients_patient'::regclass and attname like '%\\_key'"
    ).fetchall()

    assert dict(found) == {"family_key": "C", "given_key": "C", "preferred_key": "C"}
