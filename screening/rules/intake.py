"""What of an intake can be used, and what is missing? Missing is never "no" (screening-rules 1.2 to 4). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from patients.medicines.matcher import Reading, read
from patients.medicines.text import is_blank as says_nothing
from screening.rules.questions import QUESTIONS, VITALS, day, is_blank, number

KG_PER_LB = 0.45359237  # screening-rules 3
NUMBERS = [key for key, question in QUESTIONS.items() if question.kind in ("int", "number")]
CURRENT, NEVER = "current", "never"
NOW, NO_DATE, NO_TODAY = "is taken now", "has no usable date, so it counts as taken now", "counts as taken now"


class UnusableIntake(ValueError):
    """The intake has not the shape of one, so no rule can be asked. Says what is wrong."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One entry of the medicine list that was taken: its text, what it says, and how long ago.

    `undated` means that no date counts: it is taken now, or must be taken to be. `when` says which, or how long ago.
    """

    text: str
    reading: Reading
    days: int
    undated: bool
    when: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules read: usable answers and numbers, medicines taken, and the names of what is missing."""

    answers: Mapping[str, Any]
    numbers: Mapping[str, float]
    medicines: tuple[Taken, ...]
    missing: tuple[str, ...]


def read_intake(intake: Mapping[str, Any]) -> Facts:
    """Sort an intake into what can be used and what is missing.

    Takes `{"assessment_date", "answers", "medications", "vitals"}` as JSON holds it. Raises UnusableIntake when a part
    is not an object or a list at all.
    """
    given = _part(intake, "answers", Mapping, {})
    entries = _part(intake, "medications", Sequence, [])
    vitals = _part(intake, "vitals", Mapping, {})
    on = day(intake.get("assessment_date"))
    answers = {key: answer for key, answer in _answers(given, on) if answer is not None}
    missing = [] if on else ["assessment_date"]
    missing += [key for key in QUESTIONS if key not in answers and _is_missing(key, given, answers)]
    taken = tuple(_taken(entries, on, missing))
    _check_list(entries, given, answers, missing)
    numbers = dict(_vitals(vitals, missing))
    numbers |= {key: answers[key] for key in NUMBERS if key in answers}
    numbers |= _derived(numbers, answers, on)
    return Facts(answers, numbers, taken, tuple(dict.fromkeys(missing)))


def _part(intake: Mapping[str, Any], name: str, kind: type, empty: Any) -> Any:
    part = intake.get(name)
    if part is None:
        return empty
    if not isinstance(part, kind) or isinstance(part, str | bytes):
        raise UnusableIntake(f"{name} is not {'a list' if kind is Sequence else 'an object'}")
    return part


# --- Answers ---------------------------------------------------------------------------------------------------------


def _answers(given: Mapping[str, Any], on: date | None) -> Iterator[tuple[str, Any]]:
    for key, question in QUESTIONS.items():
        answer = question.usable(given.get(key))
        in_future = isinstance(answer, date) and on is not None and answer > on
        yield key, None if in_future else answer


def _is_missing(key: str, given: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """A required answer that cannot be used; an optional one may be blank, but not unusable."""
    return QUESTIONS[key].is_required(answers) or not is_blank(given.get(key))


# --- The medicine list -----------------------------------------------------------------------------------------------


def _taken(entries: Sequence[Any], on: date | None, missing: list[str]) -> Iterator[Taken]:
    """Each entry that was taken. A date that cannot be used is missing, and the entry counts as current."""
    for place, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise UnusableIntake(f"medications[{place}] is not an object")
        if _says_none(entry):
            continue
        text, last = entry.get("text"), entry.get("last_taken")
        if not isinstance(text, str) or says_nothing(text):
            missing.append(f"medications[{place}].text")
            text = ""
        days, when = _last_taken(last, on)
        if when == NO_DATE:
            missing.append(f"medications[{place}].last_taken")
        if text and last != NEVER:
            yield Taken(text, read(text), days or 0, undated=days is None, when=when)


def _last_taken(last: Any, on: date | None) -> tuple[int | None, str]:
    """Days since the last dose, or None when it counts as taken now; and the same in words."""
    if last in (CURRENT, NEVER):
        return None, NOW
    taken = day(last)
    if taken is None or (on and taken > on):
        return None, NO_DATE
    if on is None:
        return None, NO_TODAY
    days = (on - taken).days
    return days, {0: "was taken today", 1: "was taken yesterday"}.get(days, f"was taken {days} days ago")


def _says_none(entry: Mapping[str, Any]) -> bool:
    """Whether an entry only says that there is nothing to list."""
    text = entry.get("text")
    return isinstance(text, str) and read(text).says_none


def _check_list(
    entries: Sequence[Any], given: Mapping[str, Any], answers: Mapping[str, Any], missing: list[str]
) -> None:
    """An empty list is an answer only with the tick box, and the tick box contradicts any entry."""
    tick = answers.get("no_medications")
    is_empty = all(_says_none(entry) for entry in entries)
    if is_empty and tick != "yes":
        missing += ["medications"] if tick == "no" else ["no_medications", "medications"]
    elif not is_empty and tick == "yes":
        missing.append("no_medications")


# --- Vitals ----------------------------------------------------------------------------------------------------------


def _vitals(vitals: Mapping[str, Any], missing: list[str]) -> Iterator[tuple[str, float]]:
    """Every usable measurement, weight in kg; each half of a blood pressure by itself (screening-rules 3)."""
    usable = {key: vital.usable(vitals.get(key)) for key, vital in VITALS.items() if key != "weight"}
    usable["weight"], missing_weight = _kilograms(vitals.get("weight"))
    for key, vital in VITALS.items():
        if usable[key] is None and key != "weight" and (vital.required or not is_blank(vitals.get(key))):
            missing.append(vital.missing)
    systolic, diastolic = usable["systolic"], usable["diastolic"]
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        missing.append("vitals.blood_pressure")
    missing += missing_weight
    yield from ((key, value) for key, value in usable.items() if value is not None)


def _kilograms(weight: Any) -> tuple[float | None, list[str]]:
    """A weight in kg, unrounded, or the name of what is missing. A unit is never guessed."""
    value = number(weight.get("value")) if isinstance(weight, Mapping) else None
    if value is None:
        return None, ["vitals.weight"]
    if weight.get("unit") not in ("kg", "lb"):
        return None, ["vitals.weight.unit"]
    kilograms = VITALS["weight"].usable(value * KG_PER_LB if weight["unit"] == "lb" else value)
    return kilograms, [] if kilograms is not None else ["vitals.weight"]


def _derived(numbers: Mapping[str, float], answers: Mapping[str, Any], on: date | None) -> dict[str, float]:
    """Numbers that follow from others: body mass index, and the age in days of a negative pregnancy test."""
    derived: dict[str, float] = {}
    if "weight" in numbers and "height_cm" in numbers:
        derived["bmi"] = numbers["weight"] / (numbers["height_cm"] / 100) ** 2
    tested = answers.get("pregnancy_test_date")
    if on and tested and answers.get("pregnancy_test") == "negative":
        derived["pregnancy_test_age"] = (on - tested).days
    return derived
