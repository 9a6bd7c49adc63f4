"""Fit to leave: each of the thirteen items alone keeps a patient, and only all of them let one go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sessions.discharge import rules
from sessions.discharge.rules import MET, NOT_CHECKED, NOT_MET, Escort, Facts, Reading, Tick, Told, readiness
from sessions.discharge.terms import DischargeItem as Item
from sessions.dosing.rules import monitoring

T0 = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NOW = T0 + timedelta(minutes=150)


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def reading(minutes, **values):
    well = {"systolic": 124, "diastolic": 78, "heart_rate": 72, "spo2": 97, "moaas": 5, "distress": 0, "by": "Nia"}
    return Reading(at=at(minutes), **(well | values))


def ticked(item, **data):
    asked = dict.fromkeys(rules.ASKED.get(item, {}), True)
    return Tick(True, at(145), {**asked, **data}, by="Nia")


def ticks():
    return {
        Item.ORIENTED: ticked(Item.ORIENTED),
        Item.WALKS: ticked(Item.WALKS),
        Item.AT_EASE: ticked(Item.AT_EASE),
        Item.DRINKS: ticked(Item.DRINKS),
        Item.SAFE: ticked(Item.SAFE, asked_with="asq"),
        Item.ESCORT: ticked(Item.ESCORT, name="Jo Bell", phone="+12125550101"),
        Item.ADVICE: ticked(Item.ADVICE),
        Item.DRUG_COUNTED: ticked(
            Item.DRUG_COUNTED, drawn_mg="100", given_mg="60", wasted_mg="40", left_mg="0", witness="Tom"
        ),
        Item.NEXT_CONTACT: ticked(Item.NEXT_CONTACT),
    }


def facts(**changes):
    known = {
        "now": NOW,
        "course": monitoring.Course("im", T0),
        "baseline": reading(-5, systolic=120, diastolic=76),
        "readings": [reading(90), reading(120), reading(140)],
        "kap_dr": Told(at(140), 1, 0, "Nia"),
        "agitation": Told(at(140), 0, by="Nia"),
        "ticks": ticks(),
        "escort": Escort("Jo Bell", "+1 212 555 0101"),
        "integration_at": at(60 * 48),
    }
    return Facts(**(known | changes))


def without(item):
    return {name: tick for name, tick in ticks().items() if name != item}


def instead(item, **changes):
    return {**ticks(), item: replace(ticks()[item], **changes)}


def last(**values):
    return [reading(90), reading(120), reading(140, **values)]


def state_of(item, found):
    return next(one.state for one in found.items if one.item == item)


def test_with_all_thirteen_met_a_patient_may_leave():
    found = readiness(facts())

    assert [one.item for one in found.items] == list(Item)
    assert {one.item: one.fact for one in found.items if not one.is_met} == {}
    assert (found.is_ready, found.reasons, found.must_stay) == (True, [], False)


ALONE = [
    (Item.TIME, NOT_MET, {"course": monitoring.Course("im", T0 + timedelta(minutes=31))}),
    (Item.TIME, NOT_MET, {"course": monitoring.Course("im", T0, (T0 + timedelta(minutes=61),))}),
    (Item.TIME, NOT_MET, {"course": monitoring.Course("iv", T0)}),
    (Item.BLOOD_PRESSURE, NOT_MET, {"readings": last(systolic=160)}),
    (Item.BLOOD_PRESSURE, NOT_MET, {"readings": last(diastolic=100)}),
    (Item.BLOOD_PRESSURE, NOT_MET, {"readings": last(systolic=145)}),
    (Item.BLOOD_PRESSURE, NOT_MET, {"readings": last(diastolic=60)}),
    (Item.BLOOD_PRESSURE, NOT_CHECKED, {"baseline": None}),
    (Item.BLOOD_PRESSURE, NOT_MET, {"readings": [reading(90), reading(130, systolic=150), reading(140)]}),
    (Item.PULSE_AND_OXYGEN, NOT_MET, {"readings": last(heart_rate=111)}),
    (Item.PULSE_AND_OXYGEN, NOT_MET, {"readings": last(heart_rate=49)}),
    (Item.PULSE_AND_OXYGEN, NOT_MET, {"readings": last(spo2=93)}),
    (Item.PULSE_AND_OXYGEN, NOT_MET, {"readings": last(spo2=99, on_oxygen=True)}),
    (Item.PULSE_AND_OXYGEN, NOT_CHECKED, {"readings": last(spo2=None)}),
    (Item.PULSE_AND_OXYGEN, NOT_CHECKED, {"readings": last(heart_rate=None)}),
    (Item.AWAKE, NOT_MET, {"readings": last(moaas=4)}),
    (Item.AWAKE, NOT_MET, {"readings": [reading(90), reading(130, moaas=4), reading(140)]}),
    (Item.ORIENTED, NOT_CHECKED, {"ticks": without(Item.ORIENTED)}),
    (Item.ORIENTED, NOT_CHECKED, {"ticks": instead(Item.ORIENTED, data={"person": True, "place": True})}),
    (Item.ORIENTED, NOT_MET, {"ticks": instead(Item.ORIENTED, met=False, words="Does not know the day")}),
    (Item.ORIENTED, NOT_CHECKED, {"ticks": instead(Item.ORIENTED, at=at(89))}),
    (Item.WALKS, NOT_CHECKED, {"ticks": without(Item.WALKS)}),
    (Item.WALKS, NOT_CHECKED, {"ticks": instead(Item.WALKS, data={})}),
    (Item.AT_EASE, NOT_CHECKED, {"ticks": without(Item.AT_EASE)}),
    (Item.AT_EASE, NOT_CHECKED, {"kap_dr": None}),
    (Item.AT_EASE, NOT_CHECKED, {"agitation": None}),
    (Item.AT_EASE, NOT_MET, {"kap_dr": Told(at(140), 3, 0)}),
    (Item.AT_EASE, NOT_MET, {"kap_dr": Told(at(140), 1, 2)}),
    (Item.AT_EASE, NOT_MET, {"agitation": Told(at(140), 1)}),
    (Item.AT_EASE, NOT_CHECKED, {"kap_dr": Told(at(80), 1, 0)}),
    (Item.DRINKS, NOT_CHECKED, {"ticks": without(Item.DRINKS)}),
    (Item.DRINKS, NOT_MET, {"vomited": Told(at(121))}),
    (Item.SAFE, NOT_CHECKED, {"ticks": without(Item.SAFE)}),
    (Item.SAFE, NOT_CHECKED, {"ticks": instead(Item.SAFE, data={})}),
    (Item.SAFE, NOT_MET, {"ticks": instead(Item.SAFE, met=False, words="New thoughts")}),
    (Item.ESCORT, NOT_CHECKED, {"ticks": without(Item.ESCORT)}),
    (Item.ESCORT, NOT_CHECKED, {"escort": Escort("Kim Other", "+12125550199")}),
    (Item.ESCORT, NOT_CHECKED, {"escort": None}),
    (Item.ESCORT, NOT_CHECKED, {"ticks": instead(Item.ESCORT, data={"name": "Jo Bell", "phone": "1"})}),
    (Item.ADVICE, NOT_CHECKED, {"ticks": without(Item.ADVICE)}),
    (Item.ADVICE, NOT_CHECKED, {"ticks": instead(Item.ADVICE, data={"given": True})}),
    (Item.DRUG_COUNTED, NOT_CHECKED, {"ticks": without(Item.DRUG_COUNTED)}),
    (Item.NEXT_CONTACT, NOT_CHECKED, {"ticks": without(Item.NEXT_CONTACT)}),
    (Item.NEXT_CONTACT, NOT_MET, {"integration_at": None}),
    (Item.NEXT_CONTACT, NOT_CHECKED, {"integration_at": at(60 * 73)}),
]


@pytest.mark.parametrize(("item", "state", "changes"), ALONE)
def test_each_item_alone_keeps_the_patient(item, state, changes):
    found = readiness(facts(**changes))

    assert [one.item for one in found.items if not one.is_met] == [item]
    assert state_of(item, found) == state
    assert not found.is_ready
    assert found.must_stay == (list(Item).index(item) < 9)


def test_every_item_has_a_case_in_which_it_alone_keeps_the_patient():
    assert {item for item, _, _ in ALONE} == set(Item)


def test_a_check_nobody_made_or_explained_keeps_the_patient():
    due = monitoring.Due(at(120), 120, monitoring.Row.AFTER)
    overdue = monitoring.Check(due, monitoring.State.OVERDUE)
    explained = monitoring.Check(due, monitoring.State.EXPLAINED)

    assert state_of(Item.TIME, readiness(facts(checks=[overdue]))) == NOT_MET
    assert state_of(Item.TIME, readiness(facts(checks=[explained]))) == MET


@pytest.mark.parametrize(
    ("minutes", "state"),
    [([150], NOT_CHECKED), ([136, 150], NOT_CHECKED), ([135, 150], MET), ([100, 114], NOT_CHECKED), ([], NOT_CHECKED)],
)
def test_two_readings_lie_a_quarter_of_an_hour_apart_and_are_fresh(minutes, state):
    found = readiness(facts(readings=[reading(minute) for minute in minutes]))

    assert (state_of(Item.BLOOD_PRESSURE, found), state_of(Item.AWAKE, found)) == (state, state)


@pytest.mark.parametrize(
    ("base", "now", "is_caution", "state"),
    [
        ((148, 92), (148, 92), True, MET),
        ((148, 92), (110, 60), True, MET),  # at or below baseline is enough
        ((148, 92), (149, 92), True, MET),  # above it, but within the limits and 20 %
        ((164, 98), (162, 98), True, MET),
        ((164, 98), (165, 98), True, NOT_MET),
        ((164, 98), (162, 98), False, NOT_MET),
        ((130, 80), (156, 96), False, MET),  # 20 % exactly
        ((130, 80), (157, 96), False, NOT_MET),
    ],
)
def test_a_baseline_in_the_caution_band_is_its_own_measure(base, now, is_caution, state):
    pair = {"systolic": now[0], "diastolic": now[1]}
    found = readiness(
        facts(
            baseline=reading(-5, systolic=base[0], diastolic=base[1]),
            is_baseline_in_caution=is_caution,
            readings=[reading(125, **pair), reading(140, **pair)],
        )
    )

    assert state_of(Item.BLOOD_PRESSURE, found) == state


def test_oxygen_back_at_baseline_is_enough():
    found = readiness(facts(baseline=reading(-5, spo2=92), readings=last(spo2=92)))

    assert state_of(Item.PULSE_AND_OXYGEN, found) == MET


def test_a_measured_item_is_held_back_by_a_newer_no_and_met_again_by_a_newer_reading():
    no = {**ticks(), Item.AWAKE: Tick(False, at(141), {}, "Nods off")}
    older = {**ticks(), Item.AWAKE: Tick(False, at(130), {}, "Nods off")}

    assert state_of(Item.AWAKE, readiness(facts(ticks=no))) == NOT_MET
    assert state_of(Item.AWAKE, readiness(facts(ticks=older))) == MET


def test_a_tick_does_not_meet_what_is_measured():
    yes = {**ticks(), Item.BLOOD_PRESSURE: Tick(True, at(149), {}, "Fine")}

    assert state_of(Item.BLOOD_PRESSURE, readiness(facts(ticks=yes, readings=last(systolic=170)))) == NOT_MET


@pytest.mark.parametrize(
    ("data", "words", "is_fine"),
    [
        ({"name": "jo  BELL", "phone": "9"}, "", True),
        ({"name": "Other", "phone": "(212) 555-0101"}, "", True),
        ({"name": "Al Second", "phone": "1"}, "", True),
        ({"name": "Pat Third", "phone": "212 555 0177"}, "", False),
        ({"name": "Pat Third", "phone": "212 555 0177"}, "Her sister; Jo is ill", True),
        ({"name": "", "phone": "1"}, "Her sister; Jo is ill", False),
    ],
)
def test_who_is_here_is_who_was_named_or_another_with_a_reason(data, words, is_fine):
    named = Escort("Jo Bell", "+12125550101", "Al Second", "+12125550102")
    all_so = dict.fromkeys(rules.ASKED[Item.ESCORT], True)

    assert (rules.escort_reason({**all_so, **data}, named, words) == "") == is_fine


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"wasted_mg": "0", "left_mg": "40", "witness": None}, ""),
        ({"witness": None}, "Wasting has a witness."),
        ({"wasted_mg": "39"}, "The count is off by 1 mg."),
        ({"left_mg": ""}, "Count the drug: drawn up, given, wasted, put back."),
        ({"drawn_mg": "nan"}, "Count the drug: drawn up, given, wasted, put back."),
        ({"drawn_mg": "-5"}, "Count the drug: drawn up, given, wasted, put back."),
    ],
)
def test_what_was_drawn_up_is_given_wasted_with_a_witness_or_put_back(changes, reason):
    data = {"drawn_mg": "100", "given_mg": "60", "wasted_mg": "40", "left_mg": "0", "witness": "Tom", **changes}

    assert rules.drug_reason(data) == reason


@pytest.mark.parametrize(
    ("role", "may_nurse", "is_long", "examined", "count"),
    [
        ("prescriber", False, False, "", 0),
        ("medical_director", False, False, "", 0),
        ("nurse", True, False, "", 0),
        ("nurse", False, False, "", 1),
        ("therapist", True, False, "", 1),
        ("prescriber", False, True, "", 1),
        ("prescriber", False, True, "Sat up, walked, no deficit", 0),
        ("nurse", True, True, "Sat up, walked, no deficit", 1),
    ],
)
def test_who_signs(role, may_nurse, is_long, examined, count):
    found = readiness(facts())

    reasons = rules.reasons_against_discharge(found, role=role, may_nurse=may_nurse, is_long=is_long, examined=examined)

    assert len(reasons) == count


def test_four_hours_are_long():
    course = monitoring.Course("im", T0)

    assert not rules.is_long(course, at(239))
    assert rules.is_long(course, at(240))


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"words": "Wants to go", "escort": "reached", "prescriber": "Dr Lace"}, 0),
        ({"words": " ", "escort": "reached", "prescriber": "Dr Lace"}, 1),
        ({"words": "Wants to go", "escort": "", "prescriber": "Dr Lace"}, 1),
        ({"words": "Wants to go", "escort": "not_reached", "prescriber": ""}, 1),
    ],
)
def test_leaving_against_advice_asks_three_things(said, count):
    assert len(rules.reasons_against_leaving_anyway(**said)) == count


@pytest.mark.parametrize("name", rules.SCORES)
def test_a_score_is_the_sum_of_all_its_lines(name):
    lines = [line.code for line in rules.SCORES[name][1]]

    assert rules.total_of(name, dict.fromkeys(lines, 2)) == 10
    assert rules.total_of(name, dict.fromkeys(lines, 0)) == 0
    assert rules.total_of(name, dict.fromkeys(lines[1:], 2)) is None
    assert rules.total_of(name, {**dict.fromkeys(lines, 2), lines[0]: 3}) is None
    assert rules.total_of(name, {**dict.fromkeys(lines, 2), lines[0]: True}) is None
