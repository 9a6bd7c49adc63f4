"""What each answer of the pre-dose check holds, and whether it can be used. Pure.

Answers come from a form or a device; here nothing is guessed. A missing answer is not a no.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from screening.rules import QUESTIONS
from sessions.gate.terms import Check, Comfort, EquipmentPart, Identifier, Topic

YES_NO, YES_NO_UNSURE = ("yes", "no"), ("yes", "no", "unsure")
LONGEST, MOST = 500, 60
WAIVER_LENGTH = 15  # characters of why an integration is waived, PD
HIGHEST_TOUCH = 3  # consent-elements 3
NONE = "none"


class AnswerNotUsable(ValueError):
    """What is wrong with an answer, in sentences people read."""

    def __init__(self, reasons: list[str]):
        super().__init__("; ".join(reasons))
        self.reasons = reasons


# What follows a yes or an unsure, as answers of the screening: topic -> keys asked, and what is taken when not asked.
FOLLOW_UP: Mapping[str, tuple[str, ...]] = {
    Topic.ILLNESS: ("other_serious_condition",),
    Topic.PREGNANCY: ("pregnancy_status", "breastfeeding"),
    Topic.BLADDER: ("bladder",),
    Topic.SUBSTANCES: ("substance_use_disorder", "ketamine_misuse"),
}
TAKEN_AS: Mapping[tuple[str, str], Mapping[str, str]] = {
    (Topic.HOSPITAL, "yes"): {"other_serious_condition": "yes"},
    (Topic.HOSPITAL, "unsure"): {"other_serious_condition": "unsure"},
    (Topic.MIND, "yes"): {"psychosis_or_mania_now": "yes"},
    (Topic.MIND, "unsure"): {"psychosis_or_mania_now": "unsure"},
}
FULL_AGAIN = frozenset({Topic.HOSPITAL})  # protocol 5: full re-screening


def cleaned(code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with the keys of `ASKED[code]` and nothing else. AnswerNotUsable: with every reason."""
    kept = {key: _text(data.get(key)) for key in ASKED[Check(code)] if data.get(key) not in (None, "")}
    if reasons := list(CHECKS[Check(code)](kept)):
        raise AnswerNotUsable(reasons)
    return kept


def _text(value: Any) -> Any:
    """Text cut to what a row holds; lists and objects with their texts cut, too."""
    if isinstance(value, str):
        return value.strip()[:LONGEST]
    if isinstance(value, Mapping):
        return {str(key)[:LONGEST]: _text(one) for key, one in list(value.items())[:MOST]}
    if isinstance(value, list | tuple):
        return [_text(one) for one in list(value)[:MOST]]
    return value


def screening_answers(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the changes say in the words of the screening: the answers the rules are asked with again."""
    found: dict[str, Any] = {}
    for topic, said in data.get("topics", {}).items():
        if said == "no":
            continue
        found |= {key: data["answers"][key] for key in FOLLOW_UP.get(topic, ()) if key in data.get("answers", {})}
        found |= TAKEN_AS.get((topic, said), {})
    return found


def asks_for_full_screening(data: Mapping[str, Any]) -> bool:
    return any(data.get("topics", {}).get(topic) in {"yes", "unsure"} for topic in FULL_AGAIN)


def _identity(data: Mapping[str, Any]) -> Iterator[str]:
    if len(set(_among(data.get("identifiers"), Identifier.values))) < 2:
        yield "Check two things that say who this is."


def _changes(data: Mapping[str, Any]) -> Iterator[str]:
    topics = data.get("topics") or {}
    for topic in Topic:
        if topics.get(topic) not in YES_NO_UNSURE:
            yield f"{topic.label}: choose yes, no or not sure."
    new = [topic for topic in Topic if topics.get(topic) in {"yes", "unsure"}]
    if new and not data.get("words"):
        yield "Write what is new."
    for topic in new:
        yield from _follow_up(topic, data.get("answers") or {})
    if Topic.MEDICINE in new and not _named(data.get("medicines")):
        yield "Write which medicine, and when it was last taken."


def _follow_up(topic: str, answers: Mapping[str, Any]) -> Iterator[str]:
    for key in FOLLOW_UP.get(topic, ()):
        if QUESTIONS[key].usable(answers.get(key)) is None:
            yield f"{QUESTIONS[key].short}: choose one of the answers."


def _named(medicines: Any) -> bool:
    return bool(medicines) and all(isinstance(one, Mapping) and one.get("text") for one in medicines)


def _medicines(data: Mapping[str, Any]) -> Iterator[str]:
    yield from _yes_no(data, {"list_is_right": "Say whether the list is right"})
    for name, value in (data.get("taken") or {}).items():
        if value != NONE and not is_moment(value):
            yield f"{name}: enter when it was last taken."
    for value in (data.get("kept") or {}).values():
        if value not in YES_NO:
            yield "Say whether the taper was kept."


def _asq(data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("response"):
        yield "Ask the ASQ."


def _fasting(data: Mapping[str, Any]) -> Iterator[str]:
    for key, what in (("solids_at", "solid food"), ("liquids_at", "clear liquids"), ("nasal_at", "nose spray")):
        value = data.get(key)
        if value is not None and value != NONE and not is_moment(value):
            yield f"Enter when the patient last had {what}."
    if not data.get("solids_at"):
        yield "Enter when the patient last ate."


def _substances(data: Mapping[str, Any]) -> Iterator[str]:
    asked = {
        "alcohol": "Alcohol in the last 48 hours: choose an answer",
        "cannabis": "Cannabis in the last 48 hours: choose an answer",
        "other": "Other substances: choose an answer",
        "intoxicated": "Does the patient look intoxicated? Choose an answer",
    }
    for key, words in asked.items():
        if data.get(key) not in YES_NO_UNSURE:
            yield f"{words}."


def _escort(data: Mapping[str, Any]) -> Iterator[str]:
    for key, words in (("name", "Enter the escort's name."), ("phone", "Enter the escort's phone.")):
        if not data.get(key):
            yield words
    yield from _yes_no(data, {"adult": "Say whether the escort is an adult"})
    if data.get("how") not in {"in_person", "not_in_person"}:
        yield "Choose how the escort arrives."
    if bool(data.get("second_name")) != bool(data.get("second_phone")):
        yield "Enter name and phone of the second adult."


def _staff(data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("therapist"):
        yield "Choose the therapist in the room."


def _equipment(data: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(data.get("items", []), list):
        yield "Tick what is in order."


def _consent(data: Mapping[str, Any]) -> Iterator[str]:
    yield from _yes_no(
        data,
        {
            "sober": "Say whether the patient is sober",
            "oriented": "Say whether the patient is oriented",
            "says_yes": "Say whether the patient says yes",
        },
    )
    level = data.get("touch_level")
    if type(level) is not int or not 0 <= level <= HIGHEST_TOUCH:
        yield "Choose the touch level of today."


def _words(data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("words"):
        yield "Write the patient's words."


def _waiver(data: Mapping[str, Any]) -> Iterator[str]:
    if len(str(data.get("words", ""))) < WAIVER_LENGTH:
        yield f"Write why the integration is waived, in {WAIVER_LENGTH} characters or more."


def _seen(data: Mapping[str, Any]) -> Iterator[str]:
    if not data.get("vitals"):
        yield "There is no reading to acknowledge."


def _nothing(data: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _yes_no(data: Mapping[str, Any], asked: Mapping[str, str]) -> Iterator[str]:
    for key, words in asked.items():
        if data.get(key) not in YES_NO:
            yield f"{words}."


def _among(values: Any, known: list[str]) -> list[str]:
    return [one for one in values if one in known] if isinstance(values, list) else []


def latest_moment(data: Mapping[str, Any]) -> datetime | None:
    """The latest moment somebody ate, drank or took something by this answer; None: none is given with its time."""
    values = [*data.get("taken", {}).values(), *(data.get(key) for key in ("solids_at", "liquids_at", "nasal_at"))]
    moments = [datetime.fromisoformat(one) for one in values if is_moment(one) and len(one) > len("2026-11-24")]
    return max(moments, default=None)


def is_moment(value: Any) -> bool:
    """An ISO moment with its zone, or an ISO day."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return moment.tzinfo is not None or len(value) == len("2026-11-24")


ASKED: Mapping[Check, tuple[str, ...]] = {
    Check.IDENTITY: ("identifiers",),
    Check.CHANGES: ("topics", "words", "answers", "medicines"),
    Check.MEDICINES: ("list_is_right", "taken", "kept", "words"),
    Check.ASQ: ("response",),
    Check.FASTING: ("solids_at", "liquids_at", "nasal_at"),
    Check.SUBSTANCES: ("alcohol", "cannabis", "other", "intoxicated", "words"),
    Check.ESCORT: ("name", "phone", "adult", "how", "second_name", "second_phone"),
    Check.STAFF: ("therapist", "clinician", "therapist_name", "clinician_name"),
    Check.EQUIPMENT: ("items",),
    Check.CONSENT_TODAY: ("sober", "oriented", "says_yes", "touch_level", "words"),
    Check.INTENTION: ("words",),
    Check.CONDITIONS: ("confirmed",),
    Check.COMFORT: ("items",),
    Check.VITALS_SEEN: ("vitals", "words"),
    Check.WAIVER: ("words",),
}
CHECKS: Mapping[Check, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    Check.IDENTITY: _identity,
    Check.CHANGES: _changes,
    Check.MEDICINES: _medicines,
    Check.ASQ: _asq,
    Check.FASTING: _fasting,
    Check.SUBSTANCES: _substances,
    Check.ESCORT: _escort,
    Check.STAFF: _staff,
    Check.EQUIPMENT: _equipment,
    Check.CONSENT_TODAY: _consent,
    Check.INTENTION: _words,
    Check.CONDITIONS: _nothing,
    Check.COMFORT: _nothing,
    Check.VITALS_SEEN: _seen,
    Check.WAIVER: _waiver,
}
KNOWN_PARTS = {Check.EQUIPMENT: EquipmentPart.values, Check.COMFORT: Comfort.values}
