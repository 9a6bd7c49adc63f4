"""Rows of notes. A draft is its author's; signed, the database lets nothing be changed any more (migration 0015)."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course.models import Course
from patients.notes.terms import NoteKind
from patients.record.models import Patient, PatientRow, paired


def signed_whole(prefix: str, name: str) -> models.CheckConstraint:
    """A signature is there with everything it proves, or not at all."""
    words = [f"{prefix}_name", f"{prefix}_role", f"{prefix}_zone", f"{prefix}_identity", f"{prefix}_sha256"]
    nothing = models.Q(**{f"{prefix}_at": None, f"{prefix}_by": None}, **dict.fromkeys(words, ""))
    whole = models.Q(**{f"{prefix}_at__isnull": False, f"{prefix}_by__isnull": False})
    for word in words:
        whole &= ~models.Q(**{word: ""})
    return models.CheckConstraint(condition=nothing | whole, name=name)


class NoteQuerySet(models.QuerySet["Note"]):
    def live(self) -> "NoteQuerySet":
        return self.filter(voided_at=None)

    def signed(self) -> "NoteQuerySet":
        return self.live().filter(signed_at__isnull=False)

    def unsigned(self) -> "NoteQuerySet":
        return self.live().filter(signed_at=None)

    def awaiting_cosign(self) -> "NoteQuerySet":
        return self.signed().filter(needs_cosign=True, cosigned_at=None)


class Note(PatientRow):
    """One note. `about_ref` is the visit or session of a higher app it belongs to; that row links to the note."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="notes", editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="notes", editable=False)
    kind = models.CharField(max_length=12, choices=NoteKind.choices, editable=False)
    about_ref = models.UUIDField(null=True, editable=False)
    title = models.CharField(max_length=120, blank=True)
    sections = models.JSONField(default=dict)  # key of rules.SECTIONS[kind] to its text
    version = models.PositiveIntegerField(default=1, editable=False)  # one more with each save (REL-13)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120, blank=True, editable=False)  # as it was printed then
    signed_role = models.CharField(max_length=40, blank=True, editable=False)
    signed_zone = models.CharField(max_length=60, blank=True, editable=False)  # IANA name
    signed_identity = models.CharField(max_length=120, blank=True, editable=False)  # how they proved who they are
    signed_sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of all that was signed
    needs_cosign = models.BooleanField(default=False, editable=False)  # protocol 8; asked for once, it stays
    cosigned_at = models.DateTimeField(null=True, editable=False)
    cosigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    cosigned_name = models.CharField(max_length=120, blank=True, editable=False)
    cosigned_role = models.CharField(max_length=40, blank=True, editable=False)
    cosigned_zone = models.CharField(max_length=60, blank=True, editable=False)
    cosigned_identity = models.CharField(max_length=120, blank=True, editable=False)
    cosigned_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    papers = models.PositiveSmallIntegerField(default=0, editable=False)  # how many PDFs were asked for
    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    voided_why = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[NoteQuerySet] = NoteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            signed_whole("signed", "note_signature_is_whole"),
            signed_whole("cosigned", "note_cosignature_is_whole"),
            models.CheckConstraint(
                condition=models.Q(signed_by=None) | models.Q(signed_by=models.F("author")),
                name="a_note_is_signed_by_its_author",
            ),
            models.CheckConstraint(
                condition=models.Q(cosigned_at=None)
                | models.Q(needs_cosign=True, signed_at__isnull=False) & ~models.Q(cosigned_by=models.F("author")),
                name="a_note_is_cosigned_by_another",
            ),
            models.UniqueConstraint(
                fields=["about_ref", "kind", "author"],
                condition=models.Q(about_ref__isnull=False, signed_at=None, voided_at=None),
                name="one_draft_of_a_visit_an_author",
            ),
            paired("voided_at", "voided_by", "note_voided_paired"),
            models.CheckConstraint(
                condition=models.Q(voided_at=None, voided_why="")
                | models.Q(voided_at__isnull=False) & ~models.Q(voided_why=""),
                name="note_voided_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-started_at"], name="notes_newest_first"),
            models.Index(fields=["clinic", "author"], condition=models.Q(signed_at=None), name="notes_unsigned"),
            models.Index(fields=["about_ref"], condition=models.Q(about_ref__isnull=False), name="notes_of_a_visit"),
        ]

    def __str__(self) -> str:
        return self.title or self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("notes:one", args=[self.patient.ref, self.ref])

    @property
    def is_complete(self) -> bool:
        """Signed, and co-signed where that is needed."""
        return self.signed_at is not None and (self.cosigned_at is not None or not self.needs_cosign)


class NoteRevision(PatientRow):
    """One state of a draft: what somebody saved, and who when. Append-only.

    `taken` is False for a text that met a newer one: it is kept here and became no version of the note (REL-13);
    `version` is then the one it was written on.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="note_revisions", editable=False)
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="revisions", editable=False)
    version = models.PositiveIntegerField(editable=False)
    taken = models.BooleanField(default=True, editable=False)
    title = models.CharField(max_length=120, blank=True, editable=False)
    sections = models.JSONField(editable=False)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["note", "version"], condition=models.Q(taken=True), name="one_text_a_version_of_a_note"
            )
        ]

    def __str__(self) -> str:
        return f"{self.note}, version {self.version}"


class NoteAddendum(PatientRow):
    """What the author added to a signed note, with a signature of its own. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="note_addenda", editable=False)
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="addenda", editable=False)
    text = models.TextField(editable=False)
    signed_at = models.DateTimeField(editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120, editable=False)
    signed_role = models.CharField(max_length=40, editable=False)
    signed_zone = models.CharField(max_length=60, editable=False)
    signed_identity = models.CharField(max_length=120, editable=False)
    signed_sha256 = models.CharField(max_length=64, editable=False)  # of this text and of the note as it was signed

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(signed_name="") & ~models.Q(signed_sha256=""),
                name="an_addendum_is_written_and_signed",
            )
        ]

    def __str__(self) -> str:
        return f"Addendum to {self.note}"
