"""The patient arrives, the visit starts, the visit is completed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from sessions.visits import rules
from sessions.visits.actions.changing import locked, write_down
from sessions.visits.models import Appointment
from sessions.visits.terms import Event, VisitKind, VisitState

ARRIVED = "Arrived"


@transaction.atomic
def arrive(*, appointment: Appointment, by: User, role: str, at: datetime | None = None) -> Appointment:
    """The patient is in the house, or in the call. Said twice it stays as it was."""
    visit = locked(appointment)
    if visit.arrived_at is not None:
        return visit
    if visit.state != VisitState.PLANNED:
        raise NotReady([f"This visit {rules.ENDED_WORDS[VisitState(visit.state)]}"])
    visit.arrived_at, visit.version = _when(at), visit.version + 1
    visit.save(update_fields=["arrived_at", "version"])
    write_down(visit, visit.state, words=ARRIVED, by=by, role=role, at=at)
    record(Event.VISIT_ARRIVED, by=by, on=visit, role=role)
    return visit


@transaction.atomic
def start(*, appointment: Appointment, by: User, role: str, at: datetime | None = None) -> Appointment:
    """The visit begins; whoever begins is there, so the patient is too."""
    visit = locked(appointment)
    if reasons := list(rules.reasons_against_move(VisitState(visit.state), VisitState.IN_PROGRESS)):
        raise NotReady(reasons)
    moment = _when(at)
    write_down(visit, visit.state, after=VisitState.IN_PROGRESS, by=by, role=role, at=moment)
    visit.state, visit.started_at, visit.version = VisitState.IN_PROGRESS, moment, visit.version + 1
    visit.arrived_at = visit.arrived_at or moment
    visit.save(update_fields=["state", "started_at", "arrived_at", "version"])
    record(Event.VISIT_STARTED, by=by, on=visit, role=role)
    return visit


@transaction.atomic
def complete(*, appointment: Appointment, by: User, role: str, at: datetime | None = None) -> Appointment:
    """The visit is over and took place. A preparation is complete when what was prepared is written down."""
    visit = locked(appointment)
    has_preparation = visit.kind == VisitKind.PREPARATION and visit.preparations.exists()
    reasons = [
        *rules.reasons_against_move(VisitState(visit.state), VisitState.COMPLETED),
        *rules.reasons_against_completing(VisitKind(visit.kind), has_preparation=has_preparation),
    ]
    if reasons:
        raise NotReady(reasons)
    moment = _when(at)
    write_down(visit, visit.state, after=VisitState.COMPLETED, by=by, role=role, at=moment)
    visit.state, visit.finished_at, visit.version = VisitState.COMPLETED, moment, visit.version + 1
    visit.save(update_fields=["state", "finished_at", "version"])
    record(Event.VISIT_COMPLETED, by=by, on=visit, role=role)
    return visit


def _when(at: datetime | None) -> datetime:
    """The moment something happened; never one that is still to come."""
    now = timezone.now()
    if at is not None and at > now:
        raise NotReady(["This lies in the future. Enter when it happened"])
    return at or now
