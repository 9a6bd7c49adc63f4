"""The limits of a dose: truth tables at, just under and just over each limit, by hand and from the data."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.orders import rules
from sessions.orders.rules import DEFAULTS, Asked, Given, OrderFacts, Tolerated
from sessions.orders.terms import Route

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
MANNER = {"iv": {"infusion_minutes": 40}, "sl": {"hold_minutes": 10, "swallow": False}}
WITH_ESK = replace(DEFAULTS, esketamine=True)


def order(route, mg, kg="100", **more):
    """An order nothing is to be said about, but for its amount: 100 kg, 40 years old, dosed before."""
    known = {
        "limits": rules.limits_of(route),
        "first_mg": D(mg),
        "today": TODAY,
        "valid_from": TODAY,
        "valid_until": TODAY,
        "kg": D(kg) if kg is not None else None,
        "weighed_on": TODAY,
        "age": 40,
        "first_session": False,
        "settings": WITH_ESK,
        **MANNER.get(route, {}),
    }
    return Asked(**{**known, **more})


def result(asked):
    found = rules.checks(asked)
    return "refused" if found.refused else "second" if found.needs_second else "warn" if found.warnings else "clear"


# By hand, from dosing-reference 1.1: route, mg, kg, what is to happen.
BY_HAND = [
    ("iv", "74.99", "100", "clear"),
    ("iv", "75", "100", "clear"),
    ("iv", "75.01", "100", "warn"),
    ("iv", "99.99", "100", "warn"),
    ("iv", "100", "100", "warn"),
    ("iv", "100.01", "100", "second"),
    ("iv", "51.3", "68.4", "clear"),
    ("iv", "51.31", "68.4", "warn"),
    ("im", "99.99", "100", "clear"),
    ("im", "100", "100", "clear"),
    ("im", "100.01", "100", "warn"),
    ("im", "200", "100", "warn"),
    ("im", "200.01", "100", "second"),
    ("im", "68.4", "68.4", "clear"),
    ("im", "68.41", "68.4", "warn"),
    ("im", "136.8", "68.4", "warn"),
    ("im", "136.81", "68.4", "second"),
    ("sl", "300", "100", "clear"),
    ("sl", "300.01", "100", "warn"),
    ("sl", "200", "50", "clear"),
    ("sl", "200.01", "50", "warn"),
    ("sl", "500", "100", "warn"),
    ("sl", "500.01", "100", "second"),
    ("sl", "350", "50", "warn"),
    ("sl", "350.01", "50", "second"),
    ("in", "100", "100", "clear"),
    ("in", "100.01", "150", "warn"),
    ("in", "50", "50", "clear"),
    ("in", "50.01", "50", "warn"),
    ("in", "150", "150", "warn"),
    ("in", "150.01", "150", "second"),
    ("in", "100", "50", "warn"),
    ("in", "100.01", "50", "second"),
    ("esk", "28", "100", "clear"),
    ("esk", "56", "100", "clear"),
    ("esk", "84", "100", "clear"),
    ("esk", "27.99", "100", "warn"),
    ("esk", "55", "100", "warn"),
    ("esk", "83.99", "100", "warn"),
    ("esk", "84.01", "100", "second"),
    ("esk", "112", "100", "second"),
    ("iv", "199.99", "100", "second"),
    ("iv", "200", "100", "refused"),
    ("im", "649.99", "100", "second"),
    ("im", "650", "100", "refused"),
]


@pytest.mark.parametrize(("route", "mg", "kg", "expected"), BY_HAND)
def test_each_limit_by_hand(route, mg, kg, expected):
    assert result(order(route, mg, kg)) == expected


def at_the_limits():
    """Every limit of the data, met alone: just under, at, just over."""
    steps = (("-0.01", 0), ("0", 0), ("0.01", 1))
    for route in Route.values:
        limits = rules.limits_of(route)
        for kind, before, after in (("warn", "clear", "warn"), ("block", "warn", "second")):
            per_kg, mg = getattr(limits, f"{kind}_mg_per_kg"), getattr(limits, f"{kind}_mg")
            if per_kg is not None:
                yield from ((route, per_kg * 40 + D(step), D(40), (before, after)[over]) for step, over in steps)
            if mg is not None and route != Route.ESK:
                yield from ((route, mg + D(step), D(290), (before, after)[over]) for step, over in steps)


@pytest.mark.parametrize(("route", "mg", "kg", "expected"), list(at_the_limits()))
def test_each_limit_from_the_data(route, mg, kg, expected):
    assert result(order(route, mg, kg)) == expected


def test_the_data_hold_the_table_of_the_reference():
    table = {
        (route, name): getattr(rules.limits_of(route), name)
        for route in Route.values
        for name in ("warn_mg_per_kg", "warn_mg", "block_mg_per_kg", "block_mg", "gap_minutes", "boosters")
    }

    assert [table["iv", n] for n in ("warn_mg_per_kg", "block_mg_per_kg", "boosters")] == [D("0.75"), D(1), 0]
    assert [table["im", n] for n in ("warn_mg_per_kg", "block_mg_per_kg", "gap_minutes", "boosters")] == [1, 2, 15, 1]
    assert [table["sl", n] for n in ("warn_mg_per_kg", "warn_mg", "block_mg_per_kg", "block_mg")] == [4, 300, 7, 500]
    assert [table["sl", n] for n in ("gap_minutes", "boosters")] == [30, 1]
    assert [table["in", n] for n in ("warn_mg_per_kg", "warn_mg", "block_mg_per_kg", "block_mg")] == [1, 100, 2, 150]
    assert [table["in", n] for n in ("gap_minutes", "boosters")] == [15, 1]
    assert [table["esk", n] for n in ("block_mg", "boosters")] == [84, 0]
    assert rules.limits_of("esk").allowed_mg == (28, 56, 84)


def test_every_number_of_the_data_names_its_source():
    for route, row in rules.DATA["routes"].items():
        assert {"warn", "block", "boosters", "usual", "most_in_7_days"} <= set(row["sources"]), route
        assert all(row["sources"].values())
    assert all(one["source"] for one in rules.NUMBERS.values())


def test_boosters_count_into_the_session_dose():
    asked = order("im", "80", boosters=1, booster_mg=D("20.01"), gap_minutes=15)

    assert asked.session_mg == D("100.01")
    assert result(asked) == "warn"
    assert "100.01 mg (1 mg/kg) is above 1 mg/kg" in rules.checks(asked).warnings[0]


@pytest.mark.parametrize(
    ("route", "boosters", "gap", "words"),
    [
        ("im", 1, 14, "15 min after the dose at the earliest"),
        ("im", 1, None, "15 min after the dose at the earliest"),
        ("im", 2, 15, "At most 1 booster."),
        ("sl", 1, 29, "30 min after the dose at the earliest"),
        ("in", 1, 14, "15 min after the dose at the earliest"),
        ("iv", 1, 15, "By infusion there is no booster"),
        ("esk", 1, 15, "There is no booster by this route."),
    ],
)
def test_boosters_too_early_or_too_many_are_refused(route, boosters, gap, words):
    asked = order(route, "28", boosters=boosters, booster_mg=D(28), gap_minutes=gap)

    assert any(words in one for one in rules.checks(asked).refused)


@pytest.mark.parametrize(("route", "gap"), [("im", 15), ("sl", 30), ("in", 15)])
def test_a_booster_at_the_smallest_gap_is_clear(route, gap):
    assert result(order(route, "28", boosters=1, booster_mg=D(28), gap_minutes=gap)) == "clear"


# Also warn


@pytest.mark.parametrize(("mg", "warns"), [("62.49", False), ("62.5", False), ("62.51", True), ("40", False)])
def test_more_than_a_quarter_above_the_last_tolerated_dose_is_confirmed(mg, warns):
    asked = order("im", mg, tolerated=Tolerated(D(50), date(2026, 11, 17)))

    found = rules.checks(asked).warnings

    assert bool(found) == warns
    assert not warns or "above the last tolerated dose, 50 mg on 17 Nov 2026" in found[0]


@pytest.mark.parametrize(
    ("route", "mg", "warns"),
    [
        ("iv", "75", False),
        ("iv", "75.01", True),
        ("im", "100", False),
        ("sl", "200", False),
        ("sl", "200.01", True),
        ("in", "65", False),
        ("in", "65.01", True),
        ("esk", "56", False),
        ("esk", "84", True),
    ],
)
def test_a_first_session_stays_in_the_lower_half_of_the_usual_range(route, mg, warns):
    found = rules.checks(order(route, mg, first_session=True)).warnings

    assert any("lower half" in one for one in found) == warns


@pytest.mark.parametrize(
    ("age", "route", "mg", "warns"),
    [
        (64, "iv", "75", False),
        (65, "iv", "50", False),
        (65, "iv", "50.01", True),
        (65, "im", "53", False),  # 0.5 / 93 % is 0.537
        (65, "im", "53.01", True),
        (65, "sl", "156", False),  # 0.5 / 32 % is 1.5625
        (65, "sl", "156.01", True),
        (65, "in", "100", False),  # 0.5 / 50 %
        (80, "in", "100.01", True),
        (65, "esk", "28", False),
        (65, "esk", "56", True),
        (64, "esk", "56", False),
    ],
)
def test_from_65_a_dose_above_half_a_milligram_by_vein_or_its_like_is_confirmed(age, route, mg, warns):
    found = rules.checks(order(route, mg, age=age)).warnings

    assert any(f"The patient is {age}" in one for one in found) == warns


@pytest.mark.parametrize(("route", "warns"), [("sl", True), ("in", True), ("iv", False), ("im", False)])
def test_a_cyp_caution_is_confirmed_where_the_dose_is_swallowed_or_sniffed(route, warns):
    found = rules.checks(order(route, "28", cyp_caution="Clarithromycin in use.")).warnings

    assert any("Clarithromycin" in one for one in found) == warns


# Refused


@pytest.mark.parametrize(("mg", "expected"), [("55", "clear"), ("55.01", "refused")])
def test_the_approval_s_upper_mg_is_the_end(mg, expected):
    assert result(order("im", mg, upper_mg=D(55))) == expected


def test_the_approval_s_upper_mg_counts_boosters():
    asked = order("im", "40", boosters=1, booster_mg=D("15.01"), gap_minutes=20, upper_mg=D(55))

    assert "above 55 mg, the most the approval allows" in rules.checks(asked).refused[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kg": None, "weighed_on": None}, "no weight is on file"),
        ({"weighed_on": TODAY - timedelta(days=31)}, "older than 30 days"),
        ({"valid_from": TODAY - timedelta(days=1)}, "begins today or later"),
        ({"valid_from": TODAY + timedelta(days=1)}, "ends on or after"),
        ({"valid_until": TODAY + timedelta(days=31)}, "holds 30 days from its signature at most: until 24 Dec 2026"),
        ({"spacing_days": 1}, "at least 48 hours"),
        ({"doses": 0}, "1 to 12 sessions"),
        ({"doses": 13}, "1 to 12 sessions"),
        ({"first_mg": D(0)}, "above 0"),
        ({"first_mg": D("1000.01")}, "at most 1000 mg"),
        ({"stop_lines": {"systolic_stop": 181}}, "between 110 and 180 mmHg"),
        ({"stop_lines": {"diastolic_stop": 111}}, "between 70 and 110 mmHg"),
        ({"stop_lines": {"heart_rate_stop": 60}}, "between 80 and 140 beats"),
    ],
)
def test_what_cannot_be_signed(changes, words):
    found = rules.checks(order("im", "50", **changes)).refused

    assert any(words in one for one in found)


@pytest.mark.parametrize(
    "changes",
    [
        {"weighed_on": TODAY - timedelta(days=30)},
        {"valid_until": TODAY + timedelta(days=30)},
        {"spacing_days": 2},
        {"doses": 12},
        {"stop_lines": {"systolic_stop": 180, "diastolic_stop": 110, "heart_rate_stop": 140}},
    ],
)
def test_at_these_limits_it_can(changes):
    assert result(order("im", "50", **changes)) == "clear"


def test_how_an_infusion_and_a_lozenge_are_given_is_said():
    assert "minutes the infusion takes" in rules.checks(order("iv", "50", infusion_minutes=None)).refused[0]
    assert "kept in the mouth" in rules.checks(order("sl", "100", hold_minutes=None)).refused[0]
    assert "swallowed or spat out" in rules.checks(order("sl", "100", swallow=None)).refused[0]


def test_esketamine_is_ordered_only_where_it_is_switched_on():
    assert "switched off" in rules.checks(order("esk", "56", settings=DEFAULTS)).refused[0]


@pytest.mark.parametrize(
    ("doses", "spacing", "expected"), [(1, None, "clear"), (2, 7, "clear"), (2, 6, "second"), (2, None, "second")]
)
def test_maintenance_more_than_weekly_takes_a_second_person(doses, spacing, expected):
    assert result(order("im", "50", maintenance=True, doses=doses, spacing_days=spacing)) == expected


# mg and mg/kg

KILOGRAMS = st.decimals(30, 300, places=1) | st.integers(6700, 66000).map(lambda n: D(n) / 100 * D("0.45359237"))


@given(per_kg=st.decimals("0.001", "9.999", places=3), kg=KILOGRAMS)
def test_mg_per_kg_goes_round_by_mg(per_kg, kg):
    mg = rules.mg_of(per_kg, kg)

    assert rules.mg_per_kg_of(mg, kg) == per_kg
    assert mg / kg <= per_kg  # never more than was ordered


@given(mg=st.decimals("0.01", 1000, places=2), kg=KILOGRAMS)
def test_mg_goes_round_by_mg_per_kg_within_its_last_digit(mg, kg):
    back = rules.mg_of(rules.mg_per_kg_of(mg, kg), kg)

    assert abs(back - mg) <= D("0.0005") * kg + D("0.01")


@given(mg=st.decimals("0.01", 999, places=2), route=st.sampled_from(Route.values), kg=KILOGRAMS)
def test_more_is_never_judged_milder(mg, route, kg):
    if route == Route.ESK:
        return
    rank = ["clear", "warn", "second", "refused"].index

    assert rank(result(order(route, mg + D("0.01"), kg))) >= rank(result(order(route, mg, kg)))


# Does it still hold?


def facts(**changes):
    known = {
        "state": "signed",
        "route": "im",
        "session_mg": D(55),
        "valid_from": TODAY - timedelta(days=5),
        "valid_until": TODAY + timedelta(days=5),
        "signed_on": TODAY - timedelta(days=5),
        "kg_then": D(70),
        "kg_now": D(70),
        "doses": 3,
        "given": 1,
        "consent_covers": True,
    }
    return OrderFacts(**{**known, **changes})


def test_an_order_holds_while_nothing_has_changed():
    assert rules.reasons_not_valid(facts(), TODAY) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "draft"}, "is a draft"),
        ({"state": "waiting"}, "waits for a second signature"),
        ({"state": "ended"}, "has ended"),
        ({"valid_from": TODAY + timedelta(days=1)}, "begins on 25 Nov 2026"),
        ({"valid_until": TODAY - timedelta(days=1)}, "ended on 23 Nov 2026"),
        ({"signed_on": TODAY - timedelta(days=31)}, "older than 30 days"),
        ({"signed_on": None}, "older than 30 days"),
        ({"given": 3}, "All 3 sessions"),
        ({"doses": 1, "given": 1}, "The one session"),
        ({"kg_now": D(77)}, "takes a new order"),
        ({"kg_now": D(63)}, "takes a new order"),
        ({"kg_now": None}, "No weight is on file"),
        ({"wanted_route": "sl"}, "for intramuscular, not for lozenge"),
        ({"consent_covers": False}, "consent does not cover intramuscular"),
        ({"upper_mg": D("54.99")}, "above 54.99 mg"),
    ],
)
def test_what_ends_the_hold_of_an_order(changes, words):
    found = rules.reasons_not_valid(facts(**changes), TODAY)

    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": TODAY},
        {"valid_until": TODAY},
        {"signed_on": TODAY - timedelta(days=30)},
        {"given": 2},
        {"kg_now": D("76.99")},
        {"kg_now": D("63.01")},
        {"upper_mg": D(55)},
        {"wanted_route": "im"},
    ],
)
def test_just_inside_it_holds(changes):
    assert rules.reasons_not_valid(facts(**changes), TODAY) == []


def test_without_an_order_there_is_none():
    assert rules.reasons_not_valid(None, TODAY) == ["There is no signed dose order."]


# How often


def hours_ago(*hours):
    return [NOW - timedelta(hours=h) for h in hours]


@pytest.mark.parametrize(("hours", "waits"), [(47.999, True), (48, False), (0, True), (1000, False)])
def test_48_hours_lie_between_doses(hours, waits):
    assert bool(rules.reasons_against_gap(hours_ago(hours), NOW)) == waits


def test_a_first_dose_waits_for_nothing():
    assert rules.reasons_against_interval([], NOW) == []


@pytest.mark.parametrize(
    ("route", "hours", "waits"),
    [
        ("im", (50, 100, 160), True),
        ("im", (50, 100, 168), False),
        ("im", (50, 100), False),
        ("esk", (50, 100), True),
        ("esk", (50, 168), False),
    ],
)
def test_three_in_seven_days_are_the_most_two_of_spravato(route, hours, waits):
    found = rules.reasons_against_count(hours_ago(*hours), NOW, route=route)

    assert bool(found) == waits


@pytest.mark.parametrize(("hours", "seconded", "waits"), [(167.9, False, True), (168, False, False), (50, True, False)])
def test_maintenance_is_weekly_unless_two_signed(hours, seconded, waits):
    found = rules.reasons_against_interval(hours_ago(hours), NOW, maintenance=True, seconded=seconded)

    assert bool(found) == waits


def test_the_time_since_the_last_dose_is_read_aloud():
    assert rules.reasons_against_gap(hours_ago(26.5), NOW) == [
        "The last dose was 26 h 30 min ago; at least 48 h lie between doses."
    ]


# Exposure


def daily(count, every=1, start=date(2026, 1, 1), mg=D(50)):
    return [Given(start + timedelta(days=every * n), mg, "im") for n in range(count)]


@pytest.mark.parametrize(("count", "every", "flagged"), [(12, 7, False), (13, 7, True), (13, 8, False), (1, 1, False)])
def test_more_than_12_sessions_in_any_90_days_are_moderate(count, every, flagged):
    assert ("exposure-moderate" in rules.exposure(daily(count, every)).flags) == flagged


@pytest.mark.parametrize(
    ("count", "every", "flagged"), [(26, 14, False), (27, 14, True), (27, 15, True), (14, 31, False)]
)
def test_more_than_26_in_a_year_or_half_a_year_on_end_are_high(count, every, flagged):
    rows = daily(count, every)
    if count == 26:  # a pause of more than 30 days, so that only the count could flag
        rows = [*daily(13, 13), *daily(13, 13, start=date(2026, 7, 15))]

    assert ("exposure-high" in rules.exposure(rows).flags) == flagged


@pytest.mark.parametrize(("last", "flagged"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)])
def test_six_months_of_continuous_use_are_high(last, flagged):
    rows = [*daily(7, 28), Given(last, D(50), "im")]

    assert ("exposure-high" in rules.exposure(rows).flags) == flagged


def test_a_pause_of_more_than_30_days_breaks_continuous_use():
    spaced = [Given(date(2026, 1, 1) + timedelta(days=31 * n), D(50), "im") for n in range(8)]

    assert "exposure-high" not in rules.exposure(spaced).flags


@pytest.mark.parametrize(
    ("mgs", "flagged"),
    [
        ((50, 50, 50, 50, 75), False),
        ((50, 50, 50, 50, "75.01"), True),
        ((50, 60, 65, 70, 76), True),
        ((40, 50, 50, 50, 50, 61), False),  # the rise is older than five sessions
        ((50, 80, 50), False),  # and came down again
        ((80,), False),
    ],
)
def test_a_dose_that_rose_by_more_than_half_over_five_sessions_is_flagged(mgs, flagged):
    rows = [Given(date(2026, 1, 1) + timedelta(days=40 * n), D(mg), "im") for n, mg in enumerate(mgs)]

    assert ("dose-escalation" in rules.exposure(rows).flags) == flagged


def test_another_route_is_no_rise():
    rows = [Given(date(2026, 1, 1), D(50), "im"), Given(date(2026, 3, 1), D(200), "sl")]

    assert rules.exposure(rows).flags == {}


def test_doses_from_elsewhere_count_into_a_lifetime():
    elsewhere = rules.spread(10, date(2026, 1, 1), date(2026, 2, 15), None, "im")
    found = rules.exposure([*daily(3, 7, start=date(2026, 3, 1)), *elsewhere])

    assert (found.sessions, found.mg, found.mg_unknown) == (13, D(150), 10)
    assert "exposure-moderate" in found.flags


def test_doses_from_elsewhere_are_spread_over_their_time():
    found = rules.spread(3, date(2026, 1, 1), date(2026, 1, 31), D(300), "sl")

    assert [one.on.day for one in found] == [1, 16, 31]
    assert {one.mg for one in found} == {D(100)}
    assert rules.spread(1, date(2026, 1, 1), date(2026, 1, 31))[0].on == date(2026, 1, 1)


# Medicines before a dose


@pytest.mark.parametrize(
    ("disposition", "hours", "words", "wrong"),
    [
        ("continue", None, "", None),
        ("continue", 24, "", "Hours belong to a hold only."),
        ("hold", 24, "", None),
        ("hold", 1, "", None),
        ("hold", 720, "", None),
        ("hold", 0, "", "from 1 to 720"),
        ("hold", 721, "", "from 1 to 720"),
        ("hold", None, "", "Enter how many hours"),
        ("taper", None, "0.5 mg less every week", None),
        ("taper", None, "  ", "Write the taper"),
        ("", None, "", "Choose continue, hold or taper."),
    ],
)
def test_what_may_be_decided_of_a_medicine(disposition, hours, words, wrong):
    found = rules.reasons_against_hold(disposition, hours, words)

    assert (wrong is None) == (found == [])
    assert wrong is None or wrong in found[0]


def test_a_decision_reads_as_a_sentence():
    assert rules.hold_in_words("hold", "Xanax", 24) == "Hold Xanax: last taken 24 h or more before the dose"
    assert rules.hold_in_words("taper", "Xanax", None, "0.5 mg less a week") == "Taper Xanax. 0.5 mg less a week"
    assert rules.hold_in_words("continue", "Sertraline", None) == "Continue Sertraline as usual"
