"""The revisions of what somebody is typing into a form."""

from django.db import models
from django.utils import timezone

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import ClinicRow, User


class Draft(ClinicRow):
    """One revision, sealed, its writer's alone. The newest row of a form counts; one without text says it was sent."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=60)
    thing = models.CharField(max_length=60, blank=True)  # the reference of what the form is about
    text = models.TextField(blank=True)  # empty: sent, nothing to bring back
    saved_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["clinic", "user", "form", "thing", "-id"], name="newest_draft_first")]

    def __str__(self) -> str:
        return f"{self.form} {self.saved_at:%H:%M:%S}"

    @property
    def place(self) -> str:
        return cipher.place("accounts_draft", "text", self.ref, self.clinic_id)
