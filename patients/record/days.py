"""Which day it is where the clinic is."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone


def today_in(zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(zone)).date()
