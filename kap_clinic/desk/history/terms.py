"""The words of the history pages: audit events, and the orders a trail can be read in."""

from django.db.models import TextChoices


class Order(TextChoices):
    NEWEST = "newest", "Newest first"
    OLDEST = "oldest", "Oldest first"
    PERSON = "person", "By person"
    EVENT = "event", "By what was done"


class Event(TextChoices):
    HISTORY_OPENED = "history.opened", "opened the history"
    HISTORY_EXPORTED = "history.exported", "exported the history"
    OWN_TRAIL_OPENED = "own_trail.opened", "looked up what they did themselves"
    TRAIL_OPENED = "trail.opened", "opened the clinic's audit trail"
    TRAIL_EXPORTED = "trail.exported", "exported the clinic's audit trail"
