"""The list of patients: who is on it, in which order, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kap_clinic.audit.models import AuditEvent
from kap_clinic.desk.patients.listing import FILTERS, listing
from patients.course.actions import move, open_course
from tests import factories
from tests.people import member_of, signed_in

pytestmark = pytest.mark.django_db
URL = reverse("desk:patients")


def names(response):
    return [row.name for row in response.context["listed"].rows]


def test_patients_stand_in_the_order_of_their_family_names_whatever_the_accents(client, clinic, therapist):
    for family in ("Öberg", "Novak", "Zhou", "ohara"):
        factories.patient(clinic, by=therapist, family_name=family, given_name="Jo")

    assert names(signed_in(client, therapist).get(URL)) == ["NOVAK, Jo", "ÖBERG, Jo", "OHARA, Jo", "ZHOU, Jo"]


def test_each_role_sees_what_the_table_says(client, clinic, request, patient, other_patient):
    hidden = factories.patient(clinic, by=patient.registered_by, family_name="Vale")
    hidden.care_team.all().update(left_at="2026-01-01T00:00Z", left_by=patient.registered_by)

    for role in ("therapist", "prescriber", "nurse"):
        assert names(signed_in(client, request.getfixturevalue(role)).get(URL)) == ["LINDQVIST, Maya"]
    for role in ("admin", "front_desk"):
        assert names(signed_in(client, request.getfixturevalue(role)).get(URL)) == ["LINDQVIST, Maya", "VALE, Maya"]
    assert names(signed_in(client, request.getfixturevalue("medical_director")).get(URL)) == []
    for role in ("auditor", "safety_officer"):
        assert signed_in(client, request.getfixturevalue(role)).get(URL).status_code == 403


def test_fifty_stand_on_a_page_and_the_rest_on_the_next(client, clinic, therapist):
    for number in range(53):
        factories.patient(clinic, by=therapist, family_name=f"A{number:02d}")
    signed_in(client, therapist)

    first, second, beyond = (client.get(URL, {"page": page}) for page in ("1", "2", "3"))

    assert [len(names(page)) for page in (first, second, beyond)] == [50, 3, 0]
    assert names(first)[-1] < names(second)[0]
    assert 'rel="next"' in first.content.decode()
    assert 'rel="next"' not in second.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "99999999999999999999", "٣", "1.5"])
def test_any_page_number_is_answered(client, therapist, patient, page):
    assert signed_in(client, therapist).get(URL, {"page": page}).status_code == 200


def test_a_saved_filter_goes_by_the_newest_course(clinic, therapist, admin):
    inquiring, declined, back_again, without = (factories.patient(clinic, by=therapist) for _ in range(4))
    open_course(patient=inquiring, by=admin, role="admin")
    for patient in (declined, back_again):
        course = open_course(patient=patient, by=admin, role="admin")
        move(course=course, to="declined", by=admin, role="admin", evidence={}, reason="Changed their mind")
    open_course(patient=back_again, by=admin, role="admin")

    found = {one.key: {row.ref for row in listing(member_of(therapist), one.key, 1).rows} for one in FILTERS}

    assert found["all"] == {str(p.ref) for p in (inquiring, declined, back_again, without)}
    assert found["new"] == {str(without.ref)}
    assert found["waiting"] == {str(inquiring.ref), str(back_again.ref)}
    assert found["closed"] == {str(declined.ref)}
    assert found["dosing"] == set()


def test_a_row_says_the_stage_of_the_newest_course(client, clinic, therapist, admin, patient):
    signed_in(client, therapist)
    before = client.get(URL).content.decode()
    open_course(patient=patient, by=admin, role="admin")
    after = client.get(URL).content.decode()

    assert '<span class="muted">No course yet</span>' in before
    assert "Inquiry</span>" in after


def test_an_unknown_filter_is_all(client, therapist, patient):
    assert names(signed_in(client, therapist).get(URL, {"show": "__all__"})) == ["LINDQVIST, Maya"]


def test_an_empty_clinic_says_how_to_begin(client, therapist, nurse):
    begin = signed_in(client, therapist).get(URL).content.decode()
    wait = signed_in(client, nurse).get(URL).content.decode()

    assert "No patients yet" in begin
    assert "Register a patient" in begin
    assert "Register a patient" not in wait


def test_opening_the_list_is_audited(client, therapist, patient):
    signed_in(client, therapist).get(URL, {"show": "dosing"})

    assert AuditEvent.objects.get(event="patients.listed").facts == {"show": "dosing", "page": 1}


def test_a_list_costs_the_same_for_one_and_for_many(clinic, therapist, patient):
    member = member_of(therapist)
    with CaptureQueriesContext(connection) as one:
        listing(member, "all", 1)
    for _ in range(12):
        factories.patient(clinic, by=therapist)
    with CaptureQueriesContext(connection) as many:
        listing(member, "all", 1)

    assert len(one) == len(many) == 1
