"""The course page: each next move shows its checks, and moves only when all of them are met."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.course.actions import note_enrolment, open_course
from patients.course.terms import Stage
from patients.record.days import today_in
from screening import actions
from screening.terms import Decision
from tests.people import signed_in
from tests.screening.recorded import begin_intake, case, submitted

pytestmark = pytest.mark.django_db
WHY = "Discussed with the patient today; the reading settles on rest and is watched."


@pytest.fixture
def course(patient, therapist):
    return open_course(patient=patient, by=therapist, role="therapist")


@pytest.fixture
def approved(course, patient, therapist, prescriber):
    """A course in review with an approved, all-clear screening."""
    today = today_in(patient.clinic.zone).isoformat()
    screening = submitted(patient, {**case("clear"), "assessment_date": today}, by=therapist)
    actions.decide(
        screening=screening,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={},
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    course.refresh_from_db()
    return course


def move(client, course, to, **typed):
    return client.post(reverse("desk:move_course", args=[course.ref, to]), typed)


def page(client, course):
    return client.get(reverse("desk:course", args=[course.ref]))


def test_what_is_missing_is_said_beside_a_disabled_button(client, admin, course):
    signed_in(client, admin)

    text = page(client, course).text

    assert "The privacy consent is not signed." in text
    assert "disabled" in text
    assert move(client, course, "intake").status_code == 422
    course.refresh_from_db()
    assert course.stage == Stage.INQUIRY


def test_enrolment_waits_for_every_fact_and_then_happens(client, prescriber, approved):
    signed_in(client, prescriber)

    refused = move(client, approved, "enrolled")
    note_enrolment(
        course=approved,
        by=prescriber,
        indication="Depression",
        tried_before="Two antidepressants, eight weeks each",
        live_visit_on=today_in(approved.patient.clinic.zone),
        monitoring_checked_on=today_in(approved.patient.clinic.zone),
    )
    allowed = move(client, approved, "enrolled")

    assert refused.status_code == 422
    for words in ("No live visit", "indication and what was tried", "monitoring database"):
        assert words in refused.text
    assert allowed.status_code == 302
    approved.refresh_from_db()
    assert approved.stage == Stage.ENROLLED
    last = approved.moves.last()
    assert (last.before, last.after, last.moved_by, last.role) == (
        Stage.SCREENING_REVIEW,
        Stage.ENROLLED,
        prescriber,
        "prescriber",
    )


def test_a_therapist_does_not_enrol(client, therapist, approved):
    signed_in(client, therapist)

    assert move(client, approved, "enrolled").status_code == 403


@pytest.mark.parametrize("to", ["dosing_series", "completed", "nowhere", "inquiry"])
def test_a_course_goes_only_where_the_table_says(client, prescriber, approved, to):
    signed_in(client, prescriber)

    answer = move(client, approved, to, reason="Because", ending="patient-choice")

    assert answer.status_code in {302, 403, 404}
    approved.refresh_from_db()
    assert approved.stage == Stage.SCREENING_REVIEW


def test_declining_before_enrolment_needs_a_reason(client, therapist, patient, course):
    begin_intake(patient, by=therapist)
    signed_in(client, therapist)

    empty = move(client, course, "declined")
    said = move(client, course, "declined", reason="Prefers to wait")

    assert (empty.status_code, said.status_code) == (422, 302)
    course.refresh_from_db()
    assert course.stage == Stage.DECLINED


def test_a_plan_is_kept_and_a_day_to_come_refused(client, therapist, course):
    signed_in(client, therapist)
    url = reverse("desk:plan_course", args=[course.ref])
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()

    refused = client.post(url, {"indication": "Depression", "planned_preparations": "2", "live_visit_on": tomorrow})
    saved = client.post(url, {"indication": "Depression", "planned_preparations": "2", "planned_doses": "6"})

    assert refused.status_code == 422
    assert "This day is in the future" in refused.text
    assert saved.status_code == 302
    course.refresh_from_db()
    assert (course.indication, course.planned_preparations, course.planned_doses) == ("Depression", 2, 6)


def test_goals_are_set_and_closed(client, therapist, course):
    signed_in(client, therapist)
    client.post(reverse("desk:set_goal", args=[course.ref]), {"text": "Sleep through the night"})
    goal = course.goals.get()

    client.post(reverse("desk:close_goal", args=[course.ref, goal.ref]), {"outcome": "Four nights of seven"})

    goal.refresh_from_db()
    assert (goal.closed_by, goal.outcome) == (therapist, "Four nights of seven")


def test_an_admin_sees_the_stage_and_nothing_clinical(client, admin, course):
    course.indication = "Depression"
    course.save(update_fields=["indication"])
    signed_in(client, admin)

    text = page(client, course).text

    assert "Inquiry" in text
    assert "Depression" not in text
    assert "Goals" not in text


def test_a_stranger_finds_no_course(client, stranger, course):
    signed_in(client, stranger)

    assert page(client, course).status_code == 404
