"""May a dose start? The 23 items of protocol 4, and what is asked on the day. Pure: no database, no clock.

`items(facts)` answers every item; `asked.cleaned(code, data)` says what an answer must hold.
"""

from sessions.gate.rules.asked import (
    ASKED,
    AnswerNotUsable,
    asks_for_full_screening,
    cleaned,
    latest_moment,
    screening_answers,
)
from sessions.gate.rules.asked_today import limits_of_fasting, span, vitals_in_words
from sessions.gate.rules.facts import GateFacts, Numbers
from sessions.gate.rules.items import (
    ITEMS,
    REASON_LENGTH,
    Clears,
    ItemResult,
    is_open,
    items,
    reasons_against_override,
)

__all__ = [
    "ASKED",
    "ITEMS",
    "REASON_LENGTH",
    "AnswerNotUsable",
    "Clears",
    "GateFacts",
    "ItemResult",
    "Numbers",
    "asks_for_full_screening",
    "cleaned",
    "is_open",
    "items",
    "latest_moment",
    "limits_of_fasting",
    "reasons_against_override",
    "screening_answers",
    "span",
    "vitals_in_words",
]
