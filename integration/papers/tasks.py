"""Papers of courses are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from integration.papers.letters import LETTERS, PAPERS_TASK
from kap_clinic.documents.actions import make_due


@shared_task(name=PAPERS_TASK)
def render_papers() -> None:
    for kind, write in LETTERS.items():
        make_due(kind, write)
