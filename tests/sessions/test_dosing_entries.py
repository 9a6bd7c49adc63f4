"""Which line may stand in the log: touch, cards, tiles, alerts. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions.dosing.rules.entries import (
    CARDS,
    DID,
    SEEN,
    STAMPS,
    TOUCH,
    Line,
    TouchNow,
    is_agreed,
    is_off,
    level_in_force,
    reasons_against_acknowledging,
    reasons_against_closing,
    reasons_against_entry,
    reasons_against_moment,
    tiles,
)
from sessions.dosing.terms import EntryKind

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def touched(how, asked="yes", level=2, technique="", techniques=()):
    line = Line(EntryKind.TOUCH, "safety-touch", {"how": how, "asked": asked, "technique": technique})
    return reasons_against_entry(line, touch=TouchNow(level, tuple(techniques)))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("how", [how for how in TOUCH if how not in {"emergency", "technique"}])
def test_touch_beyond_the_level_is_never_written_as_agreed_to(how, level):
    refused = touched(how, level=level)

    assert bool(refused) == (TOUCH[how][1] > level)
    assert touched(how, asked="no", level=level) == []


def test_touch_always_says_whether_the_patient_was_asked():
    assert touched("hand", asked="") == ["Say whether the patient was asked now: yes, no, or by a sign."]
    assert touched("hand", asked="sign") == []


def test_emergency_touch_is_always_allowed():
    assert touched("emergency", asked="", level=0) == []
    assert not is_agreed({"how": "emergency", "asked": "yes"})


def test_body_work_is_ticked_singly():
    assert touched("technique", level=3, technique="Holding the head", techniques=["Holding the head"]) == []
    assert touched("technique", level=3, technique="Pressure", techniques=["Holding the head"]) == [
        "The patient did not agree to this body work."
    ]
    assert touched("technique", level=2, technique="Holding the head", techniques=["Holding the head"])


@pytest.mark.parametrize(
    ("signed", "today", "lowered", "level"),
    [(3, 2, [], 2), (2, 3, [], 2), (None, 2, [], 0), (2, None, [], 0), (3, 3, [1, 2], 1), (2, 2, [0], 0)],
)
def test_the_level_in_force_is_the_lowest(signed, today, lowered, level):
    assert level_in_force(signed, today, lowered) == level


@pytest.mark.parametrize(("level", "reasons"), [(0, []), (2, []), (3, ["After the dose touch can only get less."])])
def test_the_level_only_goes_down(level, reasons):
    line = Line(EntryKind.TOUCH, "level", {"level": level})

    assert reasons_against_entry(line, touch=TouchNow(2)) == reasons


@pytest.mark.parametrize(
    "line",
    [
        Line(EntryKind.NOTE, words="  "),
        Line(EntryKind.NOTE, words="x" * 2001),
        Line(EntryKind.KAP_DR, data={"total": 17, "distress": 1}),
        Line(EntryKind.KAP_DR, data={"total": 4}),
        Line(EntryKind.AGITATION, data={"level": 4}),
        Line(EntryKind.AGITATION, data={}),
        Line(EntryKind.SYMPTOM, "tired"),
        Line(EntryKind.HELP, "unknown"),
        Line(EntryKind.HELP, "airway", {"stamp": "unknown"}),
        Line(EntryKind.HELP, "closed"),
        Line(EntryKind.EFFECT, "anxiety", {"strength": "huge"}),
        Line(EntryKind.TOUCH, "safety-touch", {"how": "tickle", "asked": "yes"}),
        Line(EntryKind.TOUCH, "level", {"level": True}),
    ],
)
def test_a_line_that_says_nothing_is_refused(line):
    assert reasons_against_entry(line, touch=TouchNow(3))


@pytest.mark.parametrize(
    "line",
    [
        Line(EntryKind.NOTE, words="Breathes calmly"),
        Line(EntryKind.EFFECT, "anxiety", {"strength": "mild"}),
        Line(EntryKind.EFFECT, "anxiety"),
        Line(EntryKind.KAP_DR, data={"total": 4, "distress": 0}),
        Line(EntryKind.HELP, "airway", {"stamp": "called-911"}),
        Line(EntryKind.HELP, "closed", words="Came round after oxygen"),
        Line(EntryKind.SYMPTOM, "chest-pain"),
        Line(EntryKind.VOMITING),
        Line(EntryKind.TOUCH, "touch-request-declined"),
    ],
)
def test_a_line_that_says_something_stands(line):
    assert reasons_against_entry(line) == []


# Tiles and cards


def test_there_are_eight_and_eight_and_thirteen_cards():
    assert (len(SEEN), len(DID), len(CARDS)) == (8, 8, 13)
    assert len({card.code for card in CARDS}) == len(CARDS)
    assert {"called-911", "prescriber-called", "oxygen", "recovery-position"} <= set(STAMPS)


def test_a_clinic_renames_and_reorders_its_buttons():
    found = tiles(["Quiet, inward", "anxiety", "Hums", "Hums", ""], SEEN, EntryKind.EFFECT)

    assert [(tile.code, tile.icon) for tile in found] == [
        ("quiet-inward", "moon"),
        ("anxiety", "alert"),
        ("hums", "plus"),
    ]
    assert len(tiles([f"Button {n}" for n in range(12)], SEEN, EntryKind.EFFECT)) == 8


# Moments and alerts


def test_nothing_is_written_for_a_time_to_come_or_before_the_session():
    opened = NOW - timedelta(hours=1)

    assert reasons_against_moment(happened=NOW + timedelta(minutes=2), now=NOW, opened=opened) == []
    assert reasons_against_moment(happened=NOW + timedelta(minutes=3), now=NOW, opened=opened)
    assert reasons_against_moment(happened=opened - timedelta(seconds=1), now=NOW, opened=opened)


@pytest.mark.parametrize(("seconds", "off"), [(0, False), (120, False), (121, True), (-121, True)])
def test_a_clock_two_minutes_off_is_flagged(seconds, off):
    assert is_off(NOW + timedelta(seconds=seconds), NOW) is off
    assert not is_off(None, NOW)


@pytest.mark.parametrize(
    ("level", "role", "allowed"),
    [
        (1, "therapist", True),
        (1, "prescriber", True),
        (2, "therapist", False),
        (2, "prescriber", True),
        (3, "therapist", False),
        (3, "medical_director", True),
    ],
)
def test_who_acknowledges_what(level, role, allowed):
    reasons = reasons_against_acknowledging(level=level, role=role, acknowledged=False, closed=False)

    assert (not reasons) is allowed


def test_what_is_acknowledged_or_closed_is_not_acknowledged_again():
    assert reasons_against_acknowledging(level=1, role="therapist", acknowledged=True, closed=False)
    assert reasons_against_acknowledging(level=1, role="therapist", acknowledged=False, closed=True)


@pytest.mark.parametrize(
    ("acknowledged", "back", "words", "role", "allowed"),
    [
        (True, True, "", "therapist", True),
        (True, False, "Settled by itself", "therapist", False),
        (True, False, "Settled by itself", "prescriber", True),
        (True, False, " ", "prescriber", False),
        (False, True, "", "prescriber", False),
    ],
)
def test_an_alert_closes_on_a_value_back_in_range_or_a_prescribers_note(acknowledged, back, words, role, allowed):
    reasons = reasons_against_closing(acknowledged=acknowledged, closed=False, back=back, words=words, role=role)

    assert (not reasons) is allowed
