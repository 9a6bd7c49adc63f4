"""What is filled into a consent's text, and the digest of what is signed. Pure: no database, no clock.

`details` of a consent, by kind. People are `{"user": id, "name": "Dr N. Okafor", "licence": "MD 123456, New York"}`.

    treatment   prescriber, therapist, reason, tried, hope, preparation, sessions, routes, stop_word, stop_gesture
    touch       level, cue, techniques, areas, named, position, trauma, stop_word, stop_gesture
    financial   estimate, prices
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from patients.consents import rules
from patients.consents.terms import ConsentKind, Taught, TouchLevel

NOT_TALKED = "Not talked through yet"
NOT_AT_THIS_LEVEL = "Not at this level"
PLAIN = (
    "reason",
    "tried",
    "hope",
    "preparation",
    "sessions",
    "stop_word",
    "stop_gesture",
    "areas",
    "position",
    "trauma",
)
PART_2 = {
    True: "Our clinic is such a program. We share these records only when you say yes in writing, or when the rule"
    " allows it. Those who get them must keep to the rule too.",
    False: "Our clinic is not such a program. If we get such records about you from one, we guard them as the rule"
    " says.",
}


def values(
    kind: str, details: Mapping[str, Any], clinic: Mapping[str, Any], talk: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Slot -> what is filled in. `clinic`: the slots all patients share; `talk`: {"questions", "taught"} or None."""
    found = {**clinic, **{name: details[name] for name in PLAIN if name in details}}
    found |= {"questions": NOT_TALKED, "taught": NOT_TALKED}
    if talk:
        found |= {"questions": talk["questions"], "taught": taught_in_words(talk["taught"])}
    if kind == ConsentKind.TREATMENT:
        found |= {name: person(details[name]) for name in ("prescriber", "therapist") if details.get(name)}
        found["route"] = rules.routes_in_words(details.get("routes", []))
    if kind == ConsentKind.FINANCIAL:
        found["estimate"] = details.get("estimate", "")
    if kind == ConsentKind.TOUCH:
        found |= _touch(details)
    return found


def _touch(details: Mapping[str, Any]) -> dict[str, Any]:
    level = details.get("level")
    if level is None:
        return {}
    named = "; ".join(one["name"] for one in details.get("named", []))
    return {
        "level": TouchLevel(level).label,
        "named": named if level else "No one",
        "cue": details.get("cue", "") if level >= TouchLevel.SUPPORTIVE else NOT_AT_THIS_LEVEL,
        "techniques": "; ".join(details.get("techniques", [])) if level == TouchLevel.SOMATIC else NOT_AT_THIS_LEVEL,
    }


def person(who: Mapping[str, Any]) -> str:
    """A name with its licence."""
    return f"{who['name']} ({who['licence']})" if who.get("licence") else who["name"]


def taught_in_words(codes: Sequence[str]) -> str:
    return "; ".join(item.label for item in Taught if item in codes) or "Nothing"


def crisis_in_words(contacts: Sequence[Mapping[str, str]]) -> str:
    """Call 988 (Suicide and Crisis Lifeline, call or text, any hour) or 911 (Emergency)."""
    lines = [f"{one['phone']} ({', '.join(filter(None, [one['name'], one['note']]))})" for one in contacts]
    return f"call {' or '.join(lines)}" if lines else ""


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form: JSON with sorted keys and no blanks."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def text_digest(*, kind: str, version: int, title: str, sections: Sequence[Any], questions: Sequence[Any]) -> str:
    return digest({"kind": kind, "version": version, "title": title, "sections": sections, "questions": questions})


def signature_digest(*, content: str, text: str, version: int, meaning: str, name: str, at: str, answers: Any) -> str:
    """What one signature is bound to: the content, the text version, its meaning, the name, the time, the answers."""
    return digest(
        {
            "content": content,
            "text": text,
            "version": version,
            "meaning": meaning,
            "name": name,
            "at": at,
            "answers": answers,
        }
    )
