"""The doses of a course as its chart tells them: what was given, and how high the blood pressure went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import F
from django.urls import reverse

from kap_clinic.reads import Read, Rows, compiled
from patients.course.models import Course
from patients.record.days import day_in
from patients.record.models import Patient
from sessions.dosing.models import Dose, VitalSigns
from sessions.orders.rules import plain

DOSES = ("dosing__ref", "dosing__number", "happened_at", "mg", "weight_kg")
PRESSURES = ("dosing__ref", "systolic", "diastolic")


@dataclass(frozen=True)
class GivenDose:
    """One dosing session: all mg of it, mg/kg of the weight used, and the highest pressure since the dose, in mmHg."""

    number: int
    on: date
    url: str  # of the record of that day
    mg: Decimal
    per_kg: Decimal
    peak: str  # like "142/88"; "" where none was measured

    @property
    def day(self) -> str:
        return f"{self.on.day} {self.on:%b}"

    @property
    def mg_in_words(self) -> str:
        return plain(self.mg)


@compiled
def given_reads(patient: Patient) -> dict[str, Read]:
    """Of the newest course. What was corrected is not counted, its correction is."""
    of = {"correction": None, "dosing__course__in": Course.objects.newest_of(patient)}
    since = VitalSigns.objects.filter(**of, systolic__isnull=False, happened_at__gte=F("dosing__t0"))
    by_height = ("dosing_id", "-systolic", F("diastolic").desc(nulls_last=True))
    highest = since.order_by(*by_height).distinct("dosing_id")
    return {
        "doses_given": Read(Dose.objects.filter(**of).order_by("happened_at", "id"), DOSES),
        "highest_pressures": Read(highest, PRESSURES),
    }


def given(rows: Rows, zone: str) -> list[GivenDose]:
    """One line for each session that had a dose, oldest first."""
    peaks = {ref: f"{systolic}/{'–' if low is None else low}" for ref, systolic, low in rows["highest_pressures"]}
    sessions = groupby(rows["doses_given"], key=lambda row: (row[0], row[1]))
    return [_session(ref, number, list(doses), peaks.get(ref, ""), zone) for (ref, number), doses in sessions]


def _session(ref: UUID, number: int, doses: Sequence[tuple[Any, ...]], peak: str, zone: str) -> GivenDose:
    first: datetime = doses[0][2]
    mg = sum((dose[3] for dose in doses), Decimal(0))
    per_kg = (mg / doses[0][4]).quantize(Decimal("0.01"))
    return GivenDose(number, day_in(first, zone), reverse("record:page", args=[ref]), mg, per_kg, peak)
