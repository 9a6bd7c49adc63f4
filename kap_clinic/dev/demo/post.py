"""The post of the demo: what was due went out on its day, refused for one patient and unanswered for another."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from kap_clinic.dev.demo.moments import at
from kap_clinic.outbox import actions, gateways
from kap_clinic.outbox.gateways import BAD_ADDRESS, UNSURE, InDoubt, Letter, Refused
from kap_clinic.outbox.models import Message

NOBODY = "ioana@example.org"  # refused for good
WITHIN = timedelta(minutes=55)
SILENT = "mads@example.org"  # handed over, never answered


class PaperLine:
    """A line that leads nowhere: it takes every letter and tells of two addresses what can go wrong."""

    honours_keys = False

    def send(self, letter: Letter) -> None:
        if letter.to == NOBODY:
            raise Refused(BAD_ADDRESS)
        if letter.to == SILENT:
            raise InDoubt(UNSURE)


@contextmanager
def _line(channel: str) -> Iterator[PaperLine | None]:
    """E-mail goes; text messages wait for a person, as in a clinic that has no line for them."""
    yield PaperLine() if channel == "email" else None


def send_due(until: datetime) -> None:
    """Send what was due by a moment of the past, within the hour it was due in."""
    with patch.object(gateways, "line", _line):
        while due := Message.objects.due(until).order_by("try_at").values_list("try_at", flat=True).first():
            with at(min(due + WITHIN, until)):
                actions.send_due()
