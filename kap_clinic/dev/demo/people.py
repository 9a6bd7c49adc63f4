"""Five invented patients at different points of the way. Names and facts are made up."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.dev.demo.cases import cases
from kap_clinic.dev.demo.courses import begin
from kap_clinic.dev.demo.measures import record_baseline
from patients.medicines.actions import add_medicine
from patients.record import actions as record
from patients.record.terms import ContactKind, WeightUnit
from screening import actions, policies, selectors


@dataclass(frozen=True)
class Invented:
    """One invented patient: who, and how their intake differs from an all-clear one."""

    family: str
    given: str
    born: date
    more: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    medicines: tuple[tuple[str, str], ...] = ()
    pressure: tuple[int, int] = (122, 76)
    kg: str = "74"
    allergy: tuple[str, str] | None = None
    submitted: bool = True


PEOPLE = (
    Invented(
        "Halvorsen",
        "Ingrid",
        date(1979, 6, 2),
        {"phone": "+12025550143", "email": "ingrid@example.org", "message_wish": "email"},
        {"hypertension_dx": "controlled", "family_psychosis": "unsure"},
        (("zolpidem 5 mg at night", "current"), ("sertraline 100 mg", "current")),
        (148, 91),
        "74",
    ),
    Invented(
        "Rivera",
        "Alexandra",
        date(1987, 3, 14),
        {"preferred_name": "Alex", "pronouns": "she/her", "phone": "+12025550111"},
        {},
        (("lamotrigine 100 mg", "current"), ("xanx 1mg as needed", "current")),
        kg="68.4",
        allergy=("penicillin", "rash"),
    ),
    Invented(
        "Osei",
        "Kwame",
        date(1992, 11, 8),
        {"phone": "+12025550128"},
        {"asq_result": "acute", "suicide_attempt": "within_3_months", "phq9_item9": 3},
    ),
    Invented(
        "Tanaka",
        "Ren",
        date(1969, 1, 27),
        {"pronouns": "they/them", "email": "ren@example.org", "message_wish": "email"},
        medicines=(("vitamin d", "current"), ("zolpidem 5 mg at night", "current")),
    ),
    Invented("Abebe", "Hana", date(1995, 9, 3), {}, {}, submitted=False),
)


def load(clinic: Clinic, users: dict[str, User]) -> None:
    """Register them, fill their records and intakes, and put the prescriber on their teams."""
    for person in PEOPLE:
        load_one(person, clinic, users)


def load_one(person: Invented, clinic: Clinic, users: dict[str, User]) -> None:
    """One of them, registered at this moment."""
    therapist, today = users["therapist"], timezone.localdate()
    patient = record.register(
        clinic=clinic,
        by=therapist,
        family_name=person.family,
        given_name=person.given,
        birth_date=person.born,
        **person.more,
    )
    for key in ("prescriber", "nurse"):
        record.join_team(patient=patient, user=users[key], by=therapist)
    record.measure_weight(
        patient=patient, by=therapist, value=Decimal(person.kg), unit=WeightUnit.KG, measured_at=timezone.now()
    )
    listed = [{"to": person.allergy[0], "reaction": person.allergy[1]}] if person.allergy else []
    record.record_allergies(patient=patient, by=therapist, none_known=not listed, allergies=listed)
    record.add_contact(
        patient=patient,
        by=therapist,
        kind=ContactKind.EMERGENCY,
        name=f"Sam {person.family}",
        relation="spouse",
        phone="+12025550142",
    )
    for text, taken in person.medicines:
        add_medicine(patient=patient, by=therapist, text=text, last_taken=taken)
    _screen(person, patient, users, today)


def _screen(person: Invented, patient: Any, users: dict[str, User], today: date) -> None:
    therapist = users["therapist"]
    answers = {**_all_clear(), **person.answers}
    begin(patient, therapist=therapist, admin=users["admin"])
    record_baseline(patient, answers, by=therapist, at=timezone.now() - timedelta(days=1))
    screening = actions.start(patient=patient, by=therapist, on=today - timedelta(days=1))
    answers["no_medications"] = "no" if person.medicines else "yes"
    for section in selectors.sections():
        if not person.submitted and section in {"heart", policies.VITALS}:
            continue
        values = _section(person, section, answers)
        seen = policies.digest(policies.section_values(screening, section))
        screening = actions.save_section(screening=screening, section=section, values=values, seen=seen, by=therapist)
    if person.submitted:
        actions.submit(screening=screening, by=therapist)


def _section(person: Invented, section: str, answers: dict[str, Any]) -> dict[str, Any]:
    if section == policies.VITALS:
        upper, lower = person.pressure
        weight = {"value": float(person.kg), "unit": "kg"}
        return {"systolic": upper, "diastolic": lower, "heart_rate": 72, "spo2": 98, "weight": weight, "height_cm": 171}
    if section == policies.MEDICINES:
        taken = [{"text": text, "last_taken": last} for text, last in person.medicines]
        return {"medications": taken, "no_medications": answers["no_medications"]}
    return {q.key: answers.get(q.key) for q in policies.asked_in(section)}


def _all_clear() -> dict[str, Any]:
    """The answers of the worked intake that is clear."""
    return next(dict(case["answers"]) for case in cases() if case["expected_overall"] == "clear")
