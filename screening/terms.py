"""The words of screening: states, decisions, judgements and audit events."""

from django.db.models import TextChoices


class ScreeningState(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for the prescriber"
    MORE_ASKED = "more_asked", "More asked"
    DECIDED = "decided", "Decided"
    SUPERSEDED = "superseded", "Replaced by a newer version"


class Decision(TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", "Approve with conditions"
    ASK_FOR_MORE = "ask_for_more", "Ask for more"
    DECLINE = "decline", "Decline"


class Judgement(TextChoices):
    """What a prescriber says of one finding."""

    ACCEPT = "accept", "Accept"
    ACCEPT_WITH_CONDITION = "accept_with_condition", "Accept with a condition"
    NOT_SAFE_NOW = "not_safe_now", "Not safe now"


class Event(TextChoices):
    SCREENING_STARTED = "screening.started", "started a screening"
    SCREENING_SAVED = "screening.saved", "saved a screening"
    SCREENING_SUBMITTED = "screening.submitted", "submitted a screening"
    SCREENING_OPENED = "screening.opened", "opened a screening"
    REVIEWS_OPENED = "reviews.opened", "opened the reviews"
    SCREENING_DECIDED = "screening.decided", "decided a screening"
