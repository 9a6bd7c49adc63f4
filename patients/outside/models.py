"""Rows of what comes from outside. Written once; the database lets nothing be added but the striking out."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.outside import rules
from patients.outside.files.kinds import LARGEST_KEPT
from patients.outside.terms import Comparator, DocumentKind, FileType, LabKind, Source, Unit
from patients.record.models import PatientRow, paired


def voided_with_reason(name: str) -> models.CheckConstraint:
    """Struck out and why: both or neither."""
    return models.CheckConstraint(
        condition=models.Q(voided_at=None, voided_why="")
        | models.Q(models.Q(voided_at__isnull=False), ~models.Q(voided_why="")),
        name=name,
    )


class LabResult(PatientRow):
    """One result as a report says it. A mistake is corrected by a new row that points at this one."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="lab_results")
    kind = models.CharField(max_length=12, choices=LabKind.choices)
    name = models.CharField(max_length=80, blank=True)  # of another test
    value = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    comparator = models.CharField(max_length=1, choices=Comparator.choices, blank=True)
    unit = models.CharField(max_length=20, choices=Unit.choices, blank=True)
    upper_limit = models.DecimalField(max_digits=10, decimal_places=3, null=True)  # of normal, in the same unit
    finding = models.CharField(max_length=120, blank=True)  # where the result is a word
    taken_on = models.DateField()
    source = models.CharField(max_length=10, choices=Source.choices)
    note = models.CharField(max_length=300, blank=True)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by_row")
    why = models.CharField(max_length=200, blank=True)  # it was corrected
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    voided_why = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__isnull=False, value__gt=0, finding="") & ~models.Q(unit="")
                | models.Q(value=None, unit="", comparator="") & ~models.Q(finding=""),
                name="lab_number_with_unit_or_finding",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=LabKind.ALT) | models.Q(upper_limit__isnull=False, upper_limit__gt=0),
                name="alt_has_its_upper_limit",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=LabKind.OTHER) & ~models.Q(name="")
                | ~models.Q(kind=LabKind.OTHER) & models.Q(name=""),
                name="another_test_has_a_name",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects=None) | ~models.Q(why=""), name="lab_corrected_with_reason"
            ),
            paired("voided_at", "voided_by", "lab_voided_paired"),
            voided_with_reason("lab_voided_with_reason"),
        ]
        indexes = [models.Index(fields=["patient", "kind", "-taken_on", "-id"], name="labs_newest_first")]

    def __str__(self) -> str:
        return f"{self.name or self.get_kind_display()} {rules.in_words(self.result)}"

    @property
    def result(self) -> rules.Result:
        return rules.Result(
            kind=LabKind(self.kind),
            value=self.value,
            comparator=Comparator(self.comparator),
            unit=self.unit,
            upper_limit=self.upper_limit,
            finding=self.finding,
            name=self.name,
            note=self.note,
        )


class WithoutContent(models.Manager["OutsideDocument"]):
    """Papers without their bytes, which are read only when one is opened."""

    def get_queryset(self) -> Any:
        return super().get_queryset().defer("content")


class OutsideDocument(PatientRow):
    """A paper somebody else wrote: the clean copy of what was uploaded, with its hash."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="outside_documents")
    kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    title = models.CharField(max_length=120)
    dated = models.DateField(null=True)  # null: the paper bears no date
    note = models.CharField(max_length=300, blank=True)
    file_type = models.CharField(max_length=20, choices=FileType.choices, editable=False)
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveIntegerField(editable=False)  # bytes
    pages = models.PositiveSmallIntegerField(editable=False)
    left_out = models.CharField(max_length=200, blank=True, editable=False)  # what the clean copy does not carry
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    voided_why = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[WithoutContent] = WithoutContent()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gte=1, size__lte=LARGEST_KEPT), name="outside_paper_has_a_size"
            ),
            models.CheckConstraint(condition=models.Q(pages__gte=1, pages__lte=200), name="outside_paper_has_pages"),
            models.CheckConstraint(
                condition=models.Q(file_type__in=["application/pdf", "image/png", "image/jpeg", "text/plain"]),
                name="outside_paper_is_of_a_kind_we_take",
            ),
            paired("voided_at", "voided_by", "outside_paper_voided_paired"),
            voided_with_reason("outside_paper_voided_with_reason"),
        ]
        indexes = [models.Index(fields=["patient", "-id"], name="outside_papers_newest_first")]

    def __str__(self) -> str:
        return self.title

    @property
    def file_name(self) -> str:
        """Neutral: no clinical word leaves the house in a file name."""
        return f"document-{str(self.ref)[-8:]}.{FileType(self.file_type).ending}"
