"""How a dosing session may move. One table; nothing moves along a row that is not in it. Pure: no database, no clock.

Source: protocol 3. The database guards the same table (migration `dosing_guard`); a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sessions.dosing.terms import DosingState as S

SYSTEM = "system"
T, P, N, D = "therapist", "prescriber", "nurse", "medical_director"
TEAM = frozenset({T, P, N, D})

NEEDS = {
    "identity_checked": "The patient's identity is not checked.",
    "arrived": "The patient is not here.",
    "gate_open": "An item of the gate is not met.",
    "reason": "Write the reason.",
    "expired": "The readiness has not expired.",
    "dose_recorded": "No dose is recorded.",
    "during_done": "A check of the first hour is not done or explained.",
    "awake": "MOAA/S is below 4.",
    "leave_time_reached": "The earliest time to leave is not reached.",
    "items_met": "An item of the discharge is not met.",
    "notes_signed": "The record is not signed.",
    "drug_counted": "The remaining drug is not counted.",
    "events_graded": "An adverse event is not graded.",
    "next_day_call": "The call of the next day is not logged.",
    "integration_booked": "No integration visit is booked.",
}


@dataclass(frozen=True)
class Move:
    """One row of the table: from where to where, who may, and what must be true."""

    before: S
    after: S
    who: frozenset[str]
    needs: tuple[str, ...] = field(default=())


def _row(before: S, after: S, who: set[str] | frozenset[str], *needs: str) -> Move:
    return Move(before, after, frozenset(who), needs)


CLOSING = ("notes_signed", "drug_counted", "events_graded", "next_day_call", "integration_booked")
MOVES: tuple[Move, ...] = (
    _row(S.PLANNED, S.GATE_CHECK, TEAM, "arrived", "identity_checked"),
    _row(S.PLANNED, S.ABORTED, TEAM | {"admin", "front_desk", SYSTEM}, "reason"),
    _row(S.GATE_CHECK, S.READY, {P, D}, "gate_open"),
    _row(S.GATE_CHECK, S.GATE_FAILED, TEAM | {SYSTEM}, "reason"),
    _row(S.GATE_CHECK, S.ABORTED, TEAM, "reason"),
    _row(S.READY, S.DOSED, {P, D, N}, "dose_recorded"),
    _row(S.READY, S.GATE_CHECK, TEAM | {SYSTEM}, "expired"),
    _row(S.READY, S.ABORTED, TEAM, "reason"),
    _row(S.DOSED, S.MONITORING, {SYSTEM}),
    _row(S.MONITORING, S.RECOVERY, {T, N, P, D}, "during_done", "awake"),
    _row(S.MONITORING, S.STOPPED_EARLY, TEAM, "reason"),
    _row(S.MONITORING, S.TRANSFERRED, TEAM, "reason"),
    _row(S.MONITORING, S.LEFT_AGAINST_ADVICE, TEAM, "reason"),
    _row(S.STOPPED_EARLY, S.RECOVERY, {T, N, P, D}, "during_done", "awake"),
    _row(S.STOPPED_EARLY, S.TRANSFERRED, TEAM, "reason"),
    _row(S.STOPPED_EARLY, S.LEFT_AGAINST_ADVICE, TEAM, "reason"),
    _row(S.RECOVERY, S.STOPPED_EARLY, TEAM, "reason"),
    _row(S.RECOVERY, S.TRANSFERRED, TEAM, "reason"),
    _row(S.RECOVERY, S.LEFT_AGAINST_ADVICE, TEAM, "reason"),
    _row(S.RECOVERY, S.DISCHARGE_CHECK, {N, P, D}, "leave_time_reached"),
    _row(S.DISCHARGE_CHECK, S.DISCHARGED, {N, P, D}, "items_met"),
    _row(S.DISCHARGE_CHECK, S.RECOVERY, {N, P, D}, "reason"),
    _row(S.DISCHARGE_CHECK, S.TRANSFERRED, TEAM, "reason"),
    _row(S.DISCHARGE_CHECK, S.LEFT_AGAINST_ADVICE, TEAM, "reason"),
    _row(S.DISCHARGED, S.CLOSED, {T, P, D}, *CLOSING),
    _row(S.LEFT_AGAINST_ADVICE, S.CLOSED, {T, P, D}, *CLOSING),
    _row(S.TRANSFERRED, S.CLOSED, {T, P, D}, "notes_signed", "drug_counted", "events_graded"),
)


def move_of(before: str, after: str) -> Move | None:
    return next((move for move in MOVES if (move.before, move.after) == (before, after)), None)


def reasons_against_move(before: str, after: str, *, role: str, evidence: Mapping[str, Any]) -> list[str]:
    """Each reason why a session may not go from one state to another, worded to be read aloud. None means go."""
    move = move_of(before, after)
    if move is None:
        return [f"A dosing session does not go from {S(before).label.lower()} to {S(after).label.lower()}."]
    wrong_role = [] if role in move.who else ["Your role may not do this."]
    return [*wrong_role, *(NEEDS[need] for need in move.needs if not evidence.get(need))]
