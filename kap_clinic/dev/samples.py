"""Invented intakes, as varied as real ones, to measure and try rules with. The same seed makes the same ones."""

import json
import random
import string
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from patients.medicines.lexicon import lexicon
from screening.rules import QUESTIONS, Question

WORKED_INTAKES = Path(__file__).parent / "data" / "screening-cases.json"
TODAY = date(2026, 11, 20)
DOSES = ["", " 10 mg", " 0.5mg twice a day", " 20mg daily", " prn", " as needed", " every night", ", stopped last year"]
JOINTS = [", ", " and ", "\n", "; ", " - ", " "]
STRAY = ["", "", "", " for sleep", " from my doctor", " (blue pill)", " since May"]


@cache
def worked_intakes() -> tuple[dict[str, Any], ...]:
    """The 48 worked intakes with what is expected of each (screening-rules 8)."""
    return tuple(json.loads(WORKED_INTAKES.read_text(encoding="utf-8")))


def sample_intakes(n: int, seed: int) -> Iterator[dict[str, Any]]:
    """`n` intakes: mostly unremarkable answers, none to four medicine entries, one name in three misspelled."""
    chance = random.Random(seed)  # noqa: S311
    names = sorted(lexicon().by_name)
    for number in range(n):
        entries = [_entry(chance, names) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4]))]
        yield {
            "id": f"sample-{number}",
            "assessment_date": TODAY.isoformat(),
            "answers": _answers(chance) | {"no_medications": "no" if entries else "yes"},
            "medications": entries,
            "vitals": _vitals(chance),
        }


def _answers(chance: random.Random) -> dict[str, Any]:
    """The least worrying answer to most questions, any answer to some, and now and then a blank."""
    usual = worked_intakes()[0]["answers"]
    return {
        key: _any_answer(chance, question) if key not in usual or chance.random() < 0.05 else usual[key]
        for key, question in QUESTIONS.items()
        if (key in usual or chance.random() < 0.1) and chance.random() > 0.002
    }


def _any_answer(chance: random.Random, question: Question) -> Any:
    if question.kind == "enum":
        return chance.choice(list(question.options))
    if question.kind == "date":
        return _day(chance)
    whole = chance.randint(int(question.minimum or 0), int(question.maximum or 5))
    return whole if question.kind == "int" else whole + 0.5


def _entry(chance: random.Random, names: list[str]) -> dict[str, Any]:
    parts = [_name(chance, names) + chance.choice(DOSES) for _ in range(chance.choice([1, 1, 1, 1, 2, 3]))]
    last = chance.choice(["current", "current", "never", None, _day(chance), _day(chance)])
    return {"text": chance.choice(JOINTS).join(parts) + chance.choice(STRAY), "last_taken": last}


def _name(chance: random.Random, names: list[str]) -> str:
    name = chance.choice(names)
    return misspelled(chance, name) if chance.random() < 1 / 3 else name


def misspelled(chance: random.Random, name: str) -> str:
    """The name with one letter left out, doubled, changed, added, or changed places with the next."""
    at, letter = chance.randrange(len(name)), chance.choice(string.ascii_lowercase)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[:at] + letter + name[at:],
            name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
        ]
    )


def _day(chance: random.Random) -> str:
    return (TODAY - timedelta(days=chance.randint(0, 120))).isoformat()


def _vitals(chance: random.Random) -> dict[str, Any]:
    return {
        "systolic": chance.randint(100, 165),
        "diastolic": chance.randint(55, 102),
        "heart_rate": chance.randint(48, 110),
        "spo2": chance.randint(93, 100),
        "weight": {"value": chance.randint(50, 110), "unit": chance.choice(["kg", "kg", "lb"])},
        "height_cm": chance.randint(150, 195),
    }
