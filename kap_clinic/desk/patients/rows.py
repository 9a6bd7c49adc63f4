"""One line of the list of patients, and of what a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import reverse

from patients.record import rules

PAGE = 50  # rows of a list, ux 16
NOBODY = "00000000-0000-0000-0000-000000000000"
COLUMNS = ("ref", "record_number", "family_name", "given_name", "preferred_name", "birth_date")


@dataclass(frozen=True)
class PatientRow:
    """Names, birth date and record number: what every role that may find a patient may read."""

    ref: str
    record: str
    name: str
    goes_by: str
    born: str
    url: str
    stage: str = ""  # of the newest course; "" before there is one
    chip: str = "plain"


def row(values: Sequence[Any]) -> PatientRow:
    """A line from the values of COLUMNS."""
    ref, number, family, given, goes_by, born = values
    name, address = f"{family.upper()}, {given}", _chart_of().replace(NOBODY, str(ref))
    return PatientRow(str(ref), rules.record_label(number), name, goes_by, rules.in_words(born), address)


@lru_cache(maxsize=1)
def _chart_of() -> str:
    """The address of nobody's chart: what it is for somebody is put in its place, fifty times a page."""
    return reverse("desk:chart", args=[NOBODY])
