"""Does a signed order still hold on a day? Gate item 12, and the events of protocol 5 that end it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sessions.orders.rules.limits import DEFAULTS, Settings, plain
from sessions.orders.terms import OrderState, Route


@dataclass(frozen=True)
class OrderFacts:
    """An order and what has changed since. mg, kg; days in clinic time.

    `kg_now`: the newest weight, None: not known; `given`: sessions given under it; `upper_mg`: the most the approval's
    conditions allow by its route today; `wanted_route`: the route of the session at hand, empty: the order's own;
    `consent_covers`: whether the treatment consent that holds covers the order's route.
    """

    state: str
    route: str
    session_mg: Decimal
    valid_from: date
    valid_until: date
    signed_on: date | None
    kg_then: Decimal
    kg_now: Decimal | None
    doses: int
    given: int
    consent_covers: bool
    upper_mg: Decimal | None = None
    wanted_route: str = ""


NOT_SIGNED = {
    OrderState.DRAFT: "The dose order is a draft: the prescriber has not signed it.",
    OrderState.WAITING: "The dose order waits for a second signature.",
    OrderState.ENDED: "The dose order has ended.",
}


def reasons_not_valid(order: OrderFacts | None, on: date, settings: Settings = DEFAULTS) -> list[str]:
    """Each reason why no dose may be given on this order on a day. None means it holds."""
    if order is None:
        return ["There is no signed dose order."]
    if order.state != OrderState.SIGNED:
        return [NOT_SIGNED[OrderState(order.state)]]
    return [*_days(order, on, settings), *_changed(order, settings)]


def _days(order: OrderFacts, on: date, settings: Settings) -> Iterator[str]:
    if on < order.valid_from:
        yield f"The dose order begins on {_day(order.valid_from)}."
    if on > order.valid_until:
        yield f"The dose order ended on {_day(order.valid_until)}."
    if order.signed_on is None or (on - order.signed_on).days > settings.order_days:
        yield f"The dose order is older than {settings.order_days} days."
    if order.given >= order.doses:
        yield (
            f"All {order.doses} sessions of the dose order are given."
            if order.doses > 1
            else ("The one session of the dose order is given.")
        )


def _changed(order: OrderFacts, settings: Settings) -> Iterator[str]:
    if order.wanted_route and order.wanted_route != order.route:
        yield f"The dose order is for {_named(order.route)}, not for {_named(order.wanted_route)}."
    if order.kg_now is None:
        yield "No weight is on file."
    elif has_changed(order.kg_then, order.kg_now, settings):
        yield (
            f"The weight went from {plain(order.kg_then.quantize(Decimal('0.1')))} to"
            f" {plain(order.kg_now.quantize(Decimal('0.1')))} kg since the dose was ordered;"
            f" a change of {plain(settings.weight_change_percent)} % takes a new order."
        )
    if not order.consent_covers:
        yield f"The treatment consent does not cover {_named(order.route)}: it is renewed first."
    if order.upper_mg is not None and order.session_mg > order.upper_mg:
        yield f"The dose order is above {plain(order.upper_mg)} mg, the most the approval allows now."


def has_changed(then: Decimal, now: Decimal, settings: Settings = DEFAULTS) -> bool:
    """Whether a weight has changed so much that the order falls: by so many percent or more, either way."""
    return abs(now - then) * 100 >= then * settings.weight_change_percent


def _named(route: str) -> str:
    label = str(Route(route).label)
    return label if label[:2].isupper() or route == Route.ESK else label.lower()


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
