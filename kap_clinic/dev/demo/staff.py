"""Who works at the demo clinic, and how they sign in. These sign-ins exist only where DEMO is on."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password

from kap_clinic.accounts import actions
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role

NAME = "Harbour Clinic (demo)"
PASSWORD = "seven paper lanterns"  # noqa: S105  # documented, and only in the demo


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    roles: tuple[Role, ...]

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


PEOPLE = (
    Person("therapist", "M. Reyes", (Role.THERAPIST,)),
    Person("therapist2", "J. Park", (Role.THERAPIST,)),
    Person("therapist3", "L. Marin", (Role.THERAPIST,)),
    Person("prescriber", "Dr N. Okafor", (Role.PRESCRIBER,)),
    Person("nurse", "R. Lindgren", (Role.NURSE,)),
    Person("nurse2", "A. Haddou", (Role.NURSE,)),
    Person("nurse3", "B. Oyelaran", (Role.NURSE,)),
    Person("director", "Dr S. Aalto", (Role.MEDICAL_DIRECTOR, Role.PRESCRIBER)),
    Person("admin", "C. Duarte", (Role.ADMIN,)),
    Person("desk", "T. Osman", (Role.FRONT_DESK,)),
    Person("auditor", "P. Novak", (Role.AUDITOR,)),
    Person("safety", "K. Lund", (Role.SAFETY_OFFICER,)),
)


def open_demo_clinic() -> tuple[Clinic, dict[str, User]]:
    """The clinic with its staff; the wall stands around it for the rest of the transaction."""
    clinic = actions.open_clinic(name=NAME, zone="America/New_York", is_demo=True)
    from kap_clinic.accounts.signin.demo import demo_factor  # refuses to exist outside the demo

    users: dict[str, User] = {}
    hashed = make_password(PASSWORD)  # once for all: it is printed anyway, and takes its time
    for person in PEOPLE:
        users[person.key] = User.objects.create(email=person.email, password=hashed, name=person.name)
        actions.add_member(clinic=clinic, user=users[person.key], roles=list(person.roles))
        demo_factor(users[person.key])
    return clinic, users


def users() -> dict[str, User]:
    """Who works at the demo clinic, by key."""
    return {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith="@demo.example")}


def sign_ins() -> str:
    """One line for each role, as `run` prints them."""
    if not settings.DEMO:
        return ""
    from kap_clinic.accounts.signin.demo import CODE

    lines = [f"  {person.roles[0].label:17}{person.email}" for person in PEOPLE if not person.key[-1].isdigit()]
    return "\n".join(["Sign in as:", *lines, f"  Password: {PASSWORD}   Code: {CODE}"])
