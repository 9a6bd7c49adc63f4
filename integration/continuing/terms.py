"""The words of going on or stopping."""

from django.db.models import TextChoices


class Decision(TextChoices):
    CONTINUE = "continue", "Continue as ordered"
    CHANGE = "change", "Continue with a change"
    STOP = "stop", "Stop and close"
    MAINTENANCE = "maintenance", "Go over to maintenance"


class Event(TextChoices):
    CONTINUATION_OPENED = "continuation.opened", "opened a continue-or-stop review"
    CONTINUATION_SIGNED = "continuation.signed", "signed a continue-or-stop review"
    PLAN_WRITTEN = "continuing_plan.written", "wrote the continuing plan"
    CLOSING_OPENED = "closing.opened", "opened the closing of a course"
