"""Moving a visit, changing who is in it, cancelling it, and recording that nobody came."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.record.models import Patient
from patients.tasks.actions import open_task
from patients.tasks.terms import TaskKind
from sessions.visits import messages, rules
from sessions.visits.actions import clashes, dose_day, team
from sessions.visits.actions.booking import People, place_of, put_in, reasons_against_people
from sessions.visits.actions.clashes import Wanted
from sessions.visits.models import Appointment, AppointmentMove
from sessions.visits.rules import Asked, Time
from sessions.visits.terms import Event, Modality, VisitKind, VisitState, Why

KEEP: Any = object()  # as it is
CALL_WITHIN = timedelta(days=1)  # of a visit nobody came to; PD


@dataclass(frozen=True)
class To:
    """Where and when a visit moves to."""

    time: Time
    room: Room | None
    modality: Modality
    staff: tuple[tuple[User, Role | str], ...]


def locked(visit: Appointment, version: int | None = None) -> Appointment:
    """The visit as it is now, its patient locked first (REL-11). NotReady: somebody changed it since `version`."""
    Patient.objects.select_for_update(of=("self",)).get(pk=visit.patient_id)
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("patient__clinic", "room", "course")
    now = rows.get(pk=visit.pk)
    if version is not None and version != now.version:
        last = now.moves.select_related("moved_by").last()
        who = last.moved_by.name if last and last.moved_by else "Somebody"
        raise NotReady([f"{who} changed this visit meanwhile. It is shown as it is now: look again, then save"])
    return now


def people_of(visit: Appointment) -> tuple[tuple[User, str], ...]:
    return tuple((one.user, one.role) for one in visit.staff.filter(left_at=None).select_related("user"))


@transaction.atomic
def move_visit(
    *,
    appointment: Appointment,
    starts: datetime,
    why: Why | str,
    by: User,
    role: str,
    words: str = "",
    minutes: int | None = None,
    room: Room | None = KEEP,
    modality: Modality | str = KEEP,
    staff: People = KEEP,
    fold: int | None = None,
    version: int | None = None,
) -> Appointment:
    """The visit takes place at another time (naive wall time), place, or with other people. What it was is kept.

    NotReady, WhichTime and Clash as for booking; also when somebody changed the visit since `version`.
    """
    visit = locked(appointment, version)
    to = _destination(visit, starts, minutes, room, modality, staff, fold)
    _refuse(visit, to, why, words)
    clashes.hold([to.room], [person for person, _ in to.staff])
    return _move(visit, to, why=why, words=words, by=by, role=role)


@transaction.atomic
def move_series(
    *,
    appointment: Appointment,
    starts: datetime,
    why: Why | str,
    by: User,
    role: str,
    words: str = "",
    fold: int | None = None,
    version: int | None = None,
    **more: Any,
) -> list[Appointment]:
    """The visit moves, and every planned one of its series as far by the clock: all or none."""
    visit = locked(appointment, version)
    before = rules.from_text(visit.wall_start)
    moves = [(visit, _destination(visit, starts, fold=fold, **more))]
    for other in _planned_of_series(visit):
        wall = rules.carried(rules.from_text(other.wall_start), before=before, after=starts)
        moves.append((other, _carried(other, wall)))
    for each, to in moves:
        _refuse(each, to, why, words)
    if reasons := list(rules.reasons_against_series([(VisitKind(each.kind), to.time.starts_at) for each, to in moves])):
        raise NotReady(reasons)
    clashes.hold([to.room for _, to in moves], [person for _, to in moves for person, _ in to.staff])
    # The one that moves furthest from the others goes first, so that a series does not run into itself.
    moves.sort(key=lambda move: move[0].starts_at, reverse=starts > before)
    return [_move(each, to, why=why, words=words, by=by, role=role) for each, to in moves]


def _planned_of_series(visit: Appointment) -> list[Appointment]:
    if visit.series is None:
        return []
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("patient__clinic", "room", "course")
    rows = rows.filter(series=visit.series, state=VisitState.PLANNED, patient_id=visit.patient_id)
    return list(rows.exclude(pk=visit.pk).order_by("starts_at", "pk"))


def _carried(other: Appointment, wall: datetime) -> To:
    """Where another visit of a series goes; a time that comes twice or not at all is named with its visit."""
    try:
        return _destination(other, wall)
    except NotReady as no:
        words = f"Another visit of the series, then on {wall:%d %B}: {no.reasons[0]}. Move it by itself first"
        raise NotReady([words]) from None


def _destination(
    visit: Appointment,
    starts: datetime,
    minutes: int | None = None,
    room: Room | None = KEEP,
    modality: Modality | str = KEEP,
    staff: People = KEEP,
    fold: int | None = None,
) -> To:
    lasts = minutes if minutes is not None else rules.minutes_between(visit.starts_at, visit.ends_at)
    return To(
        time=clashes.time_of(starts, lasts, visit.zone, fold),
        room=visit.room if room is KEEP else room,
        modality=Modality(visit.modality if modality is KEEP else modality),
        staff=people_of(visit) if staff is KEEP else tuple(staff),
    )


def _refuse(visit: Appointment, to: To, why: str, words: str) -> None:
    lasts = rules.minutes_between(to.time.starts_at, to.time.ends_at)
    asked = Asked(VisitKind(visit.kind), lasts, to.modality, None, len(to.staff), **place_of(to.room))
    if reasons := [
        *rules.reasons_against_changing(VisitState(visit.state)),
        *rules.reason_given(why, words),
        *rules.reasons_against_shape(asked),
        *rules.reasons_against_time(to.time, timezone.now()),
        *reasons_against_people(visit.clinic_id, to.staff),
    ]:
        raise NotReady(reasons)


def _move(visit: Appointment, to: To, *, why: str, words: str, by: User, role: str) -> Appointment:
    was = as_it_is(visit)
    people = tuple(person for person, _ in to.staff)
    gone = [one for one in visit.staff.filter(left_at=None) if (one.user_id, one.role) not in _keys(to.staff)]
    with clashes.said_with_names(Wanted(to.time, visit.patient, to.room, people, visit.pk)):
        for one in gone:
            one.left_at = timezone.now()
            one.save(update_fields=["left_at"])
        for name, value in vars(to.time).items():
            setattr(visit, name, value)
        visit.room, visit.modality, visit.version = to.room, to.modality, visit.version + 1
        visit.save(update_fields=[*vars(to.time), "room", "modality", "version"])
        put_in(visit, [pair for pair in to.staff if (pair[0].pk, str(pair[1])) not in _there(visit)])
    write_down(visit, visit.state, why=why, words=words, was=was, by=by, role=role)
    team.join(visit.patient, people, by=by)
    team.leave(visit.patient, tuple(one.user for one in gone if one.user not in people), by=by)
    record(Event.VISIT_MOVED, by=by, on=visit, role=role, reason=words, why=str(why), was=was["wall_start"])
    messages.moved(visit, by)
    return visit


def _keys(staff: People) -> set[tuple[int, str]]:
    return {(person.pk, str(role)) for person, role in staff}


def _there(visit: Appointment) -> set[tuple[int, str]]:
    return set(visit.staff.filter(left_at=None).values_list("user_id", "role"))


def as_it_is(visit: Appointment) -> dict[str, Any]:
    """Time, place and people of a visit, to be kept beside what it becomes."""
    return {
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "wall_start": visit.wall_start,
        "wall_end": visit.wall_end,
        "zone": visit.zone,
        "room": visit.room.name if visit.room else "",
        "modality": visit.modality,
        "people": [person.name for person, _ in people_of(visit)],
    }


def write_down(
    visit: Appointment,
    before: str,
    *,
    by: User,
    role: str,
    why: str = "",
    words: str = "",
    was: dict[str, Any] | None = None,
    after: str = "",
    at: datetime | None = None,
) -> None:
    """One row of what happened to a visit; it stands before the visit changes its state."""
    AppointmentMove.objects.create(
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        appointment=visit,
        before=before,
        after=after or before,
        why=why,
        words=words,
        was=was or {},
        role=role,
        moved_at=at or timezone.now(),
        moved_by=by,
    )


@transaction.atomic
def change_people(
    *, appointment: Appointment, staff: People, by: User, role: str, words: str = "", version: int | None = None
) -> Appointment:
    """Somebody else is in the visit; also while it goes on, when one hands over to another."""
    visit, staff = locked(appointment, version), tuple(staff)
    reasons = [] if staff else ["Name somebody who is in the visit"]
    if not visit.is_live:
        reasons.append(f"This visit {rules.ENDED_WORDS[VisitState(visit.state)]}: nobody joins it any more")
    if reasons := reasons + reasons_against_people(visit.clinic_id, staff):
        raise NotReady(reasons)
    clashes.hold([], [person for person, _ in staff])
    time = Time(visit.starts_at, visit.ends_at, visit.wall_start, visit.wall_end, visit.zone)
    to = To(time, visit.room, Modality(visit.modality), staff)
    return _move(visit, to, why=Why.OTHER, words=words or "Other people", by=by, role=role)


@transaction.atomic
def cancel(
    *, appointment: Appointment, why: Why | str, by: User, role: str, words: str = "", version: int | None = None
) -> Appointment:
    """The visit does not take place. A dose day that belongs to it is called off with it."""
    visit = locked(appointment, version)
    reasons = [
        *rules.reasons_against_move(VisitState(visit.state), VisitState.CANCELLED),
        *rules.reason_given(why, words),
    ]
    return _end(visit, VisitState.CANCELLED, Event.VISIT_CANCELLED, reasons, why, words, by, role)


@transaction.atomic
def miss(
    *, appointment: Appointment, why: Why | str, by: User, role: str, words: str = "", version: int | None = None
) -> Appointment:
    """The patient did not come. Somebody is asked to call within a day."""
    visit = locked(appointment, version)
    reasons = [
        *rules.reasons_against_move(VisitState(visit.state), VisitState.NO_SHOW),
        *rules.reasons_against_missing(visit.starts_at, timezone.now()),
        *rules.reason_given(why, words),
    ]
    visit = _end(visit, VisitState.NO_SHOW, Event.VISIT_MISSED, reasons, why, words, by, role)
    open_task(
        patient=visit.patient,
        kind=TaskKind.REBOOK,
        title="Did not come: call the patient and find another time",
        due_at=timezone.now() + CALL_WITHIN,
        owner_role=Role.THERAPIST,
        by=by,
        flag="visit-missed",
        source_ref=visit.ref,
    )
    return visit


def _end(
    visit: Appointment, to: VisitState, event: Event, reasons: list[str], why: str, words: str, by: User, role: str
) -> Appointment:
    if reasons:
        raise NotReady(reasons)
    if visit.kind == VisitKind.DOSING:
        dose_day.call_off(visit, words=words or Why(why).label, by=by, role=role)
    write_down(visit, visit.state, after=to, why=why, words=words, by=by, role=role)
    visit.state, visit.version = to, visit.version + 1
    visit.save(update_fields=["state", "version"])
    team.leave(visit.patient, tuple(person for person, _ in people_of(visit)), by=by)
    record(event, by=by, on=visit, role=role, reason=words, why=str(why))
    if to == VisitState.CANCELLED:
        messages.cancelled(visit, by)
    else:
        messages.over(visit, "The patient did not come.", by)
    return visit
