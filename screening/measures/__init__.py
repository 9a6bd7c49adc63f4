"""The instruments and their exact scoring. Pure: no database, no clock.

`score("phq-9", {"phq9.1": 2, ...})` for a form with its own text, `score("madrs", {"total": 31})` for a score-entry
form, `change("phq-9", 18, 9)` for a course. A private form of a clinic (`read_shipped`) goes wherever an id does.
"""

from collections.abc import Mapping

from .asq import asq_answer
from .change import change_between
from .definitions import (
    Band,
    Field,
    Flag,
    HigherIs,
    Instrument,
    Item,
    Option,
    Rater,
    Severity,
    Target,
    applies,
)
from .entry import score_entry
from .loading import UnknownInstrument, all_instruments, instrument, read_shipped
from .results import VERSION, Change, Refusal, Score
from .scoring import score_answers

__all__ = [
    "VERSION",
    "Band",
    "Change",
    "Field",
    "Flag",
    "HigherIs",
    "Instrument",
    "Item",
    "Option",
    "Rater",
    "Refusal",
    "Score",
    "Severity",
    "Target",
    "UnknownInstrument",
    "all_instruments",
    "applies",
    "asq_answer",
    "change",
    "instrument",
    "read_shipped",
    "score",
]


def score(form: object, answers: object, context: object = None) -> Score | Refusal:
    """What these answers come to. Any JSON value may be passed: what cannot be scored is refused, never raised.

    `form`: an instrument's id or an Instrument. `answers`: linkId or field id -> value; None or absent is unanswered.
    `context`: only where a cut-off needs it, `{"sex": "female"}` for AUDIT-C.
    """
    found = _find(form)
    if found is None:
        return Refusal("unknown_instrument")
    if not isinstance(answers, Mapping):
        return Refusal("answers_not_an_object")
    if not isinstance(context, Mapping | None):
        return Refusal("context_not_an_object")
    if found.scoring is None:
        return score_entry(found, answers)
    return score_answers(found, found.scoring, answers, context or {})


def change(
    form: object, baseline_total: object, current_total: object, *, remission: Target | None = None
) -> Change | Refusal:
    """How far a complete total moved since baseline, and whether it counts.

    Totals are in points of the form (WHO-5: raw). `remission`: a clinic's own definition, e.g. `Target("<=", 12)` for
    MADRS. Refused: what is no complete total of the form, and forms that are a category (`not_trended`).
    """
    found = _find(form)
    if found is None:
        return Refusal("unknown_instrument")
    return change_between(found, baseline_total, current_total, remission=remission)


def _find(form: object) -> Instrument | None:
    if isinstance(form, Instrument):
        return form
    try:
        return instrument(form) if isinstance(form, str) else None
    except UnknownInstrument:
        return None
