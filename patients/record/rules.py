"""How names, record numbers, ages and weights are read. Pure: no database, no clock, no Django."""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

KG_PER_LB = Decimal("0.45359237")  # screening-rules 3
LIGHTEST_KG, HEAVIEST_KG = Decimal(30), Decimal(300)  # screening-rules 3: outside these a weight is unusable
WEIGHT_JUMP = Decimal("0.20")  # PD: a change larger than this share of the last weight is asked about once more
OLDEST_YEARS = 120  # screening-rules 2, age_years
LONGEST_KEY = 80  # letters, as long as the column

# Letters that stay whole when accents are taken off, and what people type for them.
WHOLE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
SILENT = re.compile(r"['’‘ʼ`´.]")
# Signs nobody sees and that turn text around; joiners stay, some scripts need them.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
JOINERS = "\u200c\u200d"
NOT_IN_NAMES = re.compile(r"[\W_]+")


def seen(text: str) -> str:
    """The text without signs that show nothing; every run of white space is one space."""
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    return " ".join("".join(sign for sign in spaced if _shows(sign)).split())


def _shows(sign: str) -> bool:
    return sign in JOINERS or unicodedata.category(sign) not in UNSEEN


def search_key(name: str) -> str:
    """A name as search compares it: lower case, no accents, apostrophes dropped, one space between words.

    "O'Brien-Łęcka" is "obrien lecka". A name without a single letter keeps its signs, so that no key is empty.
    """
    opened = unicodedata.normalize("NFKD", name).casefold().translate(WHOLE)
    folded = unicodedata.normalize("NFKD", opened)
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    key = NOT_IN_NAMES.sub(" ", SILENT.sub("", plain)).strip()
    return (key or plain.strip())[:LONGEST_KEY].strip()


def record_number_in(text: str) -> int | None:
    """The record number somebody typed: "K-004 267", "k4267" and "4267" are 4267; None when it is something else."""
    bare = text.strip()
    if bare[:1].lower() == "k":
        bare = re.sub(r"[\s-]", "", bare[1:])
    return int(bare) if re.fullmatch(r"[0-9]{1,9}", bare) else None


def record_label(number: int) -> str:
    """A record number as it is printed: 4267 is K-004 267."""
    return f"K-{number // 1000:03d} {number % 1000:03d}"


def age(born: date, on: date) -> int:
    """Completed years on a day; somebody born on 29 February is a year older on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def kilograms(value: Decimal, unit: str) -> Decimal:
    """A weight in kg, unrounded: limits and doses use this one (screening-rules 3). ValueError: the unit is unknown."""
    if unit == "kg":
        return value
    if unit == "lb":
        return value * KG_PER_LB
    raise ValueError(f"A weight is in kg or lb, not in {unit!r}.")


def to_one_decimal(kg: Decimal) -> Decimal:
    return kg.quantize(Decimal("0.1"), ROUND_HALF_UP)


def is_usable_weight(kg: Decimal) -> bool:
    return LIGHTEST_KG <= kg <= HEAVIEST_KG


def is_jump(kg: Decimal, last_kg: Decimal | None) -> bool:
    """Whether a weight is so far from the last one that the unit may have slipped."""
    return last_kg is not None and abs(kg - last_kg) > WEIGHT_JUMP * last_kg


def in_words(on: date) -> str:
    """A date as the record writes it: 14 Mar 1987."""
    return f"{on.day} {on:%b %Y}"
