"""Rows of orders. A signed order does not change: a new one replaces it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.medicines.models import Medicine
from patients.record.models import Patient, PatientRow, Weight, paired
from sessions.orders.terms import Basis, Disposition, OrderState, Route


class OrderQuerySet(models.QuerySet["DoseOrder"]):
    def in_force(self) -> "OrderQuerySet":
        return self.filter(state=OrderState.SIGNED)


class DoseOrder(PatientRow):
    """What the prescriber ordered for one dose or a series, with the weight it rests on. mg with two decimals."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="dose_orders")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="dose_orders")
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.DRAFT, editable=False)
    route = models.CharField(max_length=3, choices=Route.choices)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    mg_per_kg = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    first_mg = models.DecimalField(max_digits=7, decimal_places=2)  # the first dose, in mg, whatever the basis
    weight = models.ForeignKey(Weight, on_delete=models.PROTECT, related_name="+")  # the one used
    boosters = models.PositiveSmallIntegerField(default=0)
    booster_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    booster_gap_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    infusion_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # iv
    hold_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # sl: kept in the mouth
    swallow = models.BooleanField(null=True, blank=True)  # sl: then swallowed, or spat out
    doses = models.PositiveSmallIntegerField(default=1)  # sessions it is for
    spacing_days = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField()
    systolic_stop = models.PositiveSmallIntegerField(null=True, blank=True)  # this patient's own stop lines
    diastolic_stop = models.PositiveSmallIntegerField(null=True, blank=True)
    heart_rate_stop = models.PositiveSmallIntegerField(null=True, blank=True)
    instructions = models.TextField(blank=True)
    warnings = models.JSONField(default=list)  # sentences the prescriber confirmed when signing
    second_why = models.JSONField(default=list)  # sentences above a block limit: the second person signs for these
    drafted_at = models.DateTimeField(default=timezone.now, editable=False)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120, blank=True, editable=False)
    signed_role = models.CharField(max_length=40, blank=True, editable=False)
    reason = models.TextField(blank=True)  # why above a limit
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of what was signed
    seconded_at = models.DateTimeField(null=True, editable=False)
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    seconded_name = models.CharField(max_length=120, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    ended_why = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[OrderQuerySet] = OrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(first_mg__gt=0), name="order_has_a_dose"),
            models.CheckConstraint(condition=Q(valid_until__gte=models.F("valid_from")), name="order_ends_after_start"),
            models.CheckConstraint(
                condition=Q(boosters=0, booster_mg=None)
                | Q(boosters__gt=0, booster_mg__gt=0, booster_gap_minutes__isnull=False),
                name="order_boosters_have_a_dose",
            ),
            models.CheckConstraint(
                condition=Q(basis=Basis.MG) | Q(mg_per_kg__gt=0), name="order_by_weight_has_mg_per_kg"
            ),
            models.CheckConstraint(
                condition=Q(seconded_at=None) | ~Q(seconded_by=models.F("signed_by")), name="order_seconded_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.SIGNED) | Q(second_why=[]) | Q(seconded_at__isnull=False),
                name="order_above_a_limit_is_seconded",
            ),
            paired("signed_at", "signed_by", "order_signed_paired"),
            paired("seconded_at", "seconded_by", "order_seconded_paired"),
            paired("ended_at", "ended_by", "order_ended_paired"),
            models.UniqueConstraint(
                fields=["course"], condition=Q(state=OrderState.SIGNED), name="one_order_in_force_a_course"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_mg:g} mg {self.get_route_display()}"


class MedicineHold(PatientRow):
    """What happens to one medicine before a dose: continue, hold or taper, and from how many hours before."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medicine_holds")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="medicine_holds")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, null=True, related_name="holds")
    name = models.CharField(max_length=300)  # as people read it
    disposition = models.CharField(max_length=10, choices=Disposition.choices)
    hours_before = models.PositiveSmallIntegerField(null=True, blank=True)  # of a hold: last taken at least so long ago
    words = models.CharField(max_length=300, blank=True)
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(disposition=Disposition.HOLD) | Q(hours_before__isnull=False), name="hold_has_hours"
            ),
            paired("ended_at", "ended_by", "hold_ended_paired"),
            models.UniqueConstraint(
                fields=["course", "medicine"],
                condition=Q(ended_at=None, medicine__isnull=False),
                name="one_decision_a_medicine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_disposition_display()} {self.name}"


class OutsideDoses(PatientRow):
    """Ketamine given elsewhere, as declared: how many sessions between which days. Counts towards a lifetime's."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outside_doses")
    sessions = models.PositiveSmallIntegerField()
    route = models.CharField(max_length=3, choices=Route.choices, blank=True)  # blank: not known
    mg = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)  # of all of them; null: not known
    first_on = models.DateField()
    last_on = models.DateField()
    source = models.CharField(max_length=200)  # who says so: the patient, a letter, the monitoring database
    declared_at = models.DateTimeField(default=timezone.now, editable=False)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    voided_why = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["first_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(sessions__gte=1, sessions__lte=500), name="outside_doses_are_some"),
            models.CheckConstraint(condition=Q(mg=None) | Q(mg__gt=0), name="outside_doses_mg_above_0"),
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="outside_doses_in_order"),
            paired("voided_at", "voided_by", "outside_doses_voided_paired"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_why="") | (Q(voided_at__isnull=False) & ~Q(voided_why="")),
                name="outside_doses_voided_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sessions} sessions elsewhere"
