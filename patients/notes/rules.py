"""What a note of each kind holds, what it needs before it is signed, and until when. No clock, no database."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from patients.notes.terms import NoteKind

LONGEST_SECTION, LONGEST_TITLE = 20_000, 120


@dataclass(frozen=True)
class Section:
    """One part of a note. `needed`: without it the note is not signed."""

    key: str
    label: str
    hint: str = ""
    needed: bool = False


STATE = Section("state", "How the patient is", "Mood, thinking, thoughts of suicide asked and the answer", True)
PLAN = Section("plan", "Plan", "What follows, who does it, by when", True)
SECTIONS: Mapping[NoteKind, tuple[Section, ...]] = {
    NoteKind.PREPARATION: (
        Section("talked", "What we talked about", needed=True),
        Section("intention", "Intentions and goals", "In the patient's words"),
        Section("agreed", "What we agreed for the session", "Touch, music, words to stop, who takes them home"),
        STATE,
        PLAN,
    ),
    NoteKind.DOSING: (
        Section("before", "Before the dose", "How they arrived, intention, what was agreed"),
        Section("course", "The session", "What was seen and said, what we did, touch", True),
        Section("after", "Coming back", "What the patient told, how they left and with whom"),
        STATE,
        PLAN,
    ),
    NoteKind.INTEGRATION: (
        Section("words", "In the patient's words", "What they tell of the session and the days since"),
        Section("themes", "What came up", "Themes and what they may mean", True),
        Section("practices", "Practices", "What the patient takes into the week"),
        STATE,
        PLAN,
    ),
    NoteKind.CONSULT: (
        Section("question", "Why this consult", needed=True),
        Section("findings", "Findings", needed=True),
        Section("judgement", "Judgement", "What it means for ketamine and this course", True),
        PLAN,
    ),
    NoteKind.CALL: (
        Section("who", "Who called, and why", needed=True),
        Section("said", "What was said and advised", needed=True),
        Section("state", "How the patient is", "Thoughts of suicide asked, and the answer"),
        PLAN,
    ),
    NoteKind.OTHER: (Section("text", "Note", needed=True),),
}


def sections_of(kind: NoteKind | str) -> tuple[Section, ...]:
    return SECTIONS[NoteKind(kind)]


def tidy(kind: NoteKind | str, said: Mapping[str, Any]) -> dict[str, str]:
    """The sections of a kind in their order, each as text; what the kind does not have is left out."""
    return {section.key: str(said.get(section.key) or "") for section in sections_of(kind)}


def missing(kind: NoteKind | str, said: Mapping[str, str]) -> list[Section]:
    """The sections that must be written before the note is signed, and are not."""
    return [one for one in sections_of(kind) if one.needed and not said.get(one.key, "").strip()]


def due_at(started_at: datetime, hours: int) -> datetime:
    """Until when a note is signed: elapsed hours after it was started (PD 48, protocol 6)."""
    return started_at + timedelta(hours=hours)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form: JSON with sorted keys and no blanks."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


# What may happen to a note, each reason in the words people read


def reasons_against_signing(
    *, signed: bool, voided: bool, version: int, seen: int, kind: NoteKind | str, said: Mapping[str, str]
) -> Iterator[str]:
    """`seen` is the version the person read before signing: nobody signs a text they have not seen (SEC-40)."""
    if voided:
        yield "This note was struck out."
    elif signed:
        yield "This note is signed already. What is to be added goes into an addendum."
    else:
        if version != seen:
            yield "The text was changed after you opened this page. Read it once more, then sign."
        yield from (f"Write “{section.label}”." for section in missing(kind, said))


def reasons_against_cosigning(*, signed: bool, voided: bool, needed: bool, cosigned: bool) -> Iterator[str]:
    if voided:
        yield "This note was struck out."
    elif not signed:
        yield "Its author has not signed this note yet."
    elif cosigned:
        yield "This note is co-signed already."
    elif not needed:
        yield "Nobody asked for a co-signature of this note."


def reasons_against_adding(*, signed: bool, voided: bool, text: str) -> Iterator[str]:
    if voided:
        yield "This note was struck out: nothing can be added to it."
    elif not signed:
        yield "This note is not signed yet. Write into the note itself."
    if not text.strip():
        yield "Write what you want to add."


def reasons_against_voiding(*, voided: bool, why: str) -> Iterator[str]:
    if voided:
        yield "This note is struck out already."
    if not why.strip():
        yield "Say why this note is struck out."
