"""The words of patient links."""

from django.db.models import TextChoices


class FormKind(TextChoices):
    """What a link can ask for."""

    MEASURE = "measure", "Questionnaire"
    CONSENT = "consent", "Consent"


class LinkState(TextChoices):
    """How far a link has come. Derived on reading, never stored."""

    OPEN = "open", "Not opened yet"
    CHECKED = "checked", "Being filled in"
    FINISHED = "finished", "Done"
    REVOKED = "revoked", "Taken back"
    SHUT = "shut", "Closed after wrong birth dates"
    EXPIRED = "expired", "Run out"


class Event(TextChoices):
    LINK_MADE = "link.made", "made a link"
    LINKS_OPENED = "links.opened", "opened the links"
    LINK_SHOWN = "link.shown", "was shown the address of a link"
    LINK_OPENED = "link.opened", "opened a link"
    LINK_CHECKED = "link.checked", "passed the second check of a link"
    LINK_REFUSED = "link.refused", "did not pass the second check of a link"
    LINK_FORM_OPENED = "link.form_opened", "opened a form of a link"
    LINK_HELP_SHOWN = "link.help_shown", "was shown where to find help at once"
    LINK_HELP_READ = "link.help_read", "read where to find help at once"
    LINK_FORM_SENT = "link.form_sent", "sent a form of a link"
    LINK_FINISHED = "link.finished", "finished a link"
    LINK_REVOKED = "link.revoked", "took back a link"
    LINK_ASKED_AGAIN = "link.asked_again", "asked for a new link"
