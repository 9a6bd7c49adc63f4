"""Who is this, and what must nobody overlook? The banner on top of every page about a patient (ux 3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from patients.record import rules, selectors
from patients.record.models import Patient
from patients.record.selectors import Allergies, Carer, Reachable, Weighed
from patients.record.terms import AllergyState, ContactKind

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Fact:
    """A small grey label and a strong value; `later` ones leave the banner on tablets, `phone_off` ones on phones."""

    label: str
    value: str
    note: str = ""
    later: bool = False
    phone_off: bool = False


@dataclass(frozen=True)
class Alert:
    """A line of the alert strip; `kind` says its shape: danger, warn, info, ok, plain."""

    kind: str
    text: str
    icon: str = ""
    allergy: bool = False


@dataclass(frozen=True)
class Banner:
    name: str
    aka: str
    initials: str
    facts: list[Fact]
    alerts: list[Alert]
    here: list[str] = field(default_factory=list)  # initials of colleagues in the same record


@dataclass(frozen=True)
class Risks:
    """The clinical part of a banner: for who looks after patients, not for the desk."""

    allergies: Allergies
    weight: Weighed | None


def banner(patient: Patient, on: date, *, member: Member) -> Banner:
    """The banner on a day as this person may see it. Allergies come first and are always said, asked or not."""
    return compose(
        patient,
        on,
        team=selectors.care_team(patient, member.zone),
        contacts=selectors.contacts(patient, member.zone),
        risks=risks(patient, member) if may(member, Permission.MEDICINE_VIEW, patient) else None,
    )


def risks(patient: Patient, member: Member) -> Risks:
    weights = selectors.weights(patient, member.zone, most=1)
    return Risks(selectors.allergies(patient, member.zone), weights[0] if weights else None)


def compose(
    patient: Patient, on: date, *, team: Iterable[Carer], contacts: Iterable[Reachable], risks: Risks | None
) -> Banner:
    """The same from what a page has read already."""
    return Banner(
        name=str(patient),
        aka=aka(patient),
        initials=f"{patient.given_name[:1]}{patient.family_name[:1]}".upper(),
        facts=list(_facts(patient, on, list(team), risks)),
        alerts=list(_alerts(contacts, risks)),
    )


def aka(patient: Patient) -> str:
    """What people say: "goes by Alex, she/her"."""
    goes_by = f"goes by {patient.preferred_name}" if patient.preferred_name else ""
    return ", ".join(filter(None, [goes_by, patient.pronouns]))


def _facts(patient: Patient, on: date, team: list[Carer], risks: Risks | None) -> Iterator[Fact]:
    yield Fact("Born", f"{rules.in_words(patient.birth_date)} ({rules.age(patient.birth_date, on)} y)")
    yield Fact("Record", patient.record_label, phone_off=True)
    if risks:
        yield _weight(risks.weight, on)
    for role in (Role.THERAPIST, Role.PRESCRIBER):
        yield Fact(str(role.label), selectors.first_with(team, role) or NOT_KNOWN, later=True)


def _weight(weight: Weighed | None, on: date) -> Fact:
    if weight is None:
        return Fact("Weight", NOT_KNOWN, phone_off=True)
    return Fact("Weight", f"{weight.kg} kg", short(weight.on, on), phone_off=True)


def short(day: date, on: date) -> str:
    """A day beside something else: without its year while that is this year's."""
    return f"{day.day} {day:%b}" if day.year == on.year else rules.in_words(day)


def _alerts(contacts: Iterable[Reachable], risks: Risks | None) -> Iterator[Alert]:
    if risks:
        yield _allergy(risks.allergies)
    emergency = [contact for contact in contacts if contact.kind == ContactKind.EMERGENCY]
    if emergency:
        yield Alert("plain", f"Emergency: {emergency[0].in_words}", icon="people")
    else:
        yield Alert("warn", "No emergency contact yet")


def _allergy(allergies: Allergies) -> Alert:
    kind = {AllergyState.LISTED: "danger", AllergyState.NOT_ASKED: "warn", AllergyState.NONE_KNOWN: "plain"}
    return Alert(kind[allergies.state], allergies.in_words, allergy=True)
