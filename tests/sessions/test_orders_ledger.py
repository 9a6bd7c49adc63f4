"""What was really given: the ledger, what was tolerated, races of two signers, and the stored paper."""

import threading
from decimal import Decimal as D
from io import BytesIO

import pypdf
import pytest
from django.db import connections
from django.utils import timezone

from integration.papers.selectors.summary import summary
from kap_clinic.accounts.terms import Role
from kap_clinic.documents.models import StoredDocument
from kap_clinic.wall import as_clinic
from patients.course.actions import NotReady
from sessions.dosing import actions as dosing_actions
from sessions.dosing.models import Dose
from sessions.orders import actions, rules, selectors
from sessions.orders.models import DoseOrder
from sessions.orders.tasks import render_orders
from tests import factories
from tests.people import signed_in
from tests.sessions import days, orders


@pytest.fixture
def dosed(db, patient, therapist, prescriber, nurse, monkeypatch):
    """A session in monitoring: 60 mg of an order of 6 sessions of 60 mg."""
    days.gate(monkeypatch)
    return days.dosed(patient, therapist=therapist, prescriber=prescriber, nurse=nurse)


def test_a_dose_is_taken_off_what_is_left(dosed):
    ledger = selectors.ledger(dosed.course)

    assert (ledger.authorised, ledger.given, ledger.remaining) == (6, 1, 5)
    assert (ledger.authorised_mg, ledger.given_mg, ledger.remaining_mg) == (360, 60, 300)
    assert (ledger.course_sessions, ledger.course_mg) == (1, 60)
    assert (ledger.lifetime.sessions, ledger.lifetime.mg) == (1, 60)
    assert selectors.given_t0s(dosed.patient) == [dosed.t0]


def test_a_corrected_dose_counts_once_as_corrected(dosed, nurse):
    first = dosed.doses.get()
    again = dosing_actions.correct_dose(dose=first, why="Read the vial again", by=nurse, role="nurse", mg=D(55))
    dosing_actions.correct_dose(dose=again, why="And once more", by=nurse, role="nurse", mg=D(50))

    ledger = selectors.ledger(dosed.course)

    assert Dose.objects.count() == 3
    assert (ledger.given, ledger.given_mg, ledger.lifetime.mg) == (1, 50, 50)


def test_what_was_given_on_an_ended_order_stays_in_the_course_and_the_lifetime(dosed, prescriber):
    actions.end(order=dosed.order, why="Another route", by=prescriber)

    ledger = selectors.ledger(dosed.course)

    assert (ledger.authorised, ledger.given, ledger.remaining) == (0, 0, 0)
    assert (ledger.course_sessions, ledger.lifetime.sessions) == (1, 1)


def test_a_session_given_counts_under_its_order(dosed):
    order = selectors.in_force(dosed.course)
    today = timezone.localdate()
    known = selectors.facts(order, today)

    assert known.given == 1
    assert rules.reasons_not_valid(known, today) == [
        "The treatment consent does not cover intramuscular: it is renewed first."
    ]


def test_the_last_dose_that_went_well_is_the_tolerated_one(dosed):
    found = selectors.tolerated(dosed.patient, "im")

    assert found.mg == 60
    assert selectors.tolerated(dosed.patient, "sl") is None


def test_a_session_broken_off_was_not_tolerated(dosed, nurse):
    dosing_actions.stop_early(dosing=dosed, reason="Frightened, not reassurable", by=nurse, role="nurse")

    assert selectors.tolerated(dosed.patient, "im") is None


def test_a_red_sign_was_not_tolerated(dosed, nurse):
    days.vitals(dosed, by=nurse, moaas=2)

    assert selectors.tolerated(dosed.patient, "im") is None


# The stored paper


@pytest.mark.django_db
def test_a_signed_order_is_stored_on_paper(clinic, patient, therapist, prescriber, medical_director):
    with as_clinic(clinic.pk):
        course = orders.approved(patient, therapist=therapist, prescriber=prescriber)
        order = orders.signed(course, by=prescriber, first_mg=D(150), instructions="Slowly")
        actions.second(order=order, by=medical_director, role=Role.MEDICAL_DIRECTOR)

    render_orders()

    with as_clinic(clinic.pk):
        first, second = StoredDocument.objects.filter(kind="dose_order").order_by("subject_version")
        assert (first.state, second.state, first.permission) == ("stored", "stored", "order.view")
        waits, holds = (_text(one) for one in (first, second))
    assert "Waits for a second signature" in waits
    assert "Dr L. Sato" not in waits
    for words in (
        "150 mg (2.143 mg/kg)",
        "Dr N. Okafor",
        "Dr L. Sato",
        "Slowly",
        "above 2 mg/kg",
        "UTC",
        order.sha256[:20],
    ):
        assert words in holds, words


def _text(document):
    pages = pypdf.PdfReader(BytesIO(bytes(document.content))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# Races


@pytest.fixture
def two(fresh_db, clinic, patient, therapist, prescriber):
    """A course with two drafts, and the two who sign them."""
    colleague = factories.member(clinic, Role.PRESCRIBER, name="Dr B. Ansel")
    with as_clinic(clinic.pk):
        course = orders.approved(patient, therapist=therapist, prescriber=prescriber)
        drafts = [orders.drafted(course, by=prescriber), orders.drafted(course, by=colleague, first_mg=D(40))]
    return clinic, course, list(zip(drafts, (prescriber, colleague), strict=True))


def at_once(clinic, *calls):
    """Each call on a connection of its own, at the same moment; what each came to."""
    outcomes, gate = [], threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait(timeout=10)
            with as_clinic(clinic.pk):
                try:
                    call()
                except NotReady as no:
                    outcomes.append(no.reasons[0])
                else:
                    outcomes.append("signed")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(outcomes)


def sign(order, by):
    return lambda: actions.sign(order=order, by=by, role=Role.PRESCRIBER)


def test_two_who_sign_at_once_leave_one_order_in_force(two):
    clinic, course, pairs = two

    outcomes = at_once(clinic, *(sign(order, by) for order, by in pairs))

    assert outcomes == ["signed", "signed"]
    with as_clinic(clinic.pk):
        states = sorted(DoseOrder.objects.values_list("state", flat=True))
        assert states == ["ended", "signed"]
        assert selectors.is_whole(selectors.in_force(course))


def test_one_draft_is_signed_once(two):
    clinic, course, ((order, prescriber), (_, colleague)) = two

    outcomes = at_once(clinic, sign(order, prescriber), sign(order, colleague))

    assert outcomes == ["This order is signed already.", "signed"]
    with as_clinic(clinic.pk):
        assert selectors.in_force(course) == order


def test_two_second_persons_at_once_are_one(two, medical_director):
    clinic, course, ((_, prescriber), (_, colleague)) = two
    with as_clinic(clinic.pk):
        order = orders.signed(course, by=prescriber, first_mg=D(150))

    def second(by):
        return lambda: actions.second(order=order, by=by, role=Role.MEDICAL_DIRECTOR)

    outcomes = at_once(clinic, second(medical_director), second(colleague))

    assert outcomes == ["This order is not waiting for a second signature.", "signed"]


# As the chart tells it


def on_chart(client, user, patient):
    page = signed_in(client, user).get(patient.get_absolute_url())
    return page.context["chart"], page.content.decode()


def test_the_chart_tells_each_session_with_its_mg_corrected_and_the_highest_pressure_since_the_dose(
    client, dosed, nurse, therapist
):
    first = dosed.doses.get()
    dosing_actions.correct_dose(dose=first, why="Read the vial again", by=nurse, role="nurse", mg=D(55))
    wrong = days.vitals(dosed, by=therapist, systolic=158, diastolic=96)
    days.vitals(dosed, by=therapist, systolic=149, diastolic=91, corrects=wrong, struck_why="Typed wrongly")
    days.vitals(dosed, by=therapist, systolic=141, diastolic=99)
    days.vitals(dosed, by=therapist, systolic=149, diastolic=85)

    chart, page = on_chart(client, therapist, dosed.patient)

    (line,) = chart.doses
    per_kg = (D(55) / first.weight_kg).quantize(D("0.01"))
    assert (line.number, line.mg_in_words, line.per_kg, line.peak) == (1, "55", per_kg, "149/91")
    assert "Dose ledger" in page
    assert "55 mg in this course" in page
    assert line.url in page
    assert [day.pressure for day in summary(dosed.course, timezone.now()).doses] == [line.peak]


def test_the_chart_says_nothing_of_doses_to_who_sees_that_they_were_given_only(client, dosed, front_desk):
    chart, page = on_chart(client, front_desk, dosed.patient)

    assert chart.doses is None
    assert "Dose ledger" not in page
