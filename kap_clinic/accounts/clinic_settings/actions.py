"""Rooms. (Settings with versions are changed by `accounts.actions.change_setting`.)"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record


class NameTaken(Exception):
    """Two rooms of a clinic never share a name."""


def add_room(*, clinic: Clinic, name: str, is_dosing_room: bool, by: User) -> Room:
    return _saved(Room(clinic=clinic, name=name, is_dosing_room=is_dosing_room), by=by, was="added")


def change_room(*, room: Room, name: str, is_dosing_room: bool, by: User) -> Room:
    room.name, room.is_dosing_room = name, is_dosing_room
    return _saved(room, by=by, was="changed")


def close_room(*, room: Room, by: User) -> Room:
    """No visit is booked there any more; past visits keep their room."""
    room.closed_at = timezone.now()
    return _saved(room, by=by, was="closed")


def open_room(*, room: Room, by: User) -> Room:
    room.closed_at = None
    return _saved(room, by=by, was="opened")


def _saved(room: Room, *, by: User, was: str) -> Room:
    try:
        with transaction.atomic():
            room.save()
            record(Event.ROOM_CHANGED, by=by, on=room, was=was)
    except IntegrityError as error:
        raise NameTaken from error
    return room
