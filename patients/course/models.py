"""Rows of a course."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course.rules import CLOSED
from patients.course.terms import Ending, Stage
from patients.record.models import Patient, PatientRow


class CourseQuerySet(models.QuerySet["Course"]):
    def live(self) -> "CourseQuerySet":
        return self.exclude(stage__in=CLOSED)

    def newest_of(self, patient: Any) -> "CourseQuerySet":
        """The key of the patient's newest course, to compare a column with."""
        return self.filter(patient=patient).order_by("-number")[:1].values("pk")  # type: ignore[return-value]


class Course(PatientRow):
    """One course of treatment. Its stage moves only along the table of `rules.MOVES`, with a row for each move."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    number = models.PositiveSmallIntegerField(editable=False)  # 1 for the patient's first course
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.INQUIRY, editable=False)
    why_now = models.TextField(blank=True)
    indication = models.CharField(max_length=200, blank=True)
    tried_before = models.TextField(blank=True)  # failed or declined alternatives
    live_visit_on = models.DateField(null=True, blank=True)
    live_visit_by_video = models.BooleanField(null=True, blank=True)
    monitoring_checked_on = models.DateField(null=True, blank=True)
    identity_checked_on = models.DateField(null=True, blank=True)
    trauma_history = models.BooleanField(null=True, blank=True)  # null: not asked
    planned_preparations = models.PositiveSmallIntegerField(default=1)  # PD 1-3, protocol 2
    planned_doses = models.PositiveSmallIntegerField(null=True, blank=True)
    ending = models.CharField(max_length=40, choices=Ending.choices, blank=True, editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    objects: ClassVar[CourseQuerySet] = CourseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "number"], name="one_course_a_number"),
            models.UniqueConstraint(
                fields=["patient"], condition=~models.Q(stage__in=sorted(CLOSED)), name="one_live_course_a_patient"
            ),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="stage_is_known"),
        ]
        indexes = [models.Index(fields=["clinic", "stage"], name="courses_by_stage")]

    def __str__(self) -> str:
        return f"Course {self.number} of {self.patient}"

    @property
    def is_live(self) -> bool:
        return self.stage not in CLOSED


class CourseMove(PatientRow):
    """One move of a course: from where to where, who, in which role, when and why, on what evidence. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="course_moves")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=20, choices=Stage.choices, blank=True)  # blank: the course was opened
    after = models.CharField(max_length=20, choices=Stage.choices)
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    role = models.CharField(max_length=40)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


class Goal(PatientRow):
    """What the patient wants from the course, in their words."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="goals")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="goals")
    text = models.CharField(max_length=300)
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    outcome = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.text
