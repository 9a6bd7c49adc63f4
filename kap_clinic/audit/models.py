"""What the audit trail holds: a row for each thing seen or done. No foreign keys: it neither blocks nor changes."""

from django.db import models
from django.db.models.functions import Now

NOBODY = 0  # the key of the chain of events that have no clinic


class AuditEvent(models.Model):
    """Append-only. Its link in the clinic's chain is written by the database when the transaction ends."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    clinic_id = models.BigIntegerField(null=True, editable=False)  # null: a failed sign-in, before a clinic is known
    actor_id = models.BigIntegerField(null=True, editable=False)
    actor = models.CharField(max_length=200, editable=False)
    role = models.CharField(max_length=120, blank=True, editable=False)
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
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["clinic_id", "patient_ref", "-at", "-id"], name="audit_by_patient"),
            models.Index(fields=["clinic_id", "actor_id", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["clinic_id", "-at", "-id"], name="audit_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(clinic_id=None) | models.Q(clinic_id__gt=0), name="audit_zero_is_no_clinic"
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.event} {self.thing_ref}"


class AuditLink(models.Model):
    """One link of a clinic's chain, written by the database alone: nobody may write it, the application included.

    `digest` is SHA-256 over the link's place, the digest before it and every column of its event.
    """

    event_id = models.BigIntegerField(primary_key=True, editable=False)
    clinic_key = models.BigIntegerField(editable=False)  # or NOBODY
    no = models.BigIntegerField(editable=False)  # 1, 2, 3 ... in the order the transactions ended
    closed_at = models.DateTimeField(editable=False)  # the database's clock, whatever time the event itself gives
    previous = models.CharField(max_length=64, editable=False)
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        db_table = "audit_link"
        constraints = [models.UniqueConstraint(fields=["clinic_key", "no"], name="audit_one_link_a_place")]

    def __str__(self) -> str:
        return f"{self.clinic_key}/{self.no} {self.digest[:12]}"


class AlarmWatch(models.Model):
    """Up to which link of a chain the alarm rules have read. The one row here that changes."""

    clinic_key = models.BigIntegerField(primary_key=True)
    read_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.clinic_key} read to {self.read_to}"
