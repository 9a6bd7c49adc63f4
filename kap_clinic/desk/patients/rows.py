"""One line of the list of patients, and of what a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from patients.record import rules

PAGE = 50  # rows of a list, ux 16
COLUMNS = ("ref", "record_number", "family_name", "given_name", "preferred_name", "birth_date")


@dataclass(frozen=True)
class PatientRow:
    """Names, birth date and record number: what every role that may find a patient may read."""

    ref: str
    record: str
    name: str
    goes_by: str
    born: str
    stage: str = ""  # of the newest course; "" before there is one
    chip: str = "plain"


def row(values: Sequence[Any]) -> PatientRow:
    """A line from the values of COLUMNS."""
    ref, number, family, given, goes_by, born = values
    return PatientRow(str(ref), rules.record_label(number), f"{family.upper()}, {given}", goes_by, rules.in_words(born))
