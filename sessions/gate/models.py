"""Rows of the pre-dose check. The gate itself has none: it is worked out on reading."""

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.record.models import Patient, PatientRow
from sessions.dosing.models import DosingSession
from sessions.gate.terms import Check, GateItem


class CheckAnswer(PatientRow):
    """One item of the day as asked and answered. Append-only: the newest of a code holds, for an hour (PD)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="checks")
    code = models.CharField(max_length=16, choices=Check.choices)
    data = models.JSONField(default=dict)  # keys of each code: sessions.gate.rules.ASKED
    answered_at = models.DateTimeField(default=timezone.now, editable=False)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    role = models.CharField(max_length=40)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["dosing", "code", "-id"], name="newest_check_first")]

    def __str__(self) -> str:
        return self.get_code_display()


class GateOverride(PatientRow):
    """One prescriber sets one item aside for one dose, with a reason. Printed on every later paper; append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="overrides")
    item = models.CharField(max_length=30, choices=GateItem.choices)
    reason = models.TextField()
    fact = models.CharField(max_length=300)  # what stood open when it was overridden
    name = models.CharField(max_length=120)  # as printed
    role = models.CharField(max_length=40)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["dosing", "item"], name="an_item_is_overridden_once")]

    def __str__(self) -> str:
        return f"OVERRIDE of {self.get_item_display()}"
