"""Clinics, people and patients for tests, made through the real actions.

Each function steps inside the clinic's wall for its own work and leaves the wall as it found it, so it serves a test
that is rolled back and one that commits (`fresh_db`, `live_server`) alike.
"""

import itertools
from datetime import date
from typing import Any

from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic, current_clinic_id, set_clinic
from patients.models import CareTeamMember, Patient
from patients.record import actions as record

PASSWORD = "seven paper lanterns"  # of people made with `password=PASSWORD`; hashing is slow, so the others have none
_numbers = itertools.count(1)


def clinic(name: str = "Harbour Clinic", zone: str = "America/New_York") -> Clinic:
    """A new clinic. The wall stays where it was."""
    before = current_clinic_id()
    made = open_clinic(name=name, zone=zone)
    set_clinic(before)
    return made


def user(name: str = "Alex Moreno", *, password: str | None = None, email: str = "") -> User:
    """An account without a place in any clinic."""
    email = email or f"{name.lower().replace(' ', '.').replace('..', '.')}.{next(_numbers)}@example.org"
    return User.objects.create_user(email, password, name=name)


def member(at: Clinic, *roles: Role, name: str = "Alex Moreno", password: str | None = None) -> User:
    """An account with these roles in the clinic."""
    person = user(name, password=password)
    with as_clinic(at.pk):
        add_member(clinic=at, user=person, roles=list(roles))
    return person


def patient(at: Clinic, *, by: User, team: tuple[User, ...] = (), **fields: Any) -> Patient:
    """A patient of the clinic, registered by somebody; `team` are on the care team."""
    number = next(_numbers)
    named = {"family_name": f"Lindqvist{number}", "given_name": "Maya", "birth_date": date(1987, 3, 14)} | fields
    with as_clinic(at.pk):
        made = record.register(clinic=at, by=by, **named)
        for person in team:
            join_team(made, person, by=by)
    return made


def join_team(patient: Patient, person: User, *, by: User) -> CareTeamMember:
    """Put somebody on the care team; oneself as cover, since nobody adds oneself otherwise."""
    with as_clinic(patient.clinic_id):
        if person == by:
            return record.cover(patient=patient, by=person, why="Covers")
        return record.join_team(patient=patient, user=person, by=by)
