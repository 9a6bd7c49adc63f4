"""What does an ASQ say? A category, not a sum: never averaged, never trended.

instruments.json, asq, scoring.rules. Pure: no Django, no clock.
"""

from collections.abc import Mapping

NO, YES, DECLINED = 0, 1, 9
QUESTIONS = ("asq.1", "asq.2", "asq.3", "asq.4")
RIGHT_NOW = "asq.5"

NEGATIVE = "negative"
NON_ACUTE = "non_acute_positive"
ACUTE = "acute_positive"
ACUITY_UNKNOWN = "positive_acuity_unknown"  # treated as acute until asked

SCREENING_ANSWERS = {NEGATIVE: "negative", NON_ACUTE: "non_acute", ACUTE: "acute", ACUITY_UNKNOWN: "unknown_acuity"}


def category(given: Mapping[str, int]) -> str | None:
    """The result of these answers; None when no yes is heard and a question is still open."""
    if given.get(RIGHT_NOW) == YES:
        return ACUTE
    if is_positive(given):
        return NON_ACUTE if given.get(RIGHT_NOW) == NO else ACUITY_UNKNOWN
    return NEGATIVE if all(question in given for question in QUESTIONS) else None


def is_positive(given: Mapping[str, int]) -> bool:
    """Whether any of the four questions was answered yes or declined."""
    return any(given.get(question) in (YES, DECLINED) for question in QUESTIONS)


def is_complete(given: Mapping[str, int]) -> bool:
    """Whether all four were answered and, when positive, the acuity question too."""
    return all(question in given for question in QUESTIONS) and (not is_positive(given) or RIGHT_NOW in given)


def count_yes(given: Mapping[str, int]) -> int:
    """How many of the four were a yes; a declined one counts 0."""
    return sum(given.get(question) == YES for question in QUESTIONS)


def asq_answer(category: str | None) -> str | None:
    """The `asq_result` that screening knows for this category: `negative`, `non_acute`, `acute` or `unknown_acuity`.

    None stays None: an unfinished ASQ is no answer, and never a negative one. Raises KeyError for anything else.
    """
    return None if category is None else SCREENING_ANSWERS[category]
