"""Which form is due when, and what a score came to: truth tables without a database."""

from datetime import date, timedelta

import pytest

from integration.tracking.rules import Facts, due, outcome
from patients.consents.rules import add_months

DAY = date(2026, 11, 24)
DOSES = [DAY - timedelta(days=days) for days in (21, 14, 7)]


def ago(days):
    return DAY - timedelta(days=days)


def names(facts, on=DAY):
    return {each.instrument: each.why for each in due(facts, on)}


def answered(**days):
    return {name.replace("_", "-"): [ago(day) for day in sorted(each, reverse=True)] for name, each in days.items()}


FRESH = answered(phq_9=[3], gad_7=[3], kap_bladder=[3], kap_craving=[0], asq=[0], phq_2=[1])


@pytest.mark.parametrize(
    ("last", "asked"), [([], True), ([15], True), ([14], False), ([1], False)], ids=["never", "15", "14", "1"]
)
def test_a_baseline_is_asked_where_none_is_younger_than_two_weeks(last, asked):
    facts = Facts(answered=FRESH | answered(phq_9=last), next_dose=DAY)

    assert ("phq-9" in names(facts)) is asked


def test_pcl_5_is_asked_of_who_screened_positive():
    facts = Facts(answered={}, next_dose=DAY + timedelta(days=1))

    assert "pcl-5" not in names(facts)
    assert "pcl-5" in names(Facts(answered={}, next_dose=DAY + timedelta(days=1), trauma=True))


@pytest.mark.parametrize(("days", "asked"), [(6, False), (7, True), (30, True)])
def test_before_a_dose_phq_9_is_asked_again_when_a_week_old(days, asked):
    facts = Facts(answered=FRESH | answered(phq_9=[days]), doses=DOSES, next_dose=DAY)

    assert ("phq-9" in names(facts)) is asked


def test_the_day_itself_asks_for_suicide_risk_and_craving():
    facts = Facts(answered=FRESH | answered(asq=[7], kap_craving=[7]), doses=DOSES, next_dose=DAY)

    assert {"asq", "kap-craving"} <= set(names(facts))
    assert not {"asq", "kap-craving"} & set(names(facts, DAY - timedelta(days=1)))


@pytest.mark.parametrize(("last", "doses", "asked"), [(22, 3, False), (31, 1, True), (29, 4, True)])
def test_bladder_and_gad_7_come_every_four_doses_or_monthly(last, doses, asked):
    given = [ago(days) for days in (28, 21, 14, 7)][-doses:]
    facts = Facts(answered=FRESH | answered(kap_bladder=[last], gad_7=[last]), doses=given, next_dose=DAY)

    assert ("kap-bladder" in names(facts)) is asked
    assert ("gad-7" in names(facts)) is asked


@pytest.mark.parametrize(("pulse", "asked"), [([], True), ([8], True), ([5], False)])
def test_a_pulse_is_due_in_the_week_after_a_dose(pulse, asked):
    facts = Facts(answered=answered(phq_2=pulse, phq_9=[20]), doses=DOSES)

    assert ("phq-2" in names(facts)) is asked


def test_a_full_phq_9_in_that_week_is_a_pulse_too():
    assert "phq-2" not in names(Facts(answered=answered(phq_9=[4]), doses=DOSES))


def test_a_pulse_nobody_took_is_overdue_after_a_week():
    [late] = due(Facts(answered={}, doses=[ago(9)]), DAY)

    assert late.is_overdue(DAY)


def test_closing_asks_for_the_whole_set_after_the_last_dose():
    facts = Facts(answered=FRESH | answered(phq_9=[8], gad_7=[1]), doses=DOSES, closing=True)

    found = names(facts)
    assert {"phq-9", "cgi-s", "cgi-i"} <= set(found)
    assert "gad-7" not in found
    assert found["phq-9"] == "At the end of the course"


@pytest.mark.parametrize(("months", "audit"), [(1, False), (3, False), (6, True)])
def test_follow_ups_are_asked_one_three_and_six_months_after(months, audit):
    ended = DAY
    on = add_months(ended, months)

    found = names(Facts(answered=FRESH, doses=DOSES, ended_on=ended), on)

    assert found["phq-9"].startswith(f"{months} month")
    assert ("audit-c" in found) is audit


@pytest.mark.parametrize("months", [2, 5, 8])
def test_between_follow_ups_nothing_is_asked(months):
    facts = Facts(answered=FRESH, doses=[ago(60)], ended_on=DAY)

    assert names(facts, add_months(DAY, months)) == {}


def test_a_course_without_a_booked_dose_asks_for_nothing_before_one():
    assert names(Facts(answered={})) == {}


@pytest.mark.parametrize(
    ("instrument", "before", "after", "response", "remission", "reliable"),
    [
        ("phq-9", 18, 9, True, False, "Reliable improvement"),
        ("phq-9", 18, 4, True, True, "Reliable improvement"),
        ("phq-9", 9, 4, None, True, "No reliable change"),
        ("phq-9", 10, 16, False, False, "Reliable deterioration"),
        ("pcl-5", 50, 35, True, False, "Reliable improvement"),
        ("pcl-5", 40, 28, False, True, "No reliable change"),
    ],
)
def test_what_a_score_came_to(instrument, before, after, response, remission, reliable):
    found = outcome(instrument, before, after)

    assert (found.response, found.remission, found.reliable) == (response, remission, reliable)


@pytest.mark.parametrize(("before", "after"), [(None, 5), (5, None), (None, None)])
def test_without_two_totals_there_is_no_outcome(before, after):
    assert outcome("phq-9", before, after) is None
