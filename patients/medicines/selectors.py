"""What a patient takes, and what the matcher makes of each text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.reads import Read, compiled
from patients.medicines import lexicon
from patients.medicines.matcher import Match, Piece, read
from patients.medicines.models import Medicine
from patients.record.models import Patient
from patients.record.rules import in_words

NEVER, CURRENT = "never", "current"


@dataclass(frozen=True)
class Made:
    """What one piece of a text was taken for; `kind` is a chip's."""

    kind: str
    words: str


@dataclass(frozen=True)
class Taken:
    """A medicine as typed, when it was last taken, and what it was taken for."""

    ref: str
    text: str
    taken: str
    is_known_when: bool
    made: list[Made]
    matters: bool
    by: str
    on: date


@compiled
def medicines_read(patient: Patient) -> Read:
    rows = Medicine.objects.filter(patient=patient, ended_at=None).order_by("id")
    return Read(rows, ("ref", "text", "last_taken", "added_by__name", "added_at"))


def medicines(patient: Patient, zone: str, on: date) -> list[Taken]:
    """What the patient takes now or took last, those that matter for ketamine first, then as they were added."""
    return medicines_of(medicines_read(patient).now(), zone, on)


def medicines_of(rows: Iterable[Any], zone: str, on: date) -> list[Taken]:
    """The same from rows a page has read."""
    found = [
        Taken(
            ref=str(ref),
            text=text,
            taken=when(last_taken, on),
            is_known_when=bool(last_taken),
            made=made_of(text),
            matters=does_matter(text),
            by=by,
            on=at.astimezone(ZoneInfo(zone)).date(),
        )
        for ref, text, last_taken, by, at in rows
    ]
    return sorted(found, key=lambda medicine: not medicine.matters)


def medicine_entries(patient: Patient) -> list[dict[str, str | None]]:
    """The list as the screening rules read it, `{"text", "last_taken"}`, stopped medicines included.

    A medicine that was taken until it was reported stopped was last taken on that day: its washout still runs.
    """
    zone = ZoneInfo(patient.clinic.zone)
    rows = Medicine.objects.filter(patient=patient).order_by("id").values_list("text", "last_taken", "ended_at")
    return [
        {"text": text, "last_taken": _until(last_taken, ended_at.astimezone(zone).date() if ended_at else None)}
        for text, last_taken, ended_at in rows
    ]


def _until(last_taken: str, ended: date | None) -> str | None:
    if ended and last_taken in {CURRENT, ""}:
        return ended.isoformat()
    return last_taken or None


def made_of(text: str) -> list[Made]:
    """What the matcher makes of a text, a line for each medicine it names and each piece it cannot read."""
    return [_made(piece) for piece in read(text).pieces if piece.match is not Match.IGNORED]


def _made(piece: Piece) -> Made:
    if piece.row is None:
        return Made("warn", f"Not recognised: {piece.text}")
    named = piece.row.generic if piece.row.cls == "other" else f"{piece.row.generic}, {lexicon.in_words(piece.row.cls)}"
    if piece.match is Match.FUZZY:
        return Made("warn", f"Read as {named}. Check the spelling")
    return Made("danger" if _is_seed(piece) else "info", named)


def does_matter(text: str) -> bool:
    """Whether a text names a medicine the screening asks about by class, or one nobody could read."""
    return any(
        piece.row is None or piece.row.cls != "other" for piece in read(text).pieces if piece.match is not Match.IGNORED
    )


def _is_seed(piece: Piece) -> bool:
    return piece.row is not None and bool(lexicon.words().seed_classes.intersection(piece.row.classes))


def when(last_taken: str, on: date) -> str:
    """When a medicine was last taken, in words; `last_taken` as it is kept."""
    if last_taken in {"", NEVER, CURRENT}:
        return {"": "Last taken: not known", NEVER: "Never taken", CURRENT: "Takes it now"}[last_taken]
    taken = date.fromisoformat(last_taken)
    days = (on - taken).days
    ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago" if days > 0 else "")
    return f"Last taken {in_words(taken)}{f', {ago}' if ago else ''}"
