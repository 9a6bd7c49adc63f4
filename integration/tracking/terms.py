"""The words of tracking."""

from django.db.models import TextChoices


class Event(TextChoices):
    TRACKING_OPENED = "tracking.opened", "opened how the patient is over the course"
