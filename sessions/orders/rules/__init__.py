"""How much may be ordered, does an order hold, how often may a dose be given. Pure: no database, no clock.

Sources: dosing-reference 1.1 and 8, protocol 4 items 12 and 13, protocol 5; the numbers stand in `limits.json`.
"""

from sessions.orders.rules.checks import Asked, Checks, Tolerated, checks
from sessions.orders.rules.frequency import (
    Exposure,
    Given,
    exposure,
    reasons_against_count,
    reasons_against_gap,
    reasons_against_interval,
    spread,
)
from sessions.orders.rules.holds import hold_in_words, reasons_against_hold
from sessions.orders.rules.limits import (
    DATA,
    DEFAULTS,
    NUMBERS,
    Limits,
    Settings,
    like_iv,
    limits_of,
    mg_of,
    mg_per_kg_of,
    plain,
    session_mg,
    settings_of,
)
from sessions.orders.rules.validity import OrderFacts, has_changed, reasons_not_valid

__all__ = [
    "DATA",
    "DEFAULTS",
    "NUMBERS",
    "Asked",
    "Checks",
    "Exposure",
    "Given",
    "Limits",
    "OrderFacts",
    "Settings",
    "Tolerated",
    "checks",
    "exposure",
    "has_changed",
    "hold_in_words",
    "like_iv",
    "limits_of",
    "mg_of",
    "mg_per_kg_of",
    "plain",
    "reasons_against_count",
    "reasons_against_gap",
    "reasons_against_hold",
    "reasons_against_interval",
    "reasons_not_valid",
    "session_mg",
    "settings_of",
    "spread",
]
