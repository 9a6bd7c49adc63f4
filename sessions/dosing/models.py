"""Rows of the dose day. What a person writes down is a row of its own and never changes; corrections point back."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.record.models import Patient, PatientRow, paired
from sessions.dosing.terms import DoseKind, DosingState, EntryKind, Level, Phase
from sessions.orders.models import DoseOrder
from sessions.orders.terms import Route
from sessions.visits.models import Appointment

IN_THE_HOUSE = (
    DosingState.GATE_CHECK,
    DosingState.READY,
    DosingState.DOSED,
    DosingState.MONITORING,
    DosingState.RECOVERY,
    DosingState.STOPPED_EARLY,
    DosingState.DISCHARGE_CHECK,
)
BEFORE_DOSE = (
    DosingState.PLANNED,
    DosingState.GATE_CHECK,
    DosingState.GATE_FAILED,
    DosingState.READY,
    DosingState.ABORTED,
)
UNDER_DRUG = IN_THE_HOUSE[2:]


class DosingQuerySet(models.QuerySet["DosingSession"]):
    def in_the_house(self) -> "DosingQuerySet":
        return self.filter(state__in=IN_THE_HOUSE)

    def dosed(self) -> "DosingQuerySet":
        return self.filter(t0__isnull=False)


class DosingSession(PatientRow):
    """One dose day. Its state moves only along `rules.MOVES`, with a row for each move; t0 is set once."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="dosing_sessions")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="dosing_sessions")
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="dosing")
    order = models.ForeignKey(DoseOrder, on_delete=models.PROTECT, null=True, related_name="dosing_sessions")
    state = models.CharField(max_length=20, choices=DosingState.choices, default=DosingState.PLANNED, editable=False)
    number = models.PositiveSmallIntegerField(null=True, editable=False)  # of doses in the course, given at t0
    remote = models.BooleanField(default=False)
    ready_at = models.DateTimeField(null=True, editable=False)
    ready_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    t0 = models.DateTimeField(null=True, editable=False)
    infusion_ended_at = models.DateTimeField(null=True, editable=False)  # iv
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)  # the record: the therapist's signature
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    cosigned_at = models.DateTimeField(null=True, editable=False)
    cosigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    record_sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the record as signed

    objects: ClassVar[DosingQuerySet] = DosingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DosingState.values), name="dosing_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=BEFORE_DOSE, t0=None)
                | (~Q(state__in=BEFORE_DOSE) & Q(t0__isnull=False, number__isnull=False, order__isnull=False)),
                name="dosing_past_ready_has_t0_and_order",
            ),
            models.UniqueConstraint(
                fields=["course", "number"], condition=Q(number__isnull=False), name="one_dosing_a_number"
            ),
            paired("ready_at", "ready_by", "dosing_ready_paired"),
            paired("signed_at", "signed_by", "dosing_signed_paired"),
            paired("cosigned_at", "cosigned_by", "dosing_cosigned_paired"),
        ]
        indexes = [models.Index(fields=["clinic", "state"], name="dosing_by_state")]

    def __str__(self) -> str:
        return f"Dosing session of {self.patient}"


class DosingMove(PatientRow):
    """One move of a dosing session: from where to where, who, when, why, on what evidence. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=20, choices=DosingState.choices, blank=True)  # blank: it was opened
    after = models.CharField(max_length=20, choices=DosingState.choices)
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    role = models.CharField(max_length=40)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


class LogRow(PatientRow):
    """What every line of the log carries: when it happened, when it was entered, by whom, and from which device."""

    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, null=True, related_name="%(class)ss")
    happened_at = models.DateTimeField()
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    device_at = models.DateTimeField(null=True, blank=True)  # what the device's clock said (REL-19)
    client_ref = models.UUIDField(default=uuid7, editable=False)  # made on the device: sent twice, written once
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    role = models.CharField(max_length=40)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction", editable=False
    )
    struck_why = models.CharField(max_length=200, blank=True)  # of a correction: why the older one is struck through

    class Meta:
        abstract = True


class VitalSigns(LogRow):
    """One reading: mmHg, beats and breaths a minute, % SpO2, MOAA/S 0-5, distress 0-4. Nothing is carried over."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="vital_signs")
    phase = models.CharField(max_length=10, choices=Phase.choices)
    systolic = models.PositiveSmallIntegerField(null=True, blank=True)
    diastolic = models.PositiveSmallIntegerField(null=True, blank=True)
    heart_rate = models.PositiveSmallIntegerField(null=True, blank=True)
    spo2 = models.PositiveSmallIntegerField(null=True, blank=True)
    respiratory_rate = models.PositiveSmallIntegerField(null=True, blank=True)
    temperature_c = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    moaas = models.PositiveSmallIntegerField(null=True, blank=True)
    distress = models.PositiveSmallIntegerField(null=True, blank=True)
    rested_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # of a baseline
    on_oxygen = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["happened_at", "id"]
        indexes = [models.Index(fields=["patient", "-happened_at"], name="vital_signs_of_a_patient")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "client_ref"], name="vital_signs_written_once"),
            models.CheckConstraint(
                condition=Q(systolic=None) | Q(systolic__gte=30, systolic__lte=350), name="systolic_recordable"
            ),
            models.CheckConstraint(condition=Q(spo2=None) | Q(spo2__lte=100), name="spo2_recordable"),
            models.CheckConstraint(condition=Q(moaas=None) | Q(moaas__lte=5), name="moaas_recordable"),
            models.CheckConstraint(condition=Q(distress=None) | Q(distress__lte=4), name="distress_recordable"),
        ]

    def __str__(self) -> str:
        return f"{self.systolic}/{self.diastolic}"


class Entry(LogRow):
    """One line of the log that is not a reading: seen, done, said."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    code = models.CharField(max_length=40, blank=True)  # which tile, symptom, technique or card
    data = models.JSONField(default=dict)
    words = models.TextField(blank=True)

    class Meta:
        ordering = ["happened_at", "id"]
        constraints = [models.UniqueConstraint(fields=["clinic", "client_ref"], name="entry_written_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"


class Dose(LogRow):
    """A dose that was given: how much, of what, by whom, seen by whom. `happened_at` of the first one is t0."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="doses")
    order = models.ForeignKey(DoseOrder, on_delete=models.PROTECT, related_name="given")
    kind = models.CharField(max_length=10, choices=DoseKind.choices)
    route = models.CharField(max_length=3, choices=Route.choices)
    mg = models.DecimalField(max_digits=7, decimal_places=2)
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1)
    site = models.CharField(max_length=60, blank=True)
    lot = models.CharField(max_length=60, blank=True)
    pharmacy = models.CharField(max_length=120, blank=True)  # compounded products (S10, S11)
    strength = models.CharField(max_length=60, blank=True)
    witnessed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    second_look_at = models.DateTimeField(null=True, editable=False)  # alone: looked again after a minute's pause (PD)
    set_back_why = models.CharField(max_length=200, blank=True)  # given earlier than entered

    class Meta:
        ordering = ["happened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "client_ref"], name="dose_written_once"),
            models.UniqueConstraint(
                fields=["dosing"], condition=Q(kind=DoseKind.FIRST, corrects=None), name="one_first_dose_a_session"
            ),
            models.CheckConstraint(condition=Q(mg__gt=Decimal(0)), name="dose_has_an_amount"),
            models.CheckConstraint(
                condition=Q(witnessed_by__isnull=False) | Q(second_look_at__isnull=False), name="dose_looked_at_twice"
            ),
            models.CheckConstraint(condition=~Q(witnessed_by=models.F("entered_by")), name="dose_witnessed_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.mg.normalize():f} mg {self.get_route_display()}"

    @property
    def mg_per_kg(self) -> Decimal:
        return (self.mg / self.weight_kg).quantize(Decimal("0.01"))


class Alert(PatientRow):
    """A sign beyond what is expected. Acknowledged by name in time, else escalated; closed by a reading or a note."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="alerts")
    dosing = models.ForeignKey(DosingSession, on_delete=models.PROTECT, related_name="alerts")
    sign = models.CharField(max_length=30)  # code of the row of dosing-reference 3.2
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    words = models.CharField(max_length=300)  # "Blood pressure 168/96, at or over 160"
    vitals = models.ForeignKey(VitalSigns, on_delete=models.PROTECT, null=True, related_name="alerts")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="alerts")
    opened_at = models.DateTimeField(editable=False)
    due_at = models.DateTimeField(editable=False)  # acknowledged by then: amber 5 min, red 1 min (PD)
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    advice = models.CharField(max_length=300, blank=True)  # called whom, advice
    escalated_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    closed_vitals = models.ForeignKey(VitalSigns, on_delete=models.PROTECT, null=True, related_name="closed_alerts")
    closed_words = models.TextField(blank=True)  # a prescriber's note, where no reading closed it

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dosing", "sign"], condition=Q(closed_at=None), name="one_open_alert_a_sign"
            ),
            models.CheckConstraint(condition=Q(level__gte=Level.AMBER), name="alert_is_beyond_expected"),
            paired("acknowledged_at", "acknowledged_by", "alert_acknowledged_paired"),
            paired("closed_at", "closed_by", "alert_closed_paired"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_vitals__isnull=False) | ~Q(closed_words=""),
                name="alert_closed_on_a_reading_or_a_note",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "closed_at", "due_at"], name="alerts_open_by_due")]

    def __str__(self) -> str:
        return self.words
