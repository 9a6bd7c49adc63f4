"""The 48 worked intakes of screening-rules 8 come out exactly as written."""

import pytest

from kap_clinic.dev.samples import worked_intakes
from screening.rules import evaluate, evaluate_line


def test_all_of_them_are_here():
    assert [case["id"] for case in worked_intakes()] == [f"sc-{number:03}" for number in range(1, 49)]


@pytest.mark.parametrize("case", worked_intakes(), ids=lambda case: case["id"])
def test_a_worked_intake_comes_out_as_written(case):
    result = evaluate(case)

    assert [{"rule": found.rule, "severity": found.severity} for found in result.findings] == case["expected"]
    assert result.overall == case["expected_overall"]
    assert sorted(result.missing) == sorted(case["expected_missing"])


@pytest.mark.parametrize("case", worked_intakes(), ids=lambda case: case["id"])
def test_every_finding_says_why_and_on_what(case):
    for finding in evaluate_line(case)["findings"]:
        assert finding["reason"]
        assert finding["evidence"]
        for item in finding["evidence"]:
            assert {"question", "answer"} <= set(item) or {"vital", "value"} <= set(item) or "medicine" in item
