"""What a patient is told of their visits: booked, moved, cancelled, and reminded three days and one day before.

Written in the transaction of the change, unique by visit, version and kind (REL-04). Just before one goes, the visit
is asked again whether it still stands (REL-05). Neutral words only: never what the visit is for.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.outbox import actions as outbox
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.rules import wall_before
from patients.record.reaching import Reach, in_words, reach
from sessions.visits.models import Appointment
from sessions.visits.terms import Modality, VisitState

BOOKED, MOVED, CANCELLED, REMINDER = "visit_booked", "visit_moved", "visit_cancelled", "visit_reminder"
DAYS_BEFORE = (3, 1)  # 72 h and 24 h, counted on the wall (REL-18)
PLACES = {Modality.VIDEO: "By video", Modality.PHONE: "By phone", Modality.IN_PERSON: ""}


def booked(visit: Appointment, by: User) -> None:
    _say(visit, BOOKED, by)
    _remind(visit, by)


def moved(visit: Appointment, by: User) -> None:
    """What was planned for the old time falls; the new time is told, and reminded of."""
    outbox.void_about(about_ref=visit.ref, before_version=visit.version, why="The visit moved.", by=by)
    _say(visit, MOVED, by)
    _remind(visit, by)


def cancelled(visit: Appointment, by: User) -> None:
    over(visit, "The visit was cancelled.", by)
    _say(visit, CANCELLED, by)


def over(visit: Appointment, why: str, by: User | None = None) -> None:
    """Nothing of this visit is to be said any more."""
    outbox.void_about(about_ref=visit.ref, why=why, by=by)


def _say(visit: Appointment, kind: str, by: User) -> None:
    now = timezone.now()
    if (to := reach(visit.patient)) and visit.starts_at > now:
        _write(visit, kind, to, due=to.allowed(now), not_after=visit.starts_at, by=by)


def _remind(visit: Appointment, by: User) -> None:
    to = reach(visit.patient)
    if to is None:
        return
    now = timezone.now()
    for days in DAYS_BEFORE:
        due = to.allowed(wall_before(visit.starts_at, visit.zone, days), earlier=True)
        if due > now:
            late = due + timedelta(hours=to.late_hours)
            _write(visit, REMINDER, to, due=due, not_after=late, by=by, offset=f":{days * 24}h")


def _write(
    visit: Appointment, kind: str, to: Reach, *, due: Any, not_after: Any, by: User | None, offset: str = ""
) -> None:
    outbox.write(
        clinic_id=visit.clinic_id,
        key=f"{kind}:{visit.ref}:{visit.version}{offset}",
        kind=kind,
        channel=to.channel,
        to=to.to,
        zone=to.zone,
        facts={**to.facts, **in_words(visit.starts_at, to.zone), "place": PLACES[Modality(visit.modality)]},
        due_at=due,
        not_after=not_after,
        patient_ref=visit.patient.ref,
        about_ref=visit.ref,
        about_version=visit.version,
        by=by,
    )


STANDS = {
    BOOKED: (VisitState.PLANNED,),
    MOVED: (VisitState.PLANNED,),
    REMINDER: (VisitState.PLANNED,),
    CANCELLED: (VisitState.CANCELLED,),
}


def facts_for(message: Message) -> dict[str, Any] | None:
    """Nothing to add while the visit is as it was; None once it is not, or the patient is to be told elsewhere."""
    visit = Appointment.objects.select_related("patient__clinic").filter(ref=message.about_ref or message.ref).first()
    if visit is None or visit.version != message.about_version or visit.state not in STANDS[message.kind]:
        return None
    to = reach(visit.patient)
    if to is None:
        return None
    if (to.channel, to.to) != (message.channel, message.to):
        _again_to(message, to)
        return None
    return {}


def _again_to(message: Message, to: Reach) -> None:
    """The patient has another address since: the same words go there, as a message of its own."""
    elsewhere = sha256(f"{to.channel}{to.to}".encode()).hexdigest()[:8]
    outbox.write(
        clinic_id=message.clinic_id,
        key=f"{message.key}:{elsewhere}",
        kind=message.kind,
        channel=to.channel,
        to=to.to,
        zone=to.zone,
        facts=message.facts,
        due_at=timezone.now(),
        not_after=message.not_after,
        patient_ref=message.patient_ref,
        about_ref=message.about_ref,
        about_version=message.about_version,
    )
