"""What is done with visits: book, move, cancel, miss; arrive, start, complete; write down a preparation."""

from patients.course.actions import NotReady
from sessions.visits.actions.booking import Visit, book, book_series
from sessions.visits.actions.changing import cancel, change_people, miss, move_series, move_visit
from sessions.visits.actions.clashes import Clash, WhichTime
from sessions.visits.actions.passing import arrive, complete, start
from sessions.visits.actions.preparing import write_preparation
from sessions.visits.actions.team import end_cover

__all__ = [
    "Clash",
    "NotReady",
    "Visit",
    "WhichTime",
    "arrive",
    "book",
    "book_series",
    "cancel",
    "change_people",
    "complete",
    "end_cover",
    "miss",
    "move_series",
    "move_visit",
    "start",
    "write_preparation",
]
