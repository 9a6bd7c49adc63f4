"""The words of private notes. Their events begin with `process_note.`, which no trail shows but the author's own."""

from django.db.models import TextChoices


class Event(TextChoices):
    PROCESS_NOTE_OPENED = "process_note.opened", "opened a private note"
    PROCESS_NOTE_STARTED = "process_note.started", "started a private note"
    PROCESS_NOTE_SAVED = "process_note.saved", "saved a private note"
    PROCESS_NOTE_SIGNED = "process_note.signed", "signed a private note"
    PROCESS_NOTE_ADDED = "process_note.added", "added to a private note"
