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


@pytest.fixture
def clinic(db: None) -> Clinic:
    """Harbour Clinic; the wall stands here from now on."""
    made = factories.clinic("Harbour Clinic")
    set_clinic(made.pk)
    return made


@pytest.fixture
def other_clinic(clinic: Clinic) -> Clinic:
    return factories.clinic("Inland Clinic", zone="America/Denver")


@pytest.fixture
def therapist(clinic: Clinic) -> User:
    return factories.member(clinic, Role.THERAPIST, name="Alex Moreno")


@pytest.fixture
def prescriber(clinic: Clinic) -> User:
    return factories.member(clinic, Role.PRESCRIBER, name="Dr N. Okafor")


@pytest.fixture
def nurse(clinic: Clinic) -> User:
    return factories.member(clinic, Role.NURSE, name="Jo Winter")


@pytest.fixture
def medical_director(clinic: Clinic) -> User:
    return factories.member(clinic, Role.MEDICAL_DIRECTOR, name="Dr L. Sato")


@pytest.fixture
def admin(clinic: Clinic) -> User:
    return factories.member(clinic, Role.ADMIN, name="Ines Brandt")


@pytest.fixture
def front_desk(clinic: Clinic) -> User:
    return factories.member(clinic, Role.FRONT_DESK, name="Theo Park")


@pytest.fixture
def auditor(clinic: Clinic) -> User:
    return factories.member(clinic, Role.AUDITOR, name="Mara Quist")


@pytest.fixture
def safety_officer(clinic: Clinic) -> User:
    return factories.member(clinic, Role.SAFETY_OFFICER, name="Kofi Lund")


@pytest.fixture
def stranger(other_clinic: Clinic) -> User:
    """A therapist of the other clinic."""
    return factories.member(other_clinic, Role.THERAPIST, name="Robin Vale")


@pytest.fixture
def patient(clinic: Clinic, therapist: User, prescriber: User, nurse: User) -> Patient:
    """Harbour's patient, with a care team of three."""
    return factories.patient(clinic, by=therapist, team=(therapist, prescriber, nurse), family_name="Lindqvist")


@pytest.fixture
def other_patient(other_clinic: Clinic, stranger: User) -> Patient:
    """Inland's patient, on the stranger's team."""
    return factories.patient(other_clinic, by=stranger, team=(stranger,), family_name="Ferreira")
