"""Ringing for a worker once a change is committed. What is due is found every 30 seconds anyway (REL-07)."""

import logging

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def ring(task: str) -> None:
    """Wake a task by name after the commit. A broker that is down costs seconds of waiting, never the change."""
    if not settings.TESTING:
        transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, OSError) as trouble:
        log.warning("the bell for %s could not be rung: %s", task, type(trouble).__name__)
