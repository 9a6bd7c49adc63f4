"""The words of reports."""

from django.db.models import TextChoices


class Whose(TextChoices):
    MINE = "mine", "My patients, with names"
    CLINIC = "clinic", "The whole clinic, without names"


class Event(TextChoices):
    REPORTS_OPENED = "reports.opened", "opened the reports"
    OUTCOMES_OPENED = "outcomes.opened", "opened the outcomes report"
    OUTCOMES_EXPORTED = "outcomes.exported", "exported the outcomes report"
    OPERATIONS_OPENED = "operations.opened", "opened the report of the clinic's work"
