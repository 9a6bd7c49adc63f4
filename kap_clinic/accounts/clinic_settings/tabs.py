"""The pages of settings somebody may open."""

from dataclasses import dataclass

from django.urls import reverse

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.access import duties, may
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest

NAMES = {
    "clinic": "Clinic",
    "rooms": "Rooms",
    "hours": "Hours",
    "staff": "Staff",
    "crisis": "Crisis contacts",
    "letterhead": "Letterhead",
}


@dataclass(frozen=True)
class Tab:
    name: str
    url: str
    count: int | None
    current: bool


def tabs(request: StaffRequest, current: str) -> list[Tab]:
    """In the order of NAMES, then what other rooms have declared, then what waits for a second person."""
    member = request.member
    shown = [Tab(_name(key), _address(key), None, key == current) for key in _topics(request)]
    if may(member, Permission.PROPOSAL_VIEW):
        shown.append(Tab("Two persons", reverse("proposals:list"), None, current == "proposals"))
    return shown


def first_topic(request: StaffRequest) -> str:
    return _address(_topics(request)[0])


def _topics(request: StaffRequest) -> list[str]:
    member = request.member
    if "opening_hours" in duties(member, Permission.SETTINGS_VIEW):
        return ["hours"]
    declared = [key.topic for key in setting_keys.every()]
    every = dict.fromkeys([*NAMES, *declared])
    return [topic for topic in every if topic != "staff" or may(member, Permission.STAFF_VIEW)]


def _name(topic: str) -> str:
    return NAMES.get(topic, topic.replace("-", " ").capitalize())


def _address(topic: str) -> str:
    own = {"rooms": "settings:rooms", "staff": "settings:staff"}
    return reverse(own[topic]) if topic in own else reverse("settings:topic", args=[topic])
