"""Rows of tasks."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.record.models import Patient, PatientRow
from patients.tasks.terms import Outcome, Severity, TaskKind


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(closed_at=None)

    def critical(self) -> "TaskQuerySet":
        return self.filter(severity=Severity.CRITICAL)

    def overdue(self, now: datetime) -> "TaskQuerySet":
        return self.open().filter(due_at__lt=now)


class Task(PatientRow):
    """Something owed to a patient. Closed by a person with an outcome, never by a later score."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=20, choices=TaskKind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    title = models.CharField(max_length=200)
    action = models.TextField(blank=True)  # what must be done, in the words of the rule or flag
    flag = models.CharField(max_length=60, blank=True)  # flag id of instruments.json, when one asked for this
    source_ref = models.UUIDField(null=True)  # the row that asked for it
    owner_role = models.CharField(max_length=40)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    words = models.TextField(blank=True)

    objects: ClassVar[TaskQuerySet] = TaskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None, outcome="")
                | (models.Q(closed_at__isnull=False, closed_by__isnull=False) & ~models.Q(outcome="")),
                name="task_closed_by_a_person_with_an_outcome",
            ),
            models.UniqueConstraint(
                fields=["source_ref", "flag"], condition=~models.Q(flag=""), name="a_flag_opens_one_task"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "closed_at", "due_at"], name="tasks_open_by_due")]

    def __str__(self) -> str:
        return self.title
