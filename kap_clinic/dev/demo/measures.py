"""Measures for invented patients: answers that come to what is wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kap_clinic.accounts.models import User
from patients.models import Patient
from screening import measures
from screening.actions import record_measure
from screening.terms import MeasureEntry

ASQ = {
    "negative": {"asq.1": 0, "asq.2": 0, "asq.3": 0, "asq.4": 0},
    "non_acute": {"asq.1": 0, "asq.2": 0, "asq.3": 0, "asq.4": 1, "asq.5": 0},
    "acute": {"asq.1": 1, "asq.2": 0, "asq.3": 1, "asq.4": 0, "asq.5": 1},
    "unknown_acuity": {"asq.1": 1, "asq.2": 0, "asq.3": 0, "asq.4": 0},
}


def spread(instrument: str, total: int, **fixed: int) -> dict[str, int]:
    """Answers to every scored item that add up to a total, filled from the first item on; `fixed` are kept."""
    form = measures.instrument(instrument)
    answers = {item: fixed.get(item.replace(".", "_"), 0) for item in (i.link_id for i in form.items if i.scored)}
    left = total - sum(answers.values())
    for item in form.items:
        if item.scored and item.link_id.replace(".", "_") not in fixed:
            answers[item.link_id] = min(left, max(option.value for option in item.options))
            left -= answers[item.link_id]
    return answers


def record_baseline(patient: Patient, answers: Mapping[str, Any], *, by: User, at: datetime) -> None:
    """The baseline, with what the answers nobody types come from: ASQ, AUDIT-C, PHQ-9 item 9, C-SSRS."""
    wanted: list[tuple[str, dict[str, int]]] = [("gad-7", spread("gad-7", 9)), ("pc-ptsd-5", {"pcptsd5.gate": 0})]
    if answers.get("asq_result") in ASQ:
        wanted.append(("asq", ASQ[answers["asq_result"]]))
    if answers.get("audit_c") is not None:
        wanted.append(("audit-c", spread("audit-c", answers["audit_c"])))
    item9 = answers.get("phq9_item9") or 0
    wanted.append(("phq-9", spread("phq-9", 14 + item9, phq9_9=item9)))
    if answers.get("cssrs_risk") is not None:
        wanted.append(("c-ssrs-screener", CSSRS[answers["cssrs_risk"]]))
    for instrument, given in wanted:
        record_measure(
            patient=patient, instrument=instrument, answers=given, entry=MeasureEntry.STAFF, by=by, answered_at=at
        )


CSSRS = {
    "none": {"q1": 0, "q2": 0, "q6": 0},
    "low": {"q1": 1, "q2": 0, "q6": 0},
    "moderate": {"q1": 1, "q2": 1, "q3": 1, "q4": 0, "q5": 0, "q6": 0},
    "high": {"q1": 1, "q2": 1, "q3": 1, "q4": 1, "q5": 0, "q6": 0},
}
