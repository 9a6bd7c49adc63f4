"""Rows of private notes. Their policy shows them to their author alone; the words are sealed (SEC-10, SEC-49)."""

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import ClinicRow, User
from patients.notes.models import signed_whole
from patients.record.models import Patient, PatientRow


class ProcessNote(PatientRow):
    """One private note, or an addendum to a signed one (`adds_to`). Its words are in `ProcessNoteText`."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    adds_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="addenda", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    signed_name = models.CharField(max_length=120, blank=True, editable=False)
    signed_role = models.CharField(max_length=40, blank=True, editable=False)
    signed_zone = models.CharField(max_length=60, blank=True, editable=False)
    signed_identity = models.CharField(max_length=120, blank=True, editable=False)
    signed_sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of words and a salt sealed with them

    class Meta:
        ordering = ["-id"]
        constraints = [
            signed_whole("signed", "process_note_signature_is_whole"),
            models.CheckConstraint(
                condition=models.Q(signed_by=None) | models.Q(signed_by=models.F("author")),
                name="a_process_note_is_signed_by_its_author",
            ),
        ]
        indexes = [models.Index(fields=["patient", "author", "-id"], name="process_notes_of_an_author")]

    def __str__(self) -> str:
        return "Private note"


class ProcessNoteText(ClinicRow):
    """The words of one version, sealed for their place. Append-only: a new key seals them anew as one more row.

    The newest row of the note's version counts. `taken` is False for words that met newer ones (REL-13).
    """

    ref = models.UUIDField(default=uuid7, unique=True, editable=False)
    note = models.ForeignKey(ProcessNote, on_delete=models.PROTECT, related_name="texts", editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    version = models.PositiveIntegerField(editable=False)
    taken = models.BooleanField(default=True, editable=False)
    sealed = models.TextField(editable=False)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["note", "version", "-id"], name="process_note_words")]

    def __str__(self) -> str:
        return "Words of a private note"

    @property
    def place(self) -> str:
        return cipher.place("patients_processnotetext", "sealed", f"{self.note.ref}/{self.ref}", self.clinic_id)
