"""When a message may go and what it may say. Pure: no database, no clock."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_TRIES = 8  # REL-10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LATE_AFTER = timedelta(hours=2)  # later than this a reminder is recorded as missed (REL-09, PD)

# No drug, diagnosis, specialty, form name or answer in anything that leaves the house (SEC-30). Beginnings of words.
CLINICAL = (
    "ketamin", "esketamin", "spravato", "psych", "therap", "depress", "anxi", "trauma", "ptsd", "suicid", "bipolar",
    "mania", "manic", "screening", "phq", "gad-7", "pcl", "asq", "audit-c", "questionnaire", "symptom", "mood",
    "mental", "dose", "dosing", "infusion", "injection", "lozenge", "nasal", "drug", "medicin", "treatment",
    "consent", "integration", "preparation", "session", "diagnos", "prescri", "clinician", "patient", "score",
    "substance", "alcohol", "pregnan", "escort", "journey", "dissociat",
)  # fmt: skip
_CLINICAL = re.compile(r"(?<![\w])(" + "|".join(map(re.escape, CLINICAL)) + r")\w*", re.IGNORECASE)


def clinical_words(text: str) -> list[str]:
    """Every word of a message that would give away what kind of clinic writes, or why."""
    return sorted({match[0].lower() for match in _CLINICAL.finditer(text)})


def wall_before(starts: datetime, zone: str, days: int) -> datetime:
    """The same time on the wall so many days earlier: a day is a day on the wall, 23 or 25 hours included (REL-18).

    A wall time that does not exist that day is the one an hour on, as clocks show it.
    """
    place = ZoneInfo(zone)
    wall = starts.astimezone(place).replace(tzinfo=None) - timedelta(days=days)
    return wall.replace(tzinfo=place).astimezone(ZoneInfo("UTC"))


def in_hours(at: datetime, zone: str, *, quiet_from: time, quiet_until: time, earlier: bool) -> datetime:
    """The moment itself, or the nearest one outside quiet hours in the reader's zone: before them, or after."""
    local = at.astimezone(ZoneInfo(zone))
    if not is_quiet(local.time(), quiet_from, quiet_until):
        return at
    over_midnight = quiet_from > quiet_until
    if earlier:
        day = local.date() - timedelta(days=1 if over_midnight and local.time() < quiet_until else 0)
        moved = datetime.combine(day, quiet_from) - timedelta(minutes=1)
    else:
        day = local.date() + timedelta(days=1 if over_midnight and local.time() >= quiet_from else 0)
        moved = datetime.combine(day, quiet_until)
    return moved.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def is_quiet(at: time, quiet_from: time, quiet_until: time) -> bool:
    """Half-open, and over midnight where the end is the smaller. Equal ends: never quiet."""
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def wait_after(tries: int, jitter: float) -> timedelta:
    """How long until the next try: doubling, an hour at most, spread by `jitter` of 0.8 to 1.2 (REL-10)."""
    return min(FIRST_WAIT * 2 ** max(tries - 1, 0), LONGEST_WAIT) * jitter
