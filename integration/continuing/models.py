"""Rows of going on or stopping: the signed decision before the next block, and the plan a course closes with."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from integration.continuing.terms import Decision
from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.record.models import Patient, PatientRow


class Continuation(PatientRow):
    """A prescriber's decision after dose 3 or 4 and at the end (PD), with what it rested on. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="continuations")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="continuations")
    after_dose = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=12, choices=Decision.choices)
    reason = models.TextField()
    facts = models.JSONField(default=dict)  # response, dose trend, events, integration and exposure as they stood
    signed_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120)
    signed_role = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="continuation_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} after dose {self.after_dose}"


class ContinuingPlan(PatientRow):
    """How the patient keeps what was won: relapse signs, who to call, maintenance. Append-only: the newest holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="continuing_plans")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="continuing_plans")
    relapse_signs = models.TextField()
    what_helps = models.TextField()
    who_to_call = models.TextField()
    follow_up = models.TextField()  # who goes on treating what, and when they are seen
    maintenance = models.TextField(blank=True)  # interval and review, where the course goes over to maintenance
    leftover_drug = models.CharField(max_length=200, blank=True)  # take-home doses returned or none given
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Continuing plan of {self.patient}"
