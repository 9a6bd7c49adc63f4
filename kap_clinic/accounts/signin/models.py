"""What sign-in remembers. None of it belongs to a clinic: it happens before a clinic is known."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Attempt(models.Model):
    """One try to prove who one is. Who and where are kept as the throttle needs them, for a day."""

    who = models.CharField(max_length=64)  # keyed hash of what was typed: people type passwords there too
    address = models.GenericIPAddressField()
    failed = models.BooleanField()
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["who", "-at"], name="tries_of_an_account"),
            models.Index(fields=["address", "-at"], name="tries_from_an_address"),
        ]

    def __str__(self) -> str:
        return f"{'failed' if self.failed else 'passed'} at {self.at:%H:%M:%S}"


class KnownDevice(models.Model):
    """A browser somebody has signed in with before; a new one is told by mail (SEC-24)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_row_a_device")]

    def __str__(self) -> str:
        return f"since {self.first_seen_at:%Y-%m-%d}"
