"""`manage.py score FILE`: what do these answers, or these two totals, come to?"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.measures import change, score

TOTALS = ("baseline_total", "current_total")


class Command(BaseCommand):
    help = (
        "Score answers or changes: JSON Lines in, one JSON line out for each, in the same order. "
        'A line is {"instrument", "answers", "context"} or {"instrument", "baseline_total", "current_total"}. '
        'What cannot be scored answers {"valid": false, "error", "linkId"}. Touches no data.'
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file of JSON Lines, or - for standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        for line in _lines(file):
            self.stdout.write(json.dumps(answer(line)))


def _lines(file: str) -> Iterator[bytes]:
    """The lines of the file. Raises CommandError when it cannot be read."""
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield from lines
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}). Name a file of JSON Lines, or - .") from error


def answer(line: bytes) -> dict[str, Any]:
    """The answer to one line; a broken line is answered with its error, like a refused one."""
    try:
        asked = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _error("not_json")
    if not isinstance(asked, dict):
        return _error("not_an_object")
    form = asked.get("instrument")
    if "answers" not in asked and any(total in asked for total in TOTALS):
        return change(form, *(asked.get(total) for total in TOTALS)).as_json()
    return score(form, asked.get("answers"), asked.get("context")).as_json()


def _error(error: str) -> dict[str, Any]:
    return {"valid": False, "error": error, "linkId": None}
