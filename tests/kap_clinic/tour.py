"""A walk through every address by somebody who may: for tests that look at all pages, or post to all of them.

The addresses are those of the matrix (`things.py`) and the public ones. Who goes is chosen from the table of rights:
the first role whose cell of the matrix answers, on the patient's team if that is what it takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import reverse

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.public_urls import PUBLIC
from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from patients.links import actions
from patients.links.rules import Ask
from patients.links.terms import FormKind
from screening import remote
from tests import factories
from tests.kap_clinic.test_matrix import CLINIC, OTHER, TEAM, Cell, address, filled, relations
from tests.kap_clinic.things import PAGES, Page, Place, register
from tests.patients import consents
from tests.patients.links import come_in
from tests.people import signed_in

PATIENT, NOBODY = "patient with a link", "nobody"
LEADS_ON = {"portal:link", "invitation_link"}  # only take a token out of the address
MAKER = "who made it"  # goes where the table lets in nobody but the one whose row it is
NEAR = (TEAM, CLINIC)
ROLES = [
    Role.THERAPIST,
    Role.PRESCRIBER,
    Role.MEDICAL_DIRECTOR,
    Role.ADMIN,
    *(role for role in Role if role not in {Role.THERAPIST, Role.PRESCRIBER, Role.MEDICAL_DIRECTOR, Role.ADMIN}),
]
PUBLIC_POSTS = {
    "account_login", "mfa_authenticate", "mfa_login_webauthn", "account_logout", "forgotten", "new_password",
    "accept_invitation", "portal:door", "portal:over", "portal:question", "portal:check", "portal:help",
    "portal:consent", "portal:wishes", "portal:refuse", "portal:close",
}  # fmt: skip


@dataclass(frozen=True)
class Stop:
    """One address, who goes there, and the rows it is about."""

    name: str
    url: str
    who: str
    rows: tuple[Any, ...] = ()


@dataclass
class Tour:
    """Harbour Clinic with a person of each role, a patient on whose team all are, another's patient, and a visit."""

    clinic: Clinic
    other_clinic: Clinic
    people: dict[str, User] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {str(role): factories.member(self.clinic, role, name=f"Kim {role.label}") for role in ROLES}
        for relation, at in ((TEAM, self.clinic), (CLINIC, self.clinic), (OTHER, self.other_clinic)):
            maker = factories.member(at, Role.THERAPIST, name=f"Maker {relation.title()}")
            self.places[relation] = Place(at, maker)
            register(self.places[relation], *(self.people.values() if relation == TEAM else ()))
        self.people[MAKER] = self.places[TEAM].maker

    def stops(self, method: str) -> list[Stop]:
        staff = [self._stop(name, page, method) for name, page in PAGES.items() if method in page.methods.split()]
        return [*staff, *self._public(method)]

    def _stop(self, name: str, page: Page, method: str) -> Stop:
        cells = [Cell(name, page, str(role), at, method) for role in ROLES for at in NEAR if at in relations(page)]
        cell = next((cell for cell in cells if 200 in cell.expected()), Cell(name, page, MAKER, TEAM, method))
        things = tuple(self.places[cell.relation].thing(thing) for thing in filled(page).values())
        return Stop(name, address(cell, self.places), cell.role, things)

    def _public(self, method: str) -> Iterator[Stop]:
        link = self.link
        with as_clinic(self.clinic.pk):
            measure, consent = (link.forms.get(place=place).ref for place in (1, 2))
        kwargs: dict[str, dict[str, Any]] = {
            "account_login": {}, "account_logout": {}, "account_inactive": {}, "forgotten": {}, "accept_invitation": {},
            "mfa_authenticate": {}, "mfa_login_webauthn": {},
            "new_password": {"ref": self.places[TEAM].maker.ref, "token": "abc-def"},
            "portal:door": {}, "portal:over": {}, "portal:asked": {}, "portal:help": {}, "portal:later": {},
            "portal:done": {}, "portal:close": {},
            "portal:question": {"form": measure, "number": 1}, "portal:check": {"form": measure},
            "portal:consent": {"form": consent, "number": 1}, "portal:wishes": {"form": consent},
            "portal:refuse": {"form": consent}, "portal:copy": {"form": consent},
            "desk:readyz": {}, "web:styles": {}, "web:styles_part": {"part": "forms"},
        }  # fmt: skip
        assert set(kwargs) | LEADS_ON == set(PUBLIC), "fill the new public address here"
        for name, filling in kwargs.items():
            if method == "GET" or name in PUBLIC_POSTS:
                yield Stop(name, reverse(name, kwargs=filling), PATIENT if name.startswith("portal:") else NOBODY)

    @property
    def link(self) -> Any:
        """A link that asks for a questionnaire and a consent."""
        if not hasattr(self, "_link"):
            place = self.places[TEAM]
            with as_clinic(self.clinic.pk):
                consent = place.thing("consent")
                consents.talked(consent, place.maker)
                asks = [remote.ask_for("gad-7"), Ask(FormKind.CONSENT, str(consent.ref), needs_watch=False)]
                self._link, token = actions.make(patient=place.patient, asks=asks, by=place.maker)
            self.token = f"/p/{token}/"
        return self._link

    def client(self, kind: type[Client], who: str) -> Client:
        """A client in which this person has come in."""
        made = kind()
        made.raise_request_exception = False
        if who == PATIENT:
            assert self.link
            come_in(made, self.token)
        elif who != NOBODY:
            signed_in(made, self.people[who])
        return made
