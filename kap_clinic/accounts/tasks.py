"""A sign of life from the worker, and letting go of what was kept for a while."""

from celery import shared_task


@shared_task(name="accounts.heartbeat")
def heartbeat() -> None:
    from kap_clinic.accounts.actions import beat

    beat()


@shared_task(name="accounts.let_go")
def let_go() -> None:
    from kap_clinic.accounts.actions import let_go as act

    act()
