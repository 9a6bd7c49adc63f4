"""The words of the audit trail: how an act ended, what can be wrong with a chain, which alarms there are."""

from django.db.models import TextChoices


class Outcome(TextChoices):
    DONE = "done", "done"
    REFUSED = "refused", "refused"
    FAILED = "failed", "failed"
    RAISED = "raised", "raised"  # an alarm


class Wrong(TextChoices):
    """What verification finds, in words that follow a place in the chain."""

    CHANGED = "changed", "an event was changed after it was sealed"
    DELETED = "deleted", "an event was deleted"
    GAP = "gap", "links were taken out"
    BROKEN = "broken", "the link does not follow from the one before it"
    UNSEALED = "unsealed", "an event has no link"
    REWRITTEN = "rewritten", "the link is not the one written to the second place"
    CUT = "cut", "the end of the chain was cut off"
    HEADS = "heads", "the second place cannot be trusted"


class Event(TextChoices):
    VERIFIED = "audit.verified", "verified the audit trail"
    ALARM_DENIALS = "alarm.denials", "raised an alarm: many refusals to one person"
    ALARM_CHARTS = "alarm.charts", "raised an alarm: many charts opened by one person"
    ALARM_EXPORT = "alarm.export", "raised an alarm: data of many people exported"
    ALARM_BREAK_GLASS = "alarm.break_glass", "raised an alarm: a chart opened by break-glass"
    ALARM_MFA_RESET = "alarm.mfa_reset", "raised an alarm: a second factor reset"
    ALARM_CHAIN = "alarm.chain", "raised an alarm: the audit trail does not verify"
