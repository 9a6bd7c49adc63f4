"""Rows of adverse events: one event, its changes while unsigned, and what was added after."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.record.models import Patient, PatientRow, paired
from sessions.dosing.models import DosingSession
from sessions.events.terms import Action, Grade, Outcome, Relation
from sessions.orders.terms import Route


class AdverseEvent(PatientRow):
    """One event: code of the vocabulary, grade, when, how related, what was done. Sealed when signed."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="adverse_events")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, null=True, related_name="adverse_events")
    code = models.CharField(max_length=40)  # of events/vocabulary.json
    is_boundary_concern = models.BooleanField(default=False, editable=False)  # seen by the safety officer alone
    details = models.JSONField(default=list, blank=True)  # what was so: codes of its term, each with a least grade
    dose_off_percent = models.PositiveSmallIntegerField(null=True, blank=True)  # of a medication error
    grade = models.PositiveSmallIntegerField(choices=Grade.choices, null=True)  # null: not graded yet
    onset_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    route = models.CharField(max_length=3, choices=Route.choices, blank=True)
    relation = models.CharField(max_length=10, choices=Relation.choices, blank=True)
    action = models.CharField(max_length=12, choices=Action.choices, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    words = models.TextField()
    patient_words = models.TextField(blank=True)
    serious = models.BooleanField(default=False, editable=False)  # worked out by rules when saved
    serious_why = models.JSONField(default=list, editable=False)
    plan = models.TextField(blank=True)  # what follows: asked of a serious one when signed
    reported_at = models.DateTimeField(default=timezone.now, editable=False)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    role = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1, editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120, blank=True, editable=False)
    signed_role = models.CharField(max_length=40, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-onset_at", "-id"]
        constraints = [
            paired("signed_at", "signed_by", "adverse_event_signed_paired"),
            models.CheckConstraint(
                condition=Q(code="boundary-concern", is_boundary_concern=True)
                | (~Q(code="boundary-concern") & Q(is_boundary_concern=False)),
                name="boundary_concern_is_marked",
            ),
            models.CheckConstraint(condition=Q(grade=None) | Q(grade__lte=5), name="adverse_event_grade_known"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(grade__isnull=False) | Q(code="boundary-concern"),
                name="adverse_event_signed_is_graded",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(serious=False) | ~Q(plan=""), name="serious_event_signed_has_a_plan"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | (~Q(sha256="") & ~Q(signed_name="")), name="adverse_event_signed_whole"
            ),
            models.CheckConstraint(
                condition=Q(dose_off_percent=None) | Q(code="medication-error"), name="only_an_error_is_off"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("onset_at")),
                name="adverse_event_ends_after_onset",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "signed_at", "serious"], name="adverse_events_open")]

    def __str__(self) -> str:
        return self.code


class EventAddition(PatientRow):
    """What was added: the state before a change while unsigned, or an amendment after signing. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="additions")
    is_boundary_concern = models.BooleanField(default=False, editable=False)  # as its event
    was = models.JSONField(default=dict)  # the fields before a change; empty for an amendment
    words = models.TextField(blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of an amendment as signed

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Addition to {self.event}"
