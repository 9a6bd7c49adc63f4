"""A written grant to read, and the supervision of a trainee. Ended, never deleted."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User

LONGEST = timedelta(days=30)  # permissions.md rule 3


class ReadingGrantQuerySet(models.QuerySet["ReadingGrant"]):
    def live(self, at: datetime) -> "ReadingGrantQuerySet":
        return self.filter(starts_at__lte=at, ends_at__gt=at, ended_at=None)


class ReadingGrant(ClinicRow):
    """Who may read what, why and until when: named patients, or what was written in a period. Made by two people."""

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient_refs = ArrayField(models.UUIDField(), default=list, blank=True)
    period_from = models.DateTimeField(null=True, blank=True)
    period_until = models.DateTimeField(null=True, blank=True)  # not including
    purpose = models.CharField(max_length=300)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects: ClassVar[ReadingGrantQuerySet] = ReadingGrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at"))
                & models.Q(ends_at__lte=models.F("starts_at") + LONGEST),
                name="grant_ends_within_30_days",
            ),
            models.CheckConstraint(
                condition=~models.Q(made_by=models.F("seconded_by"))
                & ~models.Q(reader=models.F("seconded_by"))
                & ~models.Q(reader=models.F("made_by")),
                name="grant_by_two_others",
            ),
            models.CheckConstraint(
                condition=(models.Q(period_from=None, period_until=None) & ~models.Q(patient_refs=[]))
                | models.Q(period_from__lt=models.F("period_until")),
                name="grant_names_patients_or_a_period",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="grant_ended_paired",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "reader", "ends_at"], name="grants_of_a_reader")]

    def __str__(self) -> str:
        return f"{self.reader} may read until {self.ends_at:%Y-%m-%d}"

    def covers(self, patient_ref: UUID | None, written_at: datetime | None) -> bool:
        """Whether a row of this patient, written at this time, is within the grant."""
        if patient_ref is not None and patient_ref in self.patient_refs:
            return True
        if self.period_from is None or self.period_until is None or written_at is None:
            return False
        return self.period_from <= written_at < self.period_until


class Supervision(ClinicRow):
    """Who supervises which trainee, from when to when."""

    supervisor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    trainee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "supervisor", "trainee"],
                condition=models.Q(ended_at=None),
                name="one_live_supervision",
            ),
            models.CheckConstraint(condition=~models.Q(supervisor=models.F("trainee")), name="nobody_supervises_self"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="supervision_ended_paired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supervisor} supervises {self.trainee}"
