"""Where there is room in the demo's days: the first free time of people and rooms. Pure: no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STEP = timedelta(minutes=15)
LATEST = 18  # o'clock at which the last visit ends


@dataclass
class Diary:
    """Who and what is taken from when until when, by name. Moments are aware."""

    taken: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def hold(self, names: Iterable[str], start: datetime, minutes: int) -> None:
        for name in names:
            self.taken.setdefault(name, []).append((start, start + timedelta(minutes=minutes)))

    def is_free(self, name: str, start: datetime, minutes: int) -> bool:
        end = start + timedelta(minutes=minutes)
        return all(end <= since or until <= start for since, until in self.taken.get(name, ()))

    def find(
        self, wanted: datetime, minutes: int, names: Sequence[str], rooms: Sequence[str]
    ) -> tuple[datetime, str] | None:
        """The first time from `wanted` on, the same day, at which all these and one of the rooms are free; it is held.

        No rooms asked for: the room is empty. None: that day is full.
        """
        start = wanted
        while (start + timedelta(minutes=minutes)).hour < LATEST and start.date() == wanted.date():
            if all(self.is_free(name, start, minutes) for name in names):
                free = next((room for room in rooms if self.is_free(room, start, minutes)), None)
                if free or not rooms:
                    self.hold([*names, *([free] if free else [])], start, minutes)
                    return start, free or ""
            start += STEP
        return None
