"""Consents for tests, brought to a state through the real actions."""

from typing import Any

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.models import Clinic, User
from patients.consents import actions, selectors, texts
from patients.consents.actions import Evidence
from patients.consents.models import Consent, ConsentText
from patients.consents.terms import ConsentKind, Signer, Taught
from patients.course.actions import open_course
from patients.models import Course, Patient

ON_A_PHONE = Evidence(
    identity="Patient link and date of birth",
    zone="America/New_York",
    address="203.0.113.7",
    device="Mozilla/5.0 (iPhone)",
    session_hash="5" * 64,
)
AT_A_DESK = Evidence(
    identity="Own account, password and code",
    zone="America/New_York",
    address="198.51.100.4",
    device="Mozilla/5.0 (X11; Linux)",
)
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 320 120"'
    ' width="320" height="120"><path d="M 20.000,80.000 C 40.500,20.000 60.000,20.000 80.000,80.000"'
    ' stroke-width="4.500" stroke="black" fill="none" stroke-linecap="round"></path>'
    '<path d="M 80.000,80.000 C 120.000,100.000 180.000,30.000 260.000,70.000" stroke-width="3.100" stroke="black"'
    ' fill="none" stroke-linecap="round"></path><circle r="1.5" cx="270.3333435058594" cy="70" fill="black"></circle>'
    "</svg>"
)
CLINIC_FACTS = {
    "clinic_phone": "(617) 555-0142",
    "after_hours_phone": "(617) 555-0199",
    "licensing_board": "Board of Registration in Medicine, (617) 555-0170",
    "price_list": ["First visit with the prescriber: $250", "Medicine session: $600", "Integration session: $150"],
    "cancel_fee": "$75",
    "second_person": "A second therapist, if you wish",
}


def ready(clinic: Clinic, *, admin: User, director: User) -> None:
    """What a clinic sets once: the facts in the texts, and an approved version of each."""
    for key, value in CLINIC_FACTS.items():
        change_setting(clinic=clinic, key=key, value=value, by=admin)
    for kind in ConsentKind:
        approved_text(clinic, kind, admin=admin, director=director)


def written_text(clinic: Clinic, kind: ConsentKind, *, by: User, **changes: Any) -> ConsentText:
    shipped = texts.shipped(kind)
    said = {"title": shipped["title"], "sections": shipped["sections"], "why": ""} | changes
    return actions.write_text(clinic_id=clinic.pk, kind=kind, by=by, **said)


def approved_text(clinic: Clinic, kind: ConsentKind, *, admin: User, director: User, **changes: Any) -> ConsentText:
    text = written_text(clinic, kind, by=admin, **changes)
    return actions.approve_text(text=text, by=director, role="medical_director", zone=clinic.zone)


def course_of(patient: Patient, by: User) -> Course:
    return open_course(patient=patient, by=by, role="therapist")


def details(kind: str, *, prescriber: User, therapist: User, **changes: Any) -> dict[str, Any]:
    return DETAILS[kind](prescriber, therapist) | changes


DETAILS: dict[str, Any] = {
    ConsentKind.TREATMENT: lambda prescriber, therapist: {
        "prescriber": {"user": prescriber.pk, "name": prescriber.name, "licence": "MD 204 118, Massachusetts"},
        "therapist": {"user": therapist.pk, "name": therapist.name, "licence": "LMHC 7 733, Massachusetts"},
        "reason": "Depression that came back after two medicines",
        "tried": "Sertraline, bupropion, two years of talk therapy",
        "hope": "To get out of bed in the morning and see friends again",
        "preparation": 2,
        "sessions": 6,
        "routes": ["sl"],
        "stop_word": "harbor",
        "stop_gesture": "an open hand",
    },
    ConsentKind.PRIVACY: lambda prescriber, therapist: {},
    ConsentKind.FINANCIAL: lambda prescriber, therapist: {"estimate": "$4,900 for the whole course"},
    ConsentKind.TOUCH: lambda prescriber, therapist: {
        "level": 2,
        "cue": "I reach out my hand",
        "techniques": [],
        "areas": "Neck and belly",
        "named": [{"user": therapist.pk, "name": therapist.name}],
        "position": "On the left side of the mat",
        "trauma": "None",
        "stop_word": "harbor",
        "stop_gesture": "an open hand",
    },
}


def drafted(patient: Patient, kind: ConsentKind, *, prescriber: User, therapist: User, **changes: Any) -> Consent:
    if kind in {ConsentKind.TREATMENT, ConsentKind.TOUCH}:
        course_of(patient, therapist)
    said = details(kind, prescriber=prescriber, therapist=therapist, **changes)
    return actions.draft(patient=patient, kind=kind, details=said, by=therapist)


def presented(patient: Patient, kind: ConsentKind, *, prescriber: User, therapist: User, **changes: Any) -> Consent:
    consent = drafted(patient, kind, prescriber=prescriber, therapist=therapist, **changes)
    return actions.present(consent=consent, by=therapist)


def talked(consent: Consent, by: User) -> None:
    actions.note_talk(
        consent=consent,
        questions="Can I take my allergy pill? Yes.",
        taught=[str(item) for item in Taught],
        sober=True,
        by=by,
        role="therapist",
    )


def answered(consent: Consent) -> None:
    """Every question of understanding, rightly."""
    for question in consent.text.questions:
        actions.answer(consent=consent, question=question["id"], chosen=question["right"], evidence=ON_A_PHONE)


def patient_signs(consent: Consent, **changes: Any) -> Any:
    said = {
        "signed_name": "Maya Lindqvist",
        "drawn_svg": "",
        "evidence": ON_A_PHONE,
        "electronic": True,
        "clear_headed": True,
        "last_dose_at": None,
    }
    return actions.sign_as_patient(consent=consent, **said | changes)


def signed(patient: Patient, kind: ConsentKind, *, prescriber: User, therapist: User, **changes: Any) -> Consent:
    """Given, talked through, understood, and signed by everybody who must."""
    consent = presented(patient, kind, prescriber=prescriber, therapist=therapist, **changes)
    talked(consent, therapist)
    answered(consent)
    patient_signs(consent)
    staff_sign(consent)
    return Consent.objects.get(pk=consent.pk)


def staff_sign(consent: Consent) -> None:
    for place in consent.signatures.exclude(signer=Signer.PATIENT).select_related("user"):
        role = "prescriber" if place.signer == Signer.PRESCRIBER else "therapist"
        actions.countersign(signature=place, by=place.user, role=role, evidence=AT_A_DESK)


def standing_of(patient: Patient, kind: ConsentKind, on: Any, **asked: Any) -> selectors.Standing:
    return selectors.standing(patient, on, **asked)[kind]
