"""What the clock brings about: alerts nobody acknowledged, late checks, readiness that ran out. Every 30 seconds."""

from celery import shared_task


@shared_task(name="sessions.watch_dosing")
def watch() -> None:
    from sessions.dosing.actions import watch as act

    act()
