"""What is done on a dose day. Verbs take `by` and `role`, move along `rules.MOVES`, and refuse with NotReady."""

from patients.course.actions import NotReady
from sessions.dosing.actions.alerts import acknowledge, close_alert, escalate_due, tell_late_check, watch
from sessions.dosing.actions.common import locked, move
from sessions.dosing.actions.doses import (
    correct_dose,
    give_dose,
    newest_prepared,
    prepare_dose,
    witness_dose,
    witness_of,
)
from sessions.dosing.actions.ending import (
    back_to_recovery,
    close_dosing,
    cosign_record,
    sign_record,
    stop_early,
    to_discharge_check,
    to_recovery,
    transfer,
)
from sessions.dosing.actions.log import record_vitals, strike, write_entry
from sessions.dosing.actions.opening import begin_check, call_off, expire_ready, fail_gate, make_ready, open_dosing

NotPossible = NotReady

__all__ = [
    "NotPossible",
    "NotReady",
    "acknowledge",
    "back_to_recovery",
    "begin_check",
    "call_off",
    "close_alert",
    "close_dosing",
    "correct_dose",
    "cosign_record",
    "escalate_due",
    "expire_ready",
    "fail_gate",
    "give_dose",
    "locked",
    "make_ready",
    "move",
    "newest_prepared",
    "open_dosing",
    "prepare_dose",
    "record_vitals",
    "sign_record",
    "stop_early",
    "strike",
    "tell_late_check",
    "to_discharge_check",
    "to_recovery",
    "transfer",
    "watch",
    "witness_dose",
    "witness_of",
    "write_entry",
]
