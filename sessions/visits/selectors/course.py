"""What visits say about a course: which preparations are done, what followed a dose, what comes next."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from patients.course.models import Course
from patients.record.models import Patient
from sessions.visits.models import Appointment, Preparation
from sessions.visits.terms import VisitKind, VisitState


def preparations_done(course: Course) -> list[tuple[int, datetime]]:
    """The completed preparation visits of a course, counted from 1, each with the moment it ended; oldest first."""
    rows = course.appointments.filter(kind=VisitKind.PREPARATION, state=VisitState.COMPLETED)
    ends = rows.order_by("finished_at", "id").values_list("finished_at", flat=True)
    return [(number, at) for number, at in enumerate(ends, start=1) if at is not None]


def integration_after(dosing_appointment: Appointment) -> Appointment | None:
    """The integration visit that belongs to a dosing visit: the completed one, else the one that is still to be."""
    rows = list(dosing_appointment.followed_by.filter(kind=VisitKind.INTEGRATION).order_by("starts_at", "id"))
    for states in ((VisitState.COMPLETED,), (VisitState.IN_PROGRESS, VisitState.PLANNED)):
        if found := next((row for row in rows if row.state in states), None):
            return found
    return None


def newest_preparation(course: Course) -> Preparation | None:
    """What holds of what was prepared, or None while nothing is written down."""
    return course.preparations.select_related("written_by", "appointment").order_by("-id").first()


def next_visit(patient: Patient, now: datetime | None = None) -> Appointment | None:
    """The visit that goes on, else the next one planned."""
    return next_visits([patient.pk], now).get(patient.pk)


def next_visits(patient_ids: Iterable[int], now: datetime | None = None) -> dict[int, Appointment]:
    """The same for several patients, in one query; who has none is left out."""
    rows = Appointment.objects.live().filter(patient_id__in=list(patient_ids), ends_at__gt=now or timezone.now())
    found = rows.select_related("room").order_by("patient_id", "starts_at", "id").distinct("patient_id")
    return {row.patient_id: row for row in found}
