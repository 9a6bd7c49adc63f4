"""Pages of orders: the range as it is typed, what is kept when refused, signing by name, two persons, the list."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from patients.medicines.actions import add_medicine
from patients.record.days import today_in
from patients.tasks.models import Task
from sessions.orders import actions, selectors
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from tests import factories
from tests.people import signed_in
from tests.sessions import orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(patient, therapist, prescriber):
    return orders.approved(patient, therapist=therapist, prescriber=prescriber)


def typed(**changes):
    today = today_in("America/New_York")
    known = {"route": "im", "amount": "35", "basis": "mg", "doses": "3", "spacing_days": "7"}
    days = {"valid_from": today.isoformat(), "valid_until": (today + timedelta(days=30)).isoformat()}
    return {**known, **days, **changes}


def url(name, patient, *more):
    return reverse(f"orders:{name}", args=[patient.ref, *(one.ref for one in more)])


# Writing


def test_a_typed_order_becomes_a_draft_to_sign(client, prescriber, course):
    signed_in(client, prescriber)

    response = client.post(url("new", course.patient), typed(amount="0,5", basis="mg_per_kg"))

    order = DoseOrder.objects.get()
    assert response.url == url("sign", course.patient, order)
    assert (order.first_mg, order.mg_per_kg, order.state) == (D(35), D("0.5"), "draft")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"route": ""}, "Choose the route"),
        ({"amount": ""}, "Enter the dose"),
        ({"amount": "much"}, "Enter the dose, like 35"),
        ({"amount": "0"}, "Enter a dose above 0"),
        ({"amount": "NaN"}, "Enter the dose, like 35"),
        ({"amount": "1e9"}, "Check the amount"),
        ({"amount": "35.005"}, "Enter at most two decimals"),
        ({"basis": ""}, "Choose mg or mg/kg"),
        ({"route": "iv"}, "Enter how many minutes the infusion takes"),
        ({"route": "sl", "hold_minutes": "10"}, "Say whether what is left is swallowed or spat out"),
        ({"booster_mg": "15"}, "Enter how many minutes after the dose"),
        ({"booster_mg": "15", "booster_gap_minutes": "10"}, "15 min after the dose at the earliest"),
        ({"doses": "13"}, "Enter 12 or less"),
        ({"doses": "three"}, "Enter a whole number, like 3"),
        ({"valid_until": "2020-01-01"}, "An order ends on or after the day it begins."),
        ({"systolic_stop": "200"}, "A stop line for upper blood pressure lies between 110 and 180 mmHg."),
        ({"amount": "500"}, "is an anaesthetic dose"),
        ({"route": "esk", "amount": "56"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_ordered_is_said_and_what_was_typed_is_kept(client, prescriber, course, changes, words):
    signed_in(client, prescriber)

    page = client.post(url("new", course.patient), typed(instructions="Eye shades on", **changes))

    assert page.status_code == 422
    assert words in page.text
    assert "Eye shades on" in page.text
    assert not DoseOrder.objects.exists()


def test_without_a_course_there_is_nothing_to_order_in(client, prescriber, patient):
    signed_in(client, prescriber)

    assert "There is no course yet" in client.get(url("new", patient)).text
    assert client.post(url("new", patient), typed()).status_code == 422


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["35 mg (0.5 mg/kg)", "Weight 70 kg", "Usual 0.5 to 1.5 mg/kg", "Within the limits"]),
        ({"amount": "0.5", "basis": "mg_per_kg"}, ["35 mg (0.5 mg/kg)"]),
        ({"amount": "75"}, ["75 mg (1.071 mg/kg)", "To be confirmed", "above 1 mg/kg"]),
        ({"amount": "150"}, ["A second person signs", "above 2 mg/kg"]),
        ({"booster_mg": "15", "booster_gap_minutes": "20"}, ["With its booster", "50 mg (0.714 mg/kg)"]),
        ({"amount": ""}, ["Choose a route, type the dose"]),
        ({"amount": "x" * 500, "route": "zz"}, ["Choose a route, type the dose"]),
        ({"doses": "", "valid_from": "", "valid_until": ""}, ["35 mg (0.5 mg/kg)"]),
    ],
)
def test_what_a_dose_comes_to_is_read_back_while_it_is_typed(client, prescriber, course, changes, words):
    signed_in(client, prescriber)

    page = client.post(url("read", course.patient), typed(**changes))

    assert page.status_code == 200
    assert [one for one in words if one not in page.text] == []
    assert not DoseOrder.objects.exists()


def test_a_draft_is_changed_on_the_same_form(client, prescriber, course):
    order = orders.drafted(course, by=prescriber, route="sl", first_mg=D(100), hold_minutes=10, swallow=False)
    signed_in(client, prescriber)
    form = client.get(url("change", course.patient, order)).context["form"]
    assert (form["amount"].value(), form["swallow"].value()) == ("100", "no")
    assert "100 mg (1.429 mg/kg)" in client.get(url("change", course.patient, order)).text

    client.post(url("change", course.patient, order), typed(amount="40"))

    order.refresh_from_db()
    assert (order.route, order.first_mg, order.hold_minutes) == ("im", D(40), None)


# Signing


def test_each_warning_is_ticked_before_the_signature(client, prescriber, course):
    order = orders.drafted(course, by=prescriber, first_mg=D(75))
    said = orders.warnings(order)
    signed_in(client, prescriber)

    refused = client.post(url("sign", course.patient, order), {"confirmed": said[:1]})
    assert refused.status_code == 422
    assert "Confirm: A first session above" in refused.text

    response = client.post(url("sign", course.patient, order), {"confirmed": said})
    assert response.url == url("one", course.patient, order)
    page = client.get(response.url)
    assert "Dr N. Okafor" in page.text
    assert selectors.in_force(course).sha256 in page.text


def test_what_reads_otherwise_now_is_confirmed_anew(client, prescriber, course):
    order = orders.drafted(course, by=prescriber, first_mg=D(75))
    signed_in(client, prescriber)

    page = client.post(url("sign", course.patient, order), {"confirmed": ["75 mg is fine."]})

    assert page.status_code == 422
    assert "Something has changed since you read it" in page.text
    assert selectors.in_force(course) is None


def test_above_a_limit_another_person_signs_on_their_own_sign_in(client, prescriber, medical_director, course):
    order = orders.drafted(course, by=prescriber, first_mg=D(150))
    signed_in(client, prescriber)
    client.post(url("sign", course.patient, order), {"confirmed": orders.warnings(order), "reason": orders.WHY})
    own = client.post(url("second", course.patient, order))
    assert own.status_code == 422
    assert "A second person signs this" in own.text

    signed_in(client, medical_director)
    assert orders.WHY in client.get(url("second", course.patient, order)).text
    response = client.post(url("second", course.patient, order))

    assert response.url == reverse("desk:today")
    assert selectors.in_force(course).seconded_by == medical_director


def test_a_nurse_reads_and_does_not_sign(client, nurse, prescriber, course):
    order = orders.drafted(course, by=prescriber)
    signed_in(client, nurse)

    assert client.get(url("one", course.patient, order)).status_code == 200
    assert client.get(url("list", course.patient)).status_code == 200
    for name, more in (("new", ()), ("sign", (order,)), ("second", (order,)), ("change", (order,)), ("end", (order,))):
        assert client.post(url(name, course.patient, *more)).status_code == 403


def test_a_colleague_who_does_not_treat_the_patient_sees_no_order(client, clinic, course, prescriber):
    order = orders.drafted(course, by=prescriber)
    signed_in(client, factories.member(clinic, Role.PRESCRIBER))

    assert client.get(url("one", course.patient, order)).status_code == 403


def test_signing_asks_who_one_is(client, prescriber, course):
    order = orders.drafted(course, by=prescriber)
    client.force_login(prescriber)
    session = client.session
    old = timezone.now().timestamp() - 3600
    session["account_authentication_methods_user"] = str(prescriber.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": old, "email": prescriber.email},
        {"method": "mfa", "at": old, "type": "totp"},
    ]
    session.save()

    response = client.post(url("sign", course.patient, order))

    assert response.url.startswith(reverse("confirm"))
    assert selectors.in_force(course) is None


def test_an_order_ends_with_a_reason(client, prescriber, course):
    order = orders.signed(course, by=prescriber)
    signed_in(client, prescriber)

    assert client.post(url("end", course.patient, order)).status_code == 422
    client.post(url("end", course.patient, order), {"why": "Blood pressure first"})

    assert selectors.in_force(course) is None


# The list


def test_the_list_shows_the_order_its_ledger_and_what_keeps_it_from_holding(client, therapist, prescriber, course):
    orders.signed(course, by=prescriber)
    orders.drafted(course, by=prescriber, first_mg=D(40))
    signed_in(client, therapist)

    page = client.get(url("list", course.patient))

    assert "Intramuscular: 35 mg, 3 sessions" in page.text
    assert "The treatment consent does not cover intramuscular" in page.text
    assert page.context["ledger"].remaining == 3
    assert "Intramuscular: 40 mg" in page.text
    assert AuditEvent.objects.filter(event="order.opened").exists()


def test_the_approval_leads_to_the_order(client, prescriber, course):
    signed_in(client, prescriber)

    page = client.get(reverse("desk:review", args=[course.patient.screenings.get().ref]))

    assert url("new", course.patient) in page.text


def test_who_seconds_finds_the_order_on_today(client, prescriber, medical_director, course):
    order = orders.signed(course, by=prescriber, first_mg=D(150))
    signed_in(client, medical_director)

    page = client.get(reverse("desk:today"))

    assert url("second", course.patient, order) in page.text
    assert Task.objects.filter(flag=actions.SECOND).exists()


# Medicines and doses elsewhere


def test_a_medicine_is_decided_on_its_page(client, prescriber, course):
    xanax = add_medicine(patient=course.patient, by=prescriber, text="Xanax 0.5 mg", last_taken="current")
    signed_in(client, prescriber)
    assert "Never tell the patient to stop" in client.get(url("hold", course.patient, xanax)).text

    refused = client.post(url("hold", course.patient, xanax), {"disposition": "hold", "words": "If slept well"})
    assert refused.status_code == 422
    assert "If slept well" in refused.text
    client.post(url("hold", course.patient, xanax), {"disposition": "hold", "hours_before": "24"})

    row = MedicineHold.objects.get()
    assert "Hold Xanax 0.5 mg: last taken 24 h or more before the dose" in client.get(url("list", course.patient)).text
    client.post(reverse("orders:end_hold", args=[course.patient.ref, row.ref]))
    row.refresh_from_db()
    assert row.ended_by == prescriber


def test_doses_elsewhere_are_written_down_and_struck_out(client, prescriber, course):
    signed_in(client, prescriber)
    told = {"sessions": "4", "mg": "", "first_on": "2025-01-10", "last_on": "2025-02-10", "source": "The patient"}

    assert client.post(url("declare_outside", course.patient), {**told, "last_on": "2024-01-01"}).status_code == 422
    client.post(url("declare_outside", course.patient), told)

    row = OutsideDoses.objects.get()
    assert "4 sessions" in client.get(url("list", course.patient)).text
    client.post(url("strike_outside", course.patient, row), {"why": "Told twice"})
    assert selectors.ledger(course).lifetime.sessions == 0
