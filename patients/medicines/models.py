"""The medicines a patient takes, as typed. What the matcher makes of a text is worked out on reading, never stored."""

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.record.models import Patient, PatientRow, paired


class Medicine(PatientRow):
    """One medicine as somebody typed it, and when it was last taken."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medicines")
    text = models.CharField(max_length=300)
    last_taken = models.CharField(max_length=10, blank=True)  # YYYY-MM-DD, current, never; blank: not known
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [paired("ended_at", "ended_by", "medicine_ended_paired")]

    def __str__(self) -> str:
        return self.text
