"""The lines out of the house. A line takes one message; what it raises says whether it may have gone out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

# What staff read of a try that failed.
UNREACHABLE, UNSURE = "The mail server cannot be reached", "The mail server took it and did not answer"
BAD_ADDRESS, BAD_SENDER = "The mail server does not know this address", "The mail server refuses us as sender"
NOT_NOW = "The mail server did not take it"


class NotTaken(Exception):
    """It did not go out, for sure; it may be tried again."""


class Refused(NotTaken):
    """It did not go out and never will: the address does not exist."""


class InDoubt(Exception):
    """It may have gone out: nobody answered after it was handed over."""


@dataclass(frozen=True)
class Letter:
    key: UUID  # the same for every try
    message_id: str
    to: str
    subject: str
    body: str


class Line(Protocol):
    honours_keys: bool  # the same key twice is one message: safe to hand over again

    def send(self, letter: Letter) -> None: ...


class Mail:
    """SMTP on one kept connection. It knows no keys; the fixed Message-ID lets a reader's server see a double."""

    honours_keys = False

    def __init__(self) -> None:
        self.connection = get_connection()

    def send(self, letter: Letter) -> None:
        mail = EmailMessage(
            letter.subject,
            letter.body,
            settings.DEFAULT_FROM_EMAIL,
            [letter.to],
            headers={"Message-ID": letter.message_id},
            connection=self.connection,
        )
        try:
            self.connection.open()
        except (OSError, SMTPException) as trouble:
            raise NotTaken(UNREACHABLE) from trouble
        try:
            mail.send()
        except SMTPSenderRefused as trouble:
            raise Refused(BAD_SENDER) from trouble
        except (SMTPRecipientsRefused, ValueError) as trouble:  # the last: no address at all
            raise Refused(BAD_ADDRESS) from trouble
        except (SMTPServerDisconnected, TimeoutError, OSError) as trouble:
            self.close()
            raise InDoubt(UNSURE) from trouble
        except SMTPException as trouble:
            raise NotTaken(NOT_NOW) from trouble

    def close(self) -> None:
        try:
            self.connection.close()
        except (OSError, SMTPException):
            self.connection.connection = None  # type: ignore[attr-defined]


@contextmanager
def line(channel: str) -> Iterator[Line | None]:
    """The open line of a channel, or None where the clinic's installation has none."""
    dotted = settings.MESSAGE_LINES.get(channel)
    opened = import_string(dotted)() if dotted else None
    try:
        yield opened
    finally:
        if close := getattr(opened, "close", None):
            close()
