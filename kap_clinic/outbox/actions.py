"""What is done with messages: written with the change they tell of, sent once, and settled by a person when in doubt.

PostgreSQL holds every fact. A worker claims up to a hundred rows for a while (REL-05), and before each message is
handed over that is written down: killed at any moment, a row was never handed over and goes again, or may have gone
out and is in doubt. Where the line honours keys nothing is in doubt: it goes again (REL-06). A worker that stalled
until its lease was over finds another's claim on its rows, and touches none of them.
"""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from kap_clinic import wall, wiring
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.audit.actions import record
from kap_clinic.bell import ring
from kap_clinic.outbox import gateways, rules
from kap_clinic.outbox.gateways import Line
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import Channel, Event, MessageState
from kap_clinic.outbox.words import words

log = logging.getLogger(__name__)
TASK = "outbox.send_due"
BATCH = 100
LEASE = timedelta(minutes=5)  # a batch of 100 at the time-out of 10 s each never holds a row longer than it sends
LONGEST_RUN = timedelta(seconds=40)  # below the soft limit of a task by more than one time-out
OVER = (MessageState.SENT, MessageState.VOID, MessageState.MISSED)


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


@transaction.atomic
def write(
    *,
    clinic_id: int,
    key: str,
    kind: str,
    channel: Channel,
    to: str,
    zone: str,
    facts: Mapping[str, Any],
    due_at: datetime,
    not_after: datetime | None = None,
    patient_ref: UUID | None = None,
    about_ref: UUID | None = None,
    about_version: int = 1,
    by: User | None = None,
    held_why: str = "",
) -> Message:
    """One message in the ledger, in the transaction of what it tells of. The same key again is the same row.

    `facts` fill the template of `kind`, and hold nothing clinical: a message with a clinical word in it, say of the
    clinic's own name, is held for a person (SEC-30). `held_why`: it waits for a person anyway, with the reason.
    """
    held_why = held_why or _held_for(kind, to, facts)
    message, made = Message.objects.get_or_create(
        clinic_id=clinic_id,
        key=key,
        defaults={
            "kind": kind,
            "channel": channel,
            "to": to,
            "zone": zone,
            "facts": dict(facts),
            "due_at": due_at,
            "try_at": due_at,
            "not_after": not_after,
            "patient_ref": patient_ref,
            "about_ref": about_ref,
            "about_version": about_version,
            "written_by": by,
            "state": MessageState.HELD if held_why else MessageState.PLANNED,
            "ended_why": held_why,
        },
    )
    if made:
        record(Event.MESSAGE_WRITTEN, by=by or "system", on=message, kind=kind)
        ring(TASK)
    return message


def _held_for(kind: str, to: str, facts: Mapping[str, Any]) -> str:
    if not to:
        return "There is no address."
    found = rules.clinical_words(" ".join(words(kind, {**facts, "address": ""})))
    return f"It would give away: {', '.join(found)}." if found else ""


@transaction.atomic
def void_about(*, about_ref: UUID, why: str, by: User | None = None, before_version: int | None = None) -> int:
    """What was to be said of this row need not be any more: it was moved, cancelled, answered. Returns how many."""
    rows = Message.objects.filter(about_ref=about_ref, state__in=[MessageState.PLANNED, MessageState.HELD])
    if before_version is not None:
        rows = rows.filter(about_version__lt=before_version)
    count = 0
    for message in rows.select_for_update(of=("self",)):
        _end(message, MessageState.VOID, why, by=by)
        record(Event.MESSAGE_VOIDED, by=by or "system", on=message, reason=why)
        count += 1
    return count


# Sending


@dataclass(frozen=True)
class Batch:
    """Rows one worker took, by its claim."""

    claim: UUID
    ids: list[int]


def send_due(*, batch: int = BATCH) -> int:
    """Send what is due, clinic by clinic, a batch at a time. Returns how many were sent. Only wakes: rows hold all.

    After 40 seconds the rest is left to the next run. Clinics come in any order, so that a long queue of one keeps no
    other waiting run after run.
    """
    until, sent = timezone.now() + LONGEST_RUN, 0
    for clinic_id in list(Clinic.objects.order_by("?").values_list("pk", flat=True)):
        settle_hanging(clinic_id)
        for channel in Channel.values:
            sent += _send_all(clinic_id, channel, batch, until)
    if timezone.now() >= until:
        ring(TASK)
    return sent


def _send_all(clinic_id: int, channel: str, batch: int, until: datetime) -> int:
    sent = 0
    with gateways.line(channel) as line:
        while timezone.now() < until and (taken := _claim(clinic_id, channel, batch, taken=line is not None)).ids:
            sent += _send(clinic_id, taken, line, until) if line else 0
    return sent


def _claim(clinic_id: int, channel: str, batch: int, *, taken: bool) -> Batch:
    """Take due rows for a while; where the channel has no line they are held, and a person sees why."""
    now, claim = timezone.now(), uuid4()
    with wall.as_clinic(clinic_id):
        due = Message.objects.due(now).filter(channel=channel).order_by("due_at", "id")
        rows = due.select_for_update(of=("self",), skip_locked=True)
        ids = list(rows.values_list("pk", flat=True)[:batch])
        if not taken:
            why = "This clinic sends nothing by this channel."
            Message.objects.filter(pk__in=ids).update(state=MessageState.HELD, ended_why=why)
            return Batch(claim, [])
        done = {"state": MessageState.SENDING, "claim": claim, "lease_until": now + LEASE, "handed_at": None}
        Message.objects.filter(pk__in=ids).update(**done)
    return Batch(claim, ids)


def _send(clinic_id: int, batch: Batch, line: Line, until: datetime) -> int:
    """Each row: what became of the last one and that this one is handed over, in one transaction; then it goes."""
    sent, last = 0, None
    for pk in batch.ids:
        if timezone.now() >= until:
            break
        with wall.as_clinic(clinic_id):
            sent += _note(last, batch.claim)
            letter = _hand_over(pk, batch.claim)
        last = _go(pk, letter, line) if letter else None
    with wall.as_clinic(clinic_id):
        sent += _note(last, batch.claim)
        _give_back(batch.claim)
    return sent


def _give_back(claim: UUID) -> None:
    """What was not handed over before the time was up."""
    free = {"state": MessageState.PLANNED, "claim": None, "lease_until": None}
    Message.objects.filter(claim=claim, state=MessageState.SENDING, handed_at=None).update(**free)


def _hand_over(pk: int, claim: UUID) -> gateways.Letter | None:
    """Ask once more whether it still is to go, and write down that it goes now."""
    rows = Message.objects.select_for_update(of=("self",))
    message = rows.filter(pk=pk, state=MessageState.SENDING, claim=claim).first()
    now = timezone.now()
    if message is None or message.lease_until is None or message.lease_until <= now:
        return None  # somebody else has it
    if message.is_too_late:
        _end(message, MessageState.MISSED, "It was too late to send it.")
        return None
    facts = wiring.facts_for(message)
    if facts is None:
        _end(message, MessageState.VOID, "What it tells of does not stand any more.")
        return None
    try:
        subject, body = words(message.kind, {**message.facts, **facts})
    except Exception as trouble:  # one bad row never stops others
        log.exception("a message of kind %s cannot be written", message.kind)
        _fail(message, type(trouble).__name__)
        return None
    message.handed_at, message.tries = now, message.tries + 1
    message.lease_until = now + LEASE
    message.save(update_fields=["handed_at", "tries", "lease_until"])
    return gateways.Letter(message.ref, message.message_id, message.to, subject, body)


def _go(pk: int, letter: gateways.Letter, line: Line) -> tuple[int, Exception | None]:
    """Out of the house, outside every transaction (REL-01)."""
    try:
        line.send(letter)
    except gateways.NotTaken as trouble:
        return pk, trouble
    except gateways.InDoubt as trouble:
        return pk, gateways.NotTaken(str(trouble)) if line.honours_keys else trouble
    return pk, None


def _note(last: tuple[int, Exception | None] | None, claim: UUID) -> int:
    """Write down what became of a message; 1 when it was sent."""
    if last is None:
        return 0
    pk, trouble = last
    rows = Message.objects.filter(pk=pk, state=MessageState.SENDING, claim=claim)
    if trouble is None:
        done = {"state": MessageState.SENT, "sent_at": timezone.now(), "claim": None, "lease_until": None}
        return rows.update(**done, trouble="")
    message = rows.select_for_update(of=("self",)).first()
    if message is None:
        return 0
    if isinstance(trouble, gateways.InDoubt):
        _doubt(message, str(trouble))
    elif isinstance(trouble, gateways.Refused) or message.tries >= rules.MOST_TRIES:
        _fail(message, str(trouble))
    else:
        _again(message, str(trouble))
    return 0


def settle_hanging(clinic_id: int) -> None:
    """Rows whose worker died: never handed over, they go again; handed over, they are in doubt or go by their key,
    until they have been tried as often as any."""
    with wall.as_clinic(clinic_id):
        hanging = Message.objects.left_hanging(timezone.now()).select_for_update(of=("self",), skip_locked=True)
        for message in hanging:
            if message.handed_at is None:
                _again(message, "The worker stopped.", at_once=True)
            elif not _honours_keys(message.channel):
                _doubt(message, "The worker stopped while it was handed over.")
            elif message.tries >= rules.MOST_TRIES:
                _fail(message, "The worker stopped each time it was handed over.")
            else:
                _again(message, "The worker stopped while it was handed over.", at_once=True)


def _honours_keys(channel: str) -> bool:
    with gateways.line(channel) as line:
        return line is not None and line.honours_keys


def _again(message: Message, trouble: str, *, at_once: bool = False) -> None:
    wait = timedelta() if at_once else rules.wait_after(message.tries, random.uniform(0.8, 1.2))  # noqa: S311
    message.state, message.claim, message.lease_until, message.handed_at = MessageState.PLANNED, None, None, None
    message.trouble, message.try_at = trouble[:300], timezone.now() + wait
    message.save(update_fields=["state", "claim", "lease_until", "handed_at", "trouble", "try_at"])


def _doubt(message: Message, trouble: str) -> None:
    message.state, message.claim, message.lease_until = MessageState.IN_DOUBT, None, None
    message.trouble = trouble[:300]
    message.save(update_fields=["state", "claim", "lease_until", "trouble"])
    record(Event.MESSAGE_IN_DOUBT, by="system", on=message, kind=message.kind)


def _fail(message: Message, trouble: str) -> None:
    message.state, message.claim, message.lease_until = MessageState.FAILED, None, None
    message.trouble = trouble[:300]
    message.save(update_fields=["state", "claim", "lease_until", "trouble"])
    record(Event.MESSAGE_FAILED, by="system", on=message, kind=message.kind, tries=message.tries)


def _end(message: Message, state: MessageState, why: str, *, by: User | None = None) -> None:
    message.state, message.claim, message.lease_until = state, None, None
    message.ended_at, message.ended_by, message.ended_why = timezone.now(), by, why[:200]
    message.save(update_fields=["state", "claim", "lease_until", "ended_at", "ended_by", "ended_why"])
    if state == MessageState.MISSED:
        record(Event.MESSAGE_MISSED, by="system", on=message, kind=message.kind)


# What a person does


@transaction.atomic
def retry(*, message: Message, by: User) -> Message:
    """Send what failed or was held once more. What is in doubt is settled instead."""
    refusal = "Only what failed or is held back can be sent again; settle what is in doubt."
    message = _locked(message, {MessageState.FAILED: refusal, MessageState.HELD: refusal})
    if not message.to:
        raise NotPossible(["There is no address to send it to."])
    if message.is_too_late:
        raise NotPossible(["It is too late for this message."])
    message.state, message.tries, message.try_at = MessageState.PLANNED, 0, timezone.now()
    message.trouble = message.ended_why = ""
    message.handed_at = None
    message.save(update_fields=["state", "tries", "try_at", "trouble", "ended_why", "handed_at"])
    record(Event.MESSAGE_RETRIED, by=by, on=message)
    ring(TASK)
    return message


@transaction.atomic
def let_go(*, message: Message, by: User) -> Message:
    """What failed or was held need not be sent any more: somebody rang, or its time is over."""
    refusal = "Only what failed or is held back can be let go; settle what is in doubt."
    message = _locked(message, {MessageState.FAILED: refusal, MessageState.HELD: refusal})
    why = "Somebody let it go."
    _end(message, MessageState.VOID, why, by=by)
    record(Event.MESSAGE_VOIDED, by=by, on=message, reason=why)
    return message


@transaction.atomic
def settle(*, message: Message, arrived: bool, by: User) -> Message:
    """A person looked: it arrived, or it did not and goes once more."""
    message = _locked(message, {MessageState.IN_DOUBT: "This message is not in doubt."})
    if arrived:
        message.state, message.sent_at = MessageState.SENT, message.handed_at or timezone.now()
        message.ended_at, message.ended_by, message.ended_why = timezone.now(), by, "A person saw that it arrived."
        message.save(update_fields=["state", "sent_at", "ended_at", "ended_by", "ended_why"])
        record(Event.MESSAGE_SENT, by=by, on=message)
        return message
    message.state = MessageState.FAILED
    message.save(update_fields=["state"])
    return retry(message=message, by=by)


def _locked(message: Message, may: Mapping[MessageState, str]) -> Message:
    message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.state not in may:
        raise NotPossible([next(iter(may.values()))])
    return message
