"""The visits of a day or of several, as the clinic's clocks count days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from kap_clinic.accounts.models import Clinic
from sessions.visits.models import Appointment, AppointmentStaff


def day_span(on: date, zone: str, days: int = 1) -> tuple[datetime, datetime]:
    """From one midnight to another in the zone, half open, in UTC: 23 or 25 hours when the clocks change."""
    there = ZoneInfo(zone)
    begin, end = (datetime.combine(each, time(), there) for each in (on, on + timedelta(days=days)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def between(clinic_id: int, start: datetime, end: datetime) -> QuerySet[Appointment]:
    """Visits that begin in a span, with all a page needs of them, in order."""
    staff = AppointmentStaff.objects.filter(left_at=None).select_related("user")
    rows = Appointment.objects.filter(clinic_id=clinic_id).between(start, end)
    rows = rows.select_related("patient", "room", "course", "dosing")
    return rows.prefetch_related(Prefetch("staff", staff, to_attr="people")).order_by("starts_at", "id")


def day(clinic: Clinic, on: date) -> list[Appointment]:
    """Every visit that begins on a day of the clinic, whatever became of it. `people` are those who are in it."""
    return list(between(clinic.pk, *day_span(on, clinic.zone)))
