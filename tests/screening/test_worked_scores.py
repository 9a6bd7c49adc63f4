"""The 48 worked examples that came with the instruments: ours must agree with every one, figure for figure."""

import json
from pathlib import Path

import pytest

from screening.measures import change, score

EXAMPLES = json.loads(Path(__file__).with_name("data").joinpath("scoring-examples.json").read_text("utf-8"))["examples"]


def test_all_48_examples_are_here():
    assert len({example["example_id"] for example in EXAMPLES}) == 48


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["example_id"])
def test_a_worked_example_comes_out_as_worked(example):
    if example["kind"] == "score":
        result = score(example["instrument"], example["answers"], example["context"])
    else:
        result = change(example["instrument"], example["baseline_total"], example["current_total"])

    assert result.as_json() == example["expected"], example["why"]
