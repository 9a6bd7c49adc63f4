"""The weeks in which the clocks change: the nearest spring and autumn ones, each with a visit on either side."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kap_clinic.dev.demo.cast import FOR_TALKS, Cast
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.visits import book, hold
from patients.models import Patient
from sessions.visits.terms import VisitKind

HALF_A_YEAR = 190  # days: one change of each kind lies nearer, before or after
HOUR = "08:00"
FAMILIES = {"spring": "Alvarez", "autumn": "Fitzgerald"}


def nearest(today: date, zone: str) -> dict[str, date]:
    """The day of the nearest change of each kind, past or coming; empty where the clocks never change."""
    found: dict[str, date] = {}
    for away in sorted(range(-HALF_A_YEAR, HALF_A_YEAR), key=abs):
        day = today + timedelta(days=away)
        if season := _season(day, zone):
            found.setdefault(season, day)
    return found


def _season(day: date, zone: str) -> str:
    """Whether the clocks go forward or back on this day."""
    before, after = (_offset(on, zone) for on in (day, day + timedelta(days=1)))
    return "" if before == after else "spring" if after > before else "autumn"


def _offset(day: date, zone: str) -> timedelta:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).utcoffset() or timedelta()


def on_both_sides(change: date) -> tuple[date, date]:
    """The Friday before and the Monday after: 71 or 73 hours apart at the same time on the clock."""
    return change - timedelta(days=2), change + timedelta(days=1)


def visits(season: str, change: date, cast: Cast) -> Story:
    """A visit on either side, at the same time on the clock; where it lies behind us it is written down afterwards."""
    moments = [cast.days.moment(on, HOUR) for on in on_both_sides(change)]
    yield max(cast.days.at(-1, "17:00"), datetime.min.replace(tzinfo=UTC))
    patient = Patient.objects.select_related("clinic").get(family_name=FAMILIES[season])
    for wanted in moments:
        made = book(patient, None, VisitKind.CONSULT, wanted, 45, ["director"], cast, rooms=FOR_TALKS, afterwards=True)
        if made is not None and made.ends_at <= cast.now:
            for _moment in hold(made, {"by": cast.users["director"], "role": cast.someone("director")[1]}, cast):
                pass
