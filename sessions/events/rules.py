"""Which events there are, how grave each is at least, and which are serious. Pure: no database, no clock, no Django.

Source: dosing-reference 4; grades after CTCAE v5 (S35). The words stand in `vocabulary.json`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8"))
GRADES: Mapping[int, str] = {int(grade): words for grade, words in DATA["grades"].items()}
SERIOUS_GRADE = 3
DOSE_OFF = DATA["dose_off_percent"]  # % off that makes a medication error serious
BOUNDARY, ERROR, OTHER = "boundary-concern", "medication-error", "other"
TRANSFER, DRUG_GIVEN = "transfer", "drug_given"
FATAL, DEATH = "fatal", 5
PLAN_LENGTH = 20  # characters of what follows a serious event, PD
HEARS_CONCERNS = frozenset({"safety_officer"})  # who reads and signs a boundary concern, not on the team (rule 12)
NOT_GRADED = "Not graded yet"


@dataclass(frozen=True)
class Detail:
    """One thing that was so, and how grave it makes the event at least."""

    code: str
    term: str
    floor: int


@dataclass(frozen=True)
class Term:
    """One code of the vocabulary. `floor`: the least grade, `unless` something was looked at and known; `drug_floor`:
    the least one once a medicine was needed."""

    code: str
    term: str
    group: str
    floor: int
    details: tuple[Detail, ...]
    grades: Mapping[int, str]
    drug_floor: int = 0
    unless: Detail | None = None
    always_serious: bool = False
    is_graded: bool = True
    note: str = ""


def _term(row: Mapping[str, Any]) -> Term:
    details = tuple(Detail(**one) for one in row.get("raises", ()))
    unless = Detail(**row["unless"]) if "unless" in row else None
    own = {int(grade): words for grade, words in row.get("grades", {}).items()}
    floor = 0 if row.get("grade_zero") else row.get("floor", 1)
    lowest = unless.floor if unless else floor
    return Term(
        code=row["code"],
        term=row["term"],
        group=row["group"],
        floor=floor,
        details=(unless, *details) if unless else details,
        grades={grade: own.get(grade, words) for grade, words in GRADES.items() if grade >= lowest},
        drug_floor=row.get("drug_given_floor", 0),
        unless=unless,
        always_serious=row.get("serious", False),
        is_graded=not row.get("ungraded", False),
        note=row.get("note", ""),
    )


TERMS: Mapping[str, Term] = {row["code"]: _term(row) for row in DATA["events"]}


@dataclass(frozen=True)
class Happened:
    """An event as far as the rules need it. `details`: codes of its term; `dose_off`: % an erroneous dose was off."""

    code: str
    grade: int | None = None
    details: Collection[str] = field(default_factory=tuple)
    action: str = ""
    outcome: str = ""
    dose_off: int | None = None


def grade_floor(event: Happened) -> tuple[int, str]:
    """The least grade this may have, and why in words; the why is empty where the grade is free."""
    term = TERMS[event.code]
    is_known = term.unless is not None and term.unless.code in event.details
    floor = term.unless.floor if is_known and term.unless else term.floor
    found = [(floor, term.term if floor > 1 else "")]
    found += [(detail.floor, detail.term) for detail in term.details if detail.code in event.details]
    if event.action == DRUG_GIVEN and term.drug_floor:
        found.append((term.drug_floor, "a medicine was given"))
    if event.outcome == FATAL:
        found.append((DEATH, "it was fatal"))
    return max(found, key=lambda one: one[0])


def reasons_against_event(event: Happened, *, words: str) -> list[str]:
    """Each reason why this cannot stand as an event. None means it may."""
    return list(_against_event(event, words))


def _against_event(event: Happened, words: str) -> Iterator[str]:
    if event.code not in TERMS:
        yield "Choose what happened."
        return
    term = TERMS[event.code]
    if not words.strip():
        yield "Write what happened."
    if unknown := set(event.details) - {detail.code for detail in term.details}:
        yield f"This does not belong to {term.term.lower()}: {', '.join(sorted(unknown))}."
    if event.dose_off is not None and event.code != ERROR:
        yield "Only a medication error says how far a dose was off."
    if event.grade is None:
        return
    if not term.is_graded:
        yield "A boundary concern is not graded."
        return
    lowest, why = grade_floor(event)
    if event.grade not in GRADES:
        yield "Choose a grade of the list."
    elif event.grade < lowest:
        yield f"At least grade {lowest}{f': {why[0].lower()}{why[1:]}' if why else ''}."


def is_serious(event: Happened) -> list[str]:
    """Why an event is serious, in words; empty: it is not. Not graded counts as serious until it is graded."""
    return list(_serious(event))


def _serious(event: Happened) -> Iterator[str]:
    term = TERMS[event.code]
    if event.grade is not None and event.grade >= SERIOUS_GRADE:
        yield f"Grade {event.grade}"
    if term.always_serious:
        yield term.term
    if event.action == TRANSFER:
        yield "Transferred"
    if event.code == ERROR and event.dose_off is None:
        yield "Nobody knows how far the dose was off"
    elif event.code == ERROR and event.dose_off is not None and event.dose_off >= DOSE_OFF:
        yield f"Dose {event.dose_off} % off"
    if event.grade is None and term.is_graded:
        yield NOT_GRADED


def is_open_for_gate(*, code: str, serious: bool, is_signed: bool) -> bool:
    """Whether item 18 of the gate fails for it. A boundary concern does not say so there: the treating team learns
    nothing of it, and the safety officer asks for a pause instead (permissions, rule 12)."""
    return serious and not is_signed and code != BOUNDARY


def reasons_against_signing(event: Happened, *, is_signed: bool, plan: str) -> list[str]:
    """Each reason why an event cannot be signed: a serious one has a plan, and every one its grade (not a concern)."""
    if is_signed:
        return ["This event is signed already. Add to it instead."]
    found = []
    if event.grade is None and TERMS[event.code].is_graded:
        found.append("Grade the event first.")
    if is_serious(event) and len(plan.strip()) < PLAN_LENGTH:
        found.append(f"Write what follows, in {PLAN_LENGTH} characters or more: the event is serious.")
    return found
