"""The ledger of everything sent: one row for each effect on the world, unique by what it means (REL-04)."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User
from kap_clinic.outbox.terms import Channel, MessageState


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        return self.filter(state=MessageState.PLANNED, try_at__lte=now)

    def left_hanging(self, now: datetime) -> "MessageQuerySet":
        """Claimed, and the lease is over: the worker died, before or after it handed the message over."""
        return self.filter(state=MessageState.SENDING, lease_until__lt=now)


class Message(ClinicRow):
    """One message to one person. Its words are rendered from `template` and `facts`, and hold nothing clinical.

    `key` says what it means, like `reminder:<appointment>:<version>:72h`; written twice it is one row.
    """

    key = models.CharField(max_length=200, editable=False)
    kind = models.CharField(max_length=40)  # names the template: emails/outbox/<kind>.txt
    channel = models.CharField(max_length=5, choices=Channel.choices)
    to = models.CharField(max_length=254)  # address or number, as it was when written
    zone = models.CharField(max_length=60)  # IANA name of the reader: quiet hours and times in words
    facts = models.JSONField(default=dict)  # neutral: clinic, wall time, place, reference of a link
    patient_ref = models.UUIDField(null=True)
    about_ref = models.UUIDField(null=True)  # the row it is about: an appointment, a link
    about_version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.PLANNED)
    due_at = models.DateTimeField()  # when it was meant to go, quiet hours kept
    try_at = models.DateTimeField()  # when it is tried next
    not_after = models.DateTimeField(null=True)  # later than this it is recorded as missed, not sent (REL-09)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    handed_at = models.DateTimeField(null=True, editable=False)  # just before it was handed over
    sent_at = models.DateTimeField(null=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    ended_why = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="a_message_is_written_once"),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENT) | Q(sent_at__isnull=False), name="a_sent_message_has_its_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENDING) | Q(claim__isnull=False, lease_until__isnull=False),
                name="a_message_being_sent_is_claimed",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "state", "try_at"], name="messages_due"),
            models.Index(fields=["clinic", "about_ref"], name="messages_about"),
            models.Index(fields=["clinic", "patient_ref", "-id"], name="messages_of_a_patient"),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def is_too_late(self) -> bool:
        """What it tells of is over: it is not sent any more, asked again or not."""
        return self.not_after is not None and timezone.now() > self.not_after

    @property
    def message_id(self) -> str:
        """Fixed, so that a mail that arrives twice is one mail to the reader's server."""
        return f"<{self.ref}@outbox.kap-clinic>"
