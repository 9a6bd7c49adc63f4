"""Intakes of invented people, recorded the way the clinic does: the record, the measures, each section, submitted."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kap_clinic.dev.demo.cases import cases
from kap_clinic.dev.demo.cast import Cast
from kap_clinic.dev.demo.courses import begin
from kap_clinic.dev.demo.measures import record_baseline
from kap_clinic.dev.demo.people import Invented
from patients.medicines.actions import add_medicine
from patients.models import Patient
from patients.outside.actions import record_lab
from patients.outside.rules import Result, units_of
from patients.outside.terms import LabKind
from patients.record import actions as record
from patients.record.days import today_in
from patients.record.terms import ContactKind, WeightUnit
from screening import actions, policies, selectors

LIVER = (("alt", "22", "40"), ("alp", "70", "120"), ("ggt", "18", "60"), ("bilirubin", "0.6", "1.2"))


def register(one: Invented, cast: Cast) -> Patient:
    """Somebody who has called: their record, without anything clinical yet."""
    return record.register(
        clinic=cast.clinic,
        by=cast.users["therapist"],
        family_name=one.family,
        given_name=one.given,
        birth_date=one.born,
        **one.more,
    )


def take(
    one: Invented, cast: Cast, *, phq: int = 14, gad: int = 9, days_before: int = 1, has_labs: bool = False
) -> Patient:
    """One of them, registered at this moment, with the intake as far as it is filled in."""
    patient, today = register(one, cast), today_in(cast.clinic.zone)
    _fill_record(one, patient, cast, today)
    if has_labs:
        _bring_labs(patient, today, cast)
    answers = {**_all_clear(), **one.answers, "no_medications": "no" if one.medicines else "yes"}
    begin(patient, therapist=cast.users["therapist"], admin=cast.users["admin"])
    moment = timezone.now() - timedelta(days=days_before)
    record_baseline(patient, answers, by=cast.users["therapist"], at=moment, phq=phq, gad=gad)
    _answer(one, patient, answers, today, cast)
    return patient


def _fill_record(one: Invented, patient: Patient, cast: Cast, today: date) -> None:
    by = cast.users["therapist"]
    for key in ("prescriber", "nurse"):
        record.join_team(patient=patient, user=cast.users[key], by=by)
    weigh(one, patient, cast)
    listed = [{"to": one.allergy[0], "reaction": one.allergy[1]}] if one.allergy else []
    record.record_allergies(patient=patient, by=by, none_known=not listed, allergies=listed)
    record.add_contact(
        patient=patient,
        by=by,
        kind=ContactKind.EMERGENCY,
        name=f"Sam {one.family}",
        relation="spouse",
        phone="+12025550142",
    )
    record.add_contact(patient=patient, by=by, kind=ContactKind.REFERRER, name="Dr Amari", phone="+12025550160")
    for text, taken in _medicines(one, today):
        add_medicine(patient=patient, by=by, text=text, last_taken=taken)


def _bring_labs(patient: Patient, today: date, cast: Cast) -> None:
    """The liver tests a series asks for, from the patient's own doctor."""
    for kind, value, limit in LIVER:
        found = Result(LabKind(kind), Decimal(value), unit=units_of(LabKind(kind))[0], upper_limit=Decimal(limit))
        record_lab(patient=patient, by=cast.users["therapist"], result=found, taken_on=today, source="report")


def weigh(one: Invented, patient: Patient, cast: Cast) -> None:
    record.measure_weight(
        patient=patient,
        by=cast.users["therapist"],
        value=Decimal(one.kg),
        unit=WeightUnit.KG,
        measured_at=timezone.now(),
    )


def _medicines(one: Invented, today: date) -> list[tuple[str, str]]:
    days = ((text, today - timedelta(days=last) if isinstance(last, int) else last) for text, last in one.medicines)
    return [(text, str(last)) for text, last in days]


def _answer(one: Invented, patient: Patient, answers: dict[str, Any], today: date, cast: Cast) -> None:
    by = cast.users["therapist"]
    screening = actions.start(patient=patient, by=by, on=today)
    for section in selectors.sections():
        if section in one.left_out:
            continue
        values = _section(one, section, answers, today)
        seen = policies.digest(policies.section_values(screening, section))
        screening = actions.save_section(screening=screening, section=section, values=values, seen=seen, by=by)
    if not one.left_out:
        actions.submit(screening=screening, by=by)


def _section(one: Invented, section: str, answers: dict[str, Any], today: date) -> dict[str, Any]:
    if section == policies.VITALS:
        upper, lower = one.pressure
        weight = {"value": float(one.kg), "unit": "kg"}
        return {"systolic": upper, "diastolic": lower, "heart_rate": 72, "spo2": 98, "weight": weight, "height_cm": 171}
    if section == policies.MEDICINES:
        taken = [{"text": text, "last_taken": last} for text, last in _medicines(one, today)]
        return {"medications": taken, "no_medications": answers["no_medications"]}
    return {q.key: answers.get(q.key) for q in policies.asked_in(section)}


def _all_clear() -> dict[str, Any]:
    """The answers of the worked intake that is clear."""
    return next(dict(case["answers"]) for case in cases() if case["expected_overall"] == "clear")
