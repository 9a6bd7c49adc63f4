"""The page of a patient's way: what is due, panels with the doses marked, what each instrument came to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integration.tracking import selectors
from kap_clinic.accounts.terms import Role
from tests import factories
from tests.people import signed_in
from tests.reports.doses import dosed, scored


@pytest.fixture
def way(patient, therapist):
    """Two doses, ten days apart, with forms before and after."""
    now = timezone.now()
    course = factories.course_at(patient, by=therapist)
    first = now - timedelta(days=15)
    scored(patient, "phq-9", 18, first - timedelta(days=1), by=therapist)
    for number in (1, 2):
        t0 = first + timedelta(days=10 * (number - 1))
        dosed(course, t0, number, by=therapist)
        scored(patient, "phq-9", 18 - 5 * number, t0 + timedelta(days=2), by=therapist)
    return course


def page(client, patient):
    return client.get(reverse("tracking:tracking", args=[patient.ref]))


def test_the_page_shows_doses_outcome_and_what_is_due(client, way, patient, therapist):
    signed_in(client, therapist)

    shown = page(client, patient).content.decode()

    assert "Dose 2" in shown
    assert "-10 (55.6 %)" in shown
    assert "Reliable improvement" in shown


def test_after_the_dose_of_the_day_nothing_is_asked_before_it(patient, therapist):
    now = timezone.now()
    course = factories.course_at(patient, by=therapist)
    dosed(course, now, 1, by=therapist)

    assert "On the day, before the dose" not in {
        row.due.why for row in selectors.tracking(patient, course, now, "America/New_York").due
    }


def test_a_baseline_older_than_two_weeks_gives_no_outcome(patient, therapist):
    now = timezone.now()
    course = factories.course_at(patient, by=therapist)
    scored(patient, "phq-9", 18, now - timedelta(days=40), by=therapist)
    dosed(course, now - timedelta(days=10), 1, by=therapist)
    scored(patient, "phq-9", 5, now - timedelta(days=5), by=therapist)

    assert selectors.tracking(patient, course, now, "America/New_York").outcomes == []


def test_a_baseline_is_as_old_as_the_calendar_says(patient, therapist):
    first = datetime(2026, 11, 24, 14, 45, tzinfo=UTC)
    course = factories.course_at(patient, by=therapist)
    scored(patient, "phq-9", 18, datetime(2026, 11, 10, 5, 30, tzinfo=UTC), by=therapist)  # 00:30 of the fourteenth day
    dosed(course, first, 1, by=therapist)
    scored(patient, "phq-9", 5, first + timedelta(days=5), by=therapist)

    [outcome] = selectors.tracking(patient, course, first + timedelta(days=6), "America/New_York").outcomes

    assert (outcome.baseline, outcome.current) == (18, 5)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.THERAPIST, 403), (Role.ADMIN, 403), (Role.FRONT_DESK, 403), (Role.AUDITOR, 403)]
)
def test_who_is_not_on_the_team_does_not_see_it(client, clinic, patient, role, status):
    signed_in(client, factories.member(clinic, role))

    assert page(client, patient).status_code == status


def test_the_page_costs_the_same_however_long_the_way(client, way, patient, therapist, django_assert_max_num_queries):
    signed_in(client, therapist)
    page(client, patient)
    for number in range(3, 6):
        dosed(way, timezone.now() - timedelta(days=6 - number), number, by=therapist)

    with django_assert_max_num_queries(28):
        page(client, patient)
