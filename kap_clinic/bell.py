"""Ringing for a worker once a change is committed. What is due is found every 30 seconds anyway (REL-07)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
_is_quiet: ContextVar[bool] = ContextVar("the bell is quiet", default=False)


def ring(task: str) -> None:
    """Wake a task by name after the commit, once for all of a transaction. A broker that is down costs seconds of
    waiting, never the change."""
    if settings.TESTING or _is_quiet.get():
        return
    if not any(call == (_send, (task,)) for call in _due()):
        transaction.on_commit(partial(_send, task))


@contextmanager
def quiet() -> Iterator[None]:
    """Nobody is woken for what is done inside: it is found within 30 seconds anyway."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def _due() -> Iterator[tuple[object, object]]:
    """What this transaction calls when it is committed, as far as it is ours."""
    for _, call, *_ in connection.run_on_commit:
        if isinstance(call, partial):
            yield call.func, call.args[:1]


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, OSError) as trouble:
        log.warning("the bell for %s could not be rung: %s", task, type(trouble).__name__)
