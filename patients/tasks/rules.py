"""When a task is due and how it may end. Pure: no database, no clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from patients.tasks.terms import Outcome, Severity, TaskKind

ASSESSMENTS = frozenset({Outcome.ASSESSED_SAFE, Outcome.SAFETY_PLAN, Outcome.HIGHER_CARE})
CLINICIANS = frozenset({"therapist", "prescriber", "nurse", "medical_director"})
REASON_LENGTH = 15  # characters of how a safety task ended, PD


def due_at(severity: str, opened: datetime, end_of_day: datetime) -> datetime:
    """By when a flag's task must be done: critical within the hour (PD), high the same working day, else at the next
    contact, for which a week stands (PD). Source: instruments.md 4. `end_of_day` is the clinic's, with its zone."""
    if severity == Severity.CRITICAL:
        return opened + timedelta(hours=1)
    if severity == Severity.HIGH:
        return max(end_of_day, opened)
    return opened + timedelta(days=7)


def reasons_against_closing(*, kind: str, severity: str, outcome: str, words: str, role: str) -> list[str]:
    """Each reason why a task may not end so. None means it may."""
    return list(_against(kind, severity, outcome, words, role))


def _against(kind: str, severity: str, outcome: str, words: str, role: str) -> Iterator[str]:
    if kind != TaskKind.SAFETY:
        if outcome == Outcome.NOT_NEEDED and not words.strip():
            yield "Write why it is not needed."
        return
    if role not in CLINICIANS:
        yield "A clinician closes a safety task."
    if severity == Severity.CRITICAL and outcome not in ASSESSMENTS:
        yield "A critical flag ends with a clinician's assessment: choose what it found."
    if len(words.strip()) < REASON_LENGTH:
        yield f"Write what you found and did, in {REASON_LENGTH} characters or more."
