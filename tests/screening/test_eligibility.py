"""When a screening lets a person be dosed: what is set aside, by whom, until when (screening-rules 1.2, 1.3)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from screening.rules import (
    DEFAULTS,
    SetAside,
    Severity,
    Signature,
    eligible,
    evaluate,
    reasons_not_eligible,
)
from tests.screening.intakes import BLANK, entry, intake

ON = date(2026, 11, 24)
STOP, DECIDE = Severity.CONTRAINDICATED, Severity.NEEDS_PRESCRIBER_DECISION
PRESCRIBER, SECOND = Signature("dr-a", "prescriber"), Signature("dr-b", "prescriber")
DIRECTOR, THERAPIST = Signature("dr-c", "medical_director"), Signature("t", "therapist")

BENZODIAZEPINE = evaluate(intake(answers={"benzodiazepine_now": "yes"}))
MAOI = evaluate(intake(answers={"maoi_14_days": "yes"}))
PRESSURE = evaluate(intake(vitals={"systolic": 165}))
BLEED = evaluate(intake(answers={"aneurysm_avm_or_brain_bleed": "yes"}))
OPIOID = evaluate(intake(medicines=[entry("tramadol")]))
AGED = evaluate(intake(answers={"age_years": 70}))
SSRI = evaluate(intake(medicines=[entry("Zoloft")]))


def set_aside(rule, severity=STOP, *, signed=(PRESCRIBER,), **changes):
    given = SetAside(
        rule=rule,
        severity=severity,
        reason="Taper agreed with the patient's own doctor.",
        risk_plan="Longer observation.",
        signed=signed,
        decided_on=ON - timedelta(days=4),
        expires_on=ON + timedelta(days=30),
    )
    return replace(given, **changes)


def reasons(result, overrides=(), approvals=(), acknowledged=(), **more):
    return list(reasons_not_eligible(result, overrides, approvals, acknowledged, ON, **more))


def test_a_clear_screening_is_eligible_and_so_is_information():
    assert eligible(evaluate(intake()), [], [], [], ON)
    assert eligible(SSRI, [], [], [], ON)


def test_nothing_may_be_missing():
    result = evaluate(intake(answers={"mania_ever": BLANK}, vitals={"heart_rate": BLANK}))

    assert reasons(result) == ["Manic episode or bipolar I at any time in life is missing", "Pulse is missing"]


def test_a_caution_must_be_acknowledged():
    assert reasons(AGED) == ["Age: the caution is not acknowledged"]
    assert eligible(AGED, [], [], {"age-limits"}, ON)


def test_what_a_prescriber_decides_needs_an_approval():
    assert reasons(OPIOID) == ["Opioid: a prescriber must decide"]
    assert eligible(OPIOID, [], [set_aside("med-opioid", DECIDE)], [], ON)
    assert not eligible(OPIOID, [set_aside("med-opioid", DECIDE)], [], [], ON)
    assert not eligible(OPIOID, [], [set_aside("med-sedative", DECIDE)], [], ON)
    assert not eligible(OPIOID, [], [], {"med-opioid"}, ON)


def test_a_stop_of_the_single_kind_needs_one_prescriber():
    assert reasons(BENZODIAZEPINE) == ["Benzodiazepine: needs an override by a prescriber"]
    assert eligible(BENZODIAZEPINE, [set_aside("seed-benzodiazepine")], [], [], ON)
    assert not eligible(BENZODIAZEPINE, [], [set_aside("seed-benzodiazepine")], [], ON)


@pytest.mark.parametrize(
    ("signed", "stands"),
    [
        ((PRESCRIBER,), False),
        ((PRESCRIBER, SECOND), True),
        ((PRESCRIBER, DIRECTOR), True),
        ((DIRECTOR, PRESCRIBER), True),
        ((DIRECTOR,), False),
        ((DIRECTOR, Signature("dr-d", "medical_director")), False),
        ((PRESCRIBER, PRESCRIBER), False),
        ((PRESCRIBER, Signature("dr-a", "medical_director")), False),
        ((PRESCRIBER, THERAPIST), False),
        ((), False),
    ],
)
def test_a_stop_of_the_dual_kind_needs_a_prescriber_and_a_second_account(signed, stands):
    assert eligible(MAOI, [set_aside("seed-maoi", signed=signed)], [], [], ON) is stands


@pytest.mark.parametrize("signed", [(THERAPIST,), (DIRECTOR,), ()])
def test_only_a_prescriber_signs_a_single_override(signed):
    assert not eligible(BENZODIAZEPINE, [set_aside("seed-benzodiazepine", signed=signed)], [], [], ON)


def test_nobody_sets_aside_what_only_a_corrected_answer_or_a_new_measurement_removes():
    signed = (PRESCRIBER, SECOND, DIRECTOR)

    assert reasons(BLEED, [set_aside("aneurysm-avm-or-brain-bleed", signed=signed)]) == [
        "Aneurysm, AVM or brain bleed: nobody can override this; only a corrected answer removes it"
    ]
    assert reasons(PRESSURE, [set_aside("blood-pressure", signed=signed)]) == [
        "Blood pressure: needs a new measurement or test that no longer fires it"
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires_on": ON - timedelta(days=1)}, "expired"),
        ({"decided_on": ON + timedelta(days=1)}, "expired"),
        ({"decided_on": ON - timedelta(days=91), "expires_on": ON + timedelta(days=365)}, "expired"),
        ({"reason": "Too short"}, "30 characters"),
        ({"reason": " " * 40}, "30 characters"),
        ({"reason": "x" * 29}, "30 characters"),
        ({"risk_plan": "  "}, "risk plan"),
        ({"severity": DECIDE}, "lapsed"),
    ],
)
def test_an_override_lapses_or_was_never_whole(changes, why):
    (reason,) = reasons(BENZODIAZEPINE, [set_aside("seed-benzodiazepine", **changes)])

    assert why in reason


@pytest.mark.parametrize("changes", [{"expires_on": ON}, {"decided_on": ON - timedelta(days=90)}, {"reason": "x" * 30}])
def test_an_override_stands_on_its_last_day(changes):
    assert eligible(BENZODIAZEPINE, [set_aside("seed-benzodiazepine", **changes)], [], [], ON)


def test_an_override_ends_with_the_course_and_with_the_days_a_clinic_allows():
    given = [set_aside("seed-benzodiazepine")]

    assert not reasons(BENZODIAZEPINE, given, course_ends_on=ON)
    assert reasons(BENZODIAZEPINE, given, course_ends_on=ON - timedelta(days=1))
    assert reasons(BENZODIAZEPINE, given, settings=replace(DEFAULTS, override_max_days=3))


def test_one_that_counts_is_enough_beside_one_that_does_not():
    given = [set_aside("seed-benzodiazepine", reason="short"), set_aside("seed-benzodiazepine")]

    assert eligible(BENZODIAZEPINE, given, [], [], ON)


def test_every_finding_must_be_dealt_with():
    result = evaluate(intake(answers={"benzodiazepine_now": "yes", "age_years": 70}, medicines=[entry("tramadol")]))
    overrides, approvals = [set_aside("seed-benzodiazepine")], [set_aside("med-opioid", DECIDE)]

    assert len(reasons(result)) == 3
    assert not eligible(result, overrides, approvals, [], ON)
    assert eligible(result, overrides, approvals, {"age-limits"}, ON)
