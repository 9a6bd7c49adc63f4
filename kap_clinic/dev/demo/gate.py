"""The pre-dose check of the demo: what is asked on the day, and what a prescriber or the director set aside."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kap_clinic.dev.demo.cast import Cast
from kap_clinic.dev.demo.words import said_by
from patients.models import Patient
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.gate import actions
from sessions.gate.terms import Check, EquipmentPart, GateItem, Topic

LABS_LATER = "Drawn this morning, liver enzymes were normal in spring; the result is read before the second dose."
TOAST = "Toast and tea five hours before; sits up, and the medicine against nausea lies ready."
CALM = {
    "systolic": 118,
    "diastolic": 76,
    "heart_rate": 70,
    "spo2": 98,
    "respiratory_rate": 14,
    "moaas": 5,
    "distress": 0,
}
TOO_HIGH = {"systolic": 176, "diastolic": 108, "heart_rate": 96}


def set_aside(dosing: DosingSession, item: GateItem, reason: str, by: dict[str, Any]) -> None:
    """One item of this dose, in writing."""
    actions.override(dosing=dosing, item=item, reason=reason, **by)


def arrive(dosing: DosingSession, cast: Cast) -> None:
    """It is them, and the check begins."""
    answer(dosing, Check.IDENTITY, {"identifiers": ["name", "birth_date"]}, cast)
    dose_day.begin_check(dosing=dosing, **cast.therapist)


def ask(dosing: DosingSession, cast: Cast, *, without: frozenset[Check] = frozenset(), **vitals: int) -> None:
    """Everything that is asked on the day, and the baseline."""
    for code, data in _answers(dosing.patient, dosing.number or 0, cast).items():
        if code not in without:
            answer(dosing, code, data, cast)
    read(dosing, cast, **{**vitals, "rested_minutes": 6})


def answer(dosing: DosingSession, code: Check, data: dict[str, Any], cast: Cast) -> None:
    actions.answer(dosing=dosing, code=code, data=data, **cast.nurse)


def read(dosing: DosingSession, cast: Cast, **values: int) -> None:
    """Vital signs at this moment, calm where nothing else is said."""
    dose_day.record_vitals(dosing=dosing, values={**CALM, **values}, happened_at=timezone.now(), **cast.nurse)


def _answers(patient: Patient, number: int, cast: Cast) -> dict[Check, dict[str, Any]]:
    now = timezone.now()
    return {
        Check.CHANGES: {"topics": {topic.value: "no" for topic in Topic}},
        Check.MEDICINES: {"list_is_right": "yes", "taken": _taken(patient)},
        Check.ASQ: {f"asq.{line}": 0 for line in range(1, 5)},
        Check.CONSENT_TODAY: {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 2},
        Check.FASTING: {
            "solids_at": (now - timedelta(hours=9)).isoformat(),
            "liquids_at": (now - timedelta(hours=3)).isoformat(),
        },
        Check.SUBSTANCES: {"alcohol": "no", "cannabis": "no", "other": "no", "intoxicated": "no"},
        Check.ESCORT: {**escort(patient), "adult": "yes", "how": "in_person"},
        Check.STAFF: {"therapist": cast.users["therapist"].pk, "clinician": cast.users["nurse"].pk},
        Check.EQUIPMENT: {"items": EquipmentPart.values},
        Check.INTENTION: {"words": said_by(patient.family_name, number).intention},
    }


def _taken(patient: Patient) -> dict[str, str]:
    """Everything on the list was taken last night."""
    last = (timezone.now() - timedelta(hours=12)).isoformat()
    return {str(one.ref): last for one in patient.medicines.filter(ended_at=None)}


def escort(patient: Patient) -> dict[str, str]:
    return {"name": f"Lee {patient.family_name}", "phone": "+12025550178"}
