"""Messages that are due, against a plain loop on a kept connection; the mail server is a local one that forgets."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.mail import EmailMessage, get_connection
from django.test.utils import override_settings
from django.utils import timezone

from kap_clinic.dev.bench.meter import cost_of
from kap_clinic.outbox.actions import send_due
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import MessageState
from kap_clinic.outbox.words import words
from patients.record.days import day_in
from sessions.visits.messages import BOOKED
from sessions.visits.models import Appointment

if TYPE_CHECKING:
    from kap_clinic.dev.bench.jobs import Bench, Result

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def sending(bench: "Bench") -> "Result":
    """So many messages sent and recorded by the outbox; the same by a loop that writes each down by itself."""
    from kap_clinic.dev.bench.jobs import Result

    count = bench.messages
    with mail_server() as port, override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
        _write(bench, 10, "warm")
        send_due()
        _write(bench, count, "ours")
        sent: list[int] = []
        ours = cost_of(lambda: sent.append(send_due()), times=1, warm=0)
        _write(bench, count, "loop")
        floor = cost_of(lambda: _loop(bench), times=1, warm=0)
    note = f"{sum(sent):,} of {count:,} sent, each recorded on both sides"
    return Result("a due message", ours.over(count), floor.over(count), 1.2, note)


def _write(bench: "Bench", count: int, name: str) -> None:
    """Messages about visits that stand, as the visits' own actions write them."""
    now = timezone.now()
    with bench.inside():
        rows = Appointment.objects.filter(state="planned", patient__message_wish="email").select_related("patient")
        visits = list(rows.exclude(patient__email="")[:200])
        Message.objects.bulk_create(
            Message(
                clinic=bench.clinic,
                key=f"bench {name} {number}",
                kind=BOOKED,
                channel="email",
                to=visit.patient.email,
                zone=visit.zone,
                facts={"clinic": bench.clinic.name, "day": str(day_in(visit.starts_at, visit.zone)), "time": "9:00"},
                about_ref=visit.ref,
                about_version=visit.version,
                due_at=now - timedelta(minutes=1),
                try_at=now - timedelta(minutes=1),
            )
            for number, visit in ((number, visits[number % len(visits)]) for number in range(count))
        )


def _loop(bench: "Bench") -> None:
    """One connection, a mail for each row, and that it was sent."""
    with bench.inside():
        due = list(Message.objects.filter(state=MessageState.PLANNED, key__startswith="bench loop"))
    connection = get_connection()
    connection.open()
    for message in due:
        subject, body = words(message.kind, message.facts)
        EmailMessage(subject, body, None, [message.to], connection=connection).send()
        with bench.inside():
            Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=timezone.now())
    connection.close()


@contextmanager
def mail_server() -> Iterator[int]:
    """A mail server of its own process, so that what it costs is nobody's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.send_signal(signal.SIGTERM)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The mail server of the bench did not start.")
