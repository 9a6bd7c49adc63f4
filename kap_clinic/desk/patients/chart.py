"""What a patient's chart shows: the banner, what is still to be asked, and a card for each part of the record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from kap_clinic.accounts.access import may, visible_fields
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.desk.banner import Banner, Fact, Risks, compose
from patients.medicines.selectors import Taken, medicines
from patients.record import phones, selectors
from patients.record.models import Patient
from patients.record.selectors import Allergies, Carer, Illness, Reachable, Weighed
from patients.record.terms import AllergyState, ContactKind, MessageWish
from screening.models import Screening
from screening.terms import ScreeningState

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
    banner: Banner
    identity: list[Fact]
    contacts: list[Reachable]
    team: list[Carer]
    clinical: Clinical | None
    screenings: list[Screened]
    to_ask: list[ToAsk]
    may: dict[str, bool] = field(default_factory=dict)

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
    "record_weight": Permission.VITALS_RECORD,
    "edit_condition": Permission.MEDICINE_EDIT,
    "screen": Permission.SCREENING_RECORD,
    "see_screening": Permission.SCREENING_VIEW,
}


def chart(patient: Patient, on: date, *, member: Member) -> Chart:
    """One patient as this person may see them."""
    allowed = {name: may(member, permission, patient) for name, permission in MAY.items()}
    team, contacts = selectors.care_team(patient, member.zone), selectors.contacts(patient, member.zone)
    clinical = _clinical(patient, on, member) if may(member, Permission.MEDICINE_VIEW, patient) else None
    weight = clinical.weights[0] if clinical and clinical.weights else None
    risks = Risks(clinical.allergies, weight) if clinical else None
    screenings = _screenings(patient)
    gaps = _gaps(patient, contacts, team, clinical, screenings, allowed)
    return Chart(
        banner=compose(patient, on, team=team, contacts=contacts, risks=risks),
        identity=list(_identity(patient, visible_fields(member, patient), member.zone)),
        contacts=contacts,
        team=team,
        clinical=clinical,
        screenings=screenings,
        to_ask=list(gaps),
        may=allowed,
    )


def _clinical(patient: Patient, on: date, member: Member) -> Clinical:
    zone = member.zone
    return Clinical(
        selectors.allergies(patient, zone),
        selectors.weights(patient, zone),
        medicines(patient, zone, on),
        selectors.conditions(patient, zone),
    )


def _screenings(patient: Patient) -> list[Screened]:
    rows = Screening.objects.filter(patient=patient).order_by("-version")
    return [
        Screened(
            str(ref),
            version,
            state=ScreeningState(state).label,
            kind=CHIP_OF.get(ScreeningState(state), "plain"),
            on=assessed,
            is_draft=state == ScreeningState.DRAFT,
        )
        for ref, version, state, assessed in rows.values_list("ref", "version", "state", "assessment_date")
    ]


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
