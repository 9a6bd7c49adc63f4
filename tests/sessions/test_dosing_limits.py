"""What a sign means: every cell of dosing-reference 3.2, at its limit and one to either side. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions.dosing.rules.limits import (
    AMBER,
    EMERGENCY,
    EXPECTED,
    RED,
    SYMPTOMS,
    WITH_PRESSURE,
    Limits,
    Reading,
    StopLines,
    beyond,
    levels,
    signed,
    worst,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reading(minutes=0.0, **values):
    return Reading(NOON + timedelta(minutes=minutes), **values)


def level(code, now, **context):
    return {sign.code: sign.level for sign in levels(now, context.pop("baseline", None), **context)}[code]


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [
        (159, 99, EXPECTED),
        (160, 99, AMBER),
        (159, 100, AMBER),
        (179, 109, AMBER),
        (180, 90, AMBER),
        (150, 110, AMBER),
        (199, 119, AMBER),
        (200, 90, EMERGENCY),
        (150, 120, EMERGENCY),
        (None, 100, AMBER),
        (160, None, AMBER),
    ],
)
def test_one_blood_pressure(systolic, diastolic, expected):
    assert level("blood-pressure", reading(systolic=systolic, diastolic=diastolic)) == expected


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [(149, 89, EXPECTED), (150, 89, AMBER), (149, 95, AMBER), (149, 94, EXPECTED), (110, 70, EXPECTED)],
)
def test_a_rise_over_baseline(systolic, diastolic, expected):
    baseline = reading(-10, systolic=110, diastolic=70)

    assert level("blood-pressure", reading(systolic=systolic, diastolic=diastolic), baseline=baseline) == expected


def test_without_a_baseline_the_rise_is_not_judged_and_the_limits_still_are():
    assert level("blood-pressure", reading(systolic=155, diastolic=80)) == EXPECTED
    assert level("blood-pressure", reading(systolic=160, diastolic=80)) == AMBER


@pytest.mark.parametrize(
    ("first", "gap", "expected"),
    [
        ((180, 90), 5, RED),
        ((150, 110), 5, RED),
        ((180, 90), 4.4, AMBER),
        ((180, 90), 4.6, RED),  # a recheck some seconds early is one of five minutes
        ((179, 109), 5, AMBER),
        ((185, 95), 30, RED),
    ],
)
def test_red_needs_two_readings_five_minutes_apart(first, gap, expected):
    before = [reading(0, systolic=first[0], diastolic=first[1])]

    assert level("blood-pressure", reading(gap, systolic=182, diastolic=90), before=before) == expected


def test_a_reading_below_in_between_begins_the_count_anew():
    high, fine = {"systolic": 184, "diastolic": 90}, {"systolic": 150, "diastolic": 90}
    before = [reading(0, **high), reading(3, **fine), reading(6, **high)]

    assert level("blood-pressure", reading(8, **high), before=before) == AMBER
    assert level("blood-pressure", reading(11, **high), before=before) == RED


def test_readings_without_a_pressure_in_between_do_not_count():
    before = [reading(0, systolic=184, diastolic=90), reading(3, spo2=97)]

    assert level("blood-pressure", reading(5, systolic=181, diastolic=90), before=before) == RED


@pytest.mark.parametrize("symptom", sorted(WITH_PRESSURE))
def test_any_amber_pressure_with_a_symptom_is_an_emergency(symptom):
    assert level("blood-pressure", reading(systolic=160, diastolic=80, symptoms=frozenset({symptom}))) == EMERGENCY
    assert level("blood-pressure", reading(systolic=140, diastolic=80, symptoms=frozenset({symptom}))) == EXPECTED


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [(149, 94, EXPECTED), (150, 80, RED), (140, 95, RED), (200, 80, EMERGENCY)],
)
def test_at_the_patients_own_stop_line_it_is_red(systolic, diastolic, expected):
    lines = StopLines(systolic=150, diastolic=95)

    assert level("blood-pressure", reading(systolic=systolic, diastolic=diastolic), stop_lines=lines) == expected


@pytest.mark.parametrize(
    ("systolic", "expected"),
    [(100, EXPECTED), (99, AMBER), (90, AMBER), (89, RED), (80, RED), (79, EMERGENCY)],
)
def test_low_systolic(systolic, expected):
    assert level("blood-pressure-low", reading(systolic=systolic)) == expected


def test_a_faint_that_does_not_recover_is_an_emergency():
    faint = frozenset({"faint-not-recovering"})

    assert level("blood-pressure-low", reading(systolic=110, symptoms=faint)) == EMERGENCY


@pytest.mark.parametrize(
    ("pulse", "expected"),
    [(39, RED), (40, AMBER), (49, AMBER), (50, EXPECTED), (120, EXPECTED), (121, AMBER), (139, AMBER), (140, RED)],
)
def test_pulse(pulse, expected):
    assert level("heart-rate", reading(heart_rate=pulse)) == expected


@pytest.mark.parametrize(
    ("pulse", "symptom", "expected"),
    [
        (125, "chest-pain", EMERGENCY),
        (125, "faint", EMERGENCY),
        (45, "faint", EMERGENCY),
        (90, "chest-pain", EXPECTED),
        (90, "irregular-pulse", EMERGENCY),
        (None, "irregular-pulse", EMERGENCY),
    ],
)
def test_pulse_with_a_symptom(pulse, symptom, expected):
    assert level("heart-rate", reading(heart_rate=pulse, symptoms=frozenset({symptom}))) == expected


def test_at_the_patients_own_pulse_line_it_is_red():
    lines = StopLines(heart_rate=110)

    assert level("heart-rate", reading(heart_rate=109), stop_lines=lines) == EXPECTED
    assert level("heart-rate", reading(heart_rate=110), stop_lines=lines) == RED


@pytest.mark.parametrize(
    ("spo2", "oxygen", "expected"),
    [
        (95, False, EXPECTED),
        (94, False, AMBER),
        (92, False, AMBER),
        (91, False, RED),
        (90, False, RED),
        (89, False, RED),
        (90, True, RED),
        (89, True, EMERGENCY),
    ],
)
def test_oxygen(spo2, oxygen, expected):
    assert level("spo2", reading(spo2=spo2, on_oxygen=oxygen)) == expected


@pytest.mark.parametrize(
    ("breaths", "expected"),
    [(7, RED), (8, AMBER), (9, AMBER), (10, EXPECTED), (24, EXPECTED), (25, AMBER), (30, AMBER), (31, RED)],
)
def test_breaths(breaths, expected):
    assert level("breathing", reading(respiratory_rate=breaths)) == expected


@pytest.mark.parametrize("symptom", ["apnoea", "noisy-breathing"])
def test_obstructed_breathing_is_an_emergency_whatever_the_count(symptom):
    assert level("breathing", reading(respiratory_rate=14, symptoms=frozenset({symptom}))) == EMERGENCY


@pytest.mark.parametrize(
    ("score", "expected"), [(5, EXPECTED), (4, EXPECTED), (3, AMBER), (2, RED), (1, EMERGENCY), (0, EMERGENCY)]
)
def test_moaas(score, expected):
    assert level("moaas", reading(moaas=score)) == expected


@pytest.mark.parametrize(("score", "expected"), [(0, EXPECTED), (1, EXPECTED), (2, AMBER), (3, RED)])
def test_agitation(score, expected):
    assert level("agitation", reading(agitation=score)) == expected


def test_danger_to_anybody_is_an_emergency():
    assert level("agitation", reading(symptoms=frozenset({"danger"}))) == EMERGENCY


@pytest.mark.parametrize(("times", "expected"), [(0, EXPECTED), (1, AMBER), (2, RED), (3, RED)])
def test_vomiting(times, expected):
    assert level("vomiting", reading(vomited=times)) == expected


@pytest.mark.parametrize(("moaas", "expected"), [(4, AMBER), (3, RED), (2, RED)])
def test_retching_is_red_in_somebody_who_is_not_awake(moaas, expected):
    seen = reading(vomited=1, moaas=moaas, symptoms=frozenset({"retching"}))

    assert level("vomiting", seen) == expected


def test_choking_is_an_emergency():
    assert level("vomiting", reading(symptoms=frozenset({"choking"}))) == EMERGENCY


@pytest.mark.parametrize(("score", "expected"), [(0, EXPECTED), (2, EXPECTED), (3, AMBER), (4, RED)])
def test_distress(score, expected):
    assert level("distress", reading(distress=score)) == expected


@pytest.mark.parametrize(
    ("total", "minutes", "expected"), [(9, 119, EXPECTED), (9, 120, RED), (8, 120, EXPECTED), (16, 40, EXPECTED)]
)
def test_a_kap_dr_that_has_not_come_back_after_two_hours_is_red(total, minutes, expected):
    assert level("distress", reading(kap_dr=total, minutes_after_dose=minutes, distress=0)) == expected


@pytest.mark.parametrize("symptom", sorted(SYMPTOMS))
def test_every_symptom_is_judged_somewhere(symptom):
    found = levels(reading(symptoms=frozenset({symptom}), systolic=120, moaas=3), None)

    assert symptom == "retching" or worst(found) > AMBER or SYMPTOMS[symptom][1] == AMBER
    assert beyond(found)


def test_what_was_not_looked_at_says_nothing():
    assert levels(reading(), None) == []


def test_expected_signs_are_said_too_and_do_not_open_an_alert():
    found = levels(reading(systolic=120, diastolic=80, heart_rate=70, spo2=97, respiratory_rate=14, moaas=5), None)

    assert {sign.level for sign in found} == {EXPECTED}
    assert len(found) == 6
    assert not beyond(found)


def test_the_gravest_sign_comes_first():
    found = beyond(levels(reading(systolic=165, diastolic=90, spo2=88, moaas=3), None))

    assert [sign.level for sign in found] == [RED, AMBER, AMBER]


def test_the_sentence_names_value_and_limit():
    said = {s.code: s.words for s in levels(reading(systolic=168, diastolic=96), None)}

    assert said["blood-pressure"] == "Blood pressure 168/96, at or over 160/100"


def test_a_stricter_clinic_sees_amber_earlier():
    strict = Limits(systolic_amber=150)

    assert level("blood-pressure", reading(systolic=150, diastolic=80), limits=strict) == AMBER


@pytest.mark.parametrize(("value", "text"), [(10, "+10"), (-4, "−4"), (0, "0"), (None, "–")])
def test_differences_as_people_write_them(value, text):
    assert signed(value) == text
