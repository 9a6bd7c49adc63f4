"""What is read of visits: by the gate, by the chart, and by the pages of the schedule."""

from sessions.visits.selectors.course import (
    integration_after,
    newest_preparation,
    next_visit,
    next_visits,
    preparations_done,
)
from sessions.visits.selectors.days import between, day, day_span

__all__ = [
    "between",
    "day",
    "day_span",
    "integration_after",
    "newest_preparation",
    "next_visit",
    "next_visits",
    "preparations_done",
]
