"""One emergency access to one record: who, why, when, and what somebody else thought of it afterwards."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.breakglass.rules import REASON_LENGTH, REVIEW_WITHIN, STANDS_FOR
from patients.breakglass.terms import Verdict
from patients.record.models import Patient, PatientRow, paired


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def open_for(self, user_id: int | None, now: datetime) -> "BreakGlassQuerySet":
        """What stands now for one person: an hour from opening, unless they closed it."""
        return self.filter(opened_by=user_id, opened_at__gt=now - STANDS_FOR, closed_at=None)

    def unreviewed(self) -> "BreakGlassQuerySet":
        return self.filter(reviewed_at=None)


class BreakGlass(PatientRow):
    """View only, for an hour. Alerts at once; who used it waits for a review before they can use it again."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="break_glasses")
    reason = models.CharField(max_length=500)
    role_used = models.CharField(max_length=40, editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)  # by the person, before the hour is over
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    verdict = models.CharField(max_length=20, choices=Verdict.choices, blank=True, editable=False)
    review_words = models.CharField(max_length=500, blank=True, editable=False)

    objects: ClassVar[BreakGlassQuerySet] = BreakGlassQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("reason")), REASON_LENGTH), name="break_glass_has_a_reason"
            ),
            paired("reviewed_at", "reviewed_by", "break_glass_reviewed_paired"),
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("opened_by")), name="break_glass_reviewed_by_another"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None) | models.Q(verdict__in=Verdict.values),
                name="break_glass_review_has_a_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "reviewed_at", "opened_at"], name="break_glass_waiting"),
            models.Index(fields=["clinic", "opened_by", "-opened_at"], name="break_glass_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.opened_by} opened {self.patient} at {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def review_due_at(self) -> datetime:
        return self.opened_at + REVIEW_WITHIN

    @property
    def ends_at(self) -> datetime:
        return self.opened_at + STANDS_FOR
