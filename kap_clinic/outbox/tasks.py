"""Messages go out from here: woken by a bell, or every 30 seconds (REL-07)."""

from celery import shared_task

from kap_clinic.outbox import actions


@shared_task(name=actions.TASK)
def send_due() -> None:
    actions.send_due()
