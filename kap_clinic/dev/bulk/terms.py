"""The words of filling a demo clinic."""

from django.db.models import TextChoices


class Event(TextChoices):
    FILLED = "demo.filled", "filled the demo clinic with invented patients"
