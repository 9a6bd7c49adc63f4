"""Worked intakes for tests, recorded through the real actions."""

from datetime import UTC, date, datetime, time
from typing import Any

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.cases import cases
from kap_clinic.dev.demo.measures import record_baseline
from patients.course.actions import move
from patients.course.terms import Stage
from patients.models import Patient
from screening import actions, policies, selectors
from screening.models import Screening


def case(overall: str = "clear", **changes: Any) -> dict[str, Any]:
    """A worked intake with this overall result; `changes` are answers put in its place."""
    found = next(one for one in cases() if one["expected_overall"] == overall)
    return {**found, "answers": {**found["answers"], **changes}}


def record(patient: Patient, intake: dict[str, Any], *, by: User) -> Screening:
    """A draft that holds this intake; the answers nobody types come from measures, as they do at the clinic."""
    on = date.fromisoformat(intake["assessment_date"])
    if not patient.measures.exists():
        record_baseline(patient, intake["answers"], by=by, at=datetime.combine(on, time(15), UTC))
    screening = actions.start(patient=patient, by=by, on=on)
    begin_intake(patient, by=by)
    for section in selectors.sections():
        seen = policies.digest(policies.section_values(screening, section))
        screening = actions.save_section(
            screening=screening, section=section, values=section_values(intake, section), seen=seen, by=by
        )
    return screening


def section_values(intake: dict[str, Any], section: str) -> dict[str, Any]:
    if section == policies.VITALS:
        return intake["vitals"]
    if section == policies.MEDICINES:
        return {"medications": intake["medications"], "no_medications": intake["answers"].get("no_medications")}
    return {q.key: intake["answers"].get(q.key) for q in policies.asked_in(section)}


def submitted(patient: Patient, intake: dict[str, Any], *, by: User) -> Screening:
    return actions.submit(screening=record(patient, intake, by=by), by=by)


def begin_intake(patient: Patient, *, by: User) -> None:
    """The course at intake, as if the privacy consent were signed and the identity checked."""
    course = patient.courses.live().get()
    if course.stage == Stage.INQUIRY:
        facts = {"privacy_signed": True, "identity_checked": True}
        move(course=course, to=Stage.INTAKE, by=by, role=Role.ADMIN, evidence=facts)
