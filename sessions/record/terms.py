"""The words of the record of a dosing session."""

from django.db.models import TextChoices


class Event(TextChoices):
    RECORD_OPENED = "dosing_record.opened", "opened the record of a dosing session"
    RECORD_PRINTED = "dosing_record.printed", "had the record of a dosing session printed"
