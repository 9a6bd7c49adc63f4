"""What pages about messages read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import MessageState
from kap_clinic.outbox.words import preview

COMING = (MessageState.PLANNED, MessageState.SENDING)
TROUBLED = (MessageState.FAILED, MessageState.IN_DOUBT, MessageState.HELD)  # each waits for a person
AHEAD = timedelta(days=7)
MOST = 50  # rows on a page


@dataclass(frozen=True)
class Line:
    """One message as the ledger shows it, with its words."""

    message: Message
    subject: str
    body: str


@dataclass(frozen=True)
class Trouble:
    """Messages to one address that stopped for one reason: one cause to mend, however many they are."""

    lines: list[Line]

    @property
    def first(self) -> Message:
        return self.lines[0].message


@dataclass(frozen=True)
class Ledger:
    """What needs a person, what comes in the next seven days, and what was. `total`: all troubled, shown or not."""

    troubled: list[Trouble]
    total: int
    coming: list[Line]
    past: list[Line]
    more: bool


def ledger(now: datetime, *, before: int | None = None) -> Ledger:
    """`before`: the id to read older ones from. Four reads, each led by the clinic's wall."""
    troubled = Message.objects.filter(state__in=TROUBLED).order_by("due_at", "id")[:MOST]
    coming = Message.objects.filter(state__in=COMING, due_at__lt=now + AHEAD).order_by("due_at", "id")[:MOST]
    over = Message.objects.exclude(state__in=[*COMING, *TROUBLED]).order_by("-id")
    past = list((over.filter(pk__lt=before) if before else over)[: MOST + 1])
    groups, total = _by_cause(_lines(troubled)), troubled_count()
    return Ledger(groups, total, _lines(coming), _lines(past[:MOST]), len(past) > MOST)


def of_patient(patient_ref: UUID) -> list[Line]:
    return _lines(Message.objects.filter(patient_ref=patient_ref).order_by("-due_at", "-id")[:MOST])


def troubled_count() -> int:
    return Message.objects.filter(state__in=TROUBLED).count()


def _by_cause(lines: Iterable[Line]) -> list[Trouble]:
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        message = line.message
        groups.setdefault(
            (message.channel, message.to, message.state, message.trouble or message.ended_why), []
        ).append(line)
    return [Trouble(group) for group in groups.values()]


def _lines(messages: Iterable[Message]) -> list[Line]:
    return [Line(message, *preview(message)) for message in messages]
