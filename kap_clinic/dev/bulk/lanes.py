"""Who sees whom, where and when, so that no room, patient or person is ever in two visits.

A lane is a therapist, a nurse and a room of their own; a copy of a patient's visits is put where all of them are free.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from kap_clinic.accounts.models import Clinic, Membership, Room, User
from kap_clinic.accounts.terms import Role

CELL = 15 * 60  # seconds
HOURS = (0, 4, 8)  # a morning's visits may as well be at noon or towards evening
CLASSES = (0, 3, 6)  # days; visits two days apart and weekly never meet their own copies moved by these
YEARS_BACK = 3
PATIENTS_OF_A_LANE = 80


@dataclass
class Lane:
    therapist: User
    nurse: User
    room: Room
    busy: set[int] = field(default_factory=set)


class Lanes:
    """As many as it takes."""

    def __init__(self, clinic: Clinic, rng: Random, patients: int) -> None:
        self.clinic, self.rng, self.lanes, self.opened = clinic, rng, list[Lane](), 0
        self._open(max(1, patients // PATIENTS_OF_A_LANE))

    def place(self, cells: list[int], *, is_past: bool) -> tuple[Lane, timedelta]:
        """A lane and a shift at which these cells are free; they are taken from then on."""
        while True:
            for lane, shift in self._tries(is_past):
                moved = [cell + int(shift.total_seconds()) // CELL for cell in cells]
                if lane.busy.isdisjoint(moved):
                    lane.busy.update(moved)
                    return lane, shift
            self._open(max(1, len(self.lanes) // 10))

    def one(self) -> Lane:
        """A lane nobody else is placed in."""
        self._open(1)
        return self.lanes.pop()

    def _tries(self, is_past: bool) -> Iterator[tuple[Lane, timedelta]]:
        for _ in range(60):
            weeks = self.rng.randrange(5, 52 * YEARS_BACK) if is_past else 0
            days, hours = self.rng.choice(CLASSES) + 7 * weeks, self.rng.choice(HOURS)
            yield self.rng.choice(self.lanes), timedelta(hours=hours - 24 * days)
        if not is_past:
            for lane in self.lanes:
                for days in CLASSES:
                    yield from ((lane, timedelta(hours=hours - 24 * days)) for hours in HOURS)

    def _open(self, count: int) -> None:
        numbers = range(self.opened + 1, self.opened + 1 + count)
        self.opened += count
        therapists = self._people("Therapist", Role.THERAPIST, numbers)
        nurses = self._people("Nurse", Role.NURSE, numbers)
        rooms = Room.objects.bulk_create(Room(clinic=self.clinic, name=f"Suite {number}") for number in numbers)
        self.lanes += [Lane(*parts) for parts in zip(therapists, nurses, rooms, strict=True)]

    def _people(self, title: str, role: Role, numbers: Iterable[int]) -> list[User]:
        """Staff nobody signs in as: they have no password."""
        people = [User(email=f"{title.lower()}{n}@bulk.example", name=f"{title} {n} (demo)") for n in numbers]
        for person in people:
            person.set_unusable_password()
        made = User.objects.bulk_create(people)
        Membership.objects.bulk_create(Membership(clinic=self.clinic, user=user, roles=[role]) for user in made)
        return made


def cells_of(visits: Iterable[tuple[datetime, datetime]]) -> list[int]:
    """The quarters of an hour these visits fill."""
    found: set[int] = set()
    for start, end in visits:
        first, last = int(start.timestamp()) // CELL, -(-int(end.timestamp()) // CELL)
        found.update(range(first, last))
    return sorted(found)
