"""What a clinic sets about dose orders: each number of `rules/limits.json` that is its own to change."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from kap_clinic.accounts.setting_keys import Key, Kind, declare
from sessions.orders.rules import DATA, NUMBERS
from sessions.orders.rules.limits import UNITS, WHOLE
from sessions.orders.terms import Route

TOPIC = "dose-limits"
# Of a route: what it is called, its unit, and which source speaks for it. The Spravato line is the label's (S3).
OF_A_ROUTE = {
    "warn_mg_per_kg": ("confirmed above", "mg/kg", "warn"),
    "warn_mg": ("confirmed above", "mg", "warn"),
    "block_mg_per_kg": ("second person above", "mg/kg", "block"),
    "block_mg": ("second person above", "mg", "block"),
    "gap_minutes": ("least time to a booster", "minutes", "boosters"),
    "boosters": ("boosters at most", "", "boosters"),
    "usual_low": ("usual from", "", "usual"),
    "usual_high": ("usual up to", "", "usual"),
    "most_in_7_days": ("sessions in 7 days at most", "", "most_in_7_days"),
}


def route_key(route: str, name: str) -> str:
    return f"order_{route}_{name}"


def number_key(name: str) -> str:
    return f"order_{name}"


def _of_routes() -> Iterator[Key]:
    for route, row in DATA["routes"].items():
        for name, (words, unit, source) in OF_A_ROUTE.items():
            if route != Route.ESK and row[name] not in (None, 0):
                yield _key(
                    route_key(route, name),
                    f"{Route(route).label}: {words}",
                    row[name],
                    unit=UNITS[row["usual_unit"]] if name.startswith("usual") else unit,
                    source=row["sources"][source],
                )


def _of_all() -> Iterator[Key]:
    for name, one in NUMBERS.items():
        value = int(one["value"]) if name in WHOLE else one["value"]
        yield _key(number_key(name), one["label"], value, unit=one["unit"], source=one["source"])


def _key(name: str, label: str, default: Any, *, unit: str, source: str) -> Key:
    """A clinic may double a number at most: beyond that it is another treatment."""
    is_whole = isinstance(default, int)
    number = default if is_whole else Decimal(default)
    return Key(
        name,
        TOPIC,
        label,
        Kind.INTEGER if is_whole else Kind.NUMBER,
        number,
        unit=unit,
        source=source,
        clinical=True,
        lowest=1 if is_whole else Decimal("0.01"),
        highest=number * 2,
    )


ESKETAMINE = "order_esketamine"
ROUTE_KEYS = tuple(_of_routes())
NUMBER_KEYS = tuple(_of_all())
declare(
    *ROUTE_KEYS,
    *NUMBER_KEYS,
    Key(
        ESKETAMINE,
        TOPIC,
        "Esketamine (Spravato) is given here",
        Kind.YES_NO,
        False,
        help="Only a site that is certified under the REMS, with patients enrolled in it",
        source="S9",
        clinical=True,
    ),
)
