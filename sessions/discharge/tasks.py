"""What the clock brings about when patients stay long, and the papers they take home."""

from celery import shared_task

from kap_clinic.documents.actions import make_due
from sessions.discharge import letters
from sessions.discharge.actions import watch


@shared_task(name="sessions.watch_leaving")
def watch_leaving() -> None:
    watch()


@shared_task(name=letters.PAPERS_TASK)
def render_advice() -> None:
    make_due(letters.PAPER, letters.after_care)
