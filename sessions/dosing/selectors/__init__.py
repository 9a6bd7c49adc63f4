"""What pages, papers and other rooms read of a dose day."""

from datetime import datetime

from django.db.models import QuerySet

from sessions.dosing.models import Alert, DosingSession
from sessions.dosing.rules.monitoring import Check
from sessions.dosing.selectors.closing import added_since, closing_evidence, is_whole, needs_cosign, record_digest
from sessions.dosing.selectors.facts import Log, Numbers, checks_of, course_of, numbers_of, touch_now


def due_checks(dosing: DosingSession, now: datetime) -> list[Check]:
    """Every check of the session up to now and the next one, each with how it went; none before the dose."""
    return checks_of(Log.of(dosing), now, numbers_of(dosing.clinic_id).times)


def open_alerts(dosing: DosingSession) -> QuerySet[Alert]:
    """What is not closed, gravest first."""
    return dosing.alerts.filter(closed_at=None).select_related("acknowledged_by").order_by("-level", "opened_at")


__all__ = [
    "Log",
    "Numbers",
    "added_since",
    "checks_of",
    "closing_evidence",
    "course_of",
    "due_checks",
    "is_whole",
    "needs_cosign",
    "numbers_of",
    "open_alerts",
    "record_digest",
    "touch_now",
]
