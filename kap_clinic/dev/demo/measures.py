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


def record_baseline(
    patient: Patient, answers: Mapping[str, Any], *, by: User, at: datetime, phq: int = 14, gad: int = 9
) -> None:
    """The baseline, with what the answers nobody types come from: ASQ, AUDIT-C, PHQ-9 item 9, C-SSRS."""
    wanted: list[tuple[str, dict[str, int]]] = [("gad-7", spread("gad-7", gad)), ("pc-ptsd-5", {"pcptsd5.gate": 0})]
    if answers.get("asq_result") in ASQ:
        wanted.append(("asq", ASQ[answers["asq_result"]]))
    if answers.get("audit_c") is not None:
        wanted.append(("audit-c", spread("audit-c", answers["audit_c"])))
    item9 = answers.get("phq9_item9") or 0
    wanted.append(("phq-9", spread("phq-9", phq + item9, phq9_9=item9)))
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


# What is answered at the end of a course beside PHQ-9 and GAD-7: as somebody answers who is a little better.
AT_THE_END = {
    "cgi-s": {"cgis.1": 3},
    "cgi-i": {"cgii.1": 2},
    "kap-bladder": {f"kapbl.{line}": 0 for line in range(1, 8)},
    "kap-craving": {"kapcr.1": 1, "kapcr.2": 0},
}


def answer_scale(patient: Patient, instrument: str, total: int, *, by: User, **fixed: int) -> None:
    """A form answered at this moment that adds up to a total; item 9 of a PHQ-9 is 0 where nothing else is said."""
    if instrument == "phq-9":
        fixed = {"phq9_9": 0, **fixed}
    answers = spread(instrument, total, **fixed)
    record_measure(patient=patient, instrument=instrument, answers=answers, entry=MeasureEntry.STAFF, by=by)


def answer_the_rest(patient: Patient, *, by: User) -> None:
    """The other forms of the end of a course."""
    for instrument, answers in AT_THE_END.items():
        record_measure(patient=patient, instrument=instrument, answers=answers, entry=MeasureEntry.STAFF, by=by)
