"""Papers of dose orders are made here: woken by a bell, or every 30 seconds."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from sessions.orders import letters


@shared_task(name=letters.PAPERS_TASK)
def render_orders() -> None:
    make_due(letters.PAPER, letters.order)
