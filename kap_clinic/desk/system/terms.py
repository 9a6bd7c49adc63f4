"""The words of the system page."""

from django.db.models import TextChoices


class Event(TextChoices):
    SYSTEM_OPENED = "system.opened", "opened the system page"
