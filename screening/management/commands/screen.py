"""`manage.py screen FILE`: what would today's rules say of these intakes?"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.rules import evaluate_line


class Command(BaseCommand):
    help = (
        "Screen intakes: JSON Lines in, one JSON line out for each, in the same order. "
        'A line is {"id", "assessment_date", "answers", "medications", "vitals"}; its answer is '
        '{"id", "overall", "findings", "missing"}, or {"id", "error"} when it cannot be evaluated. Touches no data.'
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file of JSON Lines, or - for standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        for line in _lines(file):
            self.stdout.write(as_json(answer(line)))


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
    """The answer to one line; a broken line is answered with what is wrong with it."""
    try:
        intake = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {"id": None, "error": "The line is not JSON"}
    if not isinstance(intake, dict):
        return {"id": None, "error": "The line is not an object"}
    return evaluate_line(intake)


def as_json(answered: dict[str, Any]) -> str:
    """One line of JSON; an id that JSON cannot hold, like NaN, is left out."""
    try:
        return json.dumps(answered, allow_nan=False)
    except ValueError:
        return json.dumps({**answered, "id": None}, allow_nan=False)
