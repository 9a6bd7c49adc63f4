"""The words of going on or stopping."""

from django.db.models import TextChoices

from patients.course.terms import Ending, Stage


class Decision(TextChoices):
    CONTINUE = "continue", "Continue as ordered"
    CHANGE = "change", "Continue with a change"
    STOP = "stop", "Stop and close"
    MAINTENANCE = "maintenance", "Go over to maintenance"


class Benefit(TextChoices):
    """Of the main scale against baseline (protocol 7, PD)."""

    RESPONDER = "responder", "Better by half or more"
    PARTIAL = "partial", "Partly better"
    NONE = "none", "Hardly better"
    UNKNOWN = "unknown", "Not known"


class Entry(TextChoices):
    """How a course came to maintenance (protocol 7)."""

    RESPONDER = "responder-maintenance", "Responder"
    PARTIAL = "partial-maintenance", "Partial response, with a reason"


COMPLETED = (Ending.GOALS_MET, Ending.PARTIAL, Ending.NO_BENEFIT_AT_END)
EARLY = tuple(ending for ending in Ending if ending not in COMPLETED)
OWN_WISH = (Ending.PATIENT_CHOICE, Ending.CONSENT_WITHDRAWN, Ending.COST)  # what a patient may ask for, PD
OFFERED_NEXT = (Ending.NO_BENEFIT, Ending.ADVERSE_EVENT, Ending.NO_BENEFIT_AT_END)
ENDINGS = {Stage.COMPLETED: COMPLETED, Stage.ENDED_EARLY: EARLY}
CLOSES_TO = (Stage.CLOSING, Stage.COMPLETED, Stage.MAINTENANCE, Stage.ENDED_EARLY)


class Event(TextChoices):
    CONTINUATION_OPENED = "continuation.opened", "opened a continue-or-stop review"
    CONTINUATION_SIGNED = "continuation.signed", "signed a continue-or-stop review"
    PLAN_WRITTEN = "continuing_plan.written", "wrote the continuing plan"
    CLOSING_OPENED = "closing.opened", "opened the closing of a course"
