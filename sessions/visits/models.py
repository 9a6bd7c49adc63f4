"""Rows of visits: every booking, the people in it, each change of it, and what a preparation wrote down."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, Room, User
from kap_clinic.accounts.terms import Role
from patients.course.models import Course
from patients.record.models import Patient, PatientRow
from sessions.visits.terms import Modality, VisitKind, VisitState, Why

LIVE = (VisitState.PLANNED, VisitState.IN_PROGRESS)


class Span(Func):
    """From the start to just before the end: a visit that ends at ten and one that begins at ten do not overlap."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


SPAN = Span("starts_at", "ends_at", models.Value("[)"))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def live(self) -> "AppointmentQuerySet":
        return self.filter(state__in=LIVE)

    def of_kind(self, kind: VisitKind) -> "AppointmentQuerySet":
        return self.filter(kind=kind)

    def between(self, start: Any, end: Any) -> "AppointmentQuerySet":
        """Starting in a half-open span of time; read by `starts_at`, which keeps its index under the wall."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


class Appointment(PatientRow):
    """One booking of any kind. Rooms, patients and staff cannot overlap while it is live (REL-12)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="appointments")
    kind = models.CharField(max_length=12, choices=VisitKind.choices)
    modality = models.CharField(max_length=10, choices=Modality.choices, default=Modality.IN_PERSON)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    zone = models.CharField(max_length=60)  # IANA name of the zone the wall time below is in
    wall_start = models.CharField(max_length=16)  # "2026-11-24T09:00": the wall time meant (REL-18)
    wall_end = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=VisitState.choices, default=VisitState.PLANNED, editable=False)
    follows = models.ForeignKey(  # of an integration visit: the dosing visit it belongs to
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    series = models.UUIDField(null=True, editable=False)  # booked together: preparation, dose, integration
    note = models.CharField(max_length=300, blank=True)  # for the front desk: nothing clinical
    version = models.PositiveIntegerField(default=1, editable=False)
    arrived_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    booked_at = models.DateTimeField(default=timezone.now, editable=False)
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    objects: ClassVar[AppointmentQuerySet] = AppointmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="visits_by_time"),
            models.Index(fields=["patient", "starts_at"], name="visits_of_a_patient"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="visit_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(state__in=VisitState.values), name="visit_state_is_known"),
            models.CheckConstraint(
                condition=~Q(modality=Modality.IN_PERSON) | Q(room__isnull=False), name="visit_in_person_has_a_room"
            ),
            ExclusionConstraint(
                name="one_visit_a_room",
                expressions=[("room", RangeOperators.EQUAL), (SPAN, RangeOperators.OVERLAPS)],
                condition=Q(state__in=LIVE, room__isnull=False),
            ),
            ExclusionConstraint(
                name="one_visit_a_patient",
                expressions=[("patient", RangeOperators.EQUAL), (SPAN, RangeOperators.OVERLAPS)],
                condition=Q(state__in=LIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.patient}, {self.wall_start}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


class AppointmentStaff(ClinicRow):
    """Somebody who is in a visit. Span and liveness are the visit's, kept by the database, so nobody is in two."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=40, choices=Role.choices)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    live = models.BooleanField(default=True, editable=False)
    left_at = models.DateTimeField(null=True, editable=False)  # taken off the visit, not deleted

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["appointment", "user"], condition=Q(left_at=None), name="in_a_visit_once"),
            ExclusionConstraint(
                name="one_visit_a_person",
                expressions=[("user", RangeOperators.EQUAL), (SPAN, RangeOperators.OVERLAPS)],
                condition=Q(live=True, left_at=None),
            ),
        ]

    @property
    def patient(self) -> Patient:
        return self.appointment.patient

    def __str__(self) -> str:
        return f"{self.user} in {self.appointment}"


class AppointmentMove(PatientRow):
    """One change of a visit: booked, moved, arrived, started, completed, cancelled, missed. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=12, choices=VisitState.choices, blank=True)  # blank: it was booked
    after = models.CharField(max_length=12, choices=VisitState.choices)
    why = models.CharField(max_length=20, choices=Why.choices, blank=True)
    words = models.CharField(max_length=300, blank=True)
    was = models.JSONField(default=dict)  # place, time and people before a move: {"starts_at", "ends_at", "room", ...}
    role = models.CharField(max_length=40)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


class Preparation(PatientRow):
    """What patient and therapist prepared, as of one visit. Append-only: the newest row of a course holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="preparations")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="preparations")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="preparations")
    intention = models.TextField(blank=True)
    music = models.CharField(max_length=300, blank=True)
    scent = models.CharField(max_length=300, blank=True)  # "none" is an answer; blank is not asked
    movement = models.CharField(max_length=300, blank=True)
    touch_wishes = models.CharField(max_length=300, blank=True)
    stop_word = models.CharField(max_length=60, blank=True)
    safety_plan = models.JSONField(default=dict)  # warning_signs, coping, people, professionals, safe_place: str each
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Preparation of {self.patient}"
