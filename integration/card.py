"""What the chart says of integration, read together with the rest of the chart: no query of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from integration.continuing import rules as continuing
from integration.continuing.models import Continuation
from integration.continuing.rules import Numbers, Review
from integration.continuing.selectors import NUMBERS
from integration.visits.models import NextDayCall, Practice
from integration.visits.rules import Window
from integration.visits.selectors import WINDOW, After, followed
from integration.visits.terms import Standing
from kap_clinic.accounts.clinic_settings.selectors import values_in, values_read
from kap_clinic.reads import Read, ReadModels, Rows, compiled
from patients.course.models import Course
from patients.record.models import Patient
from sessions.dosing.models import DosingSession
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

DOSING = ("id", "ref", "number", "t0", "state", "course_id", "appointment_id", "patient_id")
VISIT = ("id", "ref", "state", "starts_at", "ends_at", "finished_at", "follows_id", "course_id")


@dataclass(frozen=True)
class Doing:
    """One practice the patient has agreed on."""

    text: str
    how_often: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class Card:
    """The last dose and how it was followed; practices and the review only for who reads notes."""

    last: After
    missed: int
    practices: list[Doing] = field(default_factory=list)
    review: Review | None = None


def reads(patient: Patient) -> dict[str, Read]:
    """What `card` needs of a patient's newest course."""
    return {**_followed(patient), "integration_settings": values_read((*WINDOW, *NUMBERS), patient.clinic_id)}


@compiled
def _followed(patient: Patient) -> dict[str, Read]:
    course = Course.objects.newest_of(patient)
    dosings = DosingSession.objects.dosed().filter(course__in=course)
    visits = Appointment.objects.filter(course__in=course, kind=VisitKind.INTEGRATION)
    calls = NextDayCall.objects.filter(dosing__course__in=course)
    practices = Practice.objects.filter(course__in=course, ended_at=None)
    return {
        "followed_doses": ReadModels(dosings.order_by("t0"), DOSING),
        "integration_visits": ReadModels(visits.order_by("starts_at"), VISIT),
        "next_day_calls": Read(calls, ("dosing_id", "reached")),
        "practices": Read(practices.order_by("id"), ("text", "how_often", "from_on", "until_on")),
        "reviewed": Read(Continuation.objects.filter(course__in=course), ("after_dose",)),
    }


def card(course: Course | None, rows: Rows, allowed: Mapping[str, bool], now: datetime, on: date) -> Card | None:
    """None: no dose yet, or not for this person. Who sees that notes are written only sees how the last dose stands."""
    whole = allowed["see_notes"]
    if course is None or not (whole or allowed["see_notes_done"]) or not rows["followed_doses"]:
        return None
    held = values_in(rows["integration_settings"], (*WINDOW, *NUMBERS))
    hours = Window(*(held[name] for name in WINDOW))
    after = followed(rows["followed_doses"], rows["integration_visits"], rows["next_day_calls"], now, hours)
    missed = sum(one.integration == Standing.OVERDUE for one in after[:-1])
    if not whole:
        return Card(after[-1], missed)
    reviewed = [after_dose for (after_dose,) in rows["reviewed"]]
    numbers = Numbers(*(held[name] for name in NUMBERS))
    review = continuing.review_due(len(after), course.planned_doses, reviewed, numbers) if course.is_live else None
    doing = [one for one in (Doing(*row) for row in rows["practices"]) if one.until_on is None or one.until_on >= on]
    return Card(after[-1], missed, doing, review)
