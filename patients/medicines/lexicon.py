"""Which medicines does the clinic know, by which names, and for how long does each count? Pure: no database, no clock.

The table is `medications.csv` (generic, class, ATC, brands, misspellings, notes with machine tokens); the word lists
and the windows of each class are in `words.json` (screening-rules 4).
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import compress
from pathlib import Path

from patients.medicines.text import normalise

FOLDER = Path(__file__).parent
TOKEN = re.compile(r"\[(also|tag|window):([^\]]+)\]")
FUZZY_LETTERS = 5  # names with fewer letters are never matched by likeness; screening-rules 4.1 step 4
FUZZY_REACH = 2  # letters a name may differ by at most; screening-rules 4.1 step 4
BITS = bytes.maketrans(b"01", b"\x00\x01")
LONGEST_NAME = 6  # words in the longest name the exact pass looks for; screening-rules 4.1 step 3


class Phrases(tuple[str, ...]):
    """Words or groups of words that mean something wherever they stand whole."""

    def __new__(cls, spellings: Iterable[str]) -> "Phrases":
        return super().__new__(cls, map(normalise, spellings))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\S)(?:{'|'.join(self)})(?!\S)")

    def found_in(self, said: str) -> bool:
        """Whether a normalised text says one of them."""
        return self.pattern.search(said) is not None


@dataclass(frozen=True, slots=True)
class LongActing:
    """Words that make a medicine last: which drugs of which class, and for how many days (screening-rules 4.2)."""

    words: Phrases
    cls: str
    drug: str
    days: int


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of `words.json`, normalised as the patient's text will be."""

    seed_classes: frozenset[str]
    separating: frozenset[str]
    number_goes_with_next: frozenset[str]
    units: frozenset[str]
    filler: frozenset[str]
    everyday: frozenset[str]
    ending: Phrases
    as_needed: Phrases
    ignored_entries: frozenset[str]
    windows: Mapping[str, int]
    long_acting: tuple[LongActing, ...]
    class_words: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line of the table: a medicine, its class, and every name people write for it."""

    generic: str
    cls: str
    atc: str
    names: tuple[str, ...]  # normalised: generic, brands, misspellings
    brands: tuple[str, ...]
    note: str
    also: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    window: int | None = None  # days, instead of the window of the class

    @property
    def classes(self) -> tuple[str, ...]:
        """Its own class first, then the others it belongs to."""
        return (self.cls, *self.also)


class Neighbours:
    """Names of nearly one length, ready to be asked which of them could be meant by a text within `reach` letters.

    Such a name has all the letters of the text but `reach` at most, so most names need no measuring. A set of names is
    one whole number, a bit for each.
    """

    def __init__(self, names: Iterable[str], reach: int) -> None:
        self.names, self.reach = tuple(names), reach
        self.everybody = (1 << len(self.names)) - 1
        self.without: dict[str, int] = {}
        for letter in set("".join(self.names)):
            self.without[letter] = sum(1 << place for place, name in enumerate(self.names) if letter not in name)

    def candidates(self, text: str) -> Iterator[str]:
        """The names that lack no more of the text's letters than `reach`."""
        lacking = [self.everybody, *[0] * (self.reach + 1)]  # names that lack at least 0, 1, ... of its letters
        for letter in set(text):
            without = self.without.get(letter, self.everybody)
            for more in range(self.reach + 1, 0, -1):
                lacking[more] |= lacking[more - 1] & without
        chosen = self.everybody & ~lacking[-1]
        return compress(self.names, f"{chosen:0{len(self.names)}b}".encode().translate(BITS)[::-1])


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The table, found by name for the exact pass; for the fuzzy pass by reach and by the length of what was typed."""

    rows: tuple[Row, ...]
    by_name: Mapping[str, Row]
    first_words: frozenset[str]
    near_length: Mapping[int, Mapping[int, Neighbours]]
    bare_seeds: tuple[str, ...]  # seed-class names without their filler, "metadate" of "metadate er"


def letters(text: str) -> int:
    """How many letters a text has; spaces and digits are none."""
    return sum(map(str.isalpha, text))


@cache
def words() -> Words:
    """The word lists, read once."""
    data = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
    ending = Phrases(data["ending"])
    filler = {word for group in data["filler"].values() for word in group}
    return Words(
        seed_classes=frozenset(data["seed_classes"]),
        separating=frozenset(data["separating_words"]),
        number_goes_with_next=frozenset(data["number_goes_with_next"]),
        units=frozenset(data["units"]),
        filler=frozenset(filler | set(data["units"]) | {word for phrase in ending for word in phrase.split()}),
        everyday=frozenset(data["everyday"]),
        ending=ending,
        as_needed=Phrases(data["as_needed"]),
        ignored_entries=frozenset(map(normalise, data["ignored_entries"])),
        windows=data["class_windows_days"],
        long_acting=tuple(
            LongActing(Phrases(form["words"]), form["class"], form["drug"], form["days"])
            for form in data["long_acting"]
        ),
        class_words=data["class_words"],
    )


@cache
def lexicon() -> Lexicon:
    """The table, read once."""
    with (FOLDER / "medications.csv").open(encoding="utf-8", newline="") as lines:
        rows = tuple(_row(cells) for cells in csv.DictReader(lines))
    by_name = {name: row for row in rows for name in row.names}
    return Lexicon(
        rows=rows,
        by_name=by_name,
        first_words=frozenset(name.split()[0] for name in by_name),
        near_length={reach: _near_length(by_name, reach) for reach in range(1, FUZZY_REACH + 1)},
        bare_seeds=tuple(_bare_seeds(by_name)),
    )


def window(row: Row, cls: str, windows: Mapping[str, float]) -> float:
    """Days a row counts as in use for one of its classes; a tag counts as long as the row's own class."""
    return row.window if row.window is not None else windows[cls if cls in row.classes else row.cls]


def in_words(cls: str) -> str:
    """A class or tag as a sentence names it: "a benzodiazepine"."""
    return words().class_words[cls]


def _near_length(names: Iterable[str], reach: int) -> dict[int, Neighbours]:
    """Names that a text of a given length can be within `reach` letters of."""
    near: dict[int, list[str]] = defaultdict(list)
    for name in names:
        if letters(name) >= FUZZY_LETTERS:
            for length in range(len(name) - reach, len(name) + reach + 1):
                near[length].append(name)
    return {length: Neighbours(found, reach) for length, found in near.items()}


def _bare_seeds(by_name: Mapping[str, Row]) -> Iterator[str]:
    for name, row in by_name.items():
        bare = " ".join(word for word in name.split() if word not in words().filler and not word.isdecimal())
        if row.cls in words().seed_classes and bare != name and letters(bare) >= FUZZY_LETTERS:
            yield bare


def _row(cells: Mapping[str, str]) -> Row:
    tokens = TOKEN.findall(cells["notes"])
    brands = tuple(filter(None, map(str.strip, cells["brands"].split(";"))))
    misspellings = filter(None, map(str.strip, cells["common_misspellings"].split(";")))
    spellings = [cells["generic"], cells["generic"].split(" (")[0], *brands, *misspellings]
    return Row(
        generic=cells["generic"],
        cls=cells["class"],
        atc=cells["atc"],
        names=tuple(dict.fromkeys(map(normalise, spellings))),
        brands=brands,
        note=TOKEN.sub("", cells["notes"]).strip(),
        also=tuple(value for kind, value in tokens if kind == "also"),
        tags=tuple(value for kind, value in tokens if kind == "tag"),
        window=next((int(value) for kind, value in tokens if kind == "window"), None),
    )
