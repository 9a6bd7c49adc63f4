"""Papers of consents are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from patients.consents import letters
from patients.consents.actions.common import PAPER, PAPERS_TASK


@shared_task(name=PAPERS_TASK)
def render_papers() -> None:
    make_due(PAPER, letters.consent)
