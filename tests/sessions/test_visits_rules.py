"""When a visit can be and how it moves, as tables: six zones, both days on which clocks change, states and reasons."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.course.terms import Stage
from sessions.visits import rules
from sessions.visits.rules import Asked, NoSuchTime, TwiceThatDay
from sessions.visits.terms import Modality, VisitKind, VisitState

NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"
KOLKATA, AUCKLAND, PHOENIX = "Asia/Kolkata", "Pacific/Auckland", "America/Phoenix"
ZONES = (NEW_YORK, BERLIN, LORD_HOWE, KOLKATA, AUCKLAND, PHOENIX)


def wall(text):
    return datetime.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "meant", "comes_to"),
    [
        (NEW_YORK, "2026-01-15 09:00", "2026-01-15 14:00"),
        (NEW_YORK, "2026-07-15 09:00", "2026-07-15 13:00"),
        (BERLIN, "2026-01-15 09:00", "2026-01-15 08:00"),
        (BERLIN, "2026-07-15 09:00", "2026-07-15 07:00"),
        (LORD_HOWE, "2026-01-15 09:00", "2026-01-14 22:00"),  # UTC+11 in summer
        (LORD_HOWE, "2026-07-15 09:00", "2026-07-14 22:30"),  # UTC+10:30 in winter: half an hour
        (KOLKATA, "2026-01-15 09:00", "2026-01-15 03:30"),
        (KOLKATA, "2026-07-15 09:00", "2026-07-15 03:30"),
        (AUCKLAND, "2026-01-15 09:00", "2026-01-14 20:00"),
        (AUCKLAND, "2026-07-15 09:00", "2026-07-14 21:00"),
        (PHOENIX, "2026-01-15 09:00", "2026-01-15 16:00"),
        (PHOENIX, "2026-07-15 09:00", "2026-07-15 16:00"),
    ],
)
def test_a_wall_time_comes_to_one_moment(zone, meant, comes_to):
    assert rules.moment(wall(meant), zone) == utc(comes_to)


@pytest.mark.parametrize(
    ("zone", "missing", "instead"),
    [
        (NEW_YORK, "2026-03-08 02:00", "03:00"),
        (NEW_YORK, "2026-03-08 02:59", "03:59"),
        (BERLIN, "2026-03-29 02:30", "03:30"),
        (LORD_HOWE, "2026-10-04 02:00", "02:30"),  # only half an hour is left out
        (LORD_HOWE, "2026-10-04 02:29", "02:59"),
        (AUCKLAND, "2026-09-27 02:15", "03:15"),
    ],
)
@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_time_the_clocks_leave_out_is_refused_with_the_next_one(zone, missing, instead, fold):
    with pytest.raises(NoSuchTime, match=f"there is no such time. Choose {instead}"):
        rules.moment(wall(missing), zone, fold)


@pytest.mark.parametrize(
    ("zone", "edge"),
    [
        (NEW_YORK, "2026-03-08 01:59"),
        (NEW_YORK, "2026-03-08 03:00"),
        (BERLIN, "2026-03-29 01:59"),
        (BERLIN, "2026-03-29 03:00"),
        (LORD_HOWE, "2026-10-04 01:59"),
        (LORD_HOWE, "2026-10-04 02:30"),
        (NEW_YORK, "2026-11-01 00:59"),
        (NEW_YORK, "2026-11-01 02:00"),
        (LORD_HOWE, "2026-04-05 01:29"),
        (LORD_HOWE, "2026-04-05 02:00"),
        (KOLKATA, "2026-03-29 02:30"),
        (PHOENIX, "2026-03-08 02:30"),
    ],
)
def test_times_beside_the_change_and_zones_without_one_stand_for_themselves(zone, edge):
    assert rules.wall_of(rules.moment(wall(edge), zone), zone) == wall(edge)


@pytest.mark.parametrize(
    ("zone", "doubled", "earlier", "later", "words"),
    [
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30", "2026-11-01 06:30", ("EDT (UTC-04:00)", "EST (UTC-05:00)")),
        (BERLIN, "2026-10-25 02:00", "2026-10-25 00:00", "2026-10-25 01:00", ("CEST (UTC+02:00)", "CET (UTC+01:00)")),
        (LORD_HOWE, "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15", ("(UTC+11:00)", "(UTC+10:30)")),
        (AUCKLAND, "2026-04-05 02:59", "2026-04-04 13:59", "2026-04-04 14:59", ("NZDT", "NZST")),
    ],
)
def test_a_time_that_comes_twice_is_asked_for(zone, doubled, earlier, later, words):
    with pytest.raises(TwiceThatDay, match=r"comes twice on that day\. Choose the earlier or the later") as asked:
        rules.moment(wall(doubled), zone)

    assert [fold for fold, _ in asked.value.choices] == [rules.EARLIER, rules.LATER]
    assert all(word in said for word, (_, said) in zip(words, asked.value.choices, strict=True))
    assert rules.moment(wall(doubled), zone, rules.EARLIER) == utc(earlier)
    assert rules.moment(wall(doubled), zone, rules.LATER) == utc(later)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_a_zone_nobody_knows_is_refused(zone):
    with pytest.raises(ValueError, match="This time zone is not known"):
        rules.moment(wall("2026-01-15 09:00"), zone)


@pytest.mark.parametrize(
    ("zone", "starts", "minutes", "fold", "ends"),
    [
        (NEW_YORK, "2026-03-07 23:30", 240, None, "2026-03-08T04:30"),  # spring: one hour of wall time more
        (NEW_YORK, "2026-10-31 23:30", 240, None, "2026-11-01T02:30"),  # autumn: one less
        (LORD_HOWE, "2026-10-04 00:30", 180, None, "2026-10-04T04:00"),  # half an hour more
        (NEW_YORK, "2026-11-01 01:30", 60, 0, "2026-11-01T01:30"),  # from the earlier to the later half past one
        (NEW_YORK, "2026-11-01 01:30", 60, 1, "2026-11-01T02:30"),
        (KOLKATA, "2026-03-29 01:30", 180, None, "2026-03-29T04:30"),
    ],
)
def test_how_long_a_visit_takes_is_elapsed_time(zone, starts, minutes, fold, ends):
    time = rules.time_of(wall(starts), minutes, zone, fold)

    assert time.wall_end == ends
    assert rules.minutes_between(time.starts_at, time.ends_at) == minutes


@given(
    at=st.datetimes(min_value=wall("2026-01-01"), max_value=wall("2027-12-31"), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_every_moment_is_reached_from_its_wall_time(at, zone):
    at = at.replace(second=0, microsecond=0)
    shown = rules.wall_of(at, zone)
    fold = at.astimezone(ZoneInfo(zone)).fold

    assert rules.moment(shown, zone, fold) == at


@given(
    meant=st.datetimes(min_value=wall("2026-01-01"), max_value=wall("2027-12-31")),
    zone=st.sampled_from(ZONES),
)
def test_a_wall_time_is_kept_as_meant_or_refused(meant, zone):
    meant = meant.replace(second=0, microsecond=0)
    try:
        moments = [rules.moment(meant, zone)]
    except NoSuchTime:
        return
    except TwiceThatDay as twice:
        moments = [rules.moment(meant, zone, fold) for fold, _ in twice.choices]
        assert moments[0] < moments[1]

    assert {rules.wall_of(one, zone) for one in moments} == {meant}


MAY = {
    ("planned", "in_progress"), ("planned", "cancelled"), ("planned", "no_show"),
    ("in_progress", "completed"), ("in_progress", "cancelled"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product(VisitState, VisitState)))
def test_states_move_along_the_table_only(before, after):
    reasons = list(rules.reasons_against_move(before, after))

    assert (not reasons) == ((before.value, after.value) in MAY)


FINE = Asked(VisitKind.DOSING, 180, Modality.IN_PERSON, Stage.DOSING_SERIES, people=2, room="Room 1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"minutes": 9}, "A visit takes between 10 minutes and 8 hours"),
        ({"minutes": 481}, "A visit takes between 10 minutes and 8 hours"),
        ({"people": 0}, "Name somebody who is in the visit"),
        ({"room": ""}, "Choose a room"),
        ({"room_is_closed": True}, "Room 1 is closed. Choose another room"),
        ({"room_is_for_dosing": False}, "Room 1 is not set up for this kind of visit. Choose another room"),
        ({"modality": Modality.VIDEO}, "This kind of visit takes place in person"),
        ({"stage": None}, "Open a course first: this kind of visit belongs to one"),
        ({"kind": VisitKind.CONSULT, "stage": None}, None),
        ({"kind": VisitKind.CONSULT, "modality": Modality.PHONE, "room": ""}, None),
        ({"kind": VisitKind.PREPARATION, "room_is_for_dosing": False}, None),
    ],
)
def test_each_reason_against_a_booking(changes, reason):
    reasons = list(rules.reasons_against_booking(Asked(**(vars(FINE) | changes))))

    assert reasons == ([reason] if reason else [])


BOOKED = {
    VisitKind.PREPARATION: "enrolled preparation dosing_series on_hold maintenance",
    VisitKind.DOSING: "enrolled preparation dosing_series maintenance",
    VisitKind.INTEGRATION: "enrolled preparation dosing_series on_hold closing maintenance",
    VisitKind.CONSULT: " ".join(Stage.values),
}


@pytest.mark.parametrize(("kind", "stage"), list(product(VisitKind, Stage)))
def test_a_kind_of_visit_is_booked_at_its_stages(kind, stage):
    reasons = list(rules.reasons_against_booking(Asked(**(vars(FINE) | {"kind": kind, "stage": stage}))))

    assert (not reasons) == (stage.value in BOOKED[kind].split())


def test_reasons_are_neutral_for_the_front_desk():
    worst = Asked(VisitKind.DOSING, 0, Modality.VIDEO, Stage.INTAKE, people=0, room="Room 1", room_is_closed=True)
    said = " ".join(rules.reasons_against_booking(worst)).lower()

    assert not any(word in said for word in ("dos", "ketamine", "prepar", "integrat"))


@pytest.mark.parametrize(
    ("why", "words", "reason"),
    [
        ("patient_ill", "", None),
        ("other", "Power cut", None),
        ("", "", "Choose why"),
        ("", "Power cut", "Choose why"),
        ("other", "  ", "Say why in a few words"),
    ],
)
def test_moving_says_why(why, words, reason):
    assert list(rules.reason_given(why, words)) == ([reason] if reason else [])


MINUTES = {VisitKind.PREPARATION: 60, VisitKind.DOSING: 180, VisitKind.INTEGRATION: 60}
WEEK = frozenset(range(5))


@pytest.mark.parametrize(
    ("dose", "open_days", "preparation", "integration"),
    [
        ("2026-11-26 09:00", WEEK, "2026-11-24 09:00", "2026-11-27 09:00"),
        ("2026-11-23 09:00", WEEK, "2026-11-20 09:00", "2026-11-24 09:00"),  # Monday: back over the weekend
        ("2026-11-27 09:00", WEEK, "2026-11-25 09:00", "2026-11-30 09:00"),  # Friday: Monday, just within 72 h
        ("2026-11-26 09:00", frozenset({3}), "2026-11-19 09:00", "2026-11-27 09:00"),  # next open day is too late
        ("2026-11-26 09:00", frozenset(), "2026-11-24 09:00", "2026-11-27 09:00"),
    ],
)
def test_a_series_is_proposed_around_the_dose(dose, open_days, preparation, integration):
    proposed = rules.propose_series(wall(dose), MINUTES, open_days)

    assert [(one.kind, one.starts, one.minutes) for one in proposed] == [
        (VisitKind.PREPARATION, wall(preparation), 60),
        (VisitKind.DOSING, wall(dose), 180),
        (VisitKind.INTEGRATION, wall(integration), 60),
    ]
    assert not list(rules.reasons_against_series([(one.kind, one.starts) for one in proposed]))


@pytest.mark.parametrize(
    ("hours_before", "hours_after", "reasons"),
    [(24, 24, 0), (23.9, 24, 1), (-2, 24, 1), (48, 0, 1), (48, -3, 1), (2, -3, 2)],
)
def test_a_series_lies_in_its_order(hours_before, hours_after, reasons):
    dose = utc("2026-11-26 14:00")
    visits = [
        (VisitKind.PREPARATION, dose - timedelta(hours=hours_before)),
        (VisitKind.DOSING, dose),
        (VisitKind.INTEGRATION, dose + timedelta(hours=hours_after)),
    ]

    assert len(list(rules.reasons_against_series(visits))) == reasons


def test_a_series_without_a_dose_has_no_order():
    assert not list(rules.reasons_against_series([(VisitKind.INTEGRATION, utc("2026-11-26 14:00"))]))


def test_visits_of_a_series_move_as_far_by_the_clock():
    moved = rules.carried(wall("2026-10-31 09:00"), before=wall("2026-11-02 09:00"), after=wall("2026-11-03 10:30"))

    assert moved == wall("2026-11-01 10:30")
