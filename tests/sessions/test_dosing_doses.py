"""When a dose may be given, and the moves of a session: truth tables without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions.dosing.rules import MOVES, NEEDS, reasons_against_move
from sessions.dosing.rules.doses import (
    Before,
    Given,
    Now,
    Order,
    boosters_left,
    earliest_booster,
    has_expired,
    reasons_against_booster,
    reasons_against_first,
    reasons_against_looker,
    reasons_against_time,
)
from sessions.dosing.rules.limits import AMBER
from sessions.dosing.terms import DosingState

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


IM = Order("im", Decimal("60"))
SL = Order("sl", Decimal("200"), boosters=1, booster_mg=Decimal("100"), booster_gap_minutes=40)
SHOT = Given(Decimal("60"), NOW, site="Left deltoid", lot="K2291", says_yes=True)
LOZENGE = Given(Decimal("100"), NOW, lot="L7", pharmacy="Elm Compounding", strength="100 mg", says_yes=True)
WELL = Now(read_at=ago(4), moaas=5)
GIVEN = Before((ago(45),))


# t0


@pytest.mark.parametrize(
    ("back", "why", "reason"),
    [
        (0, "", None),
        (1, "", None),
        (2, "", "Write why the time is set back."),
        (2, "Wrote it after the injection", None),
        (5, "Wrote it after the injection", None),
        (6, "Wrote it after the injection", "The time can be set back by 5 minutes at most."),
        (-2, "", None),
        (-3, "", "This time is still to come."),
    ],
)
def test_t0_is_set_back_by_five_minutes_at_most(back, why, reason):
    found = reasons_against_time(at=ago(back), now=NOW, ready_at=ago(20), why=why)

    assert found == ([reason] if reason else [])


def test_t0_never_lies_before_ready():
    found = reasons_against_time(at=ago(3), now=NOW, ready_at=ago(2), why="Wrote it after the injection")

    assert found == ["The dose cannot lie before the moment the gate was ready."]


@pytest.mark.parametrize(("minutes", "expired"), [(29, False), (30, False), (30.1, True), (45, True)])
def test_ready_holds_for_half_an_hour(minutes, expired):
    assert has_expired(ago(minutes), NOW) is expired


def test_nothing_was_ready_yet():
    assert not has_expired(None, NOW)


# The first dose


def first(given=SHOT, order=IM, ready=10):
    return reasons_against_first(given, order, ready_at=None if ready is None else ago(ready), now=NOW)


def test_a_dose_as_ordered_may_be_given():
    assert first() == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (replace(SHOT, mg=Decimal("60.01")), "60.01 mg is above the order: at most 60 mg as a dose."),
        (replace(SHOT, mg=Decimal("0")), "Enter the amount in mg, like 60."),
        (replace(SHOT, says_yes=False), "The patient has not said yes aloud."),
        (replace(SHOT, lot=" "), "Enter the lot."),
        (replace(SHOT, site=""), "Enter the site of the injection."),
    ],
)
def test_what_keeps_a_dose_back(given, reason):
    assert first(given) == [reason]


def test_less_than_ordered_may_be_given():
    assert first(replace(SHOT, mg=Decimal("45"))) == []


def test_without_an_order_or_ready_nothing_is_given():
    assert first(order=None) == ["No dose order is in force."]
    assert first(ready=None) == ["The gate is not signed as ready."]
    assert first(ready=31) == ["Ready was signed more than 30 minutes ago. Check the gate again."]


@pytest.mark.parametrize("route", ["sl", "in"])
def test_what_a_pharmacy_made_says_which_and_how_strong(route):
    found = first(replace(LOZENGE, pharmacy="", strength=""), replace(SL, route=route))

    assert found == ["Enter the pharmacy that compounded it.", "Enter its strength."]


# A booster


def booster(given=LOZENGE, order=SL, before=GIVEN, patient=WELL):
    return reasons_against_booster(given, order, before=before, patient=patient, now=NOW)


def test_a_booster_as_ordered_may_be_given():
    assert booster() == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"before": Before((ago(39),))}, "A booster waits 40 minutes after the dose before it."),
        ({"before": Before((ago(99), ago(50)))}, "The order has no booster left."),
        ({"order": replace(SL, boosters=0, booster_mg=None)}, "The order has no booster."),
        ({"order": None}, "No dose order is in force."),
        ({"given": replace(LOZENGE, mg=Decimal("101"))}, "101 mg is above the order: at most 100 mg as a booster."),
        ({"given": replace(LOZENGE, says_yes=False)}, "The patient has not said yes aloud."),
        ({"patient": replace(WELL, gravest=AMBER)}, "A sign was amber in the last 15 minutes."),
        ({"patient": replace(WELL, moaas=3)}, "MOAA/S is not 4 or 5."),
        ({"patient": replace(WELL, moaas=None)}, "MOAA/S is not 4 or 5."),
        ({"patient": replace(WELL, read_at=ago(16))}, "There are no whole vital signs of the last 15 minutes."),
        ({"patient": replace(WELL, read_at=None)}, "There are no whole vital signs of the last 15 minutes."),
        ({"patient": replace(WELL, open_alerts=("Pulse 130",))}, "An alert is open: Pulse 130."),
        ({"patient": replace(WELL, said_stop=True)}, "The patient said stop: no more drug."),
        ({"patient": replace(WELL, stopped=True)}, "The session was stopped: no more drug."),
        (
            {"patient": replace(WELL, consent_taken_back=True)},
            "The treatment consent was taken back: no more drug.",
        ),
    ],
)
def test_what_keeps_a_booster_back(changed, reason):
    assert booster(**changed) == [reason]


@pytest.mark.parametrize("moaas", [4, 5])
def test_awake_enough_for_a_booster(moaas):
    assert booster(patient=replace(WELL, moaas=moaas)) == []


@pytest.mark.parametrize(("route", "least"), [("im", 15), ("sl", 30), ("in", 15)])
def test_no_order_goes_below_the_smallest_gap(route, least):
    order = replace(SL, route=route, booster_gap_minutes=1)

    assert earliest_booster(order, Before((NOW,))) == NOW + timedelta(minutes=least)


@pytest.mark.parametrize("route", ["iv", "esk"])
def test_an_infusion_and_esketamine_have_no_booster(route):
    order = replace(SL, route=route)

    assert boosters_left(order, GIVEN) == 0
    assert earliest_booster(order, GIVEN) is None


# The second person


def looker(**facts):
    return reasons_against_looker(
        **{"giver": 1, "witness": None, "may_witness": False, "looked_at": None, "prepared_at": None} | facts
    )


def test_somebody_else_witnesses_or_one_looks_again_after_a_minute():
    assert looker(witness=2, may_witness=True) == []
    assert looker(witness=1, may_witness=True) == ["Somebody else witnesses a dose, not the one who gives it."]
    assert looker(witness=2) == ["This person may not witness a dose of this patient."]
    assert looker() == ["A second person looks at the dose, or you look again after a minute."]
    assert looker(looked_at=NOW, prepared_at=NOW - timedelta(seconds=60)) == []
    assert looker(looked_at=NOW, prepared_at=NOW - timedelta(seconds=59))


# Moves


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.before}-{move.after}")
def test_every_move_needs_what_it_says_and_who_it_says(move):
    evidence = dict.fromkeys(move.needs, True)

    for role in move.who:
        assert reasons_against_move(move.before, move.after, role=role, evidence=evidence) == []
    assert reasons_against_move(move.before, move.after, role="auditor", evidence=evidence)
    for need in move.needs:
        lacking = {**evidence, need: False}
        assert reasons_against_move(move.before, move.after, role=min(move.who), evidence=lacking) == [NEEDS[need]]


def test_no_other_move_exists():
    rows = {(move.before, move.after) for move in MOVES}

    for before in DosingState:
        for after in DosingState:
            refused = reasons_against_move(before, after, role="prescriber", evidence=dict.fromkeys(NEEDS, True))
            assert ((before, after) in rows) or refused[0].startswith("A dosing session does not go from")
