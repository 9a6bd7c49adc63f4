"""Which day it is, or was, where the clinic is."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def today_in(zone: str) -> date:
    return day_in(timezone.now(), zone)


def day_in(moment: datetime, zone: str) -> date:
    """The day of a moment, as a wall calendar of the zone (IANA name) has it."""
    return moment.astimezone(ZoneInfo(zone)).date()
