"""What a patient's chart shows, in two statements: banner, timeline, next gate, and a card for each part."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from integration import card as integration
from kap_clinic.accounts.access import may, visible_fields
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.desk.banner import Banner, Fact, compose_from
from kap_clinic.desk.banner import reads as banner_reads
from kap_clinic.desk.course.selectors import reached
from kap_clinic.desk.patients import cards
from kap_clinic.desk.patients.gate import Gate, next_gate
from kap_clinic.desk.patients.steps import doses_marked, steps, visits_read
from kap_clinic.desk.patients.timeline import Phase, Way, timeline
from kap_clinic.reads import Read, Rows, compiled, together
from patients.course.models import Course, CourseMove
from patients.course.terms import Stage
from patients.medicines.selectors import Taken, medicines_of, medicines_read
from patients.notes.selectors import Line, on_chart_read
from patients.outside import selectors as outside
from patients.record import phones, selectors
from patients.record.models import Patient
from patients.record.selectors import Allergies, Carer, Illness, Reachable, Weighed
from patients.record.terms import AllergyState, ContactKind, MessageWish
from patients.tasks.selectors import open_read
from screening.actions.course import evidence_reads
from screening.models import Screening
from screening.terms import ScreeningState
from sessions.dosing.selectors.given import GivenDose, given, given_reads
from sessions.orders.rules import plain

NOT_KNOWN = "not known"
CHIP_OF = {
    ScreeningState.DRAFT: "plain",
    ScreeningState.SUBMITTED: "warn",
    ScreeningState.MORE_ASKED: "warn",
    ScreeningState.DECIDED: "ok",
    ScreeningState.DECLINED: "danger",
}


@dataclass(frozen=True)
class ToAsk:
    """Something the record does not say yet, and where to say it ("" where this person may not)."""

    words: str
    url: str


@dataclass(frozen=True)
class Screened:
    """One version of a screening, as far as a row of the chart goes."""

    ref: str
    version: int
    state: str
    kind: str
    on: date
    is_draft: bool


@dataclass(frozen=True)
class Clinical:
    """The cards for who looks after the patient; the desk of the clinic does not see them."""

    allergies: Allergies
    weights: list[Weighed]
    medicines: list[Taken]
    conditions: list[Illness]


@dataclass(frozen=True)
class Chart:
    """Every part this person may see; None: not for them."""

    banner: Banner
    identity: list[Fact]
    contacts: list[Reachable]
    team: list[Carer]
    course: Course | None
    phases: list[Phase] | None
    gate: Gate | None
    clinical: Clinical | None
    measures: cards.Measures | None
    consents: list[cards.ConsentRow] | None
    tasks: list[cards.TaskRow] | None
    outside: outside.Card | None
    notes: list[Line] | None
    integration: integration.Card | None
    doses: list[GivenDose] | None
    screenings: list[Screened]
    to_ask: list[ToAsk]
    may: dict[str, bool] = field(default_factory=dict)

    @property
    def total_mg(self) -> str:
        return plain(sum((dose.mg for dose in self.doses or ()), Decimal(0)))

    @property
    def screen_words(self) -> str:
        """What the button to the screening says: begin, go on with the draft, or correct in a new version."""
        if not self.screenings:
            return "Start screening"
        return "Go on" if self.screenings[0].is_draft else "New version"


MAY = {
    "edit": Permission.PATIENT_EDIT,
    "add_to_team": Permission.TEAM_ADD,
    "end_on_team": Permission.TEAM_EDIT,
    "record_medicine": Permission.MEDICINE_RECORD,
    "see_medicines": Permission.MEDICINE_VIEW,
    "record_weight": Permission.VITALS_RECORD,
    "see_outside": Permission.VITALS_VIEW,
    "edit_condition": Permission.MEDICINE_EDIT,
    "screen": Permission.SCREENING_RECORD,
    "see_screening": Permission.SCREENING_VIEW,
    "review": Permission.SCREENING_DECIDE,
    "see_course": Permission.COURSE_VIEW,
    "open_course": Permission.COURSE_OPEN,
    "see_visits": Permission.SCHEDULE_DETAILS,
    "see_measures": Permission.MEASURE_VIEW,
    "see_measures_done": Permission.MEASURE_STATUS,
    "record_measure": Permission.MEASURE_RECORD,
    "see_consents": Permission.CONSENT_VIEW,
    "see_consents_done": Permission.CONSENT_STATUS,
    "see_tasks": Permission.TASK_VIEW,
    "see_notes": Permission.NOTE_VIEW,
    "see_notes_done": Permission.NOTE_STATUS,
    "write_note": Permission.NOTE_WRITE,
    "see_events": Permission.EVENT_VIEW,
    "end_course": Permission.COURSE_END,
    "see_doses": Permission.DOSE_VIEW,
    "see_orders": Permission.ORDER_VIEW,
    "print_course": Permission.MEASURE_EXPORT,
}
SCREENED = ("ref", "version", "state", "assessment_date")


def chart(patient: Patient, now: datetime, *, member: Member) -> Chart:
    """One patient as this person may see them; `now` is aware. Two queries beside those that ask what they may."""
    on = now.astimezone(ZoneInfo(member.zone)).date()
    allowed = {name: may(member, permission, patient) for name, permission in MAY.items()}
    rows = together(_reads(patient, member, allowed))
    course = _course(patient, rows)
    team, contacts = selectors.team_of(rows["team"], member.zone), selectors.contacts_of(rows["contacts"], member.zone)
    clinical = _clinical(rows, on, member.zone) if allowed["see_medicines"] else None
    screenings = [_screened(*row) for row in rows["screenings"]]
    gate = next_gate(course, on, member, rows) if course and allowed["see_course"] else None
    return Chart(
        banner=compose_from(patient, on, member=member, rows=rows),
        identity=list(_identity(patient, visible_fields(member, patient), member.zone)),
        contacts=contacts,
        team=team,
        course=course,
        phases=_phases(course, on, member, rows, gate, allowed) if course and allowed["see_course"] else None,
        gate=gate,
        clinical=clinical,
        measures=cards.measures_card(
            patient,
            rows["responses"],
            allowed,
            member.zone,
            doses_marked(rows["visits"]) if allowed["see_visits"] else (),
        ),
        consents=cards.consents_card(patient, on, member.zone, rows, allowed),
        tasks=cards.tasks_card(rows["tasks"], now) if allowed["see_tasks"] else None,
        outside=outside.card(patient, rows) if allowed["see_outside"] else None,
        notes=[Line(*row) for row in rows["notes"]] if allowed["see_notes"] else None,
        integration=integration.card(course, rows, allowed, now, on) if _sees_integration(allowed) else None,
        doses=given(rows, member.zone) if allowed["see_doses"] else None,
        screenings=screenings,
        to_ask=list(_gaps(patient, contacts, team, clinical, screenings, allowed)),
        may=allowed,
    )


def _reads(patient: Patient, member: Member, allowed: dict[str, bool]) -> dict[str, Read]:
    """What is read for this person; parts they may not see are not read at all, but for what a status rests on."""
    reads = {
        **banner_reads(patient, member),
        **evidence_reads(patient),
        **_ways(patient),
    }
    if allowed["see_medicines"]:
        reads |= {
            "weights": selectors.weights_read(patient),
            "medicines": medicines_read(patient),
            "conditions": selectors.conditions_read(patient),
        }
    if allowed["see_visits"]:
        reads["visits"] = visits_read(patient)
    if allowed["see_notes"]:
        reads["notes"] = on_chart_read(patient, member)
    if allowed["see_doses"]:
        reads |= given_reads(patient)
    if allowed["see_tasks"]:
        reads["tasks"] = open_read(patient)
    if allowed["see_outside"]:
        reads |= outside.card_reads(patient)
    if _sees_integration(allowed):
        reads |= integration.reads(patient)
    return reads


@compiled
def _ways(patient: Patient) -> dict[str, Read]:
    moves = CourseMove.objects.filter(course__in=Course.objects.newest_of(patient))
    return {
        "moves": Read(moves.order_by("id"), ("after", "moved_at")),
        "screenings": Read(Screening.objects.filter(patient=patient).order_by("-version"), SCREENED),
    }


def _sees_integration(allowed: dict[str, bool]) -> bool:
    return allowed["see_notes"] or allowed["see_notes_done"]


def _course(patient: Patient, rows: Rows) -> Course | None:
    """The newest course."""
    course: Course | None = next(iter(rows["course"]), None)
    if course is not None:
        course.patient = patient
    return course


def _phases(
    course: Course, on: date, member: Member, rows: Rows, gate: Gate | None, allowed: dict[str, bool]
) -> list[Phase]:
    page = reverse("desk:course", args=[course.ref])
    hrefs: dict[str, str] = dict.fromkeys(Stage, page)
    newest = next(iter(rows["screenings"]), None)
    if newest and allowed["see_screening"]:
        hrefs[Stage.SCREENING_REVIEW] = reverse("screening:check", args=[newest[0]])
    open_checks = gate.open_checks if gate else 0
    way = Way(Stage(course.stage), reached(rows["moves"], member.zone), open_checks, hrefs)
    return timeline(way, on, steps(rows["visits"]) if allowed["see_visits"] else ())


def _clinical(rows: Rows, on: date, zone: str) -> Clinical:
    return Clinical(
        selectors.allergies_of(rows["allergies"], zone),
        selectors.weights_of(rows["weights"], zone),
        medicines_of(rows["medicines"], zone, on),
        selectors.conditions_of(rows["conditions"], zone),
    )


def _screened(ref: object, version: int, state: str, assessed: date) -> Screened:
    return Screened(
        str(ref),
        version,
        state=ScreeningState(state).label,
        kind=CHIP_OF.get(ScreeningState(state), "plain"),
        on=assessed,
        is_draft=state == ScreeningState.DRAFT,
    )


def _identity(patient: Patient, seen: set[str], zone: str) -> Iterator[Fact]:
    """What the record says of the person, in the order it is asked; only the fields this person may read."""
    safe = {None: "not asked", True: "Yes", False: "No"}[patient.safe_to_leave_message]
    said = {
        "phone": ("Phone", phones.shown(patient.phone, phones.country_of(zone))),
        "email": ("E-mail", patient.email),
        "message_wish": ("Reminders by", MessageWish(patient.message_wish).label),
        "safe_to_leave_message": ("Voice message", safe),
        "safe_contact": ("Reach safely", patient.safe_contact),
        "language": ("Language", patient.language),
        "zone": ("Time zone", patient.zone.replace("_", " ")),
        "address": ("Address", patient.address),
        "sex_for_scoring": ("Sex for scores", patient.get_sex_for_scoring_display()),
    }
    for name, (label, value) in said.items():
        if name in seen and (value or name in {"phone", "email"}):
            yield Fact(label, value or NOT_KNOWN)


def _gaps(
    patient: Patient,
    contacts: list[Reachable],
    team: list[Carer],
    clinical: Clinical | None,
    screenings: list[Screened],
    allowed: dict[str, bool],
) -> Iterator[ToAsk]:
    def ask(words: str, view: str, right: str) -> ToAsk:
        return ToAsk(words, reverse(f"patients:{view}", args=[patient.ref]) if allowed[right] else "")

    kinds = {contact.kind for contact in contacts}
    if clinical and clinical.allergies.state == AllergyState.NOT_ASKED:
        yield ask("Ask about allergies", "ask_allergies", "record_medicine")
    if clinical and not clinical.weights:
        yield ask("Record a weight", "measure_weight", "record_weight")
    if clinical and not clinical.medicines and not screenings:
        yield ask("Ask about medicines", "add_medicine", "record_medicine")
    if ContactKind.EMERGENCY not in kinds:
        yield ask("Name an emergency contact", "add_contact", "edit")
    if ContactKind.ESCORT not in kinds:
        yield ask("Name an escort home", "add_contact", "edit")
    if not patient.phone and not patient.email:
        yield ask("Note a phone or an e-mail", "change", "edit")
    for role in (Role.THERAPIST, Role.PRESCRIBER):
        if not selectors.first_with(team, role):
            yield ask(f"Put a {role.label.lower()} on the care team", "join_team", "add_to_team")
