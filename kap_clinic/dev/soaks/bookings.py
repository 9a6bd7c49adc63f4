"""Many book, move and cancel at once, on the days on which clocks change: no room, patient or person is ever in two.

Six clinics in six zones, one of which changes its clocks by half an hour and two not at all, with few rooms and people,
so that nearly everything clashes; one person works in all of them. What each wall time comes to is held against a table
made by walking through the minutes of the day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.soaks import Report
from kap_clinic.wall import as_clinic
from patients.course.actions import NotReady
from patients.models import Patient
from patients.record.actions import register
from sessions.visits import actions, rules
from sessions.visits.models import LIVE, Appointment, AppointmentStaff
from sessions.visits.terms import VisitKind, Why

CONNECTIONS = 8
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Auckland",
    "Asia/Kolkata",  # never
    "America/Phoenix",  # never
)
ROOMS, PEOPLE, PATIENTS = 3, 4, 8  # of each clinic
STEP = 15  # minutes
LENGTHS = (30, 60, 90, 180)


@dataclass(frozen=True)
class House:
    """One clinic and whom and what it can book."""

    clinic: Clinic
    days: list[date]
    rooms: list[Room]
    people: list[User]
    patients: list[Patient]
    desk: User


@dataclass
class Watch:
    """What one connection did and met."""

    met: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def run(n: int, seed: int) -> Report:
    """`n` tries to book, move or cancel over a few connections."""
    return trial(n, seed)


def trial(n: int, seed: int, connections: int = CONNECTIONS, zones: tuple[str, ...] = ZONES) -> Report:
    year = timezone.now().year + 1
    houses = list(_build(zones, year))
    share = -(-n // connections)
    with ThreadPoolExecutor(connections) as pool:
        watches = list(pool.map(lambda i: _work(houses, share, f"{seed}/{i}"), range(connections)))
    met: Counter[str] = sum((watch.met for watch in watches), Counter())
    broken = [f"seed {seed}: {words}" for watch in watches for words in watch.broken]
    overlaps, live = _overlaps(houses)
    broken += [f"seed {seed}: {words}" for words in [*overlaps, *_wrong_times(houses)]]
    if not sum(count for name, count in met.items() if name.startswith("one_visit")):
        broken.append(f"seed {seed}: nobody ever met anybody: {dict(met)}")
    done = {name: met.pop(name, 0) for name in ("booked", "moved", "cancelled", "nothing to change")}
    figures = {"tries": share * connections, "live at the end": live, "overlaps": len(overlaps), **done}
    return Report(injected=dict(met), broken=broken[:20], figures=figures)


def _build(zones: tuple[str, ...], year: int) -> Iterator[House]:
    everywhere = User.objects.create_user("everywhere@example.org", name="Dr Everywhere")
    for zone in zones:
        name = zone.rpartition("/")[2].replace("_", " ")
        with transaction.atomic():
            clinic = open_clinic(name=name, zone=zone)
            desk = _member(clinic, f"Desk of {name}", Role.FRONT_DESK)
            people = [_member(clinic, f"Person {i} of {name}", Role.THERAPIST) for i in range(PEOPLE)]
            add_member(clinic=clinic, user=everywhere, roles=[Role.THERAPIST])
            rooms = [Room.objects.create(clinic=clinic, name=f"Room {i}") for i in range(1, ROOMS + 1)]
            patients = [
                register(clinic=clinic, by=desk, family_name=name, given_name=f"No {i}", birth_date=date(1987, 3, 14))
                for i in range(PATIENTS)
            ]
        yield House(clinic, change_days(zone, year), rooms, [*people, everywhere], patients, desk)


def _member(clinic: Clinic, name: str, role: Role) -> User:
    user = User.objects.create_user(f"{name.lower().replace(' ', '.')}@example.org", name=name)
    add_member(clinic=clinic, user=user, roles=[role])
    return user


def change_days(zone: str, year: int) -> list[date]:
    """The days of a year on which clocks of the zone change; two ordinary ones where they never do."""
    there, days = ZoneInfo(zone), []
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    for each in (noon + timedelta(days=i) for i in range(365)):
        if each.astimezone(there).utcoffset() != (each - timedelta(days=1)).astimezone(there).utcoffset():
            days += [(each - timedelta(days=i)).astimezone(there).date() for i in (1, 0)]
    changed = [day for day in dict.fromkeys(days) if set(times_of(zone, day).values()) != {1} or _is_short(zone, day)]
    return changed or [date(year, 3, 14), date(year, 11, 7)]


def _is_short(zone: str, day: date) -> bool:
    return len(times_of(zone, day)) < 24 * 60


@cache
def times_of(zone: str, day: date) -> dict[str, int]:
    """How often clocks show each minute of a day, by walking through all moments around it."""
    there, start = ZoneInfo(zone), datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    shown = ((start + timedelta(minutes=i)).astimezone(there) for i in range(54 * 60))
    return Counter(f"{each:%H:%M}" for each in shown if each.date() == day)


# One try


def _work(houses: list[House], share: int, seed: str) -> Watch:
    chance, watch = Random(seed), Watch()  # noqa: S311  # a trial, no secret
    try:
        for _ in range(share):
            chance.choice(TRIES)(chance.choice(houses), chance, watch)
    finally:
        connection.close()
    return watch


def _any_time(house: House, chance: Random) -> datetime:
    day, minute = chance.choice(house.days), chance.randrange(0, 24 * 60, STEP)
    if chance.random() < 0.3:  # often enough in the hours that change
        minute = chance.randrange(60, 180, STEP)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001  # a wall time


def book(house: House, chance: Random, watch: Watch) -> None:
    staff = [(person, Role.THERAPIST) for person in chance.sample(house.people, chance.randint(1, 2))]
    starts = _any_time(house, chance)

    def act(fold: int | None) -> None:
        actions.book(
            patient=patient,
            course=None,
            kind=VisitKind.CONSULT,
            starts=starts,
            minutes=minutes,
            room=room,
            staff=staff,
            by=house.desk,
            role=Role.FRONT_DESK,
            fold=fold,
        )
        watch.met["booked"] += 1

    patient, room, minutes = chance.choice(house.patients), chance.choice(house.rooms), chance.choice(LENGTHS)
    _try(house, starts, act, chance, watch)


def move(house: House, chance: Random, watch: Watch) -> None:
    starts, room = _any_time(house, chance), chance.choice(house.rooms)

    def act(fold: int | None) -> None:
        visit = _any_visit(house, chance)
        if visit is None:
            watch.met["nothing to change"] += 1
            return
        actions.move_visit(
            appointment=visit,
            starts=starts,
            room=room,
            why=Why.CLINIC_ASKED,
            by=house.desk,
            role=Role.FRONT_DESK,
            fold=fold,
        )
        watch.met["moved"] += 1

    _try(house, starts, act, chance, watch)


def cancel(house: House, chance: Random, watch: Watch) -> None:
    def act(_: int | None) -> None:
        visit = _any_visit(house, chance)
        if visit is None:
            watch.met["nothing to change"] += 1
            return
        actions.cancel(appointment=visit, why=Why.PATIENT_ASKED, by=house.desk, role=Role.FRONT_DESK)
        watch.met["cancelled"] += 1

    _try(house, None, act, chance, watch)


def _any_visit(house: House, chance: Random) -> Appointment | None:
    refs = list(Appointment.objects.live().values_list("pk", flat=True))
    return Appointment.objects.get(pk=chance.choice(refs)) if refs else None


def _try(house: House, starts: datetime | None, act: Any, chance: Random, watch: Watch) -> None:
    """One try; a time that comes twice is asked for and tried again with an answer."""
    times = times_of(house.clinic.zone, starts.date()).get(f"{starts:%H:%M}", 0) if starts else 1
    fold = None
    for _ in range(2):
        try:
            with as_clinic(house.clinic.pk):
                act(fold)
        except actions.WhichTime as asked:
            watch.met["asked which"] += 1
            fold = chance.choice(asked.choices)[0]
            if times == 1:
                watch.broken.append(f"{starts} comes once in {house.clinic.zone}, and was asked for")
            continue
        except actions.Clash as clash:
            watch.met[clash.constraint] += 1
        except NotReady as no:
            _weigh(no.reasons, starts, times, house, watch)
        except DatabaseError as error:
            watch.broken.append(f"{starts} in {house.clinic.zone}: {type(error).__name__}: {error}")
        return


def _weigh(reasons: list[str], starts: datetime | None, times: int, house: House, watch: Watch) -> None:
    said = " ".join(reasons)
    if "no such time" in said:
        watch.met["missing time"] += 1
        if times:
            watch.broken.append(f"{starts} exists in {house.clinic.zone}, and was refused")
    elif "does not move any more" in said or "cannot become" in said:
        watch.met["changed meanwhile"] += 1  # another connection cancelled it first
    else:
        watch.broken.append(f"{starts} in {house.clinic.zone}: {said}")


TRIES = (book, book, book, book, move, move, cancel)


# What stands at the end


def _overlaps(houses: list[House]) -> tuple[list[str], int]:
    """Every pair of live visits that share a room, a patient or a person at the same moment, and how many there are."""
    held: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    live = 0
    for house in houses:
        with as_clinic(house.clinic.pk):
            for visit in Appointment.objects.filter(state__in=LIVE):
                live += 1
                span = (visit.starts_at, visit.ends_at, visit.pk)
                held[f"room {visit.room_id}"].append(span)
                held[f"patient {visit.patient_id}"].append(span)
            staff = AppointmentStaff.objects.filter(appointment__state__in=LIVE, left_at=None)
            for one in staff.select_related("appointment"):
                held[f"person {one.user_id}"].append((one.appointment.starts_at, one.appointment.ends_at, one.pk))
    found = []
    for name, spans in held.items():
        for (_, end, first), (start, _, second) in pairwise(sorted(spans)):
            if start < end:
                found.append(f"{name} is in {first} and {second} at once")
    return found, live


def _wrong_times(houses: list[House]) -> Iterator[str]:
    """Every visit that does not begin and end when its wall times say."""
    for house in houses:
        with as_clinic(house.clinic.pk):
            for visit in Appointment.objects.all():
                zone = ZoneInfo(visit.zone)
                shown = [f"{at.astimezone(zone):{rules.WALL}}" for at in (visit.starts_at, visit.ends_at)]
                if shown != [visit.wall_start, visit.wall_end]:
                    yield f"visit {visit.pk} says {visit.wall_start} to {visit.wall_end} and is {shown}"
