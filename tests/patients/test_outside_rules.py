"""Which results can be kept, what is said of the others, and ALT as a multiple of its limit."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.outside import rules
from patients.outside.rules import Result
from patients.outside.terms import Comparator, LabKind, Unit

D = Decimal
ALT = {"kind": LabKind.ALT, "unit": Unit.U_PER_L, "value": D(42), "upper_limit": D(40)}
TSH = {"kind": LabKind.TSH, "unit": Unit.MIU_PER_L, "value": D("0.01")}


def said(**result):
    return dict(rules.reasons_not_usable(Result(**result)))


@pytest.mark.parametrize(
    "result",
    [
        ALT,
        ALT | {"comparator": Comparator.BELOW},
        ALT | {"unit": Unit.UKAT_PER_L, "value": D("0.7"), "upper_limit": D("0.75")},
        TSH | {"comparator": Comparator.BELOW},
        TSH | {"upper_limit": D("4.2")},
        {"kind": LabKind.EGFR, "unit": Unit.ML_PER_MIN, "value": D(90), "comparator": Comparator.ABOVE},
        {"kind": LabKind.QTC, "unit": Unit.MS, "value": D(438)},
        {"kind": LabKind.URINE, "finding": "clear"},
        {"kind": LabKind.URINE, "finding": "other", "note": "Glucose"},
        {"kind": LabKind.PREGNANCY, "finding": "unclear"},
        {"kind": LabKind.OTHER, "name": "HbA1c", "finding": "5.6 %"},
    ],
)
def test_results_as_reports_say_them_are_kept(result):
    assert said(**result) == {}


@pytest.mark.parametrize(
    ("result", "field", "words"),
    [
        (ALT | {"unit": ""}, "unit", "ALT is reported in U/L or µkat/L. Choose the one on the report"),
        (ALT | {"unit": Unit.MS}, "unit", "ALT is reported in U/L or µkat/L. Choose the one on the report"),
        (ALT | {"value": None}, "value", "Enter the result in U/L"),
        (ALT | {"value": D("0.4")}, "value", "0.4 U/L is not between 1 and 20000"),
        (ALT | {"value": D(20001)}, "value", "Check the number and the unit"),
        (ALT | {"comparator": Comparator.ABOVE}, "value", "Enter the number itself"),
        (ALT | {"upper_limit": None}, "upper_limit", "Enter the upper limit of normal, as the report says it, in U/L"),
        (ALT | {"upper_limit": D(400)}, "upper_limit", "An upper limit of 400 U/L is not between 10 and 100"),
        (ALT | {"upper_limit": D(0)}, "upper_limit", "not between 10 and 100"),
        (
            {"kind": LabKind.QTC, "unit": Unit.MS, "value": D(438), "upper_limit": D(450)},
            "upper_limit",
            "kept without an upper limit",
        ),
        ({"kind": LabKind.PREGNANCY, "finding": "maybe"}, "finding", "Choose what was found"),
        ({"kind": LabKind.URINE, "finding": ""}, "finding", "Choose what was found"),
        ({"kind": LabKind.URINE, "finding": "other"}, "note", "Say what was abnormal"),
        ({"kind": LabKind.OTHER, "finding": "5.6"}, "name", "Enter the name of the test"),
        ({"kind": LabKind.OTHER, "name": "HbA1c"}, "finding", "Enter the result as the report says it"),
    ],
)
def test_what_cannot_be_kept_says_what_to_do(result, field, words):
    assert words in said(**result)[field]


@pytest.mark.parametrize("kind", list(LabKind))
def test_every_test_is_a_number_a_finding_or_words(kind):
    ways = [kind in rules.RANGES, kind in rules.FINDINGS, kind == LabKind.OTHER]

    assert sum(ways) == 1


def test_the_ranges_are_in_order():
    for units in rules.RANGES.values():
        for span in units.values():
            assert 0 < span.lowest < span.highest
            assert (span.lowest_limit is None) == (span.highest_limit is None)
            assert span.lowest_limit is None or span.lowest <= span.lowest_limit < span.highest_limit <= span.highest


@pytest.mark.parametrize(
    ("value", "limit", "times"),
    [
        ("40", "40", "1.00"),
        ("40.01", "40", "1.01"),
        ("120", "40", "3.00"),
        ("120.001", "40", "3.01"),
        ("20", "40", "0.50"),
    ],
)
def test_alt_as_a_multiple_is_rounded_up(value, limit, times):
    assert rules.times_limit(D(value), D(limit)) == D(times)


@given(st.decimals("0.001", 20000, places=3), st.decimals("0.1", 100, places=3), st.sampled_from([1, 3, 5, 20]))
def test_rounding_never_moves_a_result_over_or_under_a_limit_of_the_rules(value, limit, bound):
    assert (rules.times_limit(value, limit) > bound) == (value > bound * limit)


def test_a_limit_of_nothing_is_no_limit():
    with pytest.raises(ValueError, match="above 0"):
        rules.times_limit(D(40), D(0))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 2), []),
        (date(1990, 5, 1), []),
        (date(2026, 3, 3), ["Enter a day that is not in the future"]),
        (date(1990, 4, 30), ["Enter a day after the patient's birth. Check the year"]),
    ],
)
def test_a_sample_is_of_a_day_of_the_patients_life(day, words):
    assert list(rules.reasons_against_the_day(day, today=date(2026, 3, 2), born=date(1990, 5, 1))) == words


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (ALT, "42 U/L"),
        (TSH | {"comparator": Comparator.BELOW}, "<0.01 mIU/L"),
        ({"kind": LabKind.CREATININE, "unit": Unit.UMOL_PER_L, "value": D("1200.000")}, "1200 µmol/L"),
        ({"kind": LabKind.URINE, "finding": "infection"}, "White cells or nitrite"),
        ({"kind": LabKind.OTHER, "name": "HbA1c", "finding": "5.6 %"}, "5.6 %"),
    ],
)
def test_a_result_reads_as_on_paper(result, words):
    assert rules.in_words(Result(**result)) == words
