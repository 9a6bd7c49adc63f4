"""Clinics, people and patients for tests, made through the real actions.

Each function steps inside the clinic's wall for its own work and leaves the wall as it found it, so it serves a test
that is rolled back and one that commits (`fresh_db`, `live_server`) alike.
"""

import itertools
from collections import deque
from datetime import date, datetime, time, timedelta
from typing import Any

from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.models import Clinic, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic, current_clinic_id, set_clinic
from patients.course import actions as courses
from patients.course.rules import MOVES, REASON
from patients.course.terms import Stage
from patients.models import CareTeamMember, Course, Patient
from patients.record import actions as record
from patients.record.days import today_in
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

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


def room(at: Clinic, name: str = "Room 2", **fields: Any) -> Room:
    """A room of the clinic; the one of that name if it is there."""
    with as_clinic(at.pk):
        return Room.objects.get_or_create(clinic=at, name=name, defaults=fields)[0]


def course_at(patient: Patient, stage: Stage = Stage.PREPARATION, *, by: User) -> Course:
    """The patient's live course at a stage, moved there step by step as if everything each step needs were true."""
    with as_clinic(patient.clinic_id):
        course = courses.open_course(patient=patient, by=by, role=Role.THERAPIST)
        for move in _way(Stage(course.stage), stage):
            facts = {need: True for need in move.needs if need != REASON}
            role = sorted(move.who)[0]
            course = courses.move(course=course, to=move.after, by=by, role=role, evidence=facts, reason="For a test")
        return course


def _way(start: Stage, end: Stage) -> tuple:
    """The shortest way through the table of moves."""
    ways = deque([(start, ())])
    while ways:
        at, way = ways.popleft()
        if at == end:
            return way
        ways.extend((move.after, (*way, move)) for move in MOVES if move.before == at and len(way) < 8)
    raise ValueError(f"No way leads from {start} to {end}.")


def booked(patient: Patient, kind: VisitKind = VisitKind.PREPARATION, *, by: User, **fields: Any) -> Appointment:
    """A visit of the patient at 9:00 in three days, with the one who books, in Room 2, their course at preparation."""
    with as_clinic(patient.clinic_id):
        course = course_at(patient, by=by) if "course" not in fields else fields.pop("course")
        day = today_in(patient.clinic.zone) + timedelta(days=3)
        asked = {"starts": datetime.combine(day, time(9)), "minutes": 60, "staff": [(by, Role.THERAPIST)]} | fields
        where = asked.pop("room", None) or room(patient.clinic)
        return visits.book(patient=patient, course=course, kind=kind, room=where, by=by, role=Role.THERAPIST, **asked)
