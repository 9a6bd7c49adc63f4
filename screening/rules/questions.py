"""What is asked and measured at a screening, and which answers can be used (screening-rules 2 and 3). Pure.

The web form is made from `QUESTIONS` and `VITALS`; their words and limits are in `questions.json`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

DATA = json.loads(Path(__file__).with_name("questions.json").read_text(encoding="utf-8"))
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ENTRY = re.compile(r"medications\[(\d+)\]\.(text|last_taken)")
LARGEST = 1e9  # no answer or measurement is larger; NaN and infinity fail the comparison too

SECTIONS: Mapping[str, str] = DATA["sections"]  # key -> title; the tick box belongs to the medicine list


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its words, its answers, and when it must be answered.

    `kind` is "enum" (one of `options`, code -> label), "int", "number" or "date". `answered_by` is "patient",
    "clinician", or "measure" when it comes from a scored instrument. `required_when` names the answers (key -> codes)
    that make an otherwise optional question required; a form shows it only then.
    """

    key: str
    section: str
    wording: str
    short: str
    kind: str
    answered_by: str
    required: bool
    required_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    hint: str = ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and label of each answer, in order, as a form wants them."""
        return list(self.options.items())

    def is_required(self, answers: Mapping[str, Any]) -> bool:
        """Whether a blank would be missing, with these usable answers to the others."""
        return self.required or any(answers.get(key) in codes for key, codes in self.required_when.items())

    def usable(self, value: Any) -> Any:
        """The answer as the rules read it (code, number or date), or None when it cannot be used."""
        if self.kind == "enum":
            return value if isinstance(value, str) and value in self.options else None
        if self.kind == "date":
            return day(value)
        if self.kind == "int" and not isinstance(value, int):
            return None
        return in_range(value, self.minimum, self.maximum)

    def label(self, value: Any) -> str:
        """An answer in words."""
        return self.options.get(value) or f"{value:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Vital:
    """One measurement: its unit, the values a living patient can have, and the name it is missing under.

    Weight is typed in kg or lb; its limits hold for kg.
    """

    key: str
    label: str
    unit: str
    missing: str
    required: bool
    minimum: float
    maximum: float
    hint: str = ""

    def usable(self, value: Any) -> float | None:
        """The value, or None when nobody can have it."""
        return in_range(value, self.minimum, self.maximum)


def number(value: Any) -> float | None:
    """A finite number; true, false, text and NaN are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < LARGEST else None


def in_range(value: Any, minimum: float | None, maximum: float | None) -> float | None:
    """A number within its limits, both included."""
    value = number(value)
    if value is None or (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        return None
    return value


def day(value: Any) -> date | None:
    """A date, given as one or as YYYY-MM-DD; nothing else is readable."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def is_blank(value: Any) -> bool:
    """Whether nothing was answered."""
    return value is None or (isinstance(value, str) and not value.strip())


def questions_in(section: str) -> list[Question]:
    """The questions of one section, in the order they are asked."""
    return [question for question in QUESTIONS.values() if question.section == section]


def _question(entry: Mapping[str, Any]) -> Question:
    required, kind = entry["required"], entry["type"]
    return Question(
        key=entry["key"],
        section=entry["section"],
        wording=entry["wording"],
        short=entry["short"],
        kind="enum" if kind in DATA["options"] else kind,
        answered_by=entry["by"],
        required=required is True,
        required_when={key: tuple(codes) for key, codes in required.items()} if isinstance(required, dict) else {},
        options=DATA["options"].get(kind) or entry.get("options", {}),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        unit=entry.get("unit", ""),
        hint=entry.get("hint", ""),
    )


def _vital(entry: Mapping[str, Any]) -> Vital:
    limits = {"minimum": entry["min"], "maximum": entry["max"]}
    return Vital(**{key: value for key, value in entry.items() if key not in ("min", "max")}, **limits)


QUESTIONS: Mapping[str, Question] = {entry["key"]: _question(entry) for entry in DATA["questions"]}
VITALS: Mapping[str, Vital] = {entry["key"]: _vital(entry) for entry in DATA["vitals"]}
DERIVED: Mapping[str, Mapping[str, str]] = {entry["key"]: entry for entry in DATA["derived"]}


NAMES = {
    "assessment_date": "Date of the assessment",
    "medications": "Medicine list",
    "vitals.blood_pressure": "Blood pressure",
    "vitals.weight.unit": "Unit of the weight",
    **{key: question.short for key, question in QUESTIONS.items()},
}


def name_in_words(name: str) -> str:
    """A missing input as people call it: "medications[0].last_taken" is "Medicine 1: when it was last taken"."""
    if entry := ENTRY.fullmatch(name):
        what = "what it is" if entry[2] == "text" else "when it was last taken"
        return f"Medicine {int(entry[1]) + 1}: {what}"
    return NAMES.get(name) or VITALS[name.removeprefix("vitals.")].label
