"""A form that was sent while the screen was locked or before it was confirmed who sends it."""

from django.db import models
from django.utils import timezone

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import ClinicRow, User


class HeldPost(ClinicRow):
    """What was sent, sealed, for its sender only, until it is sent again or twelve hours have passed."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=500)
    body = models.TextField()
    by_itself = models.BooleanField()  # sent again without asking: the person has just confirmed it
    held_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["clinic", "user", "-held_at"], name="newest_held_post_first")]

    def __str__(self) -> str:
        return self.path

    @property
    def place(self) -> str:
        return cipher.place("accounts_heldpost", "body", self.ref, self.clinic_id)
