"""`manage.py score`: JSON Lines in, one answer for each line in the same order."""

import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from kap_clinic.dev.sample_answers import sample_answers
from screening.management.commands.score import Command
from screening.measures import score


@pytest.fixture
def run(tmp_path):
    def run(text):
        file = tmp_path / "lines.jsonl"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = io.StringIO()
        call_command("score", str(file), stdout=out)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    return run


def refused(error, link_id=None):
    return {"valid": False, "error": error, "linkId": link_id}


def test_answers_and_changes_come_back_in_order(run):
    change, scored, entered = run(
        '{"instrument": "phq-9", "baseline_total": 18, "current_total": 9}\n'
        '{"instrument": "audit-c", "answers": {"auditc.1": 0}, "context": {"sex": "male"}}\n'
        '{"instrument": "isi", "answers": {"total": 15}}'
    )

    assert change["percent_decrease"] == 50.0
    assert scored["subscales"] == {"screen_positive": False}
    assert entered["band"] == "moderate"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", refused("not_json")),
        ("nonsense", refused("not_json")),
        ('{"instrument": "phq-9", "answers": {', refused("not_json")),
        ("[" * 200_000, refused("not_json")),
        (b'{"instrument": "\xff"}', refused("not_json")),
        ("[1]", refused("not_an_object")),
        ("null", refused("not_an_object")),
        ("{}", refused("unknown_instrument")),
        ('{"instrument": ["phq-9"], "answers": {}}', refused("unknown_instrument")),
        ('{"instrument": "phq-9"}', refused("answers_not_an_object")),
        ('{"instrument": "phq-9", "answers": {"phq9.1": NaN}}', refused("not_an_integer", "phq9.1")),
        ('{"instrument": "phq-9", "answers": {"phq9.1": 1e999}}', refused("not_an_integer", "phq9.1")),
        ('{"instrument": "phq-9", "answers": {"\\ud800": 1}}', refused("unknown_item", "\ud800")),
        ('{"instrument": "phq-9", "answers": {}, "context": [1]}', refused("context_not_an_object")),
        ('{"instrument": "phq-9", "baseline_total": 18}', refused("not_an_integer", "current_total")),
        ('{"instrument": "asq", "baseline_total": 1, "current_total": 0}', refused("not_trended")),
    ],
)
def test_a_line_that_cannot_be_scored_is_answered_and_the_next_one_scored(run, line, answer):
    bad = line if isinstance(line, bytes) else line.encode()

    first, second = run(bad + b'\n{"instrument": "phq-2", "answers": {"phq2.1": 3}}\n')

    assert first == answer
    assert second["flags"] == ["phq2.positive"]


def test_an_empty_file_has_no_answers(run):
    assert run("") == []


def test_windows_line_ends_and_a_byte_order_mark_are_read(run):
    assert run(b'\xef\xbb\xbf{"instrument": "isi", "answers": {"total": 7}}\r\n')[0]["band"] == "none"


def test_a_dash_reads_standard_input(monkeypatch):
    lines = SimpleNamespace(buffer=io.BytesIO(b'{"instrument": "isi", "answers": {"total": 22}}\n'))
    monkeypatch.setattr("sys.stdin", lines)
    out = io.StringIO()

    call_command("score", "-", stdout=out)

    assert json.loads(out.getvalue())["band"] == "severe"


def test_a_file_that_cannot_be_read_is_the_only_failure(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("score", str(tmp_path / "nowhere.jsonl"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("score", str(tmp_path))


def test_it_runs_without_any_system_check():
    assert Command.requires_system_checks == []


def test_sample_answers_are_the_same_for_the_same_seed_and_can_all_be_scored():
    lines = list(sample_answers(240, seed=7))

    assert lines == list(sample_answers(240, seed=7))
    assert lines != list(sample_answers(240, seed=8))
    results = [score(line["instrument"], line["answers"], line["context"]) for line in lines]
    assert all(result.valid for result in results)
    assert {True, False} == {result.complete for result in results}
    assert len({result.instrument for result in results}) == 12
