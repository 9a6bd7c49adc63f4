"""The words of papers of a course."""

from django.db.models import TextChoices


class PaperKind(TextChoices):
    SUMMARY = "summary", "Course summary"
    SUMMARY_PATIENT = "summary_patient", "Your course of care"
    ENDED = "ended", "End of treatment, letter to the referrer"
    ENDED_PATIENT = "ended_patient", "End of treatment, letter to the patient"
    RECEIPT = "receipt", "Receipt"


class Event(TextChoices):
    RECEIPTS_OPENED = "receipts.opened", "opened the receipts"
    RECEIPT_MADE = "receipt.made", "had a receipt made"
