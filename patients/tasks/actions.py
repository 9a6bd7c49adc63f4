"""What is done with tasks."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.record.models import Patient
from patients.tasks.models import Task
from patients.tasks.rules import reasons_against_closing
from patients.tasks.terms import Event, Outcome, Severity, TaskKind


@transaction.atomic
def open_task(
    *,
    patient: Patient,
    kind: TaskKind,
    title: str,
    due_at: datetime,
    owner_role: str,
    by: User | None,
    severity: Severity = Severity.MEDIUM,
    action: str = "",
    flag: str = "",
    source_ref: UUID | None = None,
    owner: User | None = None,
) -> Task:
    """Write down what is owed; the same flag of the same row opens one task, however often it is seen."""
    if flag and (known := Task.objects.filter(source_ref=source_ref, flag=flag).first()):
        return known
    task = Task.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        kind=kind,
        severity=severity,
        title=title,
        action=action,
        flag=flag,
        source_ref=source_ref,
        owner_role=owner_role,
        owner=owner,
        opened_by=by,
        due_at=due_at,
    )
    record(Event.TASK_OPENED, by=by or "system", on=task, kind=str(kind), severity=str(severity), flag=flag)
    return task


@transaction.atomic
def take_task(*, task: Task, by: User) -> Task:
    """From now on this person owes it."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.closed_at:
        raise NotReady(["This task is closed."])
    task.owner = by
    task.save(update_fields=["owner"])
    record(Event.TASK_TAKEN, by=by, on=task)
    return task


@transaction.atomic
def close_task(*, task: Task, outcome: Outcome, words: str, by: User, role: str) -> Task:
    """End a task with its outcome, or raise NotReady with what is missing."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    reasons = reasons_against_closing(kind=task.kind, severity=task.severity, outcome=outcome, words=words, role=role)
    if task.closed_at:
        reasons.insert(0, "This task is closed already.")
    if reasons:
        raise NotReady(reasons)
    task.outcome, task.words, task.closed_at, task.closed_by = outcome, words, timezone.now(), by
    task.save(update_fields=["outcome", "words", "closed_at", "closed_by"])
    record(Event.TASK_CLOSED, by=by, on=task, role=role, reason=words, closed_as=str(outcome))
    return task
