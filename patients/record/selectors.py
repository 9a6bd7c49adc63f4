"""What pages read of the patient record, as plain rows ready to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Read, compiled
from patients.record import phones, rules
from patients.record.days import day_in
from patients.record.models import AllergyReview, CareTeamMember, Condition, Contact, Patient, Weight
from patients.record.terms import CARE_ROLES, AllergyState, ContactKind

LAST_WEIGHTS = 5
MOST_DUPLICATES = 10


@dataclass(frozen=True)
class Duplicate:
    """Somebody who may be the person about to be registered, and what is the same about them.

    Without `patient` it is a record this person may not open: they learn its number, so that somebody who may can look.
    """

    label: str
    same: list[str]
    patient: Patient | None


def possible_duplicates(member: Member, *, family_name: str, birth_date: date, phone: str) -> list[Duplicate]:
    """Patients of the clinic born on that day with that family name or phone (at most 10)."""
    key = rules.search_key(family_name)
    alike = Q(family_key=key) | (Q(phone=phone) if phone else Q())
    found = Patient.objects.filter(alike, clinic_id=member.clinic_id, birth_date=birth_date)
    found = found.order_by("record_number")[:MOST_DUPLICATES]
    seen = set(Patient.objects.visible_to(member).filter(pk__in=[p.pk for p in found]).values_list("pk", flat=True))
    return [Duplicate(p.record_label, _same(p, key, phone), p if p.pk in seen else None) for p in found]


def _same(patient: Patient, key: str, phone: str) -> list[str]:
    same = ["date of birth"]
    if patient.family_key == key:
        same.append("family name")
    if phone and patient.phone == phone:
        same.append("phone")
    return same


@dataclass(frozen=True)
class Allergies:
    """The newest answer about allergies; `asked_on` is a day in the clinic's zone."""

    state: AllergyState
    listed: list[dict[str, str]]
    asked_on: date | None = None
    asked_by: str = ""
    ref: str = ""

    @property
    def in_words(self) -> str:
        """As the banner says it: never empty."""
        if self.asked_on is None:
            return AllergyState.NOT_ASKED.label
        if self.state == AllergyState.NONE_KNOWN:
            return f"{AllergyState.NONE_KNOWN.label}, asked {rules.in_words(self.asked_on)}"
        named = [f"{one['to']} ({one['reaction']})" if one["reaction"] else one["to"] for one in self.listed]
        return f"Allerg{'y' if len(named) == 1 else 'ies'}: {', '.join(named)}"


NOT_ASKED = Allergies(AllergyState.NOT_ASKED, [])


@compiled
def allergies_read(patient: Patient) -> Read:
    rows = AllergyReview.objects.filter(patient=patient).order_by("-id")[:1]
    return Read(rows, ("none_known", "allergies", "asked_at", "asked_by__name", "ref"))


def allergies(patient: Patient, zone: str) -> Allergies:
    """What was said of allergies last; NOT_ASKED is an answer of its own."""
    return allergies_of(allergies_read(patient).now(), zone)


def allergies_of(rows: Sequence[Any], zone: str) -> Allergies:
    """The same from rows a page has read."""
    if not rows:
        return NOT_ASKED
    none_known, listed, at, by, ref = rows[0]
    state = AllergyState.NONE_KNOWN if none_known else AllergyState.LISTED
    return Allergies(state, listed, day_in(at, zone), by, str(ref))


@dataclass(frozen=True)
class Weighed:
    """A weight in kg to one decimal, as typed, and the day it was measured in the clinic's zone."""

    kg: Decimal
    value: Decimal
    unit: str
    on: date
    by: str

    @property
    def as_typed(self) -> str:
        """What was read off where that was not in kg, else ""."""
        return "" if self.unit == "kg" else f"{self.value.normalize():f} {self.unit}"


@compiled
def weights_read(patient: Patient, *, most: int = LAST_WEIGHTS) -> Read:
    rows = Weight.objects.filter(patient=patient).order_by("-measured_at", "-id")[:most]
    return Read(rows, ("kg", "value", "unit", "measured_at", "recorded_by__name"))


def weights(patient: Patient, zone: str, *, most: int = LAST_WEIGHTS) -> list[Weighed]:
    """The last weights, newest first; of two measured at the same moment, the one entered last."""
    return weights_of(weights_read(patient, most=most).now(), zone)


def weights_of(rows: Iterable[Any], zone: str) -> list[Weighed]:
    """The same from rows a page has read."""
    return [Weighed(kg, value, unit, day_in(at, zone), by) for kg, value, unit, at, by in rows]


@dataclass(frozen=True)
class Carer:
    """Somebody on the care team, with the roles they have at the clinic now."""

    ref: str
    user_id: int
    name: str
    roles: frozenset[str]
    since: date

    @property
    def roles_in_words(self) -> str:
        return ", ".join(role.label.lower() for role in Role if role in self.roles) or "no role at the clinic now"


@compiled
def team_read(patient: Patient) -> Read:
    roles = Membership.objects.filter(user=OuterRef("user"), clinic=OuterRef("clinic"), ended_at=None).values("roles")
    rows = CareTeamMember.objects.filter(patient=patient, left_at=None).order_by("id")
    rows = rows.annotate(held_now=Subquery(roles[:1]))
    return Read(rows, ("ref", "user_id", "user__name", "held_now", "joined_at"))


def care_team(patient: Patient, zone: str) -> list[Carer]:
    """Who looks after the patient now, in the order they joined."""
    return team_of(team_read(patient).now(), zone)


def team_of(rows: Iterable[Any], zone: str) -> list[Carer]:
    """The same from rows a page has read."""
    return [
        Carer(str(ref), user_id, name, frozenset(held or []), day_in(at, zone)) for ref, user_id, name, held, at in rows
    ]


def could_join(patient: Patient, by: User) -> list[User]:
    """Who could be put on the team: people with a role that looks after patients, not on it yet, oneself last."""
    members = Membership.objects.filter(clinic_id=patient.clinic_id, ended_at=None, roles__overlap=list(CARE_ROLES))
    there = CareTeamMember.objects.filter(patient=patient, left_at=None).values("user_id")
    people = User.objects.filter(pk__in=members.values("user_id"), is_active=True)
    return sorted(people.exclude(pk__in=there), key=lambda person: (person == by, person.name))


@dataclass(frozen=True)
class Reachable:
    """A contact who holds now; the phone is written the way of the clinic's country."""

    ref: str
    kind: ContactKind
    name: str
    relation: str
    phone: str

    @property
    def in_words(self) -> str:
        return f"{self.name}{f' ({self.relation})' if self.relation else ''} {self.phone}"


@compiled
def contacts_read(patient: Patient) -> Read:
    rows = Contact.objects.filter(patient=patient, ended_at=None).order_by("id")
    return Read(rows, ("ref", "kind", "name", "relation", "phone"))


def contacts(patient: Patient, zone: str) -> list[Reachable]:
    """Emergency contacts first, then the others, each in the order they were added."""
    return contacts_of(contacts_read(patient).now(), zone)


def contacts_of(rows: Iterable[Any], zone: str) -> list[Reachable]:
    """The same from rows a page has read."""
    country = phones.country_of(zone)
    found = [
        Reachable(str(ref), ContactKind(kind), name, relation, phones.shown(phone, country))
        for ref, kind, name, relation, phone in rows
    ]
    return sorted(found, key=lambda contact: contact.kind != ContactKind.EMERGENCY)


@dataclass(frozen=True)
class Illness:
    ref: str
    text: str
    since: str
    by: str
    on: date


@compiled
def conditions_read(patient: Patient) -> Read:
    rows = Condition.objects.filter(patient=patient, ended_at=None).order_by("id")
    return Read(rows, ("ref", "text", "since", "added_by__name", "added_at"))


def conditions(patient: Patient, zone: str) -> list[Illness]:
    """What the patient has now, in the order it was noted."""
    return conditions_of(conditions_read(patient).now(), zone)


def conditions_of(rows: Iterable[Any], zone: str) -> list[Illness]:
    """The same from rows a page has read."""
    return [Illness(str(ref), text, since, by, day_in(at, zone)) for ref, text, since, by, at in rows]


def first_with(team: Iterable[Carer], role: Role) -> str:
    """The name of the first on the team with a role, "" when nobody has it."""
    return next((carer.name for carer in team if role in carer.roles), "")
