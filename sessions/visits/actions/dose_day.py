"""The dose day that belongs to a dosing visit: opened with the booking, called off with it."""

from django.utils import timezone

from kap_clinic.accounts.models import User
from patients.course.actions import NotReady
from sessions.dosing.models import DosingMove, DosingSession
from sessions.dosing.terms import DosingState
from sessions.visits.models import Appointment

MAY_CALL_OFF = (DosingState.PLANNED, DosingState.GATE_CHECK, DosingState.READY)
NEVER_BEGAN = (DosingState.GATE_FAILED, DosingState.ABORTED)


def open_day(visit: Appointment, *, by: User, role: str) -> DosingSession:
    assert visit.course is not None, "a dosing visit belongs to a course"
    dosing = DosingSession.objects.create(
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        course=visit.course,
        appointment=visit,
        opened_by=by,
    )
    _move(dosing, "", DosingState.PLANNED, by=by, role=role)
    return dosing


def call_off(visit: Appointment, *, words: str, by: User, role: str) -> None:
    """The visit does not take place: nor does the dose. NotReady once a dose was given."""
    dosing = DosingSession.objects.select_for_update(of=("self",)).filter(appointment=visit).first()
    if dosing is None or dosing.state in NEVER_BEGAN:
        return
    if dosing.state not in MAY_CALL_OFF:
        raise NotReady(["A dose was given. This visit ends when the patient leaves, it is not cancelled"])
    _move(dosing, dosing.state, DosingState.ABORTED, by=by, role=role, words=words)
    dosing.state = DosingState.ABORTED
    dosing.save(update_fields=["state"])


def _move(dosing: DosingSession, before: str, after: str, *, by: User, role: str, words: str = "") -> None:
    DosingMove.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        before=before,
        after=after,
        reason=words,
        role=role,
        moved_at=timezone.now(),
        moved_by=by,
    )
