"""Consents of the demo: the clinic's facts, approved texts, and invented patients who sign on an invented phone."""

from typing import Any

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from patients.consents import actions, texts
from patients.consents.actions import Evidence
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, Taught
from patients.models import Patient

FACTS: dict[str, Any] = {
    "clinic_phone": "(202) 555-0142",
    "after_hours_phone": "(202) 555-0199",
    "licensing_board": "the Board of Medicine, (202) 555-0170",
    "price_list": ["First visit with the prescriber: $250", "Medicine session: $600", "Integration session: $150"],
    "cancel_fee": "$75",
    "second_person": "A second therapist, if you wish",
}


def ready(clinic: Clinic, *, admin: User, director: User) -> None:
    """What a clinic sets once: the facts in the texts, and an approved version of each."""
    for key, value in FACTS.items():
        change_setting(clinic=clinic, key=key, value=value, by=admin)
    for kind in ConsentKind:
        shipped = texts.shipped(kind)
        text = actions.write_text(
            clinic_id=clinic.pk, kind=kind, title=shipped["title"], sections=shipped["sections"], why="", by=admin
        )
        actions.approve_text(text=text, by=director, role=Role.MEDICAL_DIRECTOR, zone=clinic.zone)


def sign_privacy(patient: Patient, *, by: User) -> Consent:
    """The privacy consent, given by a therapist, understood and signed by the patient."""
    evidence = Evidence(identity="Demo patient, patient link and date of birth", zone=patient.zone, device="Demo phone")
    consent = actions.draft(patient=patient, kind=ConsentKind.PRIVACY, details={}, by=by)
    consent = actions.present(consent=consent, by=by)
    actions.note_talk(
        consent=consent, questions="None", taught=[str(item) for item in Taught], sober=True, by=by, role=Role.THERAPIST
    )
    for question in consent.text.questions:
        actions.answer(consent=consent, question=question["id"], chosen=question["right"], evidence=evidence)
    actions.sign_as_patient(
        consent=consent,
        signed_name=f"{patient.given_name} {patient.family_name}",
        drawn_svg="",
        evidence=evidence,
        electronic=True,
        clear_headed=True,
        last_dose_at=None,
    )
    return consent
