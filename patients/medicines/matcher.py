"""What medicines does this text name, and are they still in use? Pure: no database, no clock.

`read()` follows screening-rules 4.1 step by step and gives every word a fate, so none vanishes:
exact (a name of the lexicon), fuzzy (close to one), ignored (filler, or said beside a name), unrecognised.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from patients.medicines.lexicon import (
    FUZZY_LETTERS,
    FUZZY_REACH,
    LONGEST_NAME,
    LongActing,
    Row,
    letters,
    lexicon,
    window,
    words,
)
from patients.medicines.text import Word, is_blank, split

GROUP = 3  # adjacent words read as one name by likeness; screening-rules 4.1 step 4
LONG_ENOUGH_FOR_TWO = 8  # letters from which two may be wrong; screening-rules 4.1 step 4
NUMBER = re.compile(r"\d+(?P<unit>\D*)")  # "10", "10mg"


class Match(StrEnum):
    """How a word or piece of a text was understood."""

    EXACT = "exact"
    FUZZY = "fuzzy"
    IGNORED = "ignored"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text as typed, and what it was understood as."""

    text: str
    match: Match
    row: Row | None = None

    def as_dict(self) -> dict[str, str | None]:
        """The line `manage.py recognise` prints for it."""
        generic, cls = (self.row.generic, self.row.cls) if self.row else (None, None)
        return {"text": self.text, "as": generic, "class": cls, "match": self.match.value}


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine the text names: how surely, whether the text says it was ended, and in which lasting forms."""

    row: Row
    match: Match
    text: str  # the piece that names it, as typed
    ended: bool
    lasting: tuple[LongActing, ...] = ()

    def days(self, cls: str, windows: Mapping[str, float]) -> float:
        """Days after the last dose on which it still counts as in use for a class or tag of its row."""
        counted = cls if cls in self.row.classes else self.row.cls
        return max([window(self.row, cls, windows), *(form.days for form in self.lasting if form.cls == counted)])


@dataclass(frozen=True, slots=True)
class Reading:
    """All a medicine text says: the medicines it names, its pieces, and its words with the fate of each."""

    medicines: tuple[Medicine, ...]
    pieces: tuple[Piece, ...]
    spelled: tuple[str, ...]
    fates: tuple[Match, ...]
    as_needed: bool = False
    says_none: bool = False

    @property
    def account(self) -> tuple[tuple[str, Match], ...]:
        """Every word in reading order and what became of it."""
        return tuple(zip(self.spelled, self.fates, strict=True))

    @property
    def unrecognised(self) -> tuple[str, ...]:
        """The pieces no name was found for."""
        return tuple(piece.text for piece in self.pieces if piece.match is Match.UNRECOGNISED)


def recognise(text: str) -> list[dict[str, str | None]]:
    """What the matcher makes of a text, piece by piece: text as typed, as, class, match."""
    return [piece.as_dict() for piece in read(text).pieces]


@lru_cache(maxsize=8_192)
def read(text: str) -> Reading:
    """Read a medicine text as a patient typed it (screening-rules 4.1 and 4.2)."""
    entry = _Entry(tuple(split(text, words().separating)))
    if entry.says in words().ignored_entries:
        return _as_one(text, entry, Match.IGNORED)
    hits = sorted(_hits(entry), key=lambda hit: hit.places)
    fates = _fates(entry, hits)
    if not any(hit.row for hit in hits) and Match.UNRECOGNISED not in fates:
        return _as_one(text, entry, Match.UNRECOGNISED)
    runs = _runs(entry, hits, fates)
    return Reading(
        medicines=tuple(_medicines(text, entry, hits, runs)),
        pieces=tuple(run.as_piece(text) for run in runs),
        spelled=entry.spelled,
        fates=tuple(fates),
        as_needed=words().as_needed.found_in(entry.says),
    )


# --- The entry as words ----------------------------------------------------------------------------------------------


class _Entry:
    """The words of a text, their spelling, and where each segment's words stand."""

    def __init__(self, found: tuple[Word, ...]) -> None:
        self.found = found
        self.spelled = tuple(word.text for word in found)
        self.says = " ".join(self.spelled)
        self.segments: dict[int, list[int]] = {}
        for place, word in enumerate(found):
            if word.segment is not None:
                self.segments.setdefault(word.segment, []).append(place)

    def spelling(self, places: Collection[int]) -> str:
        return " ".join(self.spelled[place] for place in places)

    def segments_of(self, places: Collection[int]) -> set[int]:
        return {segment for place in places if (segment := self.found[place].segment) is not None}

    def drops(self, place: int) -> bool:
        """Whether the word is a number or filler: it names nothing by itself."""
        return _drops(self.spelled[place])


@lru_cache(maxsize=16_384)
def _drops(word: str) -> bool:
    glued = NUMBER.fullmatch(word)
    return word in words().filler or bool(glued and (not glued["unit"] or glued["unit"] in words().units))


def _as_one(text: str, entry: _Entry, match: Match) -> Reading:
    """The whole text with one fate: it says "none", or nothing in it could be a name."""
    return Reading(
        medicines=(),
        pieces=() if is_blank(text) else (Piece(text.strip(), match),),
        spelled=entry.spelled,
        fates=(match,) * len(entry.spelled),
        as_needed=words().as_needed.found_in(entry.says),
        says_none=match is Match.IGNORED,
    )


# --- Which words are names (steps 3 and 4) ---------------------------------------------------------------------------


class _Hit(NamedTuple):
    """Words (by their place in the entry) understood together; no row when they cannot be told apart."""

    places: tuple[int, ...]
    match: Match
    row: Row | None


def _hits(entry: _Entry) -> Iterator[_Hit]:
    """Names spelled right anywhere in the entry, then look-alikes in what each segment has left."""
    exact = list(_exact(entry.spelled))
    yield from exact
    taken = {place for hit in exact for place in hit.places}
    for places in entry.segments.values():
        left = [place for place in places if place not in taken and not entry.drops(place)]
        yield from _fuzzy(entry, left, beside_a_name=not taken.isdisjoint(places))


def _exact(spelled: Sequence[str]) -> Iterator[_Hit]:
    """Names of most words first, then leftmost, without overlap."""
    by_name, first_words = lexicon().by_name, lexicon().first_words
    starts = [place for place, word in enumerate(spelled) if word in first_words]
    taken: set[int] = set()
    for count in range(min(LONGEST_NAME, len(spelled)), 0, -1):
        for start in (start for start in starts if start + count <= len(spelled)):
            places = tuple(range(start, start + count))
            row = by_name.get(" ".join(spelled[start : start + count]))
            if row and taken.isdisjoint(places) and not _number_belongs_to_next(spelled, places[-1]):
                taken.update(places)
                yield _Hit(places, Match.EXACT, row)


def _number_belongs_to_next(spelled: Sequence[str], last: int) -> bool:
    """Whether the number that ends a name is the one of "3 times a day"."""
    following = spelled[last + 1] if last + 1 < len(spelled) else ""
    return spelled[last].isdecimal() and following in words().number_goes_with_next


def _fuzzy(entry: _Entry, left: Sequence[int], *, beside_a_name: bool) -> Iterator[_Hit]:
    """Nearest look-alike first, then most letters, then leftmost; beside a name only the seed classes count."""
    groups = sorted(_look_alikes(entry, left), key=lambda group: group[:-1])
    taken: set[int] = set()
    for _distance, _letters, places, likeness in groups:
        if taken.isdisjoint(places) and (likeness.near_seed or not beside_a_name):
            taken.update(places)
            beside_a_name = beside_a_name or likeness.row is not None
            yield _Hit(places, Match.FUZZY if likeness.row else Match.UNRECOGNISED, likeness.row)


def _look_alikes(entry: _Entry, left: Sequence[int]) -> Iterator[tuple[int, int, tuple[int, ...], "Likeness"]]:
    """Groups of one to three adjacent words that are close to a name; an everyday word is part of none."""
    everyday = words().everyday
    for count in range(1, GROUP + 1):
        for start in range(len(left) - count + 1):
            places = tuple(left[start : start + count])
            spelled = [entry.spelled[place] for place in places]
            if everyday.isdisjoint(spelled) and (likeness := look_alike(group := " ".join(spelled))):
                yield likeness.distance, -letters(group), places, likeness


class Likeness(NamedTuple):
    """The nearest names to a group of words; no row when they disagree or come too near a riskier drug."""

    distance: int
    row: Row | None
    near_seed: bool  # a seed-class name is among the nearest


@lru_cache(maxsize=65_536)
def look_alike(group: str) -> Likeness | None:
    """The name a misspelled group of words is nearest to, by optimal string alignment; None when none is near."""
    size = letters(group)
    if size < FUZZY_LETTERS:
        return None
    reach = FUZZY_REACH if size >= LONG_ENOUGH_FOR_TWO else 1
    near = _names_within(reach, group)
    if not near:
        return None
    nearest = [row for row, distance in near if distance == near[0][1]]
    near_seed = any(map(_is_seed, nearest))
    sure = len({row.cls for row in nearest}) == 1
    if sure and not near_seed:
        in_reach = near if reach == FUZZY_REACH else _names_within(FUZZY_REACH, group)
        sure = not any(_is_seed(row) for row, _ in in_reach) and not _is_bare_seed(group)
    return Likeness(near[0][1], max(nearest, key=_care) if sure else None, near_seed)


def _names_within(reach: int, group: str) -> list[tuple[Row, int]]:
    """The rows of names that differ by at most `reach` letters, and by how many, nearest first."""
    neighbours = lexicon().near_length[reach].get(len(group))
    names = neighbours.candidates(group) if neighbours else ()
    near = process.extract(group, list(names), scorer=OSA.distance, score_cutoff=reach, limit=None)
    return [(lexicon().by_name[name], distance) for name, distance, _ in near]


def _is_seed(row: Row) -> bool:
    return row.cls in words().seed_classes


def _is_bare_seed(group: str) -> bool:
    """Whether a seed-class name without its filler, like "metadate" of "metadate er", is within two letters."""
    return process.extractOne(group, lexicon().bare_seeds, scorer=OSA.distance, score_cutoff=FUZZY_REACH) is not None


def _care(row: Row) -> tuple[int, int]:
    """How much a row asks us to watch: of names equally near, the one that asks for more is read."""
    return len(row.also) + len(row.tags), row.window or 0


# --- What becomes of every word (step 5) -----------------------------------------------------------------------------


def _fates(entry: _Entry, hits: Sequence[_Hit]) -> list[Match]:
    """Words left over beside a name are ignored; in a segment without one they are unrecognised."""
    fates = {place: hit.match for hit in hits for place in hit.places}
    named = {segment for hit in hits if hit.row for segment in entry.segments_of(hit.places)}
    for place, word in enumerate(entry.found):
        ignored = word.segment is None or word.segment in named or entry.drops(place)
        fates.setdefault(place, Match.IGNORED if ignored else Match.UNRECOGNISED)
    return [fates[place] for place in range(len(entry.found))]


@dataclass(slots=True)
class _Run:
    """Words side by side with one fate; no fate yet while they are only filler."""

    start: int
    end: int
    segment: int | None
    match: Match | None = None
    hit: _Hit | None = None

    def goes_on_with(self, word: Word, match: Match | None, hit: _Hit | None) -> bool:
        if self.hit and self.hit is hit:
            return True
        alike = match is None or self.match is None or (self.match is match and self.hit is hit)
        return alike and self.segment == word.segment

    def add(self, word: Word, match: Match | None, hit: _Hit | None) -> None:
        self.end, self.segment = word.end, word.segment
        self.match, self.hit = self.match or match, self.hit or hit

    def as_piece(self, text: str) -> Piece:
        return Piece(text[self.start : self.end], self.match or Match.IGNORED, self.hit.row if self.hit else None)


def _runs(entry: _Entry, hits: Sequence[_Hit], fates: Sequence[Match]) -> list[_Run]:
    """The text cut where the understanding changes; numbers and filler stay with the words they stand beside."""
    owner = {place: hit for hit in hits if hit.row for place in hit.places}
    runs: list[_Run] = []
    for place, word in enumerate(entry.found):
        filler = fates[place] is Match.IGNORED and word.segment is not None and entry.drops(place)
        match, hit = None if filler else fates[place], owner.get(place)
        if not runs or not runs[-1].goes_on_with(word, match, hit):
            runs.append(_Run(word.start, word.end, word.segment))
        runs[-1].add(word, match, hit)
    return runs


# --- Ended, and long-acting (4.2) ------------------------------------------------------------------------------------


def _medicines(text: str, entry: _Entry, hits: Sequence[_Hit], runs: Sequence[_Run]) -> Iterator[Medicine]:
    """Each name found, with what its own segment, and a next one that says nothing else, tell about it."""
    ends_something = words().ending.found_in(entry.says)
    ending = set(_only_ending(entry, hits)) if ends_something else set()
    for hit in hits:
        if hit.row is None:
            continue
        own = entry.segments_of(hit.places)
        said = [entry.spelling(entry.segments[segment]) for segment in own]
        ended = ends_something and (max(own) + 1 in ending or any(map(words().ending.found_in, said)))
        run = next(run for run in runs if run.hit is hit)
        yield Medicine(hit.row, hit.match, text[run.start : run.end], ended, tuple(_lasting(hit.row, said)))


def _only_ending(entry: _Entry, hits: Sequence[_Hit]) -> Iterator[int]:
    """Segments that hold ending words and nothing else: "stopped last year"."""
    named = {segment for hit in hits for segment in entry.segments_of(hit.places)}
    for segment, places in entry.segments.items():
        filler_only = segment not in named and all(map(entry.drops, places))
        if filler_only and words().ending.found_in(entry.spelling(places)):
            yield segment


def _lasting(row: Row, said: Sequence[str]) -> Iterator[LongActing]:
    """The long-acting forms that this medicine has and its segment speaks of."""
    for form in words().long_acting:
        has_form = form.cls in row.classes and (not form.drug or form.drug in row.generic.split())
        if has_form and any(map(form.words.found_in, said)):
            yield form
