"""Papers of screenings are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from screening import letters


@shared_task(name=letters.PAPERS_TASK)
def render_papers() -> None:
    for kind, write in {letters.PAPER: letters.screening, **letters.LETTERS}.items():
        make_due(kind, write)
