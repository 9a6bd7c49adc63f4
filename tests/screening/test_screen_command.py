"""`manage.py screen`: JSON Lines in, one answer for each line in the same order."""

import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from kap_clinic.dev.samples import worked_intakes
from screening.rules import evaluate_line
from tests.screening.intakes import intake


@pytest.fixture
def run(tmp_path):
    def run(text):
        file = tmp_path / "lines.jsonl"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = io.StringIO()
        call_command("screen", str(file), stdout=out)
        return [json.loads(line) for line in out.getvalue().split("\n")[:-1]]

    return run


def test_the_worked_intakes_come_back_in_order(run):
    lines = run("\n".join(json.dumps(case) for case in worked_intakes()))

    assert [line["id"] for line in lines] == [case["id"] for case in worked_intakes()]
    assert [line["overall"] for line in lines] == [case["expected_overall"] for case in worked_intakes()]
    assert lines[21]["findings"][0] == {
        "rule": "seed-benzodiazepine",
        "severity": "contraindicated",
        "reason": '"xanx as needed" (read as alprazolam, a benzodiazepine) was taken 3 days ago; the window is 7 days',
        "evidence": [{"medicine": "xanx as needed", "as": "alprazolam", "class": "benzodiazepine", "days": 3}],
    }


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "The line is not JSON"),
        ("nonsense", "The line is not JSON"),
        ('{"id": "a", "answers": {', "The line is not JSON"),
        ("[" * 200_000, "The line is not JSON"),
        (b'{"id": "\xff"}', "The line is not JSON"),
        ("9" * 5_000, "The line is not JSON"),
        ("[1]", "The line is not an object"),
        ("null", "The line is not an object"),
    ],
)
def test_a_broken_line_is_answered_with_its_error_and_the_next_goes_on(run, line, error):
    broken, sound = run((line if isinstance(line, bytes) else line.encode()) + b'\n{"id": 7}\n')

    assert broken == {"id": None, "error": error}
    assert sound["overall"] == "incomplete"


@pytest.mark.parametrize("part", ["answers", "medications", "vitals"])
def test_a_line_of_the_wrong_shape_keeps_its_id(run, part):
    (line,) = run(json.dumps(intake() | {part: "yes"}))

    assert set(line) == {"id", "error"}
    assert line["id"] == "test"


@pytest.mark.parametrize(
    ("typed", "kept"), [("7", 7), ('"a"', "a"), ('[1, "b"]', [1, "b"]), ("null", None), ("NaN", None)]
)
def test_the_id_comes_back_as_it_was(run, typed, kept):
    (line,) = run('{"id": ' + typed + "}")

    assert line["id"] == kept


def test_numbers_json_should_not_hold_are_missing(run):
    (line,) = run(json.dumps(intake(answers={"age_years": float("nan"), "alt_times_uln": float("inf")})))

    assert line["missing"] == ["alt_times_uln", "age_years"]


def test_windows_line_ends_a_byte_order_mark_and_odd_separators_inside_a_text_are_no_trouble(run):
    lines = run(b'\xef\xbb\xbf{"id": 1}\r\n{"id": 2, "medications": [{"text": "Xanax\xe2\x80\xa8Ritalin"}]}\r\n')

    assert [line["id"] for line in lines] == [1, 2]
    assert {finding["rule"] for finding in lines[1]["findings"]} == {"seed-benzodiazepine", "seed-stimulant"}


def test_an_empty_file_has_no_answers(run):
    assert run("") == []


def test_standard_input_is_read_with_a_dash(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(intake()).encode())))
    out = io.StringIO()

    call_command("screen", "-", stdout=out)

    assert json.loads(out.getvalue()) == json.loads(json.dumps(evaluate_line(intake())))


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("screen", str(tmp_path / "nowhere.jsonl"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("screen", str(tmp_path))
