"""Past days of the demo: what is done inside is done then. Only for a clinic that is invented."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from django.db import connection, transaction

SATURDAY = 5
HOUR = timedelta(hours=1)
Story = Iterator[datetime]  # gives the moment of its next part, and tells that part when it is asked for the one after


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands at this moment for what is done inside."""
    import time_machine

    with time_machine.travel(moment, tick=False):
        yield


@dataclass(frozen=True)
class Days:
    """Working days counted from today, which is day 0 whatever weekday it is."""

    today: date
    zone: str

    def on(self, days: int) -> date:
        """The working day so many before or after today."""
        day, step = self.today, 1 if days > 0 else -1
        for _ in range(abs(days)):
            day += timedelta(days=step)
            while day.weekday() >= SATURDAY:
                day += timedelta(days=step)
        return day

    def after(self, day: date) -> date:
        """The next working day after a day; today is one, whatever weekday it is."""
        while True:
            day += timedelta(days=1)
            if day == self.today or day.weekday() < SATURDAY:
                return day

    def at(self, days: int, hour: str) -> datetime:
        return self.moment(self.on(days), hour)

    def moment(self, on: date, hour: str) -> datetime:
        """A day and what the clock shows, as 09:30."""
        return datetime.combine(on, time.fromisoformat(hour), ZoneInfo(self.zone))


@contextmanager
def whole_or_not() -> Iterator[None]:
    """One transaction without savepoints, which are a quarter of the statements: any mistake inside undoes it all."""
    features = connection.features
    with transaction.atomic():
        before, features.uses_savepoints = features.uses_savepoints, False
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            features.uses_savepoints = before


def play(stories: Iterable[Story], *, until: datetime, each_hour: Callable[[datetime], None]) -> None:
    """Tell all stories at once in the order of the clock, each to its last part that is not still to come.

    `each_hour` is called with every full hour in which something happens, before it does.
    """
    waiting: list[tuple[datetime, int, Story]] = []
    hour: datetime | None = None
    for number, story in enumerate(stories):
        _wait(waiting, number, story)
    while waiting and waiting[0][0] <= until:
        moment, number, story = heappop(waiting)
        if hour is None or moment - hour >= HOUR:
            hour = moment.replace(minute=0, second=0, microsecond=0)
            each_hour(hour)
        with at(moment):
            _wait(waiting, number, story)
    each_hour(until)


def tell(story: Story) -> None:
    """One story by itself, to its end."""
    moment = next(story, None)
    while moment is not None:
        with at(moment):
            moment = next(story, None)


def _wait(waiting: list[tuple[datetime, int, Story]], number: int, story: Story) -> None:
    if (moment := next(story, None)) is not None:
        heappush(waiting, (moment, number, story))
