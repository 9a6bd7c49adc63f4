"""The chart: what each role sees of a patient, what is still to ask, and what opening it costs and leaves behind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kap_clinic.audit.models import AuditEvent
from kap_clinic.desk.banner import banner
from kap_clinic.desk.patients.chart import chart
from patients.breakglass.actions import break_glass
from patients.medicines.actions import add_medicine
from patients.record import actions
from patients.record.selectors import contacts
from tests import factories
from tests.people import member_of, signed_in

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture
def full(clinic, therapist, prescriber, nurse):
    """A patient of whom everything is known that a record can say."""
    patient = factories.patient(
        clinic,
        by=therapist,
        team=(prescriber, nurse),
        family_name="Rivera",
        given_name="Alexandra",
        preferred_name="Alex",
        pronouns="she/her",
        phone="+16175550142",
        address="12 Canary Road",
        sex_for_scoring="female",
        safe_contact="only the mobile",
    )
    actions.add_contact(patient=patient, by=therapist, kind="escort", name="Kim Lee", phone="+16175550144")
    actions.add_contact(
        patient=patient, by=therapist, kind="emergency", name="Sam", relation="spouse", phone="+16175550143"
    )
    actions.record_allergies(
        patient=patient, by=therapist, none_known=False, allergies=[{"to": "penicillin", "reaction": "rash"}]
    )
    actions.measure_weight(patient=patient, by=nurse, value=Decimal("68.4"), unit="kg")
    actions.add_condition(patient=patient, by=prescriber, text="Asthma")
    add_medicine(patient=patient, by=therapist, text="vitamin D", last_taken="current")
    add_medicine(patient=patient, by=therapist, text="Xanax 0.5", last_taken="current")
    return patient


def page(client, user, patient):
    return signed_in(client, user).get(patient.get_absolute_url()).content.decode()


# The banner


def test_the_banner_of_a_full_record_says_who_and_the_risks_first(full, therapist):
    shown = banner(full, timezone.now().date(), member=member_of(therapist))

    assert (shown.name, shown.aka, shown.initials) == ("RIVERA, Alexandra", "goes by Alex, she/her", "AR")
    facts = {fact.label: fact.value for fact in shown.facts}
    assert facts["Born"].startswith("14 Mar 1987 (")
    assert facts["Record"] == "K-004 001"
    assert facts["Weight"] == "68.4 kg"
    assert (facts["Therapist"], facts["Prescriber"]) == ("Alex Moreno", "Dr N. Okafor")
    assert [(alert.kind, alert.text) for alert in shown.alerts] == [
        ("danger", "Allergy: penicillin (rash)"),
        ("plain", "Emergency: Sam (spouse) (617) 555-0143"),
    ]
    assert shown.alerts[0].allergy


def test_what_is_not_known_is_said_so(clinic, therapist):
    fresh = factories.patient(clinic, by=therapist)

    shown = banner(fresh, ON, member=member_of(therapist))

    assert {fact.label: fact.value for fact in shown.facts}["Weight"] == "not known"
    assert {fact.label: fact.value for fact in shown.facts}["Prescriber"] == "not known"
    assert [(alert.kind, alert.text) for alert in shown.alerts] == [
        ("warn", "Allergies not asked yet"),
        ("warn", "No emergency contact yet"),
    ]


def test_the_newest_weight_counts_by_when_it_was_measured(full, nurse):
    now = timezone.now()
    actions.measure_weight(
        patient=full, by=nurse, value=Decimal("151"), unit="lb", measured_at=now - timedelta(days=300)
    )

    weight = next(fact for fact in banner(full, now.date(), member=member_of(nurse)).facts if fact.label == "Weight")

    assert weight.value == "68.4 kg"


@pytest.mark.parametrize("role", ["admin", "front_desk"])
def test_the_desk_of_the_clinic_gets_a_banner_without_clinical_facts(request, full, role):
    shown = banner(full, ON, member=member_of(request.getfixturevalue(role)))

    said = " ".join([*(f"{fact.label} {fact.value}" for fact in shown.facts), *(alert.text for alert in shown.alerts)])
    assert "Weight" not in said
    assert "llerg" not in said
    assert "Emergency: Sam" in said


# The cards


CLINICAL = ["penicillin", "68.4", "Asthma", "Xanax", "vitamin D", "Sex for scores"]
OF_THE_DESK = ["RIVERA, Alexandra", "(617) 555-0142", "12 Canary Road", "only the mobile", "Kim Lee", "Dr N. Okafor"]


@pytest.mark.parametrize("role", ["therapist", "prescriber", "nurse"])
def test_who_looks_after_the_patient_sees_the_whole_record(client, request, full, role):
    shown = page(client, request.getfixturevalue(role), full)

    assert [words for words in CLINICAL + OF_THE_DESK if words not in shown] == []


@pytest.mark.parametrize("role", ["admin", "front_desk"])
def test_the_desk_of_the_clinic_sees_no_clinical_word(client, request, full, role):
    shown = page(client, request.getfixturevalue(role), full)

    assert [words for words in OF_THE_DESK if words not in shown] == []
    assert [words for words in CLINICAL if words in shown] == []


@pytest.mark.parametrize("role", ["medical_director", "auditor", "safety_officer"])
def test_others_are_refused(client, request, full, role):
    assert signed_in(client, request.getfixturevalue(role)).get(full.get_absolute_url()).status_code == 403


def test_somebody_with_two_roles_sees_clinical_facts_of_their_own_patients_only(client, clinic, full):
    both = factories.member(clinic, "admin", "therapist", name="Pat Lowe")

    off_the_team = page(client, both, full)
    actions.cover(patient=full, by=both, why="Covers")
    on_the_team = page(client, both, full)

    assert [words for words in CLINICAL if words in off_the_team] == []
    assert [words for words in CLINICAL if words not in on_the_team] == []


def test_another_clinics_chart_is_not_found(client, stranger, full):
    assert signed_in(client, stranger).get(full.get_absolute_url()).status_code == 404


def test_a_fresh_record_lists_what_is_still_to_ask_with_the_pages_one_may_open(clinic, therapist, front_desk):
    fresh = factories.patient(clinic, by=therapist)

    asked = {one.words: bool(one.url) for one in chart(fresh, NOW, member=member_of(therapist)).to_ask}
    at_the_desk = {one.words: bool(one.url) for one in chart(fresh, NOW, member=member_of(front_desk)).to_ask}

    assert asked == {
        "Ask about allergies": True,
        "Record a weight": True,
        "Ask about medicines": True,
        "Name an emergency contact": True,
        "Name an escort home": True,
        "Note a phone or an e-mail": True,
        "Put a prescriber on the care team": False,
    }
    assert set(at_the_desk) == set(asked) - {"Ask about allergies", "Record a weight", "Ask about medicines"}


def test_nothing_is_left_to_ask_of_a_full_record(full, therapist):
    assert chart(full, NOW, member=member_of(therapist)).to_ask == []


def test_medicines_that_matter_stand_first_with_what_was_made_of_them(full, therapist):
    clinical = chart(full, NOW, member=member_of(therapist)).clinical

    assert [one.text for one in clinical.medicines] == ["Xanax 0.5", "vitamin D"]
    assert clinical.medicines[0].made[0].words == "alprazolam, a benzodiazepine"
    assert clinical.medicines[0].made[0].kind == "danger"


def test_emergency_contacts_stand_before_escorts(full):
    assert [contact.name for contact in contacts(full, "America/New_York")] == ["Sam", "Kim Lee"]


def test_a_screening_is_begun_gone_on_with_or_made_anew_from_the_chart(client, full, therapist, admin):
    begin = page(client, therapist, full)
    client.post(f"/screening/start/{full.ref}/")
    go_on = page(client, therapist, full)
    status = page(client, admin, full)

    assert "Start screening" in begin
    assert "Go on" in go_on
    assert "/screening/" in go_on
    assert "Draft" in status
    assert "/screening/" not in status


# What opening costs and leaves behind


def test_opening_a_chart_is_audited(client, full, nurse):
    page(client, nurse, full)

    event = AuditEvent.objects.get(event="chart.opened")
    assert (event.actor_id, event.patient_ref, event.facts) == (nurse.pk, str(full.ref), {"page": "Chart"})


def test_a_heavy_chart_asks_the_database_no_more_than_a_light_one(clinic, full, therapist, nurse):
    light = factories.patient(clinic, by=therapist)
    for number in range(12):
        add_medicine(patient=full, by=therapist, text=f"lamotrigine {number}", last_taken="current")
        actions.add_condition(patient=full, by=therapist, text=f"Illness {number}")
        actions.measure_weight(patient=full, by=nurse, value=Decimal(70), unit="kg")

    costs = []
    for patient in (light, full):
        with CaptureQueriesContext(connection) as asked:
            chart(patient, NOW, member=member_of(therapist).for_one_request())
        costs.append(len(asked) - 1)  # one finds the member

    assert costs[0] == costs[1] <= 10


def test_the_pages_stay_within_their_budgets_of_queries(client, full, therapist):
    signed_in(client, therapist)

    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        return len(asked)

    frame = cost("/patients/new/")  # reads nothing of its own
    assert cost(full.get_absolute_url()) <= frame + 12
    assert cost("/patients/") <= frame + 5
    assert cost("/patients/?q=rivera") <= frame + 5
    assert cost(f"/patients/{full.ref}/edit/") <= frame + 8


def test_emergency_access_shows_the_record_and_changes_nothing(client, clinic, full):
    outsider = factories.member(clinic, "prescriber", name="Dr P. Lowe")
    break_glass(patient=full, reason="Called by the emergency room", by=outsider, role="prescriber")

    shown = page(client, outsider, full)

    assert [words for words in CLINICAL if words not in shown] == []
    assert "You are not on this care team" in shown
    assert "Mark stopped" not in shown
    assert client.get(f"/patients/{full.ref}/edit/").status_code == 403
