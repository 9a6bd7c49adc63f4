"""Names of people who do not exist: put together from syllables no family bears in this order."""

from datetime import date, timedelta
from random import Random

from patients.record.rules import search_key

FIRST = [
    "Al",
    "Bar",
    "Cor",
    "Dun",
    "El",
    "Fen",
    "Gar",
    "Hol",
    "Il",
    "Jas",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Os",
    "Pel",
    "Quin",
    "Ros",
    "Sel",
    "Tor",
    "Ul",
    "Ver",
    "Wen",
    "Yar",
    "Zel",
]
MIDDLE = ["a", "de", "i", "lo", "ma", "ne", "o", "ra", "ri", "ta", "u", "ve"]
LAST = [
    "brook",
    "croft",
    "dale",
    "fell",
    "gate",
    "holm",
    "lea",
    "mere",
    "ning",
    "rick",
    "shaw",
    "stead",
    "thorpe",
    "wick",
    "wyn",
]
GIVEN = [
    "Ada",
    "Ben",
    "Cleo",
    "Dara",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Joy",
    "Kai",
    "Lena",
    "Milo",
    "Nia",
    "Otis",
    "Pia",
    "Quin",
    "Rhea",
    "Sam",
    "Tess",
    "Uma",
    "Vito",
    "Wren",
    "Xan",
    "Yara",
    "Zed",
    "Anouk",
    "Bram",
    "Cyra",
    "Dov",
    "Esme",
    "Finn",
    "Greta",
    "Hugo",
    "Iris",
    "Jona",
    "Kira",
    "Leo",
    "Mara",
    "Nico",
    "Orla",
    "Pavel",
    "Rosa",
    "Sven",
    "Thea",
    "Uri",
    "Vera",
    "Wanda",
]
MARK = "Invented person: made by demo --patients"
YOUNGEST, OLDEST = 19 * 365, 78 * 365  # days


def family(rng: Random) -> str:
    return rng.choice(FIRST) + rng.choice(MIDDLE) + rng.choice(LAST)


def given(rng: Random) -> str:
    return rng.choice(GIVEN)


def born(rng: Random, today: date) -> date:
    return today - timedelta(days=rng.randrange(YOUNGEST, OLDEST))


def phone(rng: Random) -> str:
    """A number set aside for stories: 555-0100 to 555-0199."""
    return f"+1202555{rng.randrange(100, 200):04d}"


__all__ = ["MARK", "born", "family", "given", "phone", "search_key"]
