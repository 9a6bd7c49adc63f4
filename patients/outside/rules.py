"""Which results can be used, and how far ALT is over its limit. Pure: no database, no clock.

The ranges catch a slip of the number or the unit, not an illness: what lies outside is asked to be checked, never
judged. They are ours (PD); no clinical decision hangs on them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from patients.outside.terms import Comparator, LabKind, PregnancyFinding, Unit, UrineFinding

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Range:
    """What a result in one unit can be, and what its upper limit of normal can be (None: it has none here)."""

    lowest: Decimal
    highest: Decimal
    lowest_limit: Decimal | None = None
    highest_limit: Decimal | None = None


def _range(*bounds: str) -> Range:
    return Range(*map(Decimal, bounds))


# PD: what a laboratory could report at all.
ENZYME = {Unit.U_PER_L: _range("1", "20000", "10", "500"), Unit.UKAT_PER_L: _range("0.02", "333", "0.15", "8.5")}
TRANSAMINASE = {Unit.U_PER_L: _range("1", "20000", "10", "100"), Unit.UKAT_PER_L: _range("0.02", "333", "0.15", "1.7")}
RANGES: Mapping[LabKind, Mapping[Unit, Range]] = {
    LabKind.ALT: TRANSAMINASE,
    LabKind.AST: TRANSAMINASE,
    LabKind.ALP: ENZYME,
    LabKind.GGT: ENZYME,
    LabKind.BILIRUBIN: {
        Unit.MG_PER_DL: _range("0.05", "60", "0.3", "3"),
        Unit.UMOL_PER_L: _range("1", "1000", "5", "50"),
    },
    LabKind.TSH: {Unit.MIU_PER_L: _range("0.001", "1000", "2", "10")},
    LabKind.FREE_T4: {
        Unit.NG_PER_DL: _range("0.05", "15", "1", "3"),
        Unit.PMOL_PER_L: _range("0.5", "200", "12", "40"),
    },
    LabKind.CREATININE: {Unit.MG_PER_DL: _range("0.1", "30"), Unit.UMOL_PER_L: _range("8", "2700")},
    LabKind.EGFR: {Unit.ML_PER_MIN: _range("1", "200")},
    LabKind.QTC: {Unit.MS: _range("250", "800")},
}
FINDINGS: Mapping[LabKind, type[UrineFinding | PregnancyFinding]] = {
    LabKind.URINE: UrineFinding,
    LabKind.PREGNANCY: PregnancyFinding,
}
NEEDS_LIMIT = frozenset({LabKind.ALT})  # screening-rules 32 reads ALT as a multiple of it
BELOW_ONLY = frozenset({LabKind.ALT})  # "over 40" says nothing of how many times its limit


@dataclass(frozen=True)
class Result:
    """A result as it was read off a report."""

    kind: LabKind
    value: Decimal | None = None
    comparator: Comparator = Comparator.EXACT
    unit: str = ""
    upper_limit: Decimal | None = None
    finding: str = ""
    name: str = ""
    note: str = ""


def units_of(kind: LabKind) -> list[Unit]:
    return list(RANGES.get(kind, ()))


def has_limit(kind: LabKind) -> bool:
    """Whether an upper limit of normal is asked for with it."""
    return any(span.lowest_limit is not None for span in RANGES.get(kind, {}).values())


def reasons_not_usable(result: Result) -> Iterator[tuple[str, str]]:
    """Each field that cannot be used with the sentence to read: ("value", "..."). None means it can be kept."""
    if result.kind in RANGES:
        yield from _reasons_of_a_number(result)
    elif result.kind in FINDINGS:
        yield from _reasons_of_a_finding(result)
    else:
        if not result.name:
            yield "name", "Enter the name of the test"
        if not result.finding:
            yield "finding", "Enter the result as the report says it"


def _reasons_of_a_number(result: Result) -> Iterator[tuple[str, str]]:
    span = RANGES[result.kind].get(result.unit)  # type: ignore[call-overload]
    if span is None:
        yield (
            "unit",
            f"{result.kind.label} is reported in {_either(units_of(result.kind))}. Choose the one on the report",
        )
        return
    unit = Unit(result.unit).short
    if result.value is None:
        yield "value", f"Enter the result in {unit}"
    elif not span.lowest <= result.value <= span.highest:
        yield (
            "value",
            f"{plain(result.value)} {unit} is not between {plain(span.lowest)} and {plain(span.highest)}, which is all "
            f"{result.kind.label} can be. Check the number and the unit",
        )
    if result.comparator == Comparator.ABOVE and result.kind in BELOW_ONLY:
        yield "value", f"Enter the number itself: “over” does not say how many times its limit {result.kind.label} is"
    yield from _reasons_of_a_limit(result, span, unit)


def _reasons_of_a_limit(result: Result, span: Range, unit: str) -> Iterator[tuple[str, str]]:
    if result.upper_limit is None:
        if result.kind in NEEDS_LIMIT:
            yield "upper_limit", f"Enter the upper limit of normal, as the report says it, in {unit}"
    elif span.lowest_limit is None or span.highest_limit is None:
        yield "upper_limit", f"{result.kind.label} is kept without an upper limit"
    elif not span.lowest_limit <= result.upper_limit <= span.highest_limit:
        yield (
            "upper_limit",
            f"An upper limit of {plain(result.upper_limit)} {unit} is not between {plain(span.lowest_limit)} and "
            f"{plain(span.highest_limit)}. Check the number and the unit",
        )


def _reasons_of_a_finding(result: Result) -> Iterator[tuple[str, str]]:
    if result.finding not in FINDINGS[result.kind].values:
        yield "finding", "Choose what was found"
    elif result.finding == UrineFinding.OTHER and not result.note:
        yield "note", "Say what was abnormal"


def reasons_against_the_day(taken_on: date, *, today: date, born: date) -> Iterator[str]:
    """Why a sample cannot be of that day."""
    if taken_on > today:
        yield "Enter a day that is not in the future"
    elif taken_on < born:
        yield "Enter a day after the patient's birth. Check the year"


def _either(units: list[Unit]) -> str:
    return " or ".join(unit.short for unit in units)


def plain(number: Decimal) -> str:
    """A number without trailing zeros and without an exponent: 42, 0.8, 1200."""
    return f"{number.normalize():f}"


def times_limit(value: Decimal, upper_limit: Decimal) -> Decimal:
    """A result as a multiple of its upper limit of normal, two decimals, rounded up.

    Up, because a limit of 3 is passed at 3.001 (screening-rules 32). ValueError: the limit is not above 0.
    """
    if upper_limit <= 0:
        raise ValueError(f"An upper limit of normal is above 0, not {upper_limit}.")
    return (value / upper_limit).quantize(HUNDREDTH, ROUND_CEILING)


def in_words(result: Result) -> str:
    """As the record shows it: "42 U/L", "<0.01 mIU/L", "Blood"."""
    if result.kind in FINDINGS:
        return str(FINDINGS[result.kind](result.finding).label)
    if result.value is None:
        return result.finding
    return f"{result.comparator}{plain(result.value)} {Unit(result.unit).short}"
