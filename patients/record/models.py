"""Rows of the patient record. Only Patient is edited in place; everything else is a row for each fact."""

from typing import ClassVar

import pghistory
from django.db import models
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import ClinicRow, User
from kap_clinic.accounts.permissions import Permission
from patients.record import rules
from patients.record.terms import ContactKind, MessageWish, Sex, WeightUnit

IN_BYTES = "C"  # keys compare by their bytes, so a range on a prefix means the same on every server


def paired(moment: str, person: str, name: str) -> models.CheckConstraint:
    """Both or neither: a moment and who it was."""
    neither = models.Q(**{moment: None, person: None})
    both = models.Q(**{f"{moment}__isnull": False, f"{person}__isnull": False})
    return models.CheckConstraint(condition=neither | both, name=name)


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, member: Member, permission: Permission = Permission.PATIENT_FIND) -> "PatientQuerySet":
        """The patients somebody may find: where every list of patients starts."""
        return visible(member, permission, self)  # type: ignore[return-value]


class Patient(ClinicRow):  # type: ignore[django-manager-missing]
    """A person in care. The record number counts within the clinic; addresses use the opaque `ref`.

    Edited in place; every state it was in is a row of `PatientEvent`, written by the database.
    """

    record_number = models.PositiveIntegerField(editable=False)
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    birth_date = models.DateField()
    sex_for_scoring = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    language = models.CharField(max_length=60, default="English")
    zone = models.CharField(max_length=60)  # IANA name
    phone = models.CharField(max_length=30, blank=True)  # E.164
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    message_wish = models.CharField(max_length=10, choices=MessageWish.choices, default=MessageWish.NOT_ASKED)
    safe_to_leave_message = models.BooleanField(null=True)  # null: not asked
    safe_contact = models.CharField(max_length=300, blank=True)  # how to reach them without putting them at risk
    # What search reads: equality and ranges on normalised columns, led by the clinic (security.md, exit 6).
    family_key = models.CharField(max_length=80, editable=False, db_collation=IN_BYTES)
    given_key = models.CharField(max_length=80, editable=False, db_collation=IN_BYTES)
    preferred_key = models.CharField(max_length=80, editable=False, db_collation=IN_BYTES)
    phone_tail = models.CharField(max_length=4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    registered_at = models.DateTimeField(default=timezone.now, editable=False)
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)  # null: as registered
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    objects: ClassVar[PatientQuerySet] = PatientQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "record_number"], name="one_record_a_number"),
            paired("changed_at", "changed_by", "patient_changed_paired"),
        ]
        indexes = [
            models.Index(fields=["clinic", "family_key", "given_key"], name="patients_by_family"),
            models.Index(fields=["clinic", "given_key"], name="patients_by_given"),
            models.Index(fields=["clinic", "preferred_key"], name="patients_by_preferred"),
            models.Index(fields=["clinic", "birth_date"], name="patients_by_birth"),
            models.Index(fields=["clinic", "phone_tail"], name="patients_by_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name.upper()}, {self.given_name}"

    def get_absolute_url(self) -> str:
        return reverse("desk:chart", args=[self.ref])

    @property
    def patient(self) -> "Patient":
        """Itself: every row of a chart says whose it is by the same name."""
        return self

    @property
    def record_label(self) -> str:
        return rules.record_label(self.record_number)


class PatientEvent(pghistory.create_event_model(Patient, context_field=None)):  # type: ignore[misc]
    """One state a patient's row was in: which version, changed when and by whom."""

    class Meta:
        indexes = [models.Index(fields=["clinic", "pgh_obj", "version"], name="patient_states")]

    def __str__(self) -> str:
        return f"{self.family_name.upper()}, {self.given_name}, version {self.version}"


class PatientRow(ClinicRow):
    """A row of one patient's record."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


class RecordNumber(models.Model):
    """The last record number a clinic has given."""

    clinic = models.OneToOneField("accounts.Clinic", on_delete=models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=4000)

    def __str__(self) -> str:
        return str(self.last)


class CareTeamMember(PatientRow):
    """Who looks after a patient, from when to when. Leaving ends the right to see at once."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_team")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    joined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"], condition=models.Q(left_at=None), name="on_a_team_once"
            ),
            paired("left_at", "left_by", "care_team_left_paired"),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "user", "patient"], condition=models.Q(left_at=None), name="teams_of_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.patient}"


class Contact(PatientRow):
    """Somebody to call, or to take the patient home."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=10, choices=ContactKind.choices)
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [paired("ended_at", "ended_by", "contact_ended_paired")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"


class AllergyReview(PatientRow):
    """That allergies were asked: with the list as told, or none known. The newest row holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergy_reviews")
    none_known = models.BooleanField()
    allergies = models.JSONField(default=list)  # [{"to": "penicillin", "reaction": "rash"}]
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(none_known=True, allergies=[])
                | (models.Q(none_known=False) & ~models.Q(allergies=[])),
                name="allergies_listed_or_none_known",
            )
        ]

    def __str__(self) -> str:
        return "No known allergies" if self.none_known else ", ".join(a["to"] for a in self.allergies)


class Weight(PatientRow):
    """A weight as measured, with its unit, and in kg to one decimal (screening-rules 3)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="weights")
    value = models.DecimalField(max_digits=6, decimal_places=2)
    unit = models.CharField(max_length=2, choices=WeightUnit.choices)
    kg = models.DecimalField(max_digits=5, decimal_places=1, editable=False)
    measured_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(unit__in=["kg", "lb"]), name="weight_has_a_unit"),
            models.CheckConstraint(condition=models.Q(kg__gte=30, kg__lte=300), name="weight_possible"),  # rule 3
        ]

    def __str__(self) -> str:
        return f"{self.kg} kg"


class Condition(PatientRow):
    """A diagnosis or illness, as told or from a letter."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="conditions")
    text = models.CharField(max_length=200)
    since = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [paired("ended_at", "ended_by", "condition_ended_paired")]

    def __str__(self) -> str:
        return self.text
