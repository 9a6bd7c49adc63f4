"""What pages, papers, the course and the gate read of consents."""

from patients.consents.selectors.chapters import (
    Chapter,
    Nameable,
    chapters,
    chip_of,
    may_touch,
    prescribers,
    suggested,
    therapists,
)
from patients.consents.selectors.reading import (
    Part,
    Question,
    Reading,
    next_question,
    questions,
    readiness,
    reading,
    text_reading,
)
from patients.consents.selectors.signing import Signed, owed_by, signed, signed_by_patient
from patients.consents.selectors.standing import Standing, evidence, evidence_of, reads, standing
from patients.consents.selectors.touch import TouchLimits, limits_of, touch_limits
from patients.consents.selectors.values import content_digest, is_whole, signature_digest, values
from patients.consents.selectors.versions import TextOf, all_texts, newest_text, text_before, text_for

__all__ = [
    "Chapter",
    "Nameable",
    "Part",
    "Question",
    "Reading",
    "Signed",
    "Standing",
    "TextOf",
    "TouchLimits",
    "all_texts",
    "chapters",
    "chip_of",
    "content_digest",
    "evidence",
    "evidence_of",
    "is_whole",
    "limits_of",
    "may_touch",
    "newest_text",
    "next_question",
    "owed_by",
    "prescribers",
    "questions",
    "readiness",
    "reading",
    "reads",
    "signature_digest",
    "signed",
    "signed_by_patient",
    "standing",
    "suggested",
    "text_before",
    "text_for",
    "text_reading",
    "therapists",
    "touch_limits",
    "values",
]
