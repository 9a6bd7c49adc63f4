"""The consent texts as they come with the product: what each section says, and what is filled into it.

Pure: no database, no clock. A clinic takes a text over as a version of its own, which a named person approves.
A section is `{"id", "heading", "source", "text"}`; `text` is a list of blocks, each a paragraph or a list of items.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from patients.consents.terms import ConsentKind

HERE = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")
Block = str | list[str]
Section = Mapping[str, Any]

# What is filled in, and how a person is asked for it.
SLOTS: Mapping[str, str] = {
    "clinic": "the clinic's name",
    "phone": "the clinic's phone",
    "after_hours": "the phone for nights and weekends",
    "crisis": "the crisis contacts",
    "safety_officer": "the safety officer",
    "board": "the licensing board",
    "reply_time": "how soon messages are answered",
    "part_2": "whether the clinic is a Part 2 program",
    "prices": "the price list",
    "cancel_hours": "how many hours ahead a visit may be cancelled",
    "cancel_fee": "what a late cancellation costs",
    "gate_fee": "what a session stopped by a safety check costs",
    "estimate": "the good-faith estimate",
    "prescriber": "the prescriber",
    "therapist": "the therapist",
    "reason": "why it is offered",
    "tried": "what was tried before",
    "hope": "what is hoped for",
    "preparation": "how many talks to get ready",
    "sessions": "how many medicine sessions",
    "route": "how ketamine is given",
    "stop_word": "the stop word",
    "stop_gesture": "the stop sign",
    "questions": "the patient's questions and the answers",
    "taught": "what the patient said back",
    "level": "the touch level",
    "cue": "the sign that touch is wanted",
    "techniques": "the body work agreed to",
    "areas": "where nobody may touch",
    "named": "who may touch",
    "position": "side and position",
    "trauma": "what makes touch hard",
    "second_person": "who else can be in the room",
}


@cache
def shipped(kind: str) -> dict[str, Any]:
    """A text as it comes with the product: title, sections (reading on a screen first) and questions."""
    text = _read(ConsentKind(kind))
    return {**text, "sections": [*_read("electronic")["sections"], *text["sections"]]}


def _read(name: str) -> dict[str, Any]:
    return json.loads((HERE / f"{name}.json").read_text())


def lines(section: Section) -> Iterator[str]:
    """Every paragraph and list item of a section."""
    for block in section["text"]:
        yield from [block] if isinstance(block, str) else block


def slots(sections: Sequence[Section]) -> list[str]:
    """What has to be filled into a text, in the order it is read."""
    found = (slot for section in sections for line in lines(section) for slot in SLOT.findall(line))
    return list(dict.fromkeys(found))


def filled(sections: Sequence[Section], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections with their slots filled. A slot without a value says so in square brackets and stays visible.

    A value is text, or a list of lines for a slot that is a paragraph of its own.
    """
    return [{**section, "text": [_filled(block, values) for block in section["text"]]} for section in sections]


def _filled(block: Block, values: Mapping[str, Any]) -> Block:
    if isinstance(block, list):
        return [_fill(line, values) for line in block]
    alone = SLOT.fullmatch(block)
    if alone and isinstance(value := values.get(alone[1]), list) and value:
        return list(value)
    return _fill(block, values)


def _fill(line: str, values: Mapping[str, Any]) -> str:
    return SLOT.sub(lambda slot: _words(slot[1], values.get(slot[1])), line)


def _words(slot: str, value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(value)
    return str(value) if value or value == 0 else f"[{SLOTS.get(slot, slot)}: not filled in]"


def gaps(sections: Sequence[Section], values: Mapping[str, Any]) -> list[str]:
    """Which slots of a text have no value, in words."""
    return [SLOTS[slot] for slot in slots(sections) if values.get(slot) in (None, "", [])]


# Editing: a section as one text a person types, and back


def as_typed(section: Section) -> str:
    """Paragraphs apart by an empty line, list items with a dash."""
    return "\n\n".join(
        block if isinstance(block, str) else "\n".join(f"- {item}" for item in block) for block in section["text"]
    )


def as_blocks(typed: str) -> list[Block]:
    """What `as_typed` made, read again: lines with a dash that follow each other are one list."""
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", typed.replace("\r\n", "\n").strip()):
        for is_item, text in _runs(part):
            blocks.append(text if is_item else " ".join(text))
    return blocks


def _runs(part: str) -> Iterator[tuple[bool, list[str]]]:
    run: list[str] = []
    was_item = False
    for line in filter(None, map(str.strip, part.split("\n"))):
        is_item = line.startswith("- ")
        if run and is_item != was_item:
            yield was_item, run
            run = []
        was_item = is_item
        run.append(line.removeprefix("- ").strip())
    if run:
        yield was_item, run


def changed(before: Sequence[Section], after: Sequence[Section]) -> list[str]:
    """Headings of the sections that say something else than before."""
    old = {section["id"]: section for section in before}
    return [
        section["heading"]
        for section in after
        if (section["heading"], section["text"])
        != (old.get(section["id"], {}).get("heading"), old.get(section["id"], {}).get("text"))
    ]
