"""Papers of notes are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from patients.notes import letters
from patients.notes.letters import PAPER, PAPERS_TASK


@shared_task(name=PAPERS_TASK)
def render_papers() -> None:
    make_due(PAPER, letters.note)
