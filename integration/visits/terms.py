"""The words of integration."""

from django.db.models import TextChoices


class Reached(TextChoices):
    """Of the call of the next day."""

    SPOKE = "spoke", "Spoke with the patient"
    ESCORT = "escort", "Spoke with somebody else"
    NOT_REACHED = "not_reached", "Not reached"


class Kept(TextChoices):
    KEPT = "kept", "Kept"
    PARTLY = "partly", "Partly"
    NOT_KEPT = "not_kept", "Not kept"


class Standing(TextChoices):
    """Of what follows a dose: its integration, its call."""

    TO_COME = "to_come", "To come"
    DUE = "due", "Due"
    OVERDUE = "overdue", "Overdue"
    DONE = "done", "Done"


class Event(TextChoices):
    INTEGRATION_WRITTEN = "integration.written", "wrote down an integration visit"
    INTEGRATION_OPENED = "integration.opened", "opened an integration visit"
    DUE_LIST_OPENED = "integration_due.opened", "opened the list of integration due"
    PRACTICE_SET = "practice.set", "agreed on a practice"
    PRACTICE_ENDED = "practice.ended", "ended a practice"
    PRACTICE_LOOKED_AT = "practice.looked_at", "looked at how a practice went"
    CALLED = "next_day.called", "called after a dose"
    CALL_OPENED = "next_day.opened", "opened the call after a dose"
