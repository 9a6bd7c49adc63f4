"""The words of what is sent."""

from django.db.models import TextChoices


class Channel(TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"


class MessageState(TextChoices):
    PLANNED = "planned", "Planned"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"  # tried eight times (REL-10), or refused for good
    IN_DOUBT = "in_doubt", "In doubt"  # handed over, never answered: a person looks, nobody sends again blindly
    VOID = "void", "Not needed any more"
    MISSED = "missed", "Too late to send"
    HELD = "held", "Held back"  # no wish for messages, no address, or held by a person


class Event(TextChoices):
    MESSAGE_WRITTEN = "message.written", "had a message written"
    MESSAGE_SENT = "message.sent", "had a message sent"
    MESSAGE_FAILED = "message.failed", "had a message fail"
    MESSAGE_IN_DOUBT = "message.in_doubt", "had a message left in doubt"
    MESSAGE_VOIDED = "message.voided", "had a message voided"
    MESSAGE_MISSED = "message.missed", "had a message come too late"
    MESSAGE_HELD = "message.held", "held a message back"
    MESSAGE_RETRIED = "message.retried", "had a message sent again"
    MESSAGES_OPENED = "messages.opened", "opened the messages"
