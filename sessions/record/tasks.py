"""Papers of dosing records are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from sessions.record import letters


@shared_task(name=letters.PAPERS_TASK)
def render_records() -> None:
    make_due(letters.PAPER, letters.dosing_record)
