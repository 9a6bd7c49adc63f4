"""The cards of the chart: which role sees which, what the next gate says to whom, and that two statements read all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kap_clinic.desk.banner import banner
from kap_clinic.desk.patients.chart import chart
from patients.breakglass.actions import break_glass
from patients.consents.terms import ConsentKind
from patients.course.actions import move, note_enrolment, open_course
from patients.course.rules import NEEDS
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine
from patients.outside.actions import record_lab
from patients.outside.rules import Result
from patients.outside.terms import LabKind, Source, Unit
from patients.record.days import today_in
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from screening import actions
from screening.terms import Decision, MeasureEntry
from tests import factories
from tests.patients import consents, notes
from tests.people import member_of, signed_in
from tests.screening.recorded import case, submitted

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
CARDS = ("course", "before", "tasks", "measures", "consents", "notes", "medicines", "outside", "screening", "team")


@pytest.fixture
def course(patient, therapist):
    return open_course(patient=patient, by=therapist, role="therapist")


@pytest.fixture
def in_review(course, patient, therapist, nurse):
    """A course in review, with scores, a medicine, a task and a lab result."""
    add_medicine(patient=patient, by=therapist, text="lorazepam 0.5 mg", last_taken="current")
    alt = Result(LabKind.ALT, Decimal(42), unit=Unit.U_PER_L, upper_limit=Decimal(40))
    record_lab(patient=patient, by=nurse, result=alt, taken_on=today_in("America/New_York"), source=Source.HERE)
    intake = {**case("clear"), "assessment_date": today_in("America/New_York").isoformat()}
    submitted(patient, intake, by=therapist)
    for weeks, every in ((3, 2), (1, 1)):
        answer(patient, therapist, every, at=timezone.now() - timedelta(weeks=weeks))
    owe(patient, therapist, title="Ring about the safety plan", kind=TaskKind.SAFETY, severity=Severity.CRITICAL)
    course.refresh_from_db()
    return course


def answer(patient, by, every, *, at):
    answers = {f"phq9.{item}": every for item in range(1, 9)} | {"phq9.9": 0}
    return actions.record_measure(
        patient=patient, instrument="phq-9", answers=answers, entry=MeasureEntry.STAFF, by=by, answered_at=at
    )


def owe(patient, by, **what):
    return open_task(patient=patient, due_at=timezone.now() + timedelta(hours=2), owner_role="therapist", by=by, **what)


def page(client, user, patient):
    return signed_in(client, user).get(patient.get_absolute_url()).text


def cards(text):
    return {card for card in CARDS if f'id="{card}"' in text}


# Who sees which card


@pytest.mark.parametrize("role", ["therapist", "prescriber", "nurse"])
def test_who_looks_after_the_patient_sees_every_card(client, request, in_review, patient, role):
    text = page(client, request.getfixturevalue(role), patient)

    assert cards(text) == set(CARDS) - ({"notes"} if role == "nurse" else set())
    for words in ("Ring about the safety plan", "ALT 42 U/L", "lorazepam 0.5 mg", "PHQ-9", " baseline</span>"):
        assert words in text


@pytest.mark.parametrize("role", ["admin", "front_desk"])
def test_the_desk_of_the_clinic_sees_what_is_done_and_nothing_of_what_it_says(
    client, request, in_review, patient, therapist, role
):
    note_enrolment(course=in_review, by=therapist, indication="Depression, recurrent")

    text = page(client, request.getfixturevalue(role), patient)

    assert cards(text) == {"course", "measures", "consents", "screening", "team"}
    for words in ("PHQ", "lorazepam", "safety plan", "ALT", "Depression", "below baseline", 'class="kc"', "waits for"):
        assert words not in text
    assert "Baseline complete" in text
    assert "Treatment consent" in text


def test_emergency_access_opens_no_course_and_no_task(client, clinic, in_review, patient):
    outsider = factories.member(clinic, "prescriber", name="Dr P. Lowe")
    break_glass(patient=patient, reason="Called by the emergency room", by=outsider, role="prescriber")

    text = page(client, outsider, patient)

    assert cards(text) == {"measures", "consents", "notes", "medicines", "outside", "screening", "team"}


# The course


def test_without_a_course_the_chart_opens_one(client, therapist, patient):
    text = page(client, therapist, patient)
    opened = client.post(reverse("desk:open_course", args=[patient.ref]))

    course = patient.courses.get()
    assert opened.url == reverse("desk:course", args=[course.ref])
    assert "Open a course" in text
    assert "No course yet" in text
    assert "Open a course" not in page(client, therapist, patient)


def test_a_prescriber_is_told_who_opens_the_course(client, prescriber, patient):
    text = page(client, prescriber, patient)

    assert "A therapist of the care team or an admin opens one." in text
    assert "Open a course" not in text


def test_the_timeline_is_a_list_that_says_each_state_in_words(client, therapist, in_review, patient):
    text = page(client, therapist, patient)

    assert text.count('aria-current="step"') == 1
    assert "gate: 4 checks still open" in text
    assert reverse("screening:check", args=[patient.screenings.latest("version").ref]) in text


# The next gate


def gate_of(patient, user):
    return chart(patient, timezone.now(), member=member_of(user)).gate


def checks(gate):
    return {check.name: (check.state, check.fact, check.act) for check in gate.checks}


def test_the_gate_says_why_a_check_is_open_and_sends_who_can_clear_it_there(in_review, patient, prescriber, therapist):
    for_the_prescriber = checks(gate_of(patient, prescriber))["Eligible by screening and approval"]
    for_the_therapist = checks(gate_of(patient, therapist))["Eligible by screening and approval"]

    assert for_the_prescriber == ("open", "The screening waits for the prescriber.", "Review")
    assert for_the_therapist == (
        "open",
        "The screening waits for the prescriber. By the prescriber or medical director.",
        "",
    )


def test_open_checks_come_first_and_met_ones_carry_their_fact(in_review, patient, prescriber, therapist):
    note_enrolment(course=in_review, by=therapist, live_visit_on=today_in("America/New_York"), live_visit_by_video=True)

    gate = gate_of(patient, prescriber)

    assert [check.state for check in gate.checks] == ["open", "open", "open", "met"]
    assert gate.checks[-1].fact.endswith(", by video")
    assert gate.met_in_words == "1 of 4 met"
    assert gate.why == "Opens when all 3 open checks are met."


def test_a_gate_with_every_check_met_is_passed_from_the_chart(client, course, patient, prescriber, therapist):
    today = today_in("America/New_York").isoformat()
    screening = submitted(patient, {**case("clear"), "assessment_date": today}, by=therapist)
    actions.decide(
        screening=screening,
        decision=Decision.APPROVE,
        reason="Discussed with the patient today; nothing speaks against it.",
        judgements={},
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    note_enrolment(
        course=course,
        by=prescriber,
        indication="Depression",
        tried_before="Two antidepressants",
        live_visit_on=today_in("America/New_York"),
        monitoring_checked_on=today_in("America/New_York"),
    )

    gate = gate_of(patient, prescriber)
    elsewhere = gate_of(patient, therapist)
    signed_in(client, prescriber).post(gate.act)

    assert (gate.open_checks, gate.words) == (0, "Enrol")
    assert checks(gate)["Eligible by screening and approval"][1].startswith("Approved until ")
    assert (elsewhere.act, elsewhere.why) == ("", "All checks are met. Made by the prescriber.")
    course.refresh_from_db()
    assert course.stage == Stage.ENROLLED


def test_an_admin_sees_the_checks_of_the_move_they_make_without_what_the_record_says(
    client, clinic, course, patient, admin, medical_director, therapist, prescriber
):
    consents.ready(clinic, admin=admin, director=medical_director)
    signed = consents.signed(patient, ConsentKind.PRIVACY, therapist=therapist, prescriber=prescriber)

    seen_by_admin, seen_by_therapist = gate_of(patient, admin), gate_of(patient, therapist)

    assert signed.state == "signed"
    assert checks(seen_by_admin)["Privacy consent signed"] == ("met", "", "")
    assert checks(seen_by_therapist)["Privacy consent signed"][1].startswith("Version 1, signed ")


# The banner and the bar


def test_the_banner_says_the_course_and_the_open_safety_task(in_review, patient, therapist, admin):
    shown = banner(patient, NOW.date(), member=member_of(therapist))
    for_admin = banner(patient, NOW.date(), member=member_of(admin))

    assert {fact.label: fact.value for fact in shown.facts}["Course"] == "Course 1, screening review"
    assert ("danger", "Safety task: Ring about the safety plan") in [(one.kind, one.text) for one in shown.alerts]
    assert not any("Safety" in one.text for one in for_admin.alerts)


def test_the_banner_of_somebody_enrolled_says_which_touch_is_allowed(course, patient, therapist, prescriber):
    for to, by, role in (
        (Stage.INTAKE, therapist, "admin"),
        (Stage.SCREENING_REVIEW, therapist, "therapist"),
        (Stage.ENROLLED, prescriber, "prescriber"),
    ):
        move(course=course, to=to, by=by, role=role, evidence=dict.fromkeys(NEEDS, True))

    shown = banner(patient, NOW.date(), member=member_of(therapist))

    assert ("warn", "Touch not answered: no touch") in [(one.kind, one.text) for one in shown.alerts]


@pytest.mark.parametrize(("role", "there"), [("therapist", True), ("admin", True), ("nurse", False)])
def test_emergency_accesses_are_one_step_away_for_who_may_see_them(client, request, patient, role, there):
    assert (reverse("breakglass:waiting") in page(client, request.getfixturevalue(role), patient)) is there


# What it costs


def test_the_whole_chart_is_read_in_two_statements_however_much_there_is(clinic, in_review, patient, therapist):
    light = factories.patient(clinic, by=therapist)
    for number in range(8):
        answer(patient, therapist, number % 4, at=timezone.now() - timedelta(days=number))
        owe(patient, therapist, title=f"Call {number}", kind=TaskKind.CALL)

    costs = []
    for one in (light, patient):
        member = member_of(therapist).for_one_request()
        with CaptureQueriesContext(connection) as asked:
            chart(one, timezone.now(), member=member)
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 4


def test_a_chart_with_everything_in_it_stays_within_its_budget(client, in_review, patient, therapist):
    signed_in(client, therapist)

    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        return len(asked)

    assert cost(patient.get_absolute_url()) <= cost("/patients/new/") + 12


# Notes


def test_a_draft_stands_on_its_authors_chart_only(client, patient, therapist, prescriber):
    begun = notes.draft(patient, by=therapist)

    own, others = page(client, therapist, patient), page(client, prescriber, patient)

    assert begun.get_absolute_url() in own
    assert reverse("notes:new", args=[patient.ref]) in own
    assert begun.get_absolute_url() not in others
    assert "No note yet." in others
