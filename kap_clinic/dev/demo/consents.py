"""Consents of the demo: the clinic's facts, approved texts, and invented patients who sign on an invented phone."""

from typing import Any

from integration.papers.rules import SERVICES
from integration.papers.setting_keys import amount_key, code_key
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from patients.consents import actions, texts
from patients.consents.actions import Evidence
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, Signer, Taught
from patients.models import Patient

PRICES = {"consult": "250.00", "preparation": "150.00", "integration": "150.00", "dosing": "600.00"}
FACTS: dict[str, Any] = {
    "clinic_phone": "(202) 555-0142",
    "after_hours_phone": "(202) 555-0199",
    "licensing_board": "the Board of Medicine, (202) 555-0170",
    "price_list": ["First visit with the prescriber: $250", "Medicine session: $600", "Integration session: $150"],
    "cancel_fee": "$75",
    "second_person": "A second therapist, if you wish",
    **{code_key(service): f"DEMO-{service.upper().replace('_', '-')}" for service in SERVICES},
    **{amount_key(service): PRICES[service.partition("_")[0]] for service in SERVICES},
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
    consent = actions.draft(patient=patient, kind=ConsentKind.PRIVACY, details={}, by=by)
    return _patient_signs(actions.present(consent=consent, by=by), by=by)


def _patient_signs(consent: Consent, *, by: User) -> Consent:
    """Talked through with `by`, every question answered rightly, signed on a phone."""
    patient = consent.patient
    evidence = Evidence(identity="Demo patient, patient link and date of birth", zone=patient.zone, device="Demo phone")
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


# What is filled in for the other kinds; the people are added by `sign`.
DETAILS: dict[str, dict[str, Any]] = {
    ConsentKind.FINANCIAL: {"estimate": "$4,900 for the whole course"},
    ConsentKind.TREATMENT: {
        "reason": "Depression that came back after two medicines",
        "tried": "Escitalopram, bupropion, two years of talk therapy",
        "hope": "To get out of bed in the morning and see friends again",
        "preparation": 1,
        "sessions": 6,
        "routes": ["im"],
        "stop_word": "harbor",
        "stop_gesture": "an open hand",
    },
    ConsentKind.TOUCH: {
        "level": 2,
        "cue": "I reach out my hand",
        "techniques": [],
        "areas": "the neck and the belly",
        "position": "On the left side of the mat",
        "trauma": "None",
        "stop_word": "harbor",
        "stop_gesture": "an open hand",
    },
}


def sign(patient: Patient, kind: ConsentKind, *, users: dict[str, User]) -> Consent:
    """A consent given, talked through, understood, and signed by everybody who must."""
    therapist, prescriber = users["therapist"], users["prescriber"]
    consent = actions.draft(patient=patient, kind=kind, details=_details(kind, therapist, prescriber), by=therapist)
    consent = _patient_signs(actions.present(consent=consent, by=therapist), by=therapist)
    evidence = Evidence(identity="Own account, password and code", zone=patient.zone, device="Demo desk")
    for place in consent.signatures.exclude(signer=Signer.PATIENT).select_related("user"):
        role = Role.PRESCRIBER if place.signer == Signer.PRESCRIBER else Role.THERAPIST
        assert place.user is not None, "a place of the staff is somebody's"
        actions.countersign(signature=place, by=place.user, role=role, evidence=evidence)
    return consent


def _details(kind: ConsentKind, therapist: User, prescriber: User) -> dict[str, Any]:
    named: dict[str, Any] = {}
    if kind == ConsentKind.TREATMENT:
        named = {
            "prescriber": {"user": prescriber.pk, "name": prescriber.name, "licence": "MD 204 118"},
            "therapist": {"user": therapist.pk, "name": therapist.name, "licence": "LMHC 7 733"},
        }
    if kind == ConsentKind.TOUCH:
        named = {"named": [{"user": therapist.pk, "name": therapist.name}]}
    return DETAILS[kind] | named
