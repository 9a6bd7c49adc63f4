"""Rows of papers: a receipt with its lines as they stood when it was made."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.record.models import Patient, PatientRow


class Receipt(PatientRow):
    """What visits of some days cost, with codes and amounts as the clinic had set them. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="receipts")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="+")  # null: by days alone
    from_on = models.DateField()
    until_on = models.DateField()
    lines = models.JSONField(default=list)  # [{"on", "service", "code", "amount"}]; amount empty: none is set
    currency = models.CharField(max_length=20, blank=True)
    diagnosis = models.CharField(max_length=200, blank=True)  # only where somebody asked for it to be printed
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=models.F("from_on")), name="receipt_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"Receipt of {self.patient}"
