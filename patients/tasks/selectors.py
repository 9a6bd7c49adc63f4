"""What pages read of the tasks of one patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kap_clinic.reads import Read, compiled
from patients.record.models import Patient
from patients.tasks.models import Task
from patients.tasks.terms import Severity, TaskKind

OPEN = ("ref", "kind", "severity", "title", "due_at", "owner__name", "owner_role")


@dataclass(frozen=True)
class OpenTask:
    """One open task, in the order of OPEN. Nobody has taken it while `owner` is empty: then the role owes it."""

    ref: UUID
    kind: TaskKind
    severity: Severity
    title: str
    due_at: datetime
    owner: str
    owner_role: str

    @property
    def is_safety(self) -> bool:
        return self.kind == TaskKind.SAFETY

    @property
    def who(self) -> str:
        return self.owner or f"nobody yet, for the {self.owner_role.replace('_', ' ')}"


@compiled
def open_read(patient: Patient) -> Read:
    return Read(Task.objects.open().filter(patient=patient).order_by("due_at", "id"), OPEN)


def open_of(rows: Iterable[tuple[Any, ...]]) -> list[OpenTask]:
    """Open tasks, safety first, then by when they are due."""
    found = [
        OpenTask(ref, TaskKind(kind), Severity(severity), title, due_at, owner or "", role)
        for ref, kind, severity, title, due_at, owner, role in rows
    ]
    return sorted(found, key=lambda task: not task.is_safety)
