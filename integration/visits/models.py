"""Rows of integration: what a visit wrote down, practices and how they went, the call of the next day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integration.visits.terms import Kept, Reached
from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.record.models import Patient, PatientRow, paired
from sessions.dosing.models import DosingSession
from sessions.visits.models import Appointment


class IntegrationSession(PatientRow):
    """What one integration visit wrote down, tied to its dose. Append-only: the newest row of a visit holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="integration_sessions")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="integration_sessions")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="integration_sessions")
    dosing = models.ForeignKey(  # null: the closing visit of a course
        DosingSession, on_delete=models.PROTECT, null=True, related_name="integration_sessions"
    )
    patient_words = models.TextField(blank=True)
    themes = ArrayField(models.CharField(max_length=60), default=list)
    insights = models.JSONField(default=list)  # [{"intention": str, "insight": str}]
    body = models.CharField(max_length=300, blank=True)  # what the body remembered: somatic movement, touch
    difficult = models.TextField(blank=True)  # what was hard, and what helped
    next_intention = models.CharField(max_length=300, blank=True)
    is_closing = models.BooleanField(default=False)
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dosing__isnull=False) | Q(is_closing=True), name="integration_belongs_to_a_dose"
            )
        ]

    def __str__(self) -> str:
        return f"Integration of {self.patient}"


class Practice(PatientRow):
    """Something the patient does between visits, with dates, in their words."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="practices")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="practices")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, null=True, related_name="practices")
    text = models.CharField(max_length=300)
    how_often = models.CharField(max_length=120, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    ended_why = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("from_on")), name="practice_ends_after_it_starts"
            ),
            paired("ended_at", "ended_by", "practice_ended_paired"),
        ]

    def __str__(self) -> str:
        return self.text


class PracticeLook(PatientRow):
    """How a practice went, asked at a visit. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="looks")
    kept = models.CharField(max_length=10, choices=Kept.choices)
    words = models.CharField(max_length=300, blank=True)
    looked_at = models.DateTimeField(default=timezone.now, editable=False)
    looked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kept_display()


class NextDayCall(PatientRow):
    """The clinic's call within a day of a dose (PD): one row for each try. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="next_day_calls")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="next_day_calls")
    reached = models.CharField(max_length=12, choices=Reached.choices)
    slept = models.CharField(max_length=120, blank=True)
    unwell = models.CharField(max_length=300, blank=True)  # what they report: adverse events are reported apart
    safe = models.BooleanField(null=True)  # no thoughts of suicide, asked; null: not asked
    words = models.TextField(blank=True)
    called_at = models.DateTimeField(default=timezone.now)
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reached=Reached.SPOKE) | Q(safe__isnull=False), name="spoken_with_and_asked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reached_display()}, {self.called_at:%Y-%m-%d}"
