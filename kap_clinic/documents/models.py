"""Papers: asked for, made once, kept with their hash. A paper carries the permission of what it prints."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.terms import DocumentState

MOST_TRIES = 8  # REL-10
LEASE = timedelta(minutes=2)  # how long a worker may take over one paper: over three times its limit (REL-05)


class DocumentQuerySet(models.QuerySet["StoredDocument"]):
    def due(self, now: datetime) -> "DocumentQuerySet":
        return self.filter(state=DocumentState.QUEUED, try_at__lte=now)


class StoredDocument(ClinicRow):
    """One paper. The file is made by a task, stored once and never made again; a new version is a new row."""

    kind = models.CharField(max_length=40)  # names the letter, like `consent` or `screening`
    title = models.CharField(max_length=200)
    subject_ref = models.UUIDField()  # the row it prints
    subject_version = models.PositiveIntegerField(default=1)
    patient_ref = models.UUIDField(null=True)
    permission = models.CharField(max_length=60)  # needed to open it
    state = models.CharField(max_length=10, choices=DocumentState.choices, default=DocumentState.QUEUED)
    content = models.BinaryField(null=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    pages = models.PositiveSmallIntegerField(null=True, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    stored_at = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    try_at = models.DateTimeField(default=timezone.now, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_ref", "subject_version"], name="a_paper_is_made_once"),
            models.CheckConstraint(
                condition=~models.Q(state=DocumentState.STORED)
                | models.Q(content__isnull=False, stored_at__isnull=False, pages__gte=1),
                name="a_stored_paper_has_its_file",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "patient_ref", "-id"], name="papers_of_a_patient")]

    def __str__(self) -> str:
        return self.title

    @property
    def needs(self) -> Permission:
        """What somebody must be allowed to open it."""
        return Permission(self.permission)  # type: ignore[call-arg]

    @property
    def file_name(self) -> str:
        """Neutral: no clinical word leaves the house in a file name."""
        return f"document-{str(self.ref)[-8:]}.pdf"
