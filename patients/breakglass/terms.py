"""The words of emergency access."""

from django.db.models import TextChoices


class Verdict(TextChoices):
    """What the reviewer says of it."""

    IN_ORDER = "in_order", "In order"
    NOT_IN_ORDER = "not_in_order", "Not in order"


class Event(TextChoices):
    BREAK_GLASS_OPENED = "break_glass.opened", "opened the record in an emergency"
    BREAK_GLASS_CLOSED = "break_glass.closed", "closed their emergency access"
    BREAK_GLASS_REVIEWED = "break_glass.reviewed", "reviewed an emergency access"
    BREAK_GLASS_REVIEWS_OPENED = "break_glass.reviews_opened", "opened the list of emergency accesses"
