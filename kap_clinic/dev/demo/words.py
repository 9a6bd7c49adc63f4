"""What invented patients say and bring: picked for each by a fixed seed."""

from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Said:
    """One kind of session: what was intended, said after it, seen in it, and taken along."""

    intention: str
    words: str
    themes: tuple[str, ...]
    insight: str
    body: str
    practice: str
    how_often: str


SAID = (
    Said(
        "To meet the grief for my father without running from it.",
        "He stood at the window and I did not have to explain anything.",
        ("grief", "father", "permission"),
        "Missing him is not the same as being stuck.",
        "The right shoulder let go for the first time in weeks.",
        "Light a candle on Sunday and say one sentence to him",
        "Once a week",
    ),
    Said(
        "To be kinder to the one who makes mistakes.",
        "I saw myself as a child carrying a bucket that was too heavy. I took it from her.",
        ("self-criticism", "childhood", "rest"),
        "The voice that pushes me is tired as well.",
        "Warm hands, slow breath; shook out the legs at the end.",
        "Stop for three breaths before opening the mail",
        "Each morning",
    ),
    Said(
        "To find out what is under the anger.",
        "A red room, then the sea. It was fear all along, and it was small.",
        ("anger", "fear", "safety"),
        "I shout when I think nobody will come.",
        "Jaw and fists tight until the music changed.",
        "Walk by the water before calling my brother",
        "Twice a week",
    ),
    Said(
        "To rest.",
        "Nothing happened, and that was the gift.",
        ("rest", "stillness"),
        "I do not have to earn a quiet hour.",
        "Heavy, like lying in warm sand.",
        "Phone out of the bedroom, ten pages of a novel",
        "Every evening",
    ),
    Said(
        "To look at the accident from further away.",
        "I was above the road and it was only a road. There is room for it now.",
        ("accident", "distance", "trust"),
        "My hands did what they could that night.",
        "Trembling in the thighs that came and went.",
        "Drive the short way round the block with Sam",
        "Three times a week",
    ),
    Said(
        "To feel something again, whatever it is.",
        "I wept for a dog I had at nine. It was good to miss someone.",
        ("numbness", "tenderness", "loss"),
        "It was never gone, it was only quiet.",
        "Tears, then a yawn that would not end.",
        "Sing with the choir again",
        "Wednesdays",
    ),
)
HARD = (
    "The first ten minutes; the hand on the shoulder helped.",
    "The way back was slow and cold. A blanket helped.",
    "",
)
NEXT = ("To stay longer with what is soft.", "To ask for help sooner.", "To listen, not to fix.")
SLEPT = ("Well, eight hours", "Short but deep", "Woke once from a vivid dream")
MUSIC = ("cello, slow", "piano, no words", "choir, far away", "rain and a low drone")


def chance(name: str, number: int = 0) -> Random:
    """The same choices every time for the same person and session."""
    return Random(f"{name} {number}")  # noqa: S311  # invented words, not secrets


def said_by(name: str, number: int = 0) -> Said:
    return SAID[(chance(name).randrange(len(SAID)) + number) % len(SAID)]


def prepared(name: str) -> dict[str, Any]:
    """What a preparation visit wrote down."""
    one, pick = said_by(name), chance(name)
    return {
        "intention": one.intention,
        "music": f"{pick.choice(MUSIC).capitalize()}; never brass.",
        "scent": pick.choice(("None", "Lavender, a little", "Cedar")),
        "movement": "Lying down; may shake out the hands.",
        "touch_wishes": "A hand on the shoulder when asked.",
        "stop_word": "Harbour",
        "safety_plan": {
            "warning_signs": "Stops answering the phone, sleeps in the day.",
            "coping": "Walks by the water, calls the choir.",
            "people": "Sam, spouse; a sister two streets away.",
            "professionals": "This clinic by day, 988 at any hour.",
            "safe_place": "Sam keeps the medicines locked.",
        },
    }
