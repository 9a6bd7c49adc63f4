"""Past days of the demo: what is done inside is done then. Only for a clinic that is invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands at this moment for what is done inside."""
    import time_machine

    with time_machine.travel(moment, tick=False):
        yield
