"""A sign of life from the worker."""

from celery import shared_task


@shared_task(name="accounts.heartbeat")
def heartbeat() -> None:
    from kap_clinic.accounts.actions import beat

    beat()
