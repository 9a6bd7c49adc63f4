"""A consent as a patient reads it: section by section, then the questions of understanding."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patients.consents import texts
from patients.consents.models import Consent, ConsentAnswer, ConsentText
from patients.consents.rules import Readiness
from patients.consents.selectors.signing import signed_by_patient
from patients.consents.selectors.values import values
from patients.consents.terms import State


@dataclass(frozen=True)
class Question:
    """One question of understanding. `right` is None until it was answered; the last answer counts."""

    key: str
    ask: str
    answers: list[str]
    right_answer: int
    section: str  # id of the section to read again
    heading: str
    chosen: int | None = None
    is_right: bool | None = None

    @property
    def chosen_words(self) -> str:
        return self.answers[self.chosen] if self.chosen is not None else ""


@dataclass(frozen=True)
class Part:
    """One section, short enough for a phone. `number` counts from 1."""

    key: str
    heading: str
    blocks: list[texts.Block]
    number: int
    total: int
    source: str = ""

    @property
    def pieces(self) -> list[tuple[bool, Any]]:
        """Each block with whether it is a list."""
        return [(isinstance(block, list), block) for block in self.blocks]


@dataclass(frozen=True)
class Reading:
    """A consent as it is read: reading on a screen first, then section by section, then the questions."""

    consent: Consent
    title: str
    version: int
    is_draft: bool
    parts: list[Part]
    questions: list[Question]
    gaps: list[str]  # what is not filled in yet

    @property
    def version_words(self) -> str:
        return f"Version {self.version}"


def reading(consent: Consent) -> Reading:
    """The sections as frozen, or of a draft as they would be filled in now."""
    sections, gaps = consent.sections, []
    if consent.state == State.DRAFT or not sections:
        filled_in = values(consent)
        sections = texts.filled(consent.text.sections, filled_in)
        gaps = texts.gaps(consent.text.sections, filled_in)
    return Reading(
        consent=consent,
        title=consent.text.title,
        version=consent.text.version,
        is_draft=not _counts(consent),
        parts=[_part(section, place, len(sections)) for place, section in enumerate(sections, start=1)],
        questions=questions(consent),
        gaps=gaps,
    )


def text_reading(text: ConsentText) -> list[Part]:
    """A text as it stands, slots in braces."""
    total = len(text.sections)
    return [_part(section, place, total) for place, section in enumerate(text.sections, start=1)]


def _part(section: texts.Section, number: int, total: int) -> Part:
    return Part(section["id"], section["heading"], section["text"], number, total, section["source"])


def _counts(consent: Consent) -> bool:
    """Whether it may stand without DRAFT across it: all have signed an approved text, or it ended after that."""
    return consent.text.approved_at is not None and (consent.completed_at is not None or consent.state == State.REFUSED)


def questions(consent: Consent, *, before: datetime | None = None) -> list[Question]:
    """The questions of understanding with the last answer to each; `before`: as it stood then."""
    rows = consent.answers.order_by("id")
    last = {row.question: row for row in (rows.filter(answered_at__lte=before) if before else rows)}
    headings = {section["id"]: section["heading"] for section in consent.text.sections}
    return [_question(asked, headings, last.get(asked["id"])) for asked in consent.text.questions]


def _question(asked: Mapping[str, Any], headings: Mapping[str, str], given: ConsentAnswer | None) -> Question:
    return Question(
        key=asked["id"],
        ask=asked["ask"],
        answers=list(asked["answers"]),
        right_answer=asked["right"],
        section=asked["section"],
        heading=headings[asked["section"]],
        chosen=given.chosen if given else None,
        is_right=given.is_right if given else None,
    )


def next_question(consent: Consent) -> Question | None:
    """The first one not answered rightly; None when all are."""
    return next((one for one in questions(consent) if not one.is_right), None)


def readiness(consent: Consent, *, electronic: bool, clear_headed: bool, printed_name: str) -> Readiness:
    """What stands behind a patient's signature at this moment."""
    asked = questions(consent)
    return Readiness(
        state=State.REFUSED if signed_by_patient(consent) else consent.state,
        approved=consent.text.is_current,
        talked=consent.talks.exists(),
        wrong=[one.heading for one in asked if one.is_right is False],
        unanswered=sum(one.is_right is None for one in asked),
        electronic=electronic,
        clear_headed=clear_headed,
        printed_name=printed_name,
    )
