"""How phone numbers are read, kept and shown. Kept as E.164, shown the national way of the clinic's country."""

from functools import lru_cache
from importlib.resources import files

import phonenumbers as numbers
from phonenumbers import PhoneNumberFormat as Format

COUNTRY = "US"  # when the clinic's zone belongs to no country
TAIL = 4  # digits people remember


class NotAPhone(ValueError):
    """The text is no phone number; the message says what to do."""


def read(text: str, country: str = COUNTRY) -> str:
    """The number as it is kept, "+16175550142". NotAPhone: it cannot be a number of that country or of any other."""
    try:
        number = numbers.parse(text, country)
    except numbers.NumberParseException:
        raise NotAPhone(_help(country)) from None
    if number.extension:
        raise NotAPhone("Enter the number without its extension")
    if numbers.is_possible_number_with_reason(number) != numbers.ValidationResult.IS_POSSIBLE:
        raise NotAPhone(_help(country))
    return numbers.format_number(number, Format.E164)


def shown(kept: str, country: str = COUNTRY) -> str:
    """The number as people of that country write it; another country's with its prefix."""
    if not kept:
        return ""
    try:
        number = numbers.parse(kept)
    except numbers.NumberParseException:
        return kept
    home = number.country_code == numbers.country_code_for_region(country)
    return numbers.format_number(number, Format.NATIONAL if home else Format.INTERNATIONAL)


def tail(kept: str) -> str:
    """The last four digits, "" without a number."""
    return kept[-TAIL:]


def _help(country: str) -> str:
    example = numbers.example_number(country)
    like = f", like {numbers.format_number(example, Format.NATIONAL)}" if example else ""
    return f"Enter the whole phone number{like}. From abroad, begin with + and the country"


def country_of(zone: str) -> str:
    """The country a clinic is in, by its IANA zone: America/New_York is in the US."""
    return _countries().get(zone, COUNTRY)


def zones_of(country: str) -> list[str]:
    """The zones of one country, in the order of the zone table."""
    return [zone for zone, its in _countries().items() if its == country]


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
