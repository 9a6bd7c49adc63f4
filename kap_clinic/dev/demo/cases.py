"""The 48 worked intakes as patients of the demo, so that the browser shows what the command says."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.dev.demo.courses import begin
from kap_clinic.dev.demo.measures import record_baseline
from patients.record.actions import cover, register
from screening import actions, policies, selectors
from screening.models import Screening

CASES = Path(__file__).resolve().parent.parent / "data" / "screening-cases.json"


def cases() -> list[dict[str, Any]]:
    return json.loads(CASES.read_text())


def load(clinic: Clinic, *, therapist: User, prescriber: User, admin: User) -> Iterator[Screening]:
    """Each worked intake recorded section by section and submitted where nothing is missing."""
    for case in cases():
        yield _load(case, clinic, therapist, prescriber, admin)


def _load(case: dict[str, Any], clinic: Clinic, therapist: User, prescriber: User, admin: User) -> Screening:
    on = date.fromisoformat(case["assessment_date"])
    patient = register(
        clinic=clinic,
        by=therapist,
        family_name=f"Case {case['id'].removeprefix('sc-')}",
        given_name="Worked",
        preferred_name="Demo",
        birth_date=on.replace(year=on.year - int(case["answers"].get("age_years") or 40)),
        reason="A worked intake of the demo",
    )
    cover(patient=patient, by=prescriber, why="Worked intake")
    begin(patient, therapist=therapist, admin=admin)
    record_baseline(patient, case["answers"], by=therapist, at=datetime.combine(on, time(15), UTC))
    screening = actions.start(patient=patient, by=therapist, on=on)
    for section in selectors.sections():
        values = _values(case, section)
        seen = policies.digest(policies.section_values(screening, section))
        screening = actions.save_section(screening=screening, section=section, values=values, seen=seen, by=therapist)
    if not selectors.page(screening).gaps:
        actions.submit(screening=screening, by=therapist)
    return screening


def _values(case: dict[str, Any], section: str) -> dict[str, Any]:
    if section == policies.VITALS:
        return case["vitals"]
    if section == policies.MEDICINES:
        return {"medications": case["medications"], "no_medications": case["answers"].get("no_medications")}
    return {q.key: case["answers"].get(q.key) for q in policies.asked_in(section)}
