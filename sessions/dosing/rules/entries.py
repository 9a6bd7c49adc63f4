"""What stands in a line of the log, and which line may not be written. Pure: no database, no clock.

`data` of each kind of entry:

- effect, intervention, music, scent, movement: `strength` (mild, moderate, strong) or `what`, both may be missing
- touch: `how` (a key of TOUCH), `asked` (yes, no, sign), `technique` at level 3; code `level`: `level` 0 to 3
- kap_dr: `answers` (kapdr.1 to kapdr.5, each 0 to 4), `total` (0-16), `distress` (0-4)
- agitation: `level` (0-3); vomiting, symptom, words, note: nothing
- help: `stamp` (a key of STAMPS), or nothing when a card is opened; code `closed` ends it, its words say what happened
- rate: code `changed` with `rate`, or `ended`
- dose_check: `mg`, `site`, `lot`, `pharmacy`, `strength`, `checked`; of a witness `of` (ref of what was prepared)
- note `check-explained`: `due_at`, why a check was not made

Sources: consent-elements 3 (touch), dosing-reference 9 (cards), ux 7 (tiles).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sessions.dosing.rules.limits import AGITATION, SYMPTOMS
from sessions.dosing.terms import EntryKind

DEVICE_OFF = timedelta(minutes=2)  # a device's clock may be wrong by so much (REL-19)
AHEAD = timedelta(minutes=2)
MOST_WORDS = 2000
STRENGTHS = {"mild": "Mild", "moderate": "Moderate", "strong": "Strong"}
ASKED = {"yes": "Yes", "sign": "A sign", "no": "No"}


@dataclass(frozen=True)
class Tile:
    """One button: what a tap on it writes."""

    code: str
    name: str
    icon: str
    kind: str
    asks: str = ""  # what the strip asks after the tap: strength, what, touch


SEEN = (
    Tile("dissociation", "Dissociation", "wave", EntryKind.EFFECT, "strength"),
    Tile("visions", "Visions", "eye", EntryKind.EFFECT, "strength"),
    Tile("tearful", "Tearful", "tear", EntryKind.EFFECT, "strength"),
    Tile("anxiety", "Anxiety", "alert", EntryKind.EFFECT, "strength"),
    Tile("nausea", "Nausea", "nausea", EntryKind.EFFECT, "strength"),
    Tile("body-moves", "Body moves", "body", EntryKind.MOVEMENT, "what"),
    Tile("speaks", "Speaks", "voice", EntryKind.EFFECT, "what"),
    Tile("quiet-inward", "Quiet, inward", "moon", EntryKind.EFFECT),
)
DID = (
    Tile("safety-touch", "Safety touch", "hand", EntryKind.TOUCH, "touch"),
    Tile("reassure", "Reassure", "heart", EntryKind.INTERVENTION),
    Tile("music-change", "Music change", "music", EntryKind.MUSIC, "what"),
    Tile("scent", "Scent", "scent", EntryKind.SCENT, "what"),
    Tile("breathing", "Breathing", "breath", EntryKind.INTERVENTION),
    Tile("eye-shade", "Eye shade", "mask", EntryKind.INTERVENTION),
    Tile("blanket", "Blanket", "blanket", EntryKind.INTERVENTION),
    Tile("standing-medicine", "Standing medicine", "pill", EntryKind.INTERVENTION, "what"),
)
MOST_TILES = 8


def tiles(names: Sequence[str], known: Sequence[Tile], kind: str) -> list[Tile]:
    """The clinic's own buttons, in its order: a name of ours keeps its picture, another gets a plain one."""
    ours = {tile.name.casefold(): tile for tile in known}
    found = [ours.get(name.casefold()) or Tile(slug(name), name, "plus", kind) for name in names if slug(name)]
    return list({tile.code: tile for tile in found}.values())[:MOST_TILES]


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]


# Touch: what it is, and the level that allows it (consent-elements 3)

EMERGENCY_TOUCH, NO_LEVEL = "emergency", -1
TOUCH: dict[str, tuple[str, int]] = {
    "hand": ("Held a hand", 2),
    "arm": ("Hand on forearm", 2),
    "shoulder": ("Hand on shoulder", 2),
    "foot": ("Hand on foot", 2),
    "guide": ("Guided, prevented a fall", 1),
    "monitor": ("Placed a monitor, repositioned", 1),
    "technique": ("Body work", 3),
    EMERGENCY_TOUCH: ("Emergency touch", NO_LEVEL),
}


@dataclass(frozen=True)
class TouchNow:
    """The limits in force at this moment: the lowest of what was signed, confirmed today and left after a stop."""

    level: int = 0
    techniques: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NO_TOUCH = TouchNow()


def level_in_force(signed: int | None, today: int | None, lowered: Sequence[int]) -> int:
    """Not signed or not confirmed today counts as no touch; after the dose it only goes down."""
    if signed is None or today is None:
        return 0
    return min([signed, today, *lowered])


def reasons_against_touch(data: Mapping[str, Any], limits: TouchNow) -> list[str]:
    """Each reason why a touch may not be written down so. One outside the limits is never written as agreed to."""
    how, asked = data.get("how", ""), data.get("asked", "")
    if how not in TOUCH:
        return ["Choose what kind of touch it was."]
    if how == EMERGENCY_TOUCH:
        return []
    if asked not in ASKED:
        return ["Say whether the patient was asked now: yes, no, or by a sign."]
    if asked == "no":
        return []
    if TOUCH[how][1] > limits.level:
        return [f"Outside what the patient agreed to while sober: level {limits.level}. It is not written as asked."]
    if how == "technique" and data.get("technique") not in limits.techniques:
        return ["The patient did not agree to this body work."]
    return []


def is_agreed(data: Mapping[str, Any]) -> bool:
    return data.get("how") != EMERGENCY_TOUCH and data.get("asked") in {"yes", "sign"}


# Emergency cards (dosing-reference 9). Shown to staff; the clinic's own plan prevails.


@dataclass(frozen=True)
class Card:
    code: str
    trigger: str
    steps: tuple[str, ...]
    calls: bool = False  # whether 911 is a step at once


CARDS: tuple[Card, ...] = (
    Card(
        "airway",
        "Airway, or SpO₂ below 90",
        ("Stop the drug", "Stimulate, lift the chin", "Suction", "Oxygen, bag and mask", "911, prescriber leads"),
        calls=True,
    ),
    Card(
        "unresponsive",
        "MOAA/S 0 or 1",
        ("Stop the drug", "Airway, oxygen", "Recovery position", "Check glucose", "911, prescriber leads"),
        calls=True,
    ),
    Card(
        "pressure",
        "Blood pressure emergency or chest pain",
        ("Stop the drug", "Sit the patient up", "ECG or AED pads on", "Prescriber treats by protocol", "911"),
        calls=True,
    ),
    Card("stroke", "Stroke signs or worst headache", ("911", "Write down the time last well"), calls=True),
    Card(
        "seizure",
        "Seizure",
        ("Protect, time it", "On the side", "Oxygen", "Over 5 minutes or a second one: 911, rescue drug by order"),
    ),
    Card("anaphylaxis", "Severe allergic reaction", ("Epinephrine IM", "Lay flat", "Oxygen", "911"), calls=True),
    Card(
        "agitation",
        "Severe agitation",
        (
            "Lower light and sound",
            "One calm voice",
            "Agreed touch only, make space",
            "Prescriber may order a small benzodiazepine dose",
            "Never hold down except to prevent immediate injury",
        ),
    ),
    Card("vomiting", "Vomiting while drowsy", ("On the side", "Suction")),
    Card(
        "suicidal",
        "Talk of suicide",
        ("Do not leave alone", "ASQ with its acuity item", "Prescriber", "Crisis plan", "988 or 911"),
    ),
    Card(
        "stop",
        "“Stop”, or touch taken back",
        (
            "Stop touch at once, say so aloud",
            "Write it down",
            "A drug already given cannot be taken back: stay, support",
            "No booster",
        ),
    ),
    Card("fall", "Fall", ("Do not lift", "Check head and neck", "Write it down")),
    Card("house", "Power, fire, weather", ("Oximeter on battery", "Evacuate on the chair, with the escort")),
    Card(
        "remote",
        "Remote: no answer or a red sign",
        (
            "Chaperone goes to the patient",
            "Therapist stays on video",
            "A second person calls the local number with the confirmed address",
        ),
    ),
)
STAMPS = {
    "called-911": "Called 911",
    "prescriber-called": "Prescriber called",
    "oxygen": "Oxygen on",
    "recovery-position": "Recovery position",
    "drug-stopped": "Drug stopped",
    "medicine-given": "Medicine given",
    "ambulance-here": "Ambulance here",
}
STOP, CLOSED = "stop", "closed"
CARD_CODES = frozenset(card.code for card in CARDS)
DEBRIEF_DAYS = 2  # working days, PD


# May this line be written?


@dataclass(frozen=True)
class Line:
    kind: str
    code: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


def reasons_against_entry(line: Line, *, touch: TouchNow = NO_TOUCH) -> list[str]:
    """Each reason why this line may not stand in the log as it is. None means it may."""
    return list(_against(line, touch))


def _against(line: Line, touch: TouchNow) -> Iterator[str]:
    if len(line.words) > MOST_WORDS:
        yield f"Shorten the note to {MOST_WORDS} characters."
    if line.kind in {EntryKind.NOTE, EntryKind.WORDS} and not line.code and not line.words.strip():
        yield "Write the note first."
    check = CHECKS.get(line.kind)
    if check:
        yield from check(line, touch)
    strength = line.data.get("strength", "")
    if strength and strength not in STRENGTHS:
        yield "Choose mild, moderate or strong."


def _touch(line: Line, touch: TouchNow) -> list[str]:
    if line.code == "level":
        level = line.data.get("level")
        if type(level) is not int or not 0 <= level <= 3:
            return ["Choose a level from 0 to 3."]
        return ["After the dose touch can only get less."] if level > touch.level else []
    if line.code == "touch-request-declined":
        return []
    return reasons_against_touch(line.data, touch)


def _kap_dr(line: Line, touch: TouchNow) -> list[str]:
    total, distress = line.data.get("total"), line.data.get("distress")
    whole = type(total) is int and 0 <= total <= 16 and type(distress) is int and 0 <= distress <= 4
    return [] if whole else ["Rate all five lines."]


def _agitation(line: Line, touch: TouchNow) -> list[str]:
    return [] if line.data.get("level") in AGITATION else ["Choose how agitated the patient is, 0 to 3."]


def _symptom(line: Line, touch: TouchNow) -> list[str]:
    return [] if line.code in SYMPTOMS else ["Choose a symptom of the list."]


def _help(line: Line, touch: TouchNow) -> list[str]:
    if line.code == CLOSED:
        return [] if line.words.strip() else ["Write what happened."]
    if line.code not in CARD_CODES:
        return ["Choose a card."]
    stamp = line.data.get("stamp", "")
    return [] if not stamp or stamp in STAMPS else ["Choose one of the buttons."]


CHECKS: dict[str, Callable[[Line, TouchNow], list[str]]] = {
    EntryKind.TOUCH: _touch,
    EntryKind.KAP_DR: _kap_dr,
    EntryKind.AGITATION: _agitation,
    EntryKind.SYMPTOM: _symptom,
    EntryKind.HELP: _help,
}


def reasons_against_moment(*, happened: datetime, now: datetime, opened: datetime) -> list[str]:
    """Nothing is written for a time to come, or before the session was opened."""
    if happened > now + AHEAD:
        return ["This time is still to come."]
    return ["This is before the session."] if happened < opened else []


def is_off(device: datetime | None, entered: datetime) -> bool:
    """Whether a device's clock was wrong by more than two minutes (REL-19)."""
    return device is not None and abs(device - entered) > DEVICE_OFF


# How serious may anybody take it: acknowledging, closing

WAITS = {1: "amber", 2: "red", 3: "emergency"}
CLOSERS = frozenset({"prescriber", "medical_director"})


def reasons_against_acknowledging(*, level: int, role: str, acknowledged: bool, closed: bool) -> list[str]:
    """A therapist acknowledges amber (protocol 1); red and emergency are a prescriber's."""
    if closed:
        return ["This alert is closed."]
    if acknowledged:
        return ["This alert is acknowledged already."]
    if level > 1 and role not in CLOSERS:
        return [f"A prescriber acknowledges {WAITS[level]}. Call them to the room."]
    return []


def reasons_against_closing(*, acknowledged: bool, closed: bool, back: bool, words: str, role: str) -> list[str]:
    """A value back in range, or a prescriber's note. Acknowledging alone closes nothing (dosing-reference 3.2)."""
    if closed:
        return ["This alert is closed already."]
    found = [] if acknowledged else ["Acknowledge the alert first."]
    if not back and (role not in CLOSERS or not words.strip()):
        found.append("An alert closes when the value is back in range, or with a prescriber's note.")
    return found
