"""Rows of leaving: each tick with value, time and person, and the one row that ends the day."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.record.models import Patient, PatientRow
from sessions.discharge.terms import DischargeItem, Way
from sessions.dosing.models import DosingSession


class DischargeTick(PatientRow):
    """One item as found at one moment. Append-only: the newest of an item holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="ticks")
    item = models.CharField(max_length=20, choices=DischargeItem.choices)
    met = models.BooleanField()
    data = models.JSONField(default=dict)  # keys of each item: sessions.discharge.rules.ASKED
    words = models.CharField(max_length=300, blank=True)
    ticked_at = models.DateTimeField(default=timezone.now, editable=False)
    ticked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    role = models.CharField(max_length=40)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["dosing", "item", "-id"], name="newest_tick_first")]

    def __str__(self) -> str:
        return self.get_item_display()


class Discharge(PatientRow):
    """How and when the patient left, with whom, and who signed. One for each dosing session; append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dosing = models.OneToOneField(DosingSession, on_delete=models.PROTECT, related_name="discharge")
    way = models.CharField(max_length=16, choices=Way.choices)
    left_at = models.DateTimeField()
    escort_name = models.CharField(max_length=120, blank=True)
    escort_phone = models.CharField(max_length=30, blank=True)
    where_to = models.CharField(max_length=200, blank=True)  # of a transfer
    words = models.TextField(blank=True)
    readiness = models.JSONField(default=dict)  # every item as it stood, with values
    signed_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120)
    signed_role = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(way=Way.READY) | ~Q(escort_name=""), name="discharge_has_an_escort"),
            models.CheckConstraint(condition=Q(way=Way.READY) | ~Q(words=""), name="leaving_otherwise_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.patient}"
