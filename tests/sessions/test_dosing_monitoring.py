"""When checks are due, whether they were in time, and when somebody may leave: dosing-reference 2. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions.dosing.rules.monitoring import (
    PHASES,
    ROUTES,
    Check,
    Course,
    Due,
    Kind,
    Row,
    State,
    Taken,
    checks,
    during_done,
    earliest_leave,
    kap_dr_dues,
    next_check,
    oxygen_stays_on,
    phases,
    reasons_against_leaving,
    schedule,
)

T0 = datetime(2026, 3, 2, 14, 41, tzinfo=UTC)


def after(minutes):
    return T0 + timedelta(minutes=minutes)


def minutes_of(dues):
    return [round((due.at - T0).total_seconds() / 60) for due in dues]


def course(route, *boosters, **more):
    return Course(route, T0, tuple(after(minutes) for minutes in boosters), **more)


@pytest.mark.parametrize(
    ("route", "due"),
    [
        ("iv", [10, 20, 30, 40, 55, 70, 85, 100, 115, 130, 145, 160, 175, 190]),
        ("im", [5, 15, 30, 45, 60, 90, 120, 150, 180, 210]),
        ("sl", [15, 30, 45, 60, 90, 120, 150, 180, 210]),
        ("in", [10, 20, 40, 60, 90, 120, 150, 180, 210]),
        ("esk", [20, 40, 60, 90, 120, 150, 180, 210]),
    ],
)
def test_the_schedule_of_each_route(route, due):
    found = schedule(course(route), until=after(180))

    assert minutes_of(found) == due
    assert all(one.minutes == due[place] for place, one in enumerate(found))


@pytest.mark.parametrize("route", ["iv", "im", "sl", "in"])
def test_minute_by_minute_the_next_check_is_the_first_of_its_row_still_to_come(route):
    due = minutes_of(schedule(course(route), until=after(200)))

    for minute in range(181):
        found = schedule(course(route), until=after(minute))
        taken = [Taken(after(past), after(past)) for past in due if past <= minute]
        coming = next_check(checks(found, taken, now=after(minute)))

        assert coming is not None
        assert minutes_of([coming.due]) == [next(d for d in due if d > minute)], f"{route} at {minute}"


@pytest.mark.parametrize("route", ["iv", "im", "sl", "in"])
def test_minute_by_minute_a_check_nobody_makes_goes_from_coming_to_the_prescriber(route):
    first = minutes_of(schedule(course(route), until=T0))[0]

    for minute in range(first + 30):
        check = checks(schedule(course(route), until=after(minute)), [], now=after(minute))[0]
        late = minute - first
        expected = (
            State.COMING if late < -5 else State.DUE if late <= 5 else State.OVERDUE if late < 10 else State.ALERT
        )
        assert check.state is expected, f"{route} at {minute}"


@pytest.mark.parametrize(
    ("length", "due"),
    [
        (40, [10, 20, 30, 40, 55, 70]),
        (60, [10, 20, 30, 40, 50, 60, 75, 90]),
        (23, [10, 20, 23, 38, 53, 68]),
        (10, [10, 25, 40, 55, 70]),
    ],
)
def test_an_infusion_is_checked_every_ten_minutes_and_at_its_end(length, due):
    running = course("iv", infusion_minutes=length)
    stopped = course("iv", infusion_minutes=60, infusion_ended_at=after(length))

    assert minutes_of(schedule(running, until=after(80)))[: len(due)] == due
    assert minutes_of(schedule(stopped, until=after(80)))[: len(due)] == due


def test_a_booster_restarts_the_row_at_its_own_time():
    found = schedule(course("sl", 35), until=after(180))

    assert minutes_of(found) == [15, 30, 50, 65, 80, 95, 125, 155, 185]
    assert [one.dose for one in found] == [0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert [one.row for one in found].count(Row.DURING) == 6


@pytest.mark.parametrize(
    ("which", "leave"),
    [
        (course("im"), 120),
        (course("sl"), 120),
        (course("in"), 120),
        (course("esk"), 120),
        (course("iv"), 120),
        (course("iv", infusion_minutes=90), 150),
        (course("iv", infusion_minutes=90, infusion_ended_at=after(30)), 120),
        (course("im", 15), 120),
        (course("im", 40), 130),
        (course("sl", 35), 155),
        (course("in", 15), 135),
    ],
)
def test_nobody_leaves_before(which, leave):
    assert earliest_leave(which) == after(leave)


def test_leaving_is_reached_at_the_very_minute():
    assert reasons_against_leaving(course("im"), after(119)) == ["The earliest time to leave is not reached."]
    assert reasons_against_leaving(course("im"), after(120)) == []


def test_an_infusion_nobody_has_ended_keeps_the_patient_here():
    assert reasons_against_leaving(course("iv"), after(400)) == ["The end of the infusion is not written down."]


def test_remote_the_chaperone_looks_every_quarter_of_an_hour_and_measures_twice():
    found = schedule(course("sl", remote=True), until=after(110))

    assert minutes_of(found) == [15, 30, 45, 60, 75, 90, 105, 120]
    assert [one.minutes for one in found if one.kind is Kind.VITALS] == [45, 120]


# How each check went


def went(reading_at, *, entered_at=None, now=40):
    found = checks(
        [Due(after(15), 15, Row.DURING), Due(after(30), 30, Row.DURING)],
        [Taken(after(reading_at), after(reading_at if entered_at is None else entered_at))],
        now=after(now),
    )
    return [check.state for check in found]


@pytest.mark.parametrize(
    ("at", "states"),
    [
        (9, [State.ALERT, State.ALERT]),  # too early for either
        (10, [State.DONE, State.ALERT]),
        (20, [State.DONE, State.ALERT]),
        (21, [State.LATE, State.ALERT]),
        (24, [State.LATE, State.ALERT]),
        (25, [State.ALERT, State.DONE]),
        (35, [State.ALERT, State.DONE]),
        (36, [State.ALERT, State.LATE]),
    ],
)
def test_one_reading_answers_one_check(at, states):
    assert went(at) == states


def test_what_is_entered_long_after_is_late_however_it_is_dated():
    assert went(15, entered_at=25)[0] is State.DONE
    assert went(15, entered_at=26)[0] is State.LATE


def test_a_missed_check_may_be_explained():
    dues = [Due(after(15), 15, Row.DURING)]
    found = checks(dues, [], now=after(40), explained=frozenset({after(15)}))

    assert found == [Check(dues[0], State.EXPLAINED)]
    assert during_done(found)


def test_the_first_hour_is_done_when_every_check_of_it_is():
    dues = schedule(course("sl"), until=after(70))
    made = [Taken(after(minutes), after(minutes)) for minutes in (15, 30, 45)]

    assert not during_done(checks(dues, made, now=after(70)))
    assert during_done(checks(dues, [*made, Taken(after(62), after(62))], now=after(70)))
    assert not during_done([])


def test_a_look_is_no_measurement():
    dues = schedule(course("sl", remote=True), until=after(50))
    looks = [Taken(after(minutes), after(minutes), Kind.LOOK) for minutes in (15, 30, 45)]
    found = checks(dues, looks, now=after(50))

    assert [check.state for check in found[:3]] == [State.DONE, State.DONE, State.DUE]


def test_late_minutes_are_counted_from_the_due_time():
    check = checks([Due(after(15), 15, Row.DURING)], [], now=after(22))[0]

    assert check.late_by(after(22)) == 7
    assert check.late_by(after(10)) == 0


# SpO2, KAP-DR, phases


@pytest.mark.parametrize(
    ("route", "minute", "on"),
    [("iv", 200, True), ("im", 59, True), ("im", 60, False), ("in", 59, True), ("sl", 10, False), ("esk", 10, False)],
)
def test_oxygen_is_watched_without_a_break(route, minute, on):
    assert oxygen_stays_on(course(route), after(minute), amber=False) is on
    assert oxygen_stays_on(course(route), after(minute), amber=True)


def test_a_booster_keeps_the_oximeter_on():
    assert oxygen_stays_on(course("im", 20), after(70), amber=False)


def test_the_kap_dr_is_due_at_forty_and_every_half_hour():
    found = [round((at - T0).total_seconds() / 60) for at in kap_dr_dues(course("im"), until=after(120))]

    assert found == [40, 70, 100, 130]


def test_the_clock_bar_names_the_phase_of_each_moment():
    names = {
        minute: next(p.name for p in phases(course("im"), baseline_at=after(-8), now=after(minute)) if p.state == "now")
        for minute in (0, 4, 5, 19, 20, 60, 90, 119, 120)
    }

    assert names == {
        0: "Dose",
        4: "Dose",
        5: "Onset",
        19: "Onset",
        20: "Peak",
        60: "Return",
        90: "Recovery",
        119: "Recovery",
        120: "Discharge",
    }


def test_before_the_dose_the_clock_bar_stands_at_baseline():
    found = phases(None, baseline_at=None, now=T0)

    assert [one.name for one in found] == list(PHASES)
    assert [one.state for one in found] == ["now", *["coming"] * 6]


def test_phases_of_each_route_follow_one_another():
    assert all(list(route.phases) == sorted(route.phases) for route in ROUTES.values())
