"""What happens with a questionnaire that a patient has not sent yet: danger in it is acted on at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.record.models import Patient
from patients.tasks import rules as task_rules
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from screening import measures, remote
from screening.actions.measures import open_tasks
from screening.measures import Flag, Item
from screening.models import MeasureResponse


@transaction.atomic
def note_partial(
    *, patient: Patient, instrument: str, answers: Mapping[str, Any], source_ref: UUID, owner: User | None
) -> list[Flag]:
    """A task for each critical or high flag of the answers so far. Gives those flags.

    `source_ref` is the draft's; the response that is recorded from it takes the same reference, so that no flag opens a
    second task. A task stays when the answer is changed before sending: a person closes it (instruments.md 4).
    """
    flags = list(remote.dangers(measures.instrument(instrument), answers).values())
    so_far = MeasureResponse(
        ref=source_ref,
        clinic=patient.clinic,
        patient=patient,
        instrument=instrument,
        flags=[{"id": flag.id, "severity": str(flag.severity), "action": flag.action} for flag in flags],
        recorded_at=timezone.now(),
    )
    open_tasks(so_far, by=None, owner=owner)
    return flags


@transaction.atomic
def ask_in_person(
    *, patient: Patient, instrument: str, items: Sequence[Item], source_ref: UUID, owner: User | None
) -> None:
    """A task for each question about danger that was left out: a prompt to ask in person (instruments.md 4)."""
    form, now = measures.instrument(instrument), timezone.now()
    for item in items:
        open_task(
            patient=patient,
            kind=TaskKind.FOLLOW_UP,
            severity=Severity.MEDIUM,
            title=f"{form.short_title}: question {item.number} was left out, ask in person",
            action="The patient did not answer this question. That is not a no.",
            flag=f"{item.link_id}.left_out",
            source_ref=source_ref,
            owner_role=Role.THERAPIST,
            owner=owner,
            due_at=task_rules.due_at(Severity.MEDIUM, now, now),
            by=None,
        )
