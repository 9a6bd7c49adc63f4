"""The dose day that belongs to a dosing visit: opened with the booking, called off with it."""

from kap_clinic.accounts.models import User
from patients.course.actions import NotReady
from sessions.dosing import actions as dosing_actions
from sessions.dosing.models import BEFORE_DOSE, DosingSession
from sessions.dosing.terms import DosingState
from sessions.visits.models import Appointment

NEVER_BEGAN = (DosingState.GATE_FAILED, DosingState.ABORTED)


def open_day(visit: Appointment, *, by: User, role: str) -> DosingSession:
    return dosing_actions.open_dosing(appointment=visit, by=by, role=role)


def call_off(visit: Appointment, *, words: str, by: User, role: str) -> None:
    """The visit does not take place: nor does the dose. NotReady once a dose was given."""
    dosing = DosingSession.objects.select_for_update(of=("self",)).filter(appointment=visit).first()
    if dosing is None or dosing.state in NEVER_BEGAN:
        return
    if dosing.state not in BEFORE_DOSE:
        raise NotReady(["A dose was given. This visit ends when the patient leaves, it is not cancelled"])
    dosing_actions.call_off(dosing=dosing, reason=words, by=by, role=role)
