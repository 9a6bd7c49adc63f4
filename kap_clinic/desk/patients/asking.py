"""What somebody typed to find a patient, and which questions of the record it may mean. Pure.

One box takes a name, a date of birth, a record number or a phone. What can be read in two ways is asked both ways.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product

from patients.record import phones, rules

MOST_WORDS = 6
LONGEST = 120
TYPED_DATES = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%Y/%m/%d")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y")
DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
COUNTRIES_MONTH_FIRST = {"US", "FM", "MH", "PW"}
ORDINAL = re.compile(r"\b(\d{1,2})(st|nd|rd|th)\b", re.IGNORECASE)
BARE_DIGITS = re.compile(r"[\s()+.-]*(?:[0-9][\s()+.-]*)+")
PHONE_DIGITS = 7  # fewer are a record number or the end of a phone


@dataclass(frozen=True)
class Asked:
    """The questions one text asks. `names` are pairs: how the family name begins, and how a given name does."""

    text: str
    born: tuple[date, ...] = ()
    number: int | None = None
    tail: str = ""
    phone: str = ""
    names: tuple[tuple[str, str], ...] = field(default=())

    @property
    def kinds(self) -> list[str]:
        """What was asked for, without saying whom: for the audit trail."""
        said = {"birth date": self.born, "record number": self.number, "phone": self.tail or self.phone}
        return [kind for kind, value in {**said, "name": self.names}.items() if value]


def read(text: str, country: str) -> Asked:
    """What a text asks for in a clinic of this country; it may ask for nothing."""
    text = rules.seen(text[:LONGEST])
    if born := tuple(_dates(text, country)):
        return Asked(text, born=born)
    number, phone = rules.record_number_in(text), _phone(text, country)
    if number is not None or phone or BARE_DIGITS.fullmatch(text):
        tail = text if re.fullmatch(f"[0-9]{{{phones.TAIL}}}", text) else ""
        return Asked(text, number=number, tail=tail, phone=phone)
    return Asked(text, names=tuple(dict.fromkeys(_names(text))))


def _dates(text: str, country: str) -> Iterator[date]:
    plain = ORDINAL.sub(r"\1", text.replace(",", " ").replace(". ", " "))
    slashed = MONTH_FIRST if country in COUNTRIES_MONTH_FIRST else DAY_FIRST
    for form in (*TYPED_DATES, *slashed):
        try:
            yield datetime.strptime(" ".join(plain.split()), form).date()  # noqa: DTZ007  # a day, not a moment
        except ValueError:
            continue
        return


def _phone(text: str, country: str) -> str:
    if len(re.findall(r"[0-9]", text)) < PHONE_DIGITS:
        return ""
    try:
        return phones.read(text, country)
    except phones.NotAPhone:
        return ""


def _names(text: str) -> Iterator[tuple[str, str]]:
    """Every way to cut the words into family name and given name; a comma says where."""
    family, comma, given = text.partition(",")
    if comma:
        yield rules.search_key(family), rules.search_key(given)
        return
    words = rules.search_key(text).split()[:MOST_WORDS]
    parts = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(len(words) + 1)]
    for (one, other), turned in product(parts, (False, True)):
        pair = (other, one) if turned else (one, other)
        if any(pair):
            yield pair
