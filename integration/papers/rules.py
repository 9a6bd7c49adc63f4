"""What a receipt counts and what it comes to. Pure: no database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# A service as a receipt names it: no drug and no way of giving it, which the code says to who knows the codes.
SERVICES = {
    "consult": "Visit with the prescriber",
    "preparation": "Preparation visit",
    "integration": "Integration visit",
    "dosing_im": "Treatment session, supervised",
    "dosing_iv": "Treatment session, supervised",
    "dosing_sl": "Treatment session, supervised",
    "dosing_in": "Treatment session, supervised",
    "dosing_esk": "Treatment session, supervised",
}


@dataclass(frozen=True)
class Price:
    """What a clinic set for a service; both are empty where it set nothing."""

    code: str
    amount: str  # like "250.00"


@dataclass(frozen=True)
class Line:
    """One visit that took place. `amount`: None where the clinic has set none."""

    on: date
    service: str  # a key of SERVICES
    code: str
    amount: Decimal | None

    @property
    def words(self) -> str:
        return SERVICES[self.service]


def service_of(kind: str, route: str = "") -> str:
    """The service a visit is; `route` of a dose, as in the order."""
    return f"{kind}_{route}" if route else kind


def lines(took_place: Iterable[tuple[date, str]], prices: Mapping[str, Price]) -> list[Line]:
    """A line for each visit (day, service), in order of days."""
    return [_line(on, service, prices.get(service, Price("", ""))) for on, service in sorted(took_place)]


def _line(on: date, service: str, price: Price) -> Line:
    return Line(on, service, price.code, Decimal(price.amount) if price.amount else None)


def total(counted: Iterable[Line]) -> Decimal:
    """The sum of what has an amount."""
    return sum((line.amount for line in counted if line.amount is not None), Decimal(0))


def missing(counted: Iterable[Line]) -> list[str]:
    """The services without an amount, each once, in the order they come."""
    return list(dict.fromkeys(line.service for line in counted if line.amount is None))
