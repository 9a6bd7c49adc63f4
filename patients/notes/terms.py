"""The words of notes."""

from django.db.models import TextChoices


class NoteKind(TextChoices):
    PREPARATION = "preparation", "Preparation note"
    DOSING = "dosing", "Dosing note"
    INTEGRATION = "integration", "Integration note"
    CONSULT = "consult", "Consult note"
    CALL = "call", "Phone call"
    OTHER = "other", "Other note"


class Meaning(TextChoices):
    """What a signature under a note means (SEC-40)."""

    AUTHOR = "author", "I wrote this, and it is what happened"
    COSIGN = "cosign", "I have read this and agree with it"
    ADDENDUM = "addendum", "I add this to what I signed"


class Event(TextChoices):
    NOTES_OPENED = "notes.opened", "opened the notes"
    NOTE_OPENED = "note.opened", "opened a note"
    NOTE_STARTED = "note.started", "started a note"
    NOTE_SAVED = "note.saved", "saved the draft of a note"
    NOTE_SIGNED = "note.signed", "signed a note"
    NOTE_COSIGN_ASKED = "note.cosign_asked", "asked for a co-signature of a note"
    NOTE_COSIGNED = "note.cosigned", "co-signed a note"
    NOTE_ADDED = "note.added", "added to a signed note"
    NOTE_VOIDED = "note.voided", "struck out a note"
    NOTE_PRINTED = "note.printed", "asked for the paper of a note"
