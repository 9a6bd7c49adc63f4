"""What a clinic may set: each key once, with its kind, default, source and who may change it.

An app declares its own in `<app>/setting_keys.py`, which is read when Django starts:

    declare(
        Key("idle_minutes", "clinic", "Lock the screen after", Kind.INTEGER, 15, unit="minutes", lowest=1, highest=60),
    )

and reads the value that holds with `clinic_settings.selectors.value_of("idle_minutes", clinic_id)`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any

from kap_clinic.accounts.permissions import Permission

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
LONGEST_LINE, LONGEST_TEXT, MOST_LINES = 200, 5000, 60


class Kind(StrEnum):
    """What a value is in Python, and in JSON."""

    INTEGER = "integer"  # int
    NUMBER = "number"  # Decimal; text in JSON
    YES_NO = "yes_no"  # bool
    AMOUNT = "amount"  # str: money like "250.00", or nothing
    TEXT = "text"  # str, one line
    LONG_TEXT = "long_text"  # str
    LINES = "lines"  # list of str
    CHOICE = "choice"  # one of the key's choices
    HOURS = "hours"  # day to a list of [from, until], as "09:00"
    CONTACTS = "contacts"  # list of {"name", "phone", "note"}


class NotAllowed(ValueError):
    """A value that does not fit its key; the message says what to enter."""


@dataclass(frozen=True)
class Key:
    name: str
    topic: str  # the settings page it stands on
    label: str
    kind: Kind
    default: Any
    help: str = ""
    unit: str = ""
    source: str = ""  # where the default comes from, for clinical numbers
    clinical: bool = False  # changed by a prescriber or the medical director, with a second person
    lowest: Decimal | int | None = None
    highest: Decimal | int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def permission(self) -> Permission:
        """What somebody needs to change it."""
        return Permission.CLINICAL_SETTINGS_EDIT if self.clinical else Permission.SETTINGS_EDIT

    def cleaned(self, value: Any) -> Any:
        """The value as its kind has it, or NotAllowed."""
        value = CLEAN[self.kind](value, self)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            self._check_range(value)
        return value

    def to_json(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else value

    def from_json(self, value: Any) -> Any:
        return Decimal(value) if self.kind is Kind.NUMBER else value

    def in_words(self, value: Any) -> str:
        """The value as a person reads it."""
        if self.kind is Kind.YES_NO:
            return "Yes" if value else "No"
        if self.kind is Kind.CHOICE:
            return self.choices[value]
        if self.kind in IN_WORDS:
            return IN_WORDS[self.kind](value) or "None"
        return f"{value} {self.unit}".strip() or "Not set"

    def _check_range(self, value: Decimal | int) -> None:
        low, high = self.lowest, self.highest
        if (low is not None and value < low) or (high is not None and value > high):
            if low is not None and high is not None:
                raise NotAllowed(f"Enter a number from {low} to {high}")
            raise NotAllowed(f"Enter a number of at least {low}" if low is not None else f"Enter at most {high}")


_declared: dict[str, Key] = {}


def declare(*keys: Key) -> None:
    """Add keys to what a clinic may set. A name belongs to one key."""
    for key in keys:
        if key.name in _declared and _declared[key.name] != key:
            raise ValueError(f"The setting {key.name!r} is declared twice.")
        key.cleaned(key.default)
        _declared[key.name] = key


def known(name: str) -> Key:
    """The key of this name. KeyError: nobody declared it."""
    return _declared[name]


def every() -> list[Key]:
    return list(_declared.values())


def of_topic(topic: str) -> list[Key]:
    return [key for key in _declared.values() if key.topic == topic]


# What each kind makes of what was entered


def _integer(value: Any, key: Key) -> int:
    try:
        return int(str(value).strip())
    except ValueError as error:
        raise NotAllowed("Enter a whole number") from error


def _number(value: Any, key: Key) -> Decimal:
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation as error:
        raise NotAllowed("Enter a number") from error
    if not number.is_finite():
        raise NotAllowed("Enter a number")
    return number


def _amount(value: Any, key: Key) -> str:
    text = str(value).strip()
    if not text:
        return ""
    number = _number(text, key)
    if not 0 <= number < 1_000_000 or number != round(number, 2):
        raise NotAllowed("Enter an amount like 250.00, or leave it empty")
    return f"{number:.2f}"


def _yes_no(value: Any, key: Key) -> bool:
    if not isinstance(value, bool):
        raise NotAllowed("Choose yes or no")
    return value


def _text(value: Any, key: Key) -> str:
    text = " ".join(str(value).split())
    if len(text) > LONGEST_LINE:
        raise NotAllowed(f"Enter at most {LONGEST_LINE} characters")
    return text


def _long_text(value: Any, key: Key) -> str:
    text = str(value).replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise NotAllowed(f"Enter at most {LONGEST_TEXT} characters")
    return text


def _lines(value: Any, key: Key) -> list[str]:
    lines = value if isinstance(value, list) else str(value).splitlines()
    lines = [text for line in lines if (text := _text(line, key))]
    if len(lines) > MOST_LINES:
        raise NotAllowed(f"Enter at most {MOST_LINES} lines")
    return lines


def _choice(value: Any, key: Key) -> str:
    if not isinstance(value, str) or value not in key.choices:
        raise NotAllowed("Choose one of the list")
    return str(value)


def _hours(value: Any, key: Key) -> dict[str, list[list[str]]]:
    """Each day's times, in order and apart from each other; a day that is closed has none."""
    if not isinstance(value, dict) or set(value) - set(DAYS):
        raise NotAllowed("Enter the hours of each day, like 09:00-17:00")
    return {day: _spans(value.get(day) or [], name) for day, name in DAYS.items()}


def _spans(spans: Any, day: str) -> list[list[str]]:
    if not isinstance(spans, list) or not all(isinstance(span, list) and len(span) == 2 for span in spans):
        raise NotAllowed(f"{day}: enter times like 09:00-17:00, or leave it empty when closed")
    found = sorted([_clock(begin, day), _clock(end, day)] for begin, end in spans)
    if any(begin >= end for begin, end in found):
        raise NotAllowed(f"{day}: the end must be later than the beginning")
    if any(before[1] > after[0] for before, after in pairwise(found)):
        raise NotAllowed(f"{day}: the times overlap")
    return found


def _clock(text: str, day: str) -> str:
    try:
        return time.fromisoformat(re.sub(r"^(\d):", r"0\1:", str(text).strip())).strftime("%H:%M")
    except ValueError as error:
        raise NotAllowed(f"{day}: enter times like 09:00-17:00, or leave it empty when closed") from error


def _contacts(value: Any, key: Key) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise NotAllowed("Enter a name and a phone number for each contact")
    contacts = [{part: _text(row.get(part, ""), key) for part in ("name", "phone", "note")} for row in value]
    if any(bool(row["name"]) != bool(row["phone"]) for row in contacts):
        raise NotAllowed("Enter both a name and a phone number")
    return [row for row in contacts if row["name"]]


CLEAN: dict[Kind, Callable[[Any, Key], Any]] = {
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.AMOUNT: _amount,
    Kind.YES_NO: _yes_no,
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.LINES: _lines,
    Kind.CHOICE: _choice,
    Kind.HOURS: _hours,
    Kind.CONTACTS: _contacts,
}


def hours_in_words(hours: dict[str, list[list[str]]]) -> str:
    days = ((name, hours.get(day) or []) for day, name in DAYS.items())
    return "\n".join(f"{name} {', '.join('-'.join(span) for span in spans)}" for name, spans in days if spans)


IN_WORDS: dict[Kind, Callable[[Any], str]] = {
    Kind.LINES: "\n".join,
    Kind.HOURS: hours_in_words,
    Kind.CONTACTS: lambda contacts: "\n".join(f"{row['name']} {row['phone']}" for row in contacts),
}

WEEKDAYS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": [], "sun": []}

# Idle times: SEC-21.
declare(
    Key("clinic_phone", "clinic", "Phone", Kind.TEXT, "", help="Printed on letters and shown to patients"),
    Key("clinic_address", "clinic", "Address", Kind.LONG_TEXT, ""),
    Key(
        "paper_size",
        "clinic",
        "Paper",
        Kind.CHOICE,
        "letter",
        choices={"letter": "US Letter", "a4": "A4"},
    ),
    Key(
        "idle_minutes",
        "clinic",
        "Lock the screen after",
        Kind.INTEGER,
        15,
        unit="minutes",
        lowest=1,
        highest=60,
        help="When nobody has typed or tapped. The person stays signed in, and what they typed is kept.",
    ),
    Key(
        "idle_minutes_shared",
        "clinic",
        "Lock shared devices after",
        Kind.INTEGER,
        5,
        unit="minutes",
        lowest=1,
        highest=60,
        help="Tablets and desks that several people use",
    ),
    Key(
        "hours",
        "hours",
        "Opening hours",
        Kind.HOURS,
        WEEKDAYS,
        help="Like 09:00-12:00, 13:00-17:00. Leave a day empty when the clinic is closed.",
    ),
    Key(
        "crisis_contacts",
        "crisis",
        "Crisis contacts",
        Kind.CONTACTS,
        [
            {"name": "Suicide and Crisis Lifeline", "phone": "988", "note": "call or text, any hour"},
            {"name": "Emergency", "phone": "911", "note": ""},
        ],
        help="Shown to patients on every page, in this order",
    ),
    Key("letterhead_name", "letterhead", "Name on letters", Kind.TEXT, "", help="The clinic's name when left empty"),
    Key("letterhead_lines", "letterhead", "Lines under the name", Kind.LINES, [], help="One on each line"),
    Key("letterhead_footer", "letterhead", "Foot of letters", Kind.LONG_TEXT, ""),
)
