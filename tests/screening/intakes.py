"""Intakes to try the rules on: an unremarkable one, and ways to change it."""

import copy
from datetime import date, timedelta

from kap_clinic.dev.samples import worked_intakes

TODAY = date(2026, 11, 20)
TODAY_TYPED = TODAY.isoformat()
BLANK = object()  # takes an answer or a measurement away


def days_ago(days):
    return (TODAY - timedelta(days=days)).isoformat()


def entry(text, last_taken="current"):
    return {"text": text, "last_taken": last_taken}


def intake(answers=(), medicines=(), vitals=(), on=TODAY_TYPED):
    """An intake where every answer is given and nothing is found, changed as told."""
    base = copy.deepcopy(worked_intakes()[0])
    listed = {"no_medications": "no"} if medicines else {}
    return {
        "id": "test",
        "assessment_date": on,
        "answers": _changed(base["answers"], listed | dict(answers)),
        "medications": list(medicines),
        "vitals": _changed(base["vitals"], dict(vitals)),
    }


def _changed(values, changes):
    return {key: value for key, value in (values | changes).items() if value is not BLANK}
