"""What are the words of a medicine text, and where does one breath end? Pure: no database, no clock.

Every word keeps its place in the text as typed, so a reading can quote the patient (screening-rules 4.1, steps 1, 2).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

SILENT = frozenset(
    "'’‘‛`´ʼʻʹ′＇"  # apostrophes
    "™®℠ⓇⓡⓂⓜ🅪🅫🅬"  # trade marks
    "\u034f\u115f\u1160\u3164\uffa0"  # letters that show nothing
)

WORD = r"[^\W_]+"
BREAK = r"""
      [,،、;|¦+&()\[\]{}<>]                             # comma, semicolon, bar, plus, ampersand, bracket
    | [•‣◦▪▫●○■□∙·⁃►▸➢・]                                # bullet
    | [\n\r\v\f\x1c-\x1e\x85\u2028\u2029]               # line break
    | [.:](?=\s)                                         # full stop or colon before a space
    | (?:^|(?<=\s))[-‐‑‒–—―−]+(?=\s)                     # dash with spaces on both sides
    | (?:(?<=\s\d)|(?<=\s\d\d)|(?<=^\d)|(?<=^\d\d))\.(?=[^\W\d_])   # list number with no space, "2.Prozac"
    | (?<=[^\W\d_])[ \t]*[/∕⁄][ \t]*(?=[^\W\d_])         # slash between letters
"""
PIECE = re.compile(f"(?P<word>{WORD}) | (?P<breath>{BREAK})", re.VERBOSE)
WORDS = re.compile(WORD)


class Word(NamedTuple):
    """One word: as the matcher reads it, its place as typed, and its segment (None for a word that separates)."""

    text: str
    start: int
    end: int
    segment: int | None


@lru_cache(maxsize=4096)
def plain(char: str) -> str:
    """One character folded: compatible forms merged, accents dropped, lower case; empty when nobody sees or says it."""
    category = unicodedata.category(char)
    if char in SILENT or category == "Cf" or (category == "Cc" and not char.isspace()):
        return ""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).lower())
    return "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Me"))


def normalise(text: str) -> str:
    """The text as the lexicon spells names: lower case words with one space between them."""
    return " ".join(WORDS.findall("".join(map(plain, text))))


def is_blank(text: str) -> bool:
    """Whether nothing anyone could see was typed."""
    return not "".join(map(plain, text)).strip()


def split(text: str, separating: Collection[str]) -> Iterator[Word]:
    """Each word in reading order, numbered by the segment it stands in; `separating` words stand between segments."""
    folded = [plain(char) for char in text]
    typed_at = [place for place, letters in enumerate(folded) for _ in letters]
    segment, new_breath = -1, True
    for piece in PIECE.finditer("".join(folded)):
        word = piece["word"]
        new_breath = new_breath or not word or word in separating
        if not word:
            continue
        start, end = typed_at[piece.start()], typed_at[piece.end() - 1] + 1
        if word in separating:
            yield Word(word, start, end, None)
        else:
            segment, new_breath = segment + new_breath, False
            yield Word(word, start, end, segment)
