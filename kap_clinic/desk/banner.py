"""Who is this, and what must nobody overlook? The banner on top of every page about a patient (ux 3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Read, ReadModels, Rows, compiled, together
from patients.consents import selectors as consents
from patients.consents.selectors import TouchLimits
from patients.consents.terms import ConsentKind
from patients.course.models import Course
from patients.course.rules import ENROLLED_STAGES
from patients.record import rules, selectors
from patients.record.models import Patient
from patients.record.selectors import Allergies, Carer, Reachable, Weighed
from patients.record.terms import AllergyState, ContactKind
from patients.tasks.models import Task
from patients.tasks.terms import Severity, TaskKind

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
    touch: TouchLimits | None = None  # None: no course in which anybody could be touched
    safety: tuple[tuple[str, str], ...] = ()  # severity and title of open safety tasks


COURSE = tuple(field.attname for field in Course._meta.concrete_fields)


def banner(patient: Patient, on: date, *, member: Member) -> Banner:
    """The banner on a day as this person may see it, in one query. Allergies come first and are always said."""
    rows = together(reads(patient, member))
    return compose_from(patient, on, member=member, rows=rows)


def reads(patient: Patient, member: Member) -> dict[str, Read]:
    """What the banner needs, to be read together with other things."""
    found: dict[str, Read] = {
        "team": selectors.team_read(patient),
        "contacts": selectors.contacts_read(patient),
        "course": _course(patient),
    }
    if may(member, Permission.MEDICINE_VIEW, patient):
        found |= {
            **consents.reads(patient),
            "allergies": selectors.allergies_read(patient),
            "weights": selectors.weights_read(patient, most=1),
            "safety_tasks": _safety_tasks(patient),
        }
    return found


@compiled
def _course(patient: Patient) -> Read:
    return ReadModels(Course.objects.filter(patient=patient).order_by("-number")[:1], COURSE)


@compiled
def _safety_tasks(patient: Patient) -> Read:
    tasks = Task.objects.open().filter(patient=patient, kind=TaskKind.SAFETY)
    return Read(tasks.order_by("due_at"), ("severity", "title"))


def compose_from(patient: Patient, on: date, *, member: Member, rows: Rows) -> Banner:
    """The same from the rows of `reads`."""
    course: Course | None = next(iter(rows["course"]), None)
    risks = _risks(patient, on, member, course, rows) if may(member, Permission.MEDICINE_VIEW, patient) else None
    if not may(member, Permission.COURSE_VIEW, patient):
        course = None
    team, contacts = selectors.team_of(rows["team"], member.zone), selectors.contacts_of(rows["contacts"], member.zone)
    return Banner(
        name=str(patient),
        aka=aka(patient),
        initials=f"{patient.given_name[:1]}{patient.family_name[:1]}".upper(),
        facts=list(_facts(patient, on, team, risks, course)),
        alerts=list(_alerts(contacts, risks)),
    )


def _risks(patient: Patient, on: date, member: Member, course: Course | None, rows: Rows) -> Risks:
    weights = selectors.weights_of(rows["weights"], member.zone)
    return Risks(
        allergies=selectors.allergies_of(rows["allergies"], member.zone),
        weight=weights[0] if weights else None,
        touch=_touch(patient, on, member, rows) if course and course.stage in ENROLLED_STAGES else None,
        safety=tuple(rows["safety_tasks"]) if may(member, Permission.TASK_VIEW, patient) else (),
    )


def _touch(patient: Patient, on: date, member: Member, rows: Rows) -> TouchLimits | None:
    if not may(member, Permission.CONSENT_VIEW, patient):
        return None
    return consents.limits_of(consents.standing(patient, on, zone=member.zone, read=rows)[ConsentKind.TOUCH])


def aka(patient: Patient) -> str:
    """What people say: "goes by Alex, she/her"."""
    goes_by = f"goes by {patient.preferred_name}" if patient.preferred_name else ""
    return ", ".join(filter(None, [goes_by, patient.pronouns]))


def _facts(patient: Patient, on: date, team: list[Carer], risks: Risks | None, course: Course | None) -> Iterator[Fact]:
    yield Fact("Born", f"{rules.in_words(patient.birth_date)} ({rules.age(patient.birth_date, on)} y)")
    yield Fact("Record", patient.record_label, phone_off=True)
    if risks:
        yield _weight(risks.weight, on)
    if course:
        named = course.indication if risks and course.indication else f"Course {course.number}"
        yield Fact("Course", f"{named}, {course.get_stage_display().lower()}", later=True)
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
        for severity, title in risks.safety:
            yield Alert("danger" if severity == Severity.CRITICAL else "warn", f"Safety task: {title}")
        if risks.touch:
            yield Alert("info" if risks.touch.answered else "warn", risks.touch.in_words, icon="hand")
    emergency = [contact for contact in contacts if contact.kind == ContactKind.EMERGENCY]
    if emergency:
        yield Alert("plain", f"Emergency: {emergency[0].in_words}", icon="people")
    else:
        yield Alert("warn", "No emergency contact yet")


def _allergy(allergies: Allergies) -> Alert:
    kind = {AllergyState.LISTED: "danger", AllergyState.NOT_ASKED: "warn", AllergyState.NONE_KNOWN: "plain"}
    return Alert(kind[allergies.state], allergies.in_words, allergy=True)
