"""What a booking runs into, said with its name: the database refuses an overlap, this says with what (REL-12)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from kap_clinic.accounts.models import Room, User
from patients.course.actions import NotReady
from patients.record.models import Patient
from sessions.visits import rules
from sessions.visits.models import LIVE, Appointment, AppointmentStaff
from sessions.visits.rules import Time


class Clash(NotReady):
    """The time is taken. `constraint` is the name of what the database held to."""

    def __init__(self, reasons: list[str], constraint: str) -> None:
        super().__init__(reasons)
        self.constraint = constraint


class WhichTime(NotReady):
    """The wall time comes twice on that day: `choices` are (fold, words), to be asked."""

    def __init__(self, error: rules.TwiceThatDay) -> None:
        super().__init__([str(error)])
        self.choices = error.choices


@dataclass(frozen=True)
class Wanted:
    """Whose time a visit takes: the patient's, a room's, some people's."""

    time: Time
    patient: Patient
    room: Room | None
    people: tuple[User, ...]
    visit_id: int = 0  # of a visit that is there already


def time_of(starts: datetime, minutes: int, zone: str, fold: int | None) -> Time:
    """As rules.time_of; what cannot be becomes NotReady, what must be asked WhichTime."""
    try:
        return rules.time_of(starts, minutes, zone, fold)
    except rules.TwiceThatDay as error:
        raise WhichTime(error) from None
    except ValueError as error:
        raise NotReady([str(error)]) from None


def hold(rooms: Iterable[Room | None], people: Iterable[User]) -> None:
    """Keep others from booking these rooms and people until this transaction ends, always in the same order.

    The constraints alone would refuse the overlap too, but two who book at once could wait for each other for ever.
    Called once a transaction, after the patient is locked (REL-11).
    """
    names = {f"room {room.pk}" for room in rooms if room} | {f"person {person.pk}" for person in people}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"visit {name}"])


@contextmanager
def said_with_names(wanted: Wanted) -> Iterator[None]:
    """Whatever is written inside may overlap: then nothing of it is, and Clash says with what."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in FOUND:
            raise
        raise Clash(_all_clashes(wanted, name), name) from None


def _all_clashes(wanted: Wanted, name: str) -> list[str]:
    """What the database refused first, and whatever else stands in the way of the same time."""
    said = {each: find(wanted) for each, find in FOUND.items()}
    said[name] = said[name] or _not_found(wanted, name)
    return [said.pop(name), *filter(None, said.values())]


def _not_found(wanted: Wanted, name: str) -> str:
    """It lies behind the wall of another clinic, where only people can be, or is gone again."""
    if name == "one_visit_a_person":
        return rules.person_is_not_free(" or ".join(person.name for person in wanted.people))
    return rules.TAKEN_JUST_NOW


def _overlapping(rows: QuerySet[Any], time: Time) -> Any:
    """Read by `starts_at` between two times, which keeps its index under the wall (security.md, exit 6)."""
    earliest = time.starts_at - timedelta(minutes=rules.LONGEST)
    near = rows.filter(starts_at__gt=earliest, starts_at__lt=time.ends_at, ends_at__gt=time.starts_at)
    return near.order_by("starts_at").first()


def _others(wanted: Wanted) -> QuerySet[Appointment]:
    return Appointment.objects.filter(state__in=LIVE).exclude(pk=wanted.visit_id)


def _room_words(wanted: Wanted) -> str:
    rows = _others(wanted).filter(room=wanted.room, room__isnull=False)
    held: Appointment | None = _overlapping(rows, wanted.time)
    if held is None or wanted.room is None:
        return ""
    names = held.staff.filter(left_at=None).values_list("user__name", flat=True)
    return rules.room_is_held(wanted.room.name, names, _clock(held.ends_at, wanted))


def _person_words(wanted: Wanted) -> str:
    rows = AppointmentStaff.objects.filter(user__in=wanted.people, live=True, left_at=None)
    rows = rows.exclude(appointment_id=wanted.visit_id).select_related("user", "appointment__room")
    held: AppointmentStaff | None = _overlapping(rows, wanted.time)
    if held is None:
        return ""
    place = held.appointment.room.name if held.appointment.room else ""
    since, until = _clock(held.starts_at, wanted), _clock(held.ends_at, wanted)
    return rules.person_is_booked(held.user.name, since, until, place)


def _patient_words(wanted: Wanted) -> str:
    rows = _others(wanted).filter(patient=wanted.patient)
    held: Appointment | None = _overlapping(rows, wanted.time)
    if held is None:
        return ""
    return rules.patient_is_booked(_clock(held.starts_at, wanted), _clock(held.ends_at, wanted))


def _clock(at: datetime, wanted: Wanted) -> str:
    return f"{rules.wall_of(at, wanted.time.zone):%H:%M}"


FOUND: dict[str, Callable[[Wanted], str]] = {
    "one_visit_a_room": _room_words,
    "one_visit_a_person": _person_words,
    "one_visit_a_patient": _patient_words,
}
