"""A process that dies at a named point: what was acknowledged is stored, what is not stored was not acknowledged."""

import os
import signal
from collections.abc import Callable

from django.db import connection, connections

from kap_clinic.wall import as_clinic


def killed(act: Callable[[], object], *, clinic_id: int, point: str) -> str:
    """Do an act in a process of its own that is killed at a point; what it acknowledged before, if anything."""
    reading, writing = os.pipe()
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with as_clinic(clinic_id):
                act()
                if point == "before commit":
                    os.kill(os.getpid(), signal.SIGKILL)
            if point == "after commit":
                os.kill(os.getpid(), signal.SIGKILL)
            os.write(writing, b"saved")
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        told = said.read()
    assert os.WTERMSIG(status) == signal.SIGKILL
    connection.ensure_connection()
    return told
