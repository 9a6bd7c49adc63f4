"""What the trial writes, where it goes, and the account at the end: each message arrived once, or is listed."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from signal import SIGKILL
from unittest.mock import patch
from uuid import UUID

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from kap_clinic import wiring
from kap_clinic.accounts.actions import open_clinic
from kap_clinic.audit.models import AuditEvent
from kap_clinic.dev.processes import end_with_parent
from kap_clinic.dev.soaks.messages import lines, outside
from kap_clinic.outbox import actions, selectors
from kap_clinic.outbox.models import Message, MessageQuerySet
from kap_clinic.outbox.terms import Channel, Event, MessageState
from kap_clinic.wall import as_clinic

FACTS = {"first_name": "Mia", "day": "Friday", "time": "09:00"}
LISTED = (MessageState.IN_DOUBT, MessageState.FAILED)
ROUNDS = 20  # of sending what is left at the end


@dataclass
class World:
    """Two clinics, what they wrote, and the book of what arrived."""

    seed: int
    chance: Random
    folder: Path
    environment: dict[str, str]
    clinics: list[int] = field(default_factory=list)
    written: dict[str, Channel] = field(default_factory=dict)  # by key, once it is committed

    @property
    def book(self) -> Path:
        return self.folder / "book.jsonl"

    def write(self, count: int, *, before_commit: Callable[[], object] = int) -> None:
        """Messages of one clinic, in one transaction."""
        clinic_id = self.chance.choice(self.clinics)
        made: dict[str, Channel] = {}
        with as_clinic(clinic_id):
            for _ in range(count):
                key = f"soak:{self.seed}:{len(self.written) + len(made)}"
                made[key] = self.chance.choice(list(Channel))
                _write(clinic_id, key, made[key])
            before_commit()
        self.written |= made

    def due(self) -> int:
        return sum(rows.due(timezone.now()).count() for _, rows in self.rows())

    def in_hand(self) -> int:
        now = timezone.now()
        return sum(rows.filter(state=MessageState.SENDING, lease_until__gt=now).count() for _, rows in self.rows())

    def open(self) -> int:
        return sum(rows.filter(state__in=selectors.COMING).count() for _, rows in self.rows())

    def claims(self) -> list[UUID | None]:
        """Of whoever has messages in hand."""
        return [claim for _, rows in self.rows() for claim in rows.exclude(claim=None).values_list("claim", flat=True)]

    def end_leases(self, claims: list[UUID | None] | None = None) -> None:
        """Five minutes go by for who is dead or stalled, all of them or those that held these claims; what is to be
        tried again later is tried now."""
        past = timezone.now() - timedelta(seconds=1)
        held = {"state": MessageState.SENDING} if claims is None else {"claim__in": claims}
        for _, rows in self.rows():
            rows.filter(**held).update(lease_until=past)
        self.end_waits()

    def end_waits(self) -> None:
        now = timezone.now()
        for _, rows in self.rows():
            rows.filter(state=MessageState.PLANNED, try_at__gt=now).update(try_at=now)

    def rows(self) -> Iterator[tuple[int, MessageQuerySet]]:
        for clinic_id in self.clinics:
            with as_clinic(clinic_id):
                yield clinic_id, Message.objects.all()

    def settle(self) -> None:
        """Send what is left, undisturbed."""
        for _ in range(ROUNDS):
            if not self.open():
                return
            self.end_leases()
            actions.send_due()


def _write(clinic_id: int, key: str, channel: Channel) -> None:
    actions.write(
        clinic_id=clinic_id,
        key=key,
        kind="visit_reminder",
        channel=channel,
        to="mia@example.org" if channel == Channel.EMAIL else "+12125550100",
        zone="America/New_York",
        facts=FACTS,
        due_at=timezone.now(),
    )


@contextmanager
def opened(seed: int) -> Iterator[World]:
    """A folder of its own, the world outside started, and messages sent there; all of it gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kap-soak-") as name, _outside(Path(name), seed) as ports:
        environment = {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(ports["email"]),
            "SMS_LINE": f"{lines.__name__}.KeyGateway",
            lines.PORT: str(ports["sms"]),
        }
        world = World(seed, Random(seed), Path(name), environment)  # noqa: S311  # a trial, no secret
        with _sending_there(environment):
            with transaction.atomic():
                world.clinics = [open_clinic(name=name, zone="UTC").pk for name in ("Harbour", "Inland")]
            yield world


@contextmanager
def _outside(folder: Path, seed: int) -> Iterator[dict[str, int]]:
    command = [sys.executable, outside.__file__, str(folder / "book.jsonl"), str(seed)]
    with_us = partial(end_with_parent, SIGKILL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=with_us, start_new_session=True) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def _sending_there(environment: dict[str, str]) -> Iterator[None]:
    settings = {
        "EMAIL_BACKEND": environment["EMAIL_BACKEND"],
        "EMAIL_HOST": environment["EMAIL_HOST"],
        "EMAIL_PORT": int(environment["EMAIL_PORT"]),
        "MESSAGE_LINES": {"email": "kap_clinic.outbox.gateways.Mail", "sms": environment["SMS_LINE"]},
    }
    with override_settings(**settings), patch.dict(os.environ, environment), patch.dict(wiring.FACTS_FOR, lines.STANDS):
        yield


# The account


def account(world: World) -> tuple[dict[str, int], list[str]]:
    """Figures, and each promise that was broken: doubled, lost, stuck, in doubt without being listed."""
    arrived, asked_again = _arrived(world.book)
    found: dict[str, tuple[str, str]] = {}
    figures: Counter[str] = Counter({"doubled": 0, "lost": 0, "stuck": 0})
    broken: list[str] = []
    for clinic_id, rows in world.rows():
        listed = set(rows.filter(state__in=LISTED).values_list("ref", flat=True))
        broken += _not_listed(clinic_id, rows, len(listed))
        for message in rows:
            came = arrived[message.message_id if message.channel == Channel.EMAIL else str(message.ref)]
            found[message.key] = (message.channel, message.state)
            figures[f"{message.channel} {message.state}"] += 1
            if fault := _fault(message, came):
                figures[fault] += 1
                broken.append(
                    f"{message.key} by {message.channel} is {message.state} and arrived {came} times: {fault}"
                )
    if gone := world.written.keys() ^ found.keys():
        broken.append(f"written and not in the ledger, or the other way round: {sorted(gone)[:5]}")
    return {"written": len(world.written), **figures, "asked again by key": asked_again}, broken


def _arrived(book: Path) -> tuple[Counter[str], int]:
    taken = [json.loads(line) for line in book.read_text().splitlines()]
    return Counter(one["key"] for one in taken if not one["again"]), sum(one["again"] for one in taken)


def _fault(message: Message, came: int) -> str:
    if came > 1:
        return "doubled"
    if message.state == MessageState.SENT:
        return "" if came else "lost"
    doubtful = message.state == MessageState.IN_DOUBT and message.channel == Channel.EMAIL
    failed = message.state == MessageState.FAILED and message.tries > 1
    return "" if doubtful or failed else "stuck"


def _not_listed(clinic_id: int, rows: MessageQuerySet, listed: int) -> Iterator[str]:
    """What nobody can know is on the page for a person, and its audit event is written."""
    if selectors.troubled_count() != listed:
        yield f"clinic {clinic_id}: {listed} in doubt or failed, {selectors.troubled_count()} on the page"
    doubts = rows.filter(state=MessageState.IN_DOUBT).count()
    told = AuditEvent.objects.filter(clinic_id=clinic_id, event=Event.MESSAGE_IN_DOUBT).count()
    if doubts != told:
        yield f"clinic {clinic_id}: {doubts} in doubt, {told} events say so"
