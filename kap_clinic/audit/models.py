"""What the audit trail holds: a row for each thing seen or done. No foreign keys: it neither blocks nor changes."""

from django.db import models
from django.db.models.functions import Now


class AuditEvent(models.Model):
    """Append-only. Its link in the clinic's chain is written by the database when the transaction ends."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    clinic_id = models.BigIntegerField(null=True, editable=False)  # null: a failed sign-in, before a clinic is known
    actor_id = models.BigIntegerField(null=True, editable=False)
    actor = models.CharField(max_length=200, editable=False)
    role = models.CharField(max_length=40, blank=True, editable=False)
    event = models.CharField(max_length=60, editable=False)
    thing = models.CharField(max_length=60, blank=True, editable=False)
    thing_ref = models.CharField(max_length=60, blank=True, editable=False)
    patient_ref = models.CharField(max_length=60, blank=True, editable=False)
    reason = models.TextField(blank=True, editable=False)
    outcome = models.CharField(max_length=20, default="done", editable=False)
    facts = models.JSONField(default=dict, editable=False)
    request_id = models.CharField(max_length=40, blank=True, editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    session_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["clinic_id", "patient_ref", "-id"], name="audit_by_patient"),
            models.Index(fields=["clinic_id", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["clinic_id", "-id"], name="audit_by_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.event} {self.thing_ref}"
