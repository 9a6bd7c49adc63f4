"""Papers after a course: what the referrer reads, what the patient reads, what nobody reads; receipts; by role."""

import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from integration.continuing import actions as continuing
from integration.papers import actions, letters, rules
from integration.papers.letters import plain
from integration.papers.models import Receipt
from integration.papers.selectors.summary import DoseDay, Happened, Practised, Summary, summary
from integration.papers.tasks import render_papers
from integration.tracking.rules import Outcome, outcome
from integration.visits import actions as visits
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.setting_keys import NotAllowed, known
from kap_clinic.documents.models import StoredDocument
from patients.course.actions import NotReady, note_enrolment
from patients.course.terms import Ending, Stage
from patients.models import Course
from patients.record.days import today_in
from screening.actions import record_measure
from screening.terms import MeasureEntry
from sessions.events.actions import report
from sessions.visits import actions as booking
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitState
from tests.integration import days
from tests.papers import made, words
from tests.patients import notes
from tests.patients.test_consent_texts import grade
from tests.people import signed_in
from tests.sessions import days as dose_days

db = pytest.mark.django_db
HIDDEN = ("Canarynote", "Canaryprivate", "Canarywords", "Canaryanswer", "dead", "hurting")
PLAN = {
    "relapse_signs": "Wakes at four",
    "what_helps": "A swim in the sea",
    "who_to_call": "Ana, then the clinic",
    "follow_up": "Dr Reyes, in two weeks",
}


@pytest.fixture
def clock(frozen):
    """Monday morning in New York."""
    return frozen("2026-03-09T09:00-04:00", tick=True)


def phq9(patient, by, every):
    answers = {f"phq9.{item}": every for item in range(1, 9)} | {"phq9.9": 0}
    return record_measure(
        patient=patient,
        instrument="phq-9",
        answers=answers,
        entry=MeasureEntry.STAFF,
        by=by,
        answered_at=timezone.now(),
    )


def took_place(visit, *, by):
    if Appointment.objects.get(pk=visit.pk).state == VisitState.PLANNED:
        booking.start(appointment=visit, by=by, role="therapist")
    booking.complete(appointment=visit, by=by, role="therapist")


@pytest.fixture
def course(clock, monkeypatch, patient, therapist, prescriber, nurse):
    """One dose of one, with a high reading and nausea; PHQ-9 from 16 to 8; words nobody else may read everywhere."""
    phq9(patient, therapist, 2)
    clock.shift(timedelta(hours=1))
    dosing = days.given(monkeypatch, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
    clock.shift(timedelta(minutes=40))
    dose_days.vitals(dosing, by=nurse, systolic=152, diastolic=94)
    report(
        patient=patient, dosing=dosing, code="nausea", grade=2, words="Canaryanswer", outcome="recovered",
        onset_at=timezone.now(), by=nurse, role="nurse",
    )  # fmt: skip
    visit = days.to_follow(dosing, by=therapist)
    days.leave(dosing, by=nurse)
    took_place(dosing.appointment, by=therapist)
    clock.shift(timedelta(hours=26))
    visits.write(appointment=visit, by=therapist, patient_words="Canarywords", difficult="Canarywords")
    took_place(visit, by=therapist)
    notes.signed(patient, by=therapist, themes="Canarynote")
    notes.private(patient, by=therapist, text="Canaryprivate")
    visits.set_practice(
        course=dosing.course, text="Writes each morning", from_on=today_in(patient.clinic.zone), by=therapist
    )
    clock.shift(timedelta(days=2))
    phq9(patient, therapist, 1)
    continuing.write_plan(course=dosing.course, by=therapist, **PLAN)
    return note_enrolment(course=dosing.course, by=therapist, planned_doses=1, indication="Major depressive disorder")


def set_up(clinic, by, **values):
    for key, value in values.items():
        change_setting(clinic=clinic, key=key, value=value, by=by)


# The summary for the referrer


@db
def test_the_summary_tells_the_whole_course_and_no_word_of_a_note(course, therapist):
    actions.ask_for_summary(course=course, by=therapist)

    document, said = made(render_papers, "summary")

    for part in (
        "Major depressive disorder", "1 dose of 1 planned, 60 mg in all", "60 mg intramuscular, 0.88 mg/kg", "152/94",
        "Nausea (grade 2, moderate), recovered", "From 16 to 8", "-8 (50 % down)", "Reliable improvement",
        "PHQ-9: 50 % below baseline", "Writes each morning", "(after dose 1)", "A swim in the sea",
        "No decision on the screening is on file.", "Not signed yet: the record of dose 1.", "To whom it may concern",
    ):  # fmt: skip
        assert part in said, part
    assert not [word for word in HIDDEN if word in said]
    assert "DRAFT" in said  # its record is not signed
    assert (document.permission, document.asked_by) == ("note.view", therapist)


@db
def test_the_drawing_is_the_one_of_the_tracking_page_and_stands_with_its_table(client, course, therapist):
    page = letters.LETTERS["summary"](actions.ask_for_summary(course=course, by=therapist))
    tracking = signed_in(client, therapist).get(reverse("tracking:tracking", args=[course.patient.ref]))

    drawn = re.findall(r"<svg.*?</svg>", page, re.S)

    assert len(drawn) == 1
    assert drawn[0] in tracking.content.decode()
    assert "Every PHQ-9" in words(page)


@db
def test_a_summary_says_what_stood_when_it_was_asked_for(clock, course, therapist, nurse):
    asked = actions.ask_for_summary(course=course, by=therapist)
    clock.shift(timedelta(days=1))
    phq9(course.patient, therapist, 0)
    continuing.write_plan(course=course, by=therapist, **PLAN | {"what_helps": "Another thing"})
    report(
        patient=course.patient, code="headache", grade=1, words="Late", onset_at=timezone.now(), by=nurse, role="nurse"
    )

    said = words(letters.LETTERS["summary"](asked))

    assert "From 16 to 8" in said
    assert "A swim in the sea" in said
    assert "Headache" not in said


@db
def test_a_summary_is_read_in_few_statements(course, django_assert_max_num_queries):
    row = Course.objects.select_related("patient__clinic").get(pk=course.pk)

    with django_assert_max_num_queries(24):
        summary(row, timezone.now())


# In plain words


def told(outcomes=(), events=(), plan=None, coming=()):
    """A course of two doses, without a database."""
    start = timezone.make_aware(timezone.datetime(2026, 3, 9, 14))
    dose = DoseDay(1, start, date(2026, 3, 9), "Intramuscular", Decimal(60), Decimal("0.88"), [], "", [], "", True)
    return Summary(
        course=None, zone="America/New_York", stage=Stage.COMPLETED, ended=None, decided=None,
        prepared=[date(2026, 3, 2)], doses=[dose, dose], between=list(events), outcomes=list(outcomes), scale="PHQ-9",
        main=None, held=[(date(2026, 3, 11), 1)], practices=[Practised("Writes a page", "each day", "", False)],
        plan=plan, coming=list(coming), open=[],
    )  # fmt: skip


def event(code, *, is_over=True):
    return Happened(code, "Hypersalivation", "grade 1, mild", date(2026, 3, 9), False, "", is_over, True)


PHONES = {
    "clinic_phone": "(617) 555-0142",
    "after_hours_phone": "(617) 555-0199",
    "crisis_contacts": [{"name": "Lifeline", "phone": "988", "note": "call or text, any hour"}],
}


def test_the_plain_summary_reads_like_the_eighth_grade_and_says_whom_to_call():
    plan = SimpleNamespace(**PLAN, maintenance="")
    visit = SimpleNamespace(starts_at=timezone.make_aware(timezone.datetime(2026, 3, 20, 14)))
    outcomes = [outcome("phq-9", 16, 4), outcome("gad-7", 9, 12), outcome("pcl-5", 40, 40)]
    found = told(outcomes, [event("nausea"), event("hypersalivation", is_over=False)], plan, [visit])

    parts = list(plain.passages(found, PHONES))
    lines = [line for part in parts for line in part.lines]

    assert grade(lines) <= 8
    for part in parts:
        assert grade(part.lines) <= 10, part.heading
    said = " ".join(lines)
    for phrase in ("(617) 555-0142", "(617) 555-0199", "988", "went up", "stayed the same", "feeling sick", "20 March"):
        assert phrase in said
    assert not re.search(r"PHQ|GAD|PCL|suicid|remission|baseline|adverse|intramuscular|hypersalivation", said, re.I)


def test_without_two_scores_and_visits_the_plain_summary_says_so():
    said = " ".join(line for part in plain.passages(told(), PHONES) for line in part.lines)

    assert "We do not have two scores to compare yet." in said
    assert "You have no visit booked with us." in said


def test_half_is_said_only_of_a_score_that_halved():
    moved = [Outcome("pcl-5", "PCL-5", 40, 28, -12, 30.0, True, None, True, "")]

    assert "half" not in " ".join(line for part in plain.passages(told(moved), PHONES) for line in part.lines)


@db
def test_the_patients_paper_carries_numbers_to_call_and_is_a_draft_without(course, therapist, prescriber):
    first = letters.LETTERS["summary_patient"](actions.ask_for_summary(course=course, by=therapist, plain=True))
    set_up(course.clinic, prescriber, clinic_phone="(617) 555-0142")
    actions.ask_for_summary(course=course, by=therapist, plain=True)

    said = made(render_papers, "summary_patient")[1]

    assert "Not entered in the clinic's settings: The clinic's phone number. An admin sets it." in words(first)
    assert "Call us by day: (617) 555-0142." in said
    assert "You had one medicine session, on 9 March 2026." in said
    assert not [word for word in HIDDEN if word in said]


# The end


@db
def test_the_letter_about_the_end_says_why_and_who_goes_on(course, prescriber):
    with pytest.raises(NotReady, match="not ending"):
        actions.ask_for_end_letter(course=course, by=prescriber)
    ended = continuing.close_course(
        course=course, to=Stage.ENDED_EARLY, by=prescriber, role="prescriber", ending=Ending.ADVERSE_EVENT,
        reason="Nausea that did not pass", hand_over="Dr Reyes, psychiatrist", offered_next="Psychotherapy alone",
    )  # fmt: skip

    actions.ask_for_end_letter(course=ended, by=prescriber)
    said = made(render_papers, "ended")[1]
    to_patient = words(
        letters.LETTERS["ended_patient"](actions.ask_for_end_letter(course=ended, by=prescriber, to_patient=True))
    )

    for part in ("An adverse event", "Nausea that did not pass", "PHQ-9 from 16 to 8", "1 dose given, 60 mg in all",
                 "Dr Reyes, psychiatrist", "Psychotherapy alone"):  # fmt: skip
        assert part in said
    assert "DRAFT" not in said
    assert "We stopped because it was too hard on your body or mind." in to_patient
    assert "Nausea that did not pass" not in to_patient


@db
def test_no_letter_goes_to_somebody_who_has_died_and_a_closing_course_gives_a_draft(course, prescriber):
    row = Course.objects.get(pk=course.pk)
    row.stage = Stage.CLOSING
    assert actions.reasons_against_end_letter(row) == []
    row.stage, row.ending = Stage.ENDED_EARLY, Ending.DECEASED

    assert actions.reasons_against_end_letter(row, to_patient=True) == [actions.NO_READER]
    assert set(Ending) - {Ending.DECEASED} == set(letters.ended.PLAIN)


# Receipts


def test_a_receipt_counts_each_visit_and_names_what_has_no_amount():
    prices = {"integration": rules.Price("90837", "180.00")}
    visits = [(date(2026, 3, 11), "integration"), (date(2026, 3, 9), "dosing_im"), (date(2026, 3, 18), "integration")]

    lines = rules.lines(visits, prices)

    assert [(line.on.day, line.code, line.amount) for line in lines] == [
        (9, "", None), (11, "90837", Decimal("180.00")), (18, "90837", Decimal("180.00")),
    ]  # fmt: skip
    assert rules.total(lines) == Decimal("360.00")
    assert rules.missing(lines) == ["dosing_im"]
    assert not re.search("ketamin|muscul|infus", " ".join(rules.SERVICES.values()), re.I)


@pytest.mark.parametrize(("entered", "kept"), [("250", "250.00"), (" 99,5 ", "99.50"), ("", "")])
def test_an_amount_is_money_or_nothing(entered, kept):
    assert known("bill_consult_amount").cleaned(entered) == kept


@pytest.mark.parametrize("entered", ["about 5", "-1", "1.234", "NaN", "1000000"])
def test_what_is_no_amount_is_refused(entered):
    with pytest.raises(NotAllowed):
        known("bill_consult_amount").cleaned(entered)


@db
def test_the_front_desk_makes_a_receipt_of_the_days_price_and_without_a_diagnosis(
    client, clock, course, front_desk, admin, prescriber
):
    set_up(
        course.clinic, admin, bill_integration_amount="180", bill_dosing_im_amount="650.5", bill_dosing_im_code="G0001"
    )
    url = reverse("papers:receipts", args=[course.patient.ref])
    desk = signed_in(client, front_desk)

    response = desk.post(url, {"what": str(course.ref), "with_diagnosis": "on"}, follow=True)
    set_up(course.clinic, admin, bill_integration_amount="999")
    document, said = made(render_papers, "receipt")

    assert response.status_code == 200
    assert "650.50" in said
    assert "Total 830.50 USD" in said
    assert "G0001" in said
    assert "Integration visit - 180.00" in said
    assert "depressive" not in said
    assert "DRAFT" not in said
    assert desk.get(reverse("desk:paper", args=[document.ref])).status_code == 200
    assert not Receipt.objects.get().diagnosis


@db
def test_a_receipt_without_its_amounts_is_a_draft_and_the_page_says_who_sets_them(client, course, front_desk, admin):
    url = reverse("papers:receipts", args=[course.patient.ref])
    page = words(signed_in(client, front_desk).post(url, {"what": str(course.ref)}, follow=True).content.decode())

    said = made(render_papers, "receipt")[1]

    assert "Treatment session, supervised: Intramuscular, amount" in page
    assert "An admin sets them under Settings, Billing." in page
    assert "DRAFT" in said
    assert "Not set yet: Integration visit, amount; Treatment session, supervised: Intramuscular, amount" in said or (
        "Not set yet: Treatment session, supervised: Intramuscular, amount; Integration visit, amount" in said
    )
    assert reverse("settings:topic", args=["billing"]) in signed_in(client, admin).get(url).content.decode()


@db
def test_a_diagnosis_prints_only_for_who_may_read_one_and_opens_only_to_them(client, course, therapist, front_desk):
    url = reverse("papers:receipts", args=[course.patient.ref])
    signed_in(client, therapist).post(url, {"what": str(course.ref), "with_diagnosis": "on"})

    document, said = made(render_papers, "receipt")

    assert "Diagnosis, printed on request: Major depressive disorder" in said
    desk = signed_in(client, front_desk)
    assert desk.get(reverse("desk:paper", args=[document.ref])).status_code == 403
    assert reverse("desk:paper", args=[document.ref]) not in desk.get(url).content.decode()


@db
@pytest.mark.parametrize(
    ("posted", "words_back"),
    [
        ({}, "Choose for which visits"),
        ({"what": "days"}, "Enter the day, like 24 Nov 2026"),
        ({"what": "days", "from_on": "2026-03-10", "until_on": "2026-03-01"}, "The last day is the first one or later"),
        ({"what": "days", "from_on": "2020-03-01", "until_on": "2020-03-02"}, "No visit took place in these days"),
        ({"what": "elsewhere"}, "elsewhere is not one of the available choices"),
    ],
)
def test_a_receipt_that_cannot_be_made_says_why_and_keeps_what_was_typed(
    client, patient, front_desk, posted, words_back
):
    response = signed_in(client, front_desk).post(reverse("papers:receipts", args=[patient.ref]), posted)

    assert response.status_code == 422
    assert words_back in words(response.content.decode())
    assert not Receipt.objects.exists()


# Asked for on pages


@db
def test_the_papers_page_offers_what_can_be_made_and_says_why_the_rest_cannot(client, course, therapist):
    page = signed_in(client, therapist).get(reverse("desk:papers", args=[course.patient.ref]))
    said = words(page.content.decode())
    made_now = signed_in(client, therapist).post(reverse("papers:summary", args=[course.ref, "referrer"]), follow=True)

    assert "Nothing is decided yet." in said
    assert "The course is not ending" in said
    assert "Course summary, paper 1" in words(made_now.content.decode())
    assert "Being made" in words(made_now.content.decode())


@db
def test_summaries_and_end_letters_are_for_the_team_that_treats(client, course, therapist, nurse, front_desk, admin):
    summary_url = reverse("papers:summary", args=[course.ref, "patient"])
    letter_url = reverse("papers:end_letter", args=[course.ref, "referrer"])

    for person in (nurse, front_desk, admin):
        assert signed_in(client, person).post(summary_url).status_code == 403
        assert signed_in(client, person).post(letter_url).status_code == 403
    assert not StoredDocument.objects.filter(kind__in=["summary_patient", "ended"]).exists()
    refused = signed_in(client, therapist).post(letter_url, follow=True)

    assert "The course is not ending" in words(refused.content.decode())
    assert signed_in(client, therapist).post(summary_url.replace("/patient/", "/aunt/")).status_code == 404


@db
def test_the_chart_and_the_closing_page_have_the_buttons(client, course, therapist, prescriber):
    chart = signed_in(client, therapist).get(course.patient.get_absolute_url()).content.decode()
    continuing.close_course(
        course=course, to=Stage.ENDED_EARLY, by=prescriber, role="prescriber", ending=Ending.COST, reason="Too dear",
        hand_over="Dr Reyes",
    )  # fmt: skip
    closing = signed_in(client, therapist).get(reverse("continuing:closing", args=[course.ref])).content.decode()

    assert reverse("papers:summary", args=[course.ref, "referrer"]) in chart
    assert reverse("papers:end_letter", args=[course.ref, "patient"]) in closing
