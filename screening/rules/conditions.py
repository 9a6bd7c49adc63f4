"""What an approval may hang on: the kinds of condition, what each must say, and how it reads. Pure.

An `upper_mg` binds the whole session dose, boosters included (dosing-reference 1.1). A `medicine_hold` names the
medicine as people do; what is done with it is the prescriber's call (screening-rules 4.2 and rules 4, 5, 14, 16).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from screening.terms import ConditionKind, Disposition, Route

MOST_HOURS = 720  # 30 days, the longest window of screening-rules 4.2; PD
MOST_MG = 1000  # a slip of the keyboard, PD: twice the highest block limit of dosing-reference 1.1
NEEDS: dict[ConditionKind, frozenset[str]] = {
    ConditionKind.UPPER_MG: frozenset({"mg"}),
    ConditionKind.EXTRA_CHECK: frozenset({"words"}),
    ConditionKind.MEDICINE_HOLD: frozenset({"medicine", "disposition"}),
    ConditionKind.CONFIRM_ON_DAY: frozenset({"words"}),
    ConditionKind.IN_WORDS: frozenset({"words"}),
}
MAY_HAVE: dict[ConditionKind, frozenset[str]] = {
    **NEEDS,
    ConditionKind.UPPER_MG: frozenset({"mg", "route"}),
    ConditionKind.MEDICINE_HOLD: frozenset({"medicine", "disposition", "hours_before", "words"}),
}
MISSING = {
    "mg": "Enter the upper limit in mg, like 55.",
    "medicine": "Name the medicine.",
    "disposition": "Choose hold, taper or continue.",
    "hours_before": "Enter how many hours before the dose it is last taken.",
    "words": "Write what is to be checked or confirmed.",
}


@dataclass(frozen=True)
class Condition:
    """One condition of an approval. What its kind does not need is None or empty.

    `mg`: most in a session, boosters included; `route`: code of a Route, empty for any; `hours_before`: last taken at
    least so many hours before the dose, only to hold it; `words`: what is to be checked or confirmed, or
    the taper.
    """

    kind: ConditionKind
    mg: Decimal | None = None
    route: str = ""
    medicine: str = ""
    disposition: str = ""
    hours_before: int | None = None
    words: str = ""

    @property
    def in_words(self) -> str:
        """The condition as a sentence, for pages and paper."""
        return said(self)


def said(one: Condition) -> str:
    if one.kind == ConditionKind.UPPER_MG:
        return f"At most {_plain(one.mg)} mg in a session, boosters included ({_route(one.route)})"
    if one.kind == ConditionKind.EXTRA_CHECK:
        return f"Check before each dose: {one.words}"
    if one.kind == ConditionKind.CONFIRM_ON_DAY:
        return f"Confirm on the day: {one.words}"
    if one.kind == ConditionKind.MEDICINE_HOLD:
        return _medicine_said(one)
    return one.words


def _medicine_said(one: Condition) -> str:
    what = {
        Disposition.HOLD: f"Hold {one.medicine}: last taken {one.hours_before} h or more before the dose",
        Disposition.TAPER: f"Taper {one.medicine}",
        Disposition.CONTINUE: f"Continue {one.medicine} as usual",
    }[Disposition(one.disposition)]
    return f"{what}. {one.words}" if one.words else what


def _route(code: str) -> str:
    return Route(code).label if code in Route.values else "any route"


def _plain(mg: Decimal | None) -> str:
    return f"{mg.normalize():f}" if mg is not None else "?"


def what_is_wrong(one: Condition) -> dict[str, str]:
    """Field -> what to do about it. Empty when the condition says exactly what its kind needs."""
    wrong = {name: MISSING[name] for name in sorted(NEEDS[one.kind]) if not _given(one, name)}
    for name in ("mg", "route", "medicine", "disposition", "hours_before", "words"):
        if name not in MAY_HAVE[one.kind] and _given(one, name):
            wrong[name] = "This does not belong to a condition of this kind."
    return wrong | dict(_odd_values(one, wrong))


def _odd_values(one: Condition, wrong: dict[str, str]) -> Iterator[tuple[str, str]]:
    if one.mg is not None and not Decimal(0) < one.mg <= MOST_MG:
        yield "mg", f"Enter an upper limit above 0 and up to {MOST_MG} mg."
    if one.route and one.route not in Route.values:
        yield "route", "Choose one of the routes."
    if one.disposition and one.disposition not in Disposition.values:
        yield "disposition", MISSING["disposition"]
    elif one.kind == ConditionKind.MEDICINE_HOLD and "disposition" not in wrong:
        yield from _odd_disposition(one)


def _odd_disposition(one: Condition) -> Iterator[tuple[str, str]]:
    if one.disposition == Disposition.HOLD:
        if one.hours_before is None:
            yield "hours_before", MISSING["hours_before"]
        elif not 0 < one.hours_before <= MOST_HOURS:
            yield "hours_before", f"Enter between 1 and {MOST_HOURS} hours."
    elif one.hours_before is not None:
        yield "hours_before", "Hours belong to a hold only."
    if one.disposition == Disposition.TAPER and not one.words.strip():
        yield "words", "Write the taper: how much less, and when."


def _given(one: Condition, name: str) -> bool:
    value = getattr(one, name)
    return value is not None and str(value).strip() != ""


def reasons_against(conditions: Sequence[Condition]) -> Iterator[str]:
    """Each reason why these cannot be signed together. None means they can."""
    for number, one in enumerate(conditions, 1):
        for sentence in what_is_wrong(one).values():
            yield f"Condition {number}: {sentence[0].lower()}{sentence[1:]}"
    limits = Counter(one.route for one in conditions if one.kind == ConditionKind.UPPER_MG)
    for route, count in limits.items():
        if count > 1:
            yield f"Two upper limits for {_route(route)}: keep one."
    held = Counter(one.medicine.strip().casefold() for one in conditions if one.kind == ConditionKind.MEDICINE_HOLD)
    for medicine, count in held.items():
        if medicine and count > 1:
            yield f"Two conditions say what to do with {medicine}: keep one."


def upper_mg(conditions: Iterable[Condition], route: str) -> Decimal | None:
    """The most mg these conditions allow in one session by this route, boosters included; None: they set no limit."""
    limits = [
        one.mg
        for one in conditions
        if one.kind == ConditionKind.UPPER_MG and one.mg is not None and one.route in {"", route}
    ]
    return min(limits, default=None)
