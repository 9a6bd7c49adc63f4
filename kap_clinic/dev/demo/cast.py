"""Who works at the demo clinic, where and on which days: what every story is told with."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.diary import Diary
from kap_clinic.dev.demo.moments import Days

ROOMS = {
    "Dosing room": True,
    "Room 1": True,
    "Room 2": True,
    "Room 3": False,
    "Room 4": False,
    "Lake room": True,
    "Garden room": True,
    "Cedar room": True,
}
FOR_DOSES = tuple(name for name, is_for_doses in ROOMS.items() if is_for_doses)
FOR_TALKS = ("Room 3", "Room 4", "Room 1", "Room 2")
NURSES = ("nurse", "nurse2", "nurse3")
ROLES = {"prescriber": Role.PRESCRIBER, "director": Role.PRESCRIBER}


@dataclass(frozen=True)
class Cast:
    """The clinic, its people by key, its rooms by name, its days, and what is taken when."""

    clinic: Clinic
    users: dict[str, User]
    rooms: dict[str, Room]
    now: datetime
    days: Days
    diary: Diary = field(default_factory=Diary)

    def of(self, therapist: str) -> "Cast":
        """The same clinic for somebody whose therapist is another one."""
        return replace(self, users=self.users | {"therapist": self.users[therapist]})

    def by(self, key: str, role: Role) -> dict[str, Any]:
        return {"by": self.users[key], "role": role}

    def someone(self, key: str) -> tuple[User, Role]:
        """A person as a booking names them."""
        if key.startswith("nurse"):
            return self.users[key], Role.NURSE
        return self.users[key], ROLES.get(key, Role.THERAPIST)

    @property
    def therapist(self) -> dict[str, Any]:
        return self.by("therapist", Role.THERAPIST)

    @property
    def prescriber(self) -> dict[str, Any]:
        return self.by("prescriber", Role.PRESCRIBER)

    @property
    def director(self) -> dict[str, Any]:
        return self.by("director", Role.MEDICAL_DIRECTOR)

    @property
    def nurse(self) -> dict[str, Any]:
        return self.by("nurse", Role.NURSE)

    @property
    def desk(self) -> dict[str, Any]:
        return self.by("desk", Role.FRONT_DESK)


def assemble(clinic: Clinic, users: dict[str, User], now: datetime) -> Cast:
    """The rooms made, and today as it is in the clinic's zone."""
    rooms = {
        name: Room.objects.create(clinic=clinic, name=name, is_dosing_room=is_for_doses)
        for name, is_for_doses in ROOMS.items()
    }
    today = now.astimezone(ZoneInfo(clinic.zone)).date()
    return Cast(clinic, users, rooms, now, Days(today, clinic.zone))
