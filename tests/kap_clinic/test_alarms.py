"""When the audit trail raises an alarm (SEC-48): truth tables, no database."""

from datetime import UTC, datetime, timedelta

import pytest

from kap_clinic.audit import alarms, words
from kap_clinic.audit.alarms import Seen, raised
from kap_clinic.audit.terms import Event, Outcome

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def seen(no: int, after: timedelta, event: str = "page.denied", **given: object) -> Seen:
    outcome = Outcome.REFUSED if event == "page.denied" else Outcome.DONE
    facts = {"actor_id": 7, "actor": "Jo Winter", "outcome": outcome, "patient": ""} | given
    return Seen(no=no, at=NINE + after, event=event, **facts)


def denials(count: int, apart: timedelta, **given: object) -> list[Seen]:
    return [seen(no, (no - 1) * apart, **given) for no in range(1, count + 1)]


def charts(patients: list[str], apart: timedelta) -> list[Seen]:
    return [seen(no, no * apart, "chart.opened", patient=patient) for no, patient in enumerate(patients, start=1)]


@pytest.mark.parametrize(
    ("count", "apart", "at_links"),
    [
        (9, SECOND, []),
        (10, SECOND, [10]),
        (11, SECOND, [10]),
        (40, SECOND, [10]),  # one alarm while it goes on
        (10, 33 * SECOND, [10]),  # the tenth 4 min 57 s after the first
        (10, 34 * SECOND, []),  # 5 min 6 s
        (10, MINUTE, []),
        (0, SECOND, []),
    ],
)
def test_ten_refusals_within_five_minutes_raise_one_alarm(count, apart, at_links):
    found = raised(denials(count, apart))

    assert [(alarm.event, alarm.no) for alarm in found] == [(Event.ALARM_DENIALS, no) for no in at_links]


@pytest.mark.parametrize(("tenth", "count"), [(5 * MINUTE - SECOND, 1), (5 * MINUTE, 0), (5 * MINUTE + SECOND, 0)])
def test_a_refusal_exactly_five_minutes_old_no_longer_counts(tenth, count):
    links = [seen(1, timedelta(0)), *(seen(no, 4 * MINUTE) for no in range(2, 10))]

    assert len(raised([*links, seen(10, tenth)])) == count


def test_refusals_of_different_people_are_not_added_up():
    mixed = [seen(no, no * SECOND, actor_id=no % 2, actor=f"Person {no % 2}") for no in range(1, 19)]

    assert raised(mixed) == []
    assert len(raised([*mixed, seen(19, 19 * SECOND, actor_id=1, actor="Person 1")])) == 1


def test_the_alarm_names_the_person_and_not_a_patient():
    (alarm,) = raised(denials(10, SECOND, patient="0190-patient"))

    assert alarm.why == "Jo Winter: 10 refusals in 5 minutes"


def test_a_second_burst_after_a_quiet_hour_raises_a_second_alarm():
    later = [seen(no, timedelta(hours=1) + no * SECOND) for no in range(11, 21)]

    assert [alarm.no for alarm in raised([*denials(10, SECOND), *later])] == [10, 20]


def test_a_page_that_was_given_is_no_refusal():
    assert raised(denials(20, SECOND, outcome=Outcome.DONE)) == []


@pytest.mark.parametrize(
    ("patients", "apart", "at_links"),
    [
        ([str(n) for n in range(49)], SECOND, []),
        ([str(n) for n in range(50)], SECOND, [50]),
        ([str(n) for n in range(80)], SECOND, [50]),
        (["one"] * 200, SECOND, []),  # one chart opened again and again
        ([str(n % 49) for n in range(200)], SECOND, []),
        ([str(n) for n in range(50)], 73 * SECOND, [50]),  # the last 59 min 37 s after the first
        ([str(n) for n in range(50)], 74 * SECOND, []),  # 60 min 26 s
    ],
)
def test_fifty_different_charts_within_an_hour_raise_one_alarm(patients, apart, at_links):
    found = raised(charts(patients, apart))

    assert [(alarm.event, alarm.no) for alarm in found] == [(Event.ALARM_CHARTS, no) for no in at_links]


@pytest.mark.parametrize(
    ("event", "patient", "outcome", "alarm"),
    [
        ("trail.exported", "", Outcome.DONE, Event.ALARM_EXPORT),
        ("report.exported", "", Outcome.DONE, Event.ALARM_EXPORT),
        ("history.exported", "0190-patient", Outcome.DONE, None),  # one patient's own
        ("trail.exported", "", Outcome.REFUSED, None),
        ("break_glass.opened", "0190-patient", Outcome.DONE, Event.ALARM_BREAK_GLASS),
        ("break_glass.opened", "0190-patient", Outcome.REFUSED, None),
        ("break_glass.closed", "0190-patient", Outcome.DONE, None),
        ("mfa.reset", "", Outcome.DONE, Event.ALARM_MFA_RESET),
        ("signed.in", "", Outcome.DONE, None),
    ],
)
def test_what_raises_an_alarm_at_once(event, patient, outcome, alarm):
    found = raised([seen(1, SECOND, event, patient=patient, outcome=outcome)])

    assert [each.event for each in found] == ([alarm] if alarm else [])


def test_reading_on_from_any_link_raises_the_same_alarms_as_reading_all_at_once():
    links = [*denials(25, 20 * SECOND), *(seen(no, no * 20 * SECOND, "trail.exported") for no in (26, 27))]
    whole = raised(links)

    for stop in range(1, len(links)):
        first, rest = raised(links[:stop]), [alarm for alarm in raised(links) if alarm.no > stop]
        assert first + rest == whole


def test_the_order_they_are_handed_over_in_does_not_matter():
    links = denials(12, SECOND)

    assert raised(reversed(links)) == raised(links)


@pytest.mark.parametrize("event", [alarms.CHART_OPENED, *alarms.AT_ONCE])
def test_every_event_the_rules_wait_for_is_one_somebody_records(event):
    assert event in words.known()
