"""How the copies answer their questionnaires: everybody in their own way, towards better, a little better or not."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from django.db import connection

from kap_clinic.dev.demo.measures import spread
from screening import measures

HIGHEST = {"phq-9": 24, "gad-7": 20}  # of the totals that occur; item 9 of the PHQ-9 stays 0, so no alarm is raised
COLUMNS = (
    "ref, clinic_id, patient_id, course_id, instrument, instrument_version, scorer_version, answers, context, complete,"
    " answered_sum, total, band, subscales, flags, entry, answered_at, recorded_at"
)


@dataclass
class Asked:
    """Questionnaires to be written: a row for each."""

    patients: list[int]
    courses: list[int]
    forms: list[int]  # places in the library
    moments: list[datetime]

    def __len__(self) -> int:
        return len(self.patients)


@cache
def library() -> tuple[dict[tuple[str, int], int], list[tuple[str, int]]]:
    """Every total of each instrument: where it stands, and what stands there."""
    keys = [(name, total) for name, most in HIGHEST.items() for total in range(most + 1)]
    return {key: place for place, key in enumerate(keys)}, keys


def totals(rng: Random, steps: list[float]) -> list[dict[str, int]]:
    """The totals of one person at each share of the way: 0 before anything, 1 when the course is done."""
    gain = rng.choices((rng.uniform(0.5, 0.85), rng.uniform(0.2, 0.45), rng.uniform(-0.15, 0.1)), (48, 30, 22))[0]
    start = {"phq-9": rng.randint(11, 23), "gad-7": rng.randint(7, 19)}
    return [
        {
            name: max(0, min(HIGHEST[name], round(first * (1 - gain * min(step, 1.2)) + rng.uniform(-1.5, 1.5))))
            for name, first in start.items()
        }
        for step in steps
    ]


def write(asked: Asked, clinic_id: int) -> int:
    """Insert them, scored by the application's own scorer; how many."""
    if not len(asked):
        return 0
    statement = f"""
        insert into screening_measureresponse ({COLUMNS})
        select gen_random_uuid(), %(clinic)s, a.patient, a.course, f.instrument, f.version, f.scorer, f.answers, '{{}}',
            true, f.total, f.total, f.band, f.subscales, f.flags, 'link', a.moment, a.moment
        from unnest(%(patients)s::bigint[], %(courses)s::bigint[], %(forms)s::int[], %(moments)s::timestamptz[])
            as a(patient, course, form, moment)
        join jsonb_to_recordset(%(library)s::jsonb) as f(place int, instrument text, version text, scorer text,
            answers jsonb, total numeric, band text, subscales jsonb, flags jsonb) on f.place = a.form
        order by a.patient, a.moment
    """  # noqa: S608  # constants
    said: dict[str, Any] = {
        "clinic": clinic_id,
        "patients": asked.patients,
        "courses": asked.courses,
        "forms": asked.forms,
        "moments": asked.moments,
        "library": _library_json(),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, said)
    return len(asked)


@cache
def _library_json() -> str:
    rows = []
    for place, (name, total) in enumerate(library()[1]):
        fixed = {"phq9_9": 0} if name == "phq-9" else {}
        answers = spread(name, total, **fixed)
        score = measures.score(name, answers, {})
        assert not isinstance(score, measures.Refusal), f"{name} with {total} cannot be scored"
        rows.append(
            {
                "place": place,
                "instrument": name,
                "version": score.instrument_version,
                "scorer": score.scorer_version,
                "answers": answers,
                "total": score.total,
                "band": score.band or "",
                "subscales": dict(score.subscales),
                "flags": [{"id": f.id, "severity": str(f.severity), "action": f.action} for f in score.flags],
            }
        )
    return json.dumps(rows)
