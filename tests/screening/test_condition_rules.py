"""What each kind of condition must say, how it reads, and which cannot be signed together."""

from decimal import Decimal

import pytest

from patients.consents.terms import Route as PatientRoute
from screening import rules
from screening.rules import Condition
from screening.terms import ConditionKind, Disposition, Route

UPPER, CHECK, HOLD, DAY, WORDS = ConditionKind
FINE = (
    Condition(UPPER, mg=Decimal("55.50")),
    Condition(UPPER, mg=Decimal(100), route=Route.SL),
    Condition(CHECK, words="Blood pressure at rest"),
    Condition(HOLD, medicine="zolpidem", disposition=Disposition.HOLD, hours_before=24),
    Condition(HOLD, medicine="lamotrigine", disposition=Disposition.CONTINUE),
    Condition(HOLD, medicine="clonazepam", disposition=Disposition.TAPER, words="0.25 mg less each week"),
    Condition(DAY, words="The escort stays the night"),
    Condition(WORDS, words="Half the usual dose"),
)
SENTENCES = (
    "At most 55.5 mg in a session, boosters included (any route)",
    "At most 100 mg in a session, boosters included (Lozenge)",
    "Check before each dose: Blood pressure at rest",
    "Hold zolpidem: last taken 24 h or more before the dose",
    "Continue lamotrigine as usual",
    "Taper clonazepam. 0.25 mg less each week",
    "Confirm on the day: The escort stays the night",
    "Half the usual dose",
)


@pytest.mark.parametrize(("condition", "sentence"), list(zip(FINE, SENTENCES, strict=True)))
def test_a_whole_condition_reads_as_a_sentence_and_nothing_is_wrong(condition, sentence):
    assert rules.what_is_wrong(condition) == {}
    assert condition.in_words == sentence


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (Condition(UPPER), {"mg"}),
        (Condition(UPPER, mg=Decimal(0)), {"mg"}),
        (Condition(UPPER, mg=Decimal(-5)), {"mg"}),
        (Condition(UPPER, mg=Decimal("1000.01")), {"mg"}),
        (Condition(UPPER, mg=Decimal(55), route="po"), {"route"}),
        (Condition(UPPER, mg=Decimal(55), words="about"), {"words"}),
        (Condition(CHECK), {"words"}),
        (Condition(CHECK, words="  "), {"words"}),
        (Condition(CHECK, words="Pulse", mg=Decimal(1)), {"mg"}),
        (Condition(DAY), {"words"}),
        (Condition(DAY, words="Escort", medicine="zolpidem"), {"medicine"}),
        (Condition(HOLD), {"medicine", "disposition"}),
        (Condition(HOLD, medicine="zolpidem"), {"disposition"}),
        (Condition(HOLD, medicine="zolpidem", disposition="stop"), {"disposition"}),
        (Condition(HOLD, medicine="zolpidem", disposition="hold"), {"hours_before"}),
        (Condition(HOLD, medicine="zolpidem", disposition="hold", hours_before=0), {"hours_before"}),
        (Condition(HOLD, medicine="zolpidem", disposition="hold", hours_before=721), {"hours_before"}),
        (Condition(HOLD, medicine="zolpidem", disposition="continue", hours_before=24), {"hours_before"}),
        (Condition(HOLD, medicine="clonazepam", disposition="taper"), {"words"}),
        (Condition(WORDS), {"words"}),
    ],
)
def test_a_condition_that_says_too_little_or_too_much_is_named_by_its_field(condition, fields):
    assert set(rules.what_is_wrong(condition)) == fields


@pytest.mark.parametrize("hours", [1, 720])
def test_the_hours_of_a_hold_reach_from_one_to_thirty_days(hours):
    assert rules.what_is_wrong(Condition(HOLD, medicine="zolpidem", disposition="hold", hours_before=hours)) == {}


def test_conditions_that_contradict_each_other_are_not_signed_together():
    two_limits = [Condition(UPPER, mg=Decimal(55), route="im"), Condition(UPPER, mg=Decimal(60), route="im")]
    two_holds = [
        Condition(HOLD, medicine="Zolpidem", disposition="hold", hours_before=24),
        Condition(HOLD, medicine="zolpidem ", disposition="continue"),
    ]

    assert list(rules.reasons_against(two_limits)) == ["Two upper limits for Intramuscular: keep one."]
    assert list(rules.reasons_against(two_holds)) == ["Two conditions say what to do with zolpidem: keep one."]
    assert list(rules.reasons_against(FINE)) == []


def test_a_reason_names_the_condition_it_is_about():
    assert list(rules.reasons_against([FINE[0], Condition(CHECK)])) == [
        "Condition 2: write what is to be checked or confirmed."
    ]


@pytest.mark.parametrize(
    ("route", "most"), [("im", Decimal(55)), ("sl", Decimal(80)), ("iv", Decimal(80)), ("esk", Decimal(80))]
)
def test_the_lowest_limit_that_covers_the_route_counts(route, most):
    limits = [Condition(UPPER, mg=Decimal(80)), Condition(UPPER, mg=Decimal(55), route="im"), FINE[2]]
    limits.append(Condition(UPPER, mg=Decimal(100), route="sl"))

    assert rules.upper_mg(limits, route) == most


def test_without_a_limit_for_the_route_there_is_none():
    assert rules.upper_mg([Condition(UPPER, mg=Decimal(55), route="im")], "iv") is None
    assert rules.upper_mg([], "iv") is None


def test_the_codes_of_routes_are_those_patients_consent_to():
    assert Route.values == PatientRoute.values
