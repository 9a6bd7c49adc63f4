"""The people every test knows, as fixtures.

Harbour Clinic (`clinic`) has one person for each role: `therapist`, `prescriber`, `nurse`, `medical_director`,
`admin`, `front_desk`, `auditor`, `safety_officer`. Inland Clinic (`other_clinic`) has the `stranger`, a therapist too.
`patient` is Harbour's, with therapist, prescriber and nurse on the care team; `other_patient` is Inland's.
The wall stands at Harbour: in a test that is rolled back it is set once, here; a test that commits says
`with as_clinic(clinic.pk)` itself.
"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kap_clinic.accounts.membership import Member, live
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.wall import current_clinic_id, set_clinic
from patients.models import Patient
from tests import factories

PEOPLE = {
    "therapist": (Role.THERAPIST, "Alex Moreno"),
    "prescriber": (Role.PRESCRIBER, "Dr N. Okafor"),
    "nurse": (Role.NURSE, "Jo Winter"),
    "medical_director": (Role.MEDICAL_DIRECTOR, "Dr L. Sato"),
    "admin": (Role.ADMIN, "Ines Brandt"),
    "front_desk": (Role.FRONT_DESK, "Theo Park"),
    "auditor": (Role.AUDITOR, "Mara Quist"),
    "safety_officer": (Role.SAFETY_OFFICER, "Kofi Lund"),
}


class WalledClient(Client):
    """A client for tests that are rolled back: after each request the wall stands where the test had put it."""

    def request(self, **request: Any) -> Any:
        if not connection.in_atomic_block:
            return super().request(**request)
        before = current_clinic_id()
        response = super().request(**request)
        set_clinic(before)
        return response


@pytest.fixture
def client() -> WalledClient:
    return WalledClient()


def signed_in(client: Client, user: User) -> Client:
    """Sign somebody in, second factor passed just now: what the middleware asks for before any page (SEC-16)."""
    client.force_login(user)
    session = client.session
    now = timezone.now().timestamp()
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": now, "email": user.email},
        {"method": "mfa", "at": now, "type": "totp"},
    ]
    session.save()
    return client


def member_of(user: User) -> Member:
    """What the middleware makes of somebody: their place and roles right now."""
    member = live(user)
    assert member is not None, f"{user} works nowhere"
    return member


@pytest.fixture(scope="module")
def standing() -> dict[str, Any]:
    """What a module made once for all its tests, by the names of these fixtures: nothing, unless it says so itself
    (`tests/sessions/gates.py` has one). A module that does takes `kept` and has no test that commits."""
    return {}


def _again(standing: dict[str, Any], name: str) -> Any:
    """The row of that name as it stands now, or None where the module made none."""
    row = standing.get(name)
    return type(row).objects.get(pk=row.pk) if row is not None else None


def _person(name: str, clinic: Clinic, standing: dict[str, Any]) -> User:
    role, person = PEOPLE[name]
    row: User | None = _again(standing, name)
    return row or factories.member(clinic, role, name=person)


@pytest.fixture
def clinic(standing: dict[str, Any], db: None) -> Clinic:
    """Harbour Clinic; the wall stands here from now on."""
    made: Clinic = _again(standing, "clinic") or factories.clinic("Harbour Clinic")
    set_clinic(made.pk)
    return made


@pytest.fixture
def other_clinic(clinic: Clinic) -> Clinic:
    return factories.clinic("Inland Clinic", zone="America/Denver")


@pytest.fixture
def therapist(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("therapist", clinic, standing)


@pytest.fixture
def prescriber(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("prescriber", clinic, standing)


@pytest.fixture
def nurse(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("nurse", clinic, standing)


@pytest.fixture
def medical_director(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("medical_director", clinic, standing)


@pytest.fixture
def admin(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("admin", clinic, standing)


@pytest.fixture
def front_desk(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("front_desk", clinic, standing)


@pytest.fixture
def auditor(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("auditor", clinic, standing)


@pytest.fixture
def safety_officer(standing: dict[str, Any], clinic: Clinic) -> User:
    return _person("safety_officer", clinic, standing)


@pytest.fixture
def stranger(other_clinic: Clinic) -> User:
    """A therapist of the other clinic."""
    return factories.member(other_clinic, Role.THERAPIST, name="Robin Vale")


@pytest.fixture
def patient(standing: dict[str, Any], clinic: Clinic, therapist: User, prescriber: User, nurse: User) -> Patient:
    """Harbour's patient, with a care team of three."""
    row: Patient | None = _again(standing, "patient")
    return row or _harbours_patient(clinic, (therapist, prescriber, nurse))


def _harbours_patient(clinic: Clinic, team: tuple[User, ...]) -> Patient:
    return factories.patient(clinic, by=team[0], team=team, family_name="Lindqvist")


def everybody() -> dict[str, Any]:
    """Harbour Clinic, its people and its patient by the names of the fixtures, for a module that makes them once."""
    clinic = factories.clinic("Harbour Clinic")
    set_clinic(clinic.pk)
    people = {name: factories.member(clinic, role, name=person) for name, (role, person) in PEOPLE.items()}
    team = tuple(people[name] for name in ("therapist", "prescriber", "nurse"))
    return {"clinic": clinic, **people, "patient": _harbours_patient(clinic, team)}


@pytest.fixture
def other_patient(other_clinic: Clinic, stranger: User) -> Patient:
    """Inland's patient, on the stranger's team."""
    return factories.patient(other_clinic, by=stranger, team=(stranger,), family_name="Ferreira")
