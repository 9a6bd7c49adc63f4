"""How a course may move. One table; nothing moves along a row that is not in it. Pure: no database, no clock.

Source: protocol 2. The database guards the same table (migration `course_guard`); a test compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kap_clinic.accounts.terms import Role
from patients.course.terms import Stage

PATIENT, SYSTEM = "patient", "system"
REASON = "reason"  # evidence every stop and every step back must carry

NEEDS = {
    "privacy_signed": "The privacy consent is not signed.",
    "identity_checked": "The patient's identity is not checked.",
    "screening_complete": "The screening is not complete and submitted.",
    "baseline_done": "The baseline measures are not done.",
    "eligible": "The screening does not make the patient eligible.",
    "live_visit_done": "No live visit, by video or in person, is noted.",
    "indication_noted": "The indication and what was tried before are not noted.",
    "monitoring_checked": "The prescription monitoring database is not checked.",
    "offered_instead": "What was offered instead is not written down.",
    "financial_talk": "The financial consent is not talked through and signed.",
    "treatment_talk": "The treatment consent is not talked through.",
    "therapist_assigned": "No therapist is on the care team.",
    "preparation_done": "The required preparation sessions are not completed.",
    "treatment_valid": "The treatment consent is not valid.",
    "touch_valid": "The touch consent is not answered.",
    "order_signed": "No dose order is signed.",
    "emergency_contact": "No emergency contact is on file.",
    "escort": "No escort is on file.",
    "gates_closed": "A gate is still open.",
    "series_over": "The planned number is not done and no stop is decided.",
    "last_integration": "The last integration session is not completed.",
    "end_scales": "The closing measures are not done.",
    "relapse_plan": "The continuing plan is not written.",
    "letters": "The letters are not written.",
    "benefit_shown": "Benefit is not shown.",
    "maintenance_plan": "The maintenance plan is not written.",
    "consent_renewed": "The treatment consent is not renewed.",
    "exposure_reviewed": "The exposure counters are not reviewed.",
    "safety_plan": "The safety plan is missing, and suicide risk was once above caution.",
    REASON: "Write the reason.",
}


@dataclass(frozen=True)
class Move:
    """One row of the table: from where to where, who may, and what must be true."""

    before: Stage
    after: Stage
    who: frozenset[str]
    needs: tuple[str, ...] = field(default=())


def _row(before: Stage, after: Stage, who: set[str], *needs: str) -> Move:
    return Move(before, after, frozenset(who), needs)


ENROLLED_STAGES = (
    Stage.ENROLLED,
    Stage.PREPARATION,
    Stage.DOSING_SERIES,
    Stage.ON_HOLD,
    Stage.CLOSING,
    Stage.MAINTENANCE,
)
T, P, A = Role.THERAPIST, Role.PRESCRIBER, Role.ADMIN
MOVES: tuple[Move, ...] = (
    _row(Stage.INQUIRY, Stage.INTAKE, {A}, "privacy_signed", "identity_checked"),
    _row(Stage.INTAKE, Stage.SCREENING_REVIEW, {PATIENT, T}, "screening_complete", "baseline_done"),
    _row(Stage.SCREENING_REVIEW, Stage.INTAKE, {T, P, SYSTEM}, REASON),
    _row(
        Stage.SCREENING_REVIEW,
        Stage.ENROLLED,
        {P},
        "eligible",
        "live_visit_done",
        "indication_noted",
        "monitoring_checked",
    ),
    _row(Stage.SCREENING_REVIEW, Stage.DECLINED, {P}, REASON, "offered_instead"),
    _row(Stage.INQUIRY, Stage.DECLINED, {A, T, PATIENT}, REASON),
    _row(Stage.INTAKE, Stage.DECLINED, {A, T, PATIENT}, REASON),
    _row(Stage.ENROLLED, Stage.PREPARATION, {T}, "financial_talk", "treatment_talk", "therapist_assigned"),
    _row(
        Stage.PREPARATION,
        Stage.DOSING_SERIES,
        {P},
        "preparation_done",
        "treatment_valid",
        "touch_valid",
        "order_signed",
        "emergency_contact",
        "escort",
    ),
    _row(Stage.DOSING_SERIES, Stage.ON_HOLD, {T, P, SYSTEM}, REASON),
    _row(Stage.MAINTENANCE, Stage.ON_HOLD, {T, P, SYSTEM}, REASON),
    _row(Stage.ON_HOLD, Stage.DOSING_SERIES, {P}, "gates_closed", REASON),
    _row(Stage.DOSING_SERIES, Stage.CLOSING, {T, P}, "series_over"),
    _row(Stage.MAINTENANCE, Stage.CLOSING, {T, P}, "series_over"),
    _row(Stage.CLOSING, Stage.COMPLETED, {T}, "last_integration", "end_scales", "relapse_plan", "letters"),
    _row(
        Stage.CLOSING,
        Stage.MAINTENANCE,
        {P},
        "benefit_shown",
        "maintenance_plan",
        "consent_renewed",
        "exposure_reviewed",
    ),
    *(_row(stage, Stage.ENDED_EARLY, {P, PATIENT}, REASON, "safety_plan") for stage in ENROLLED_STAGES),
)
TRANSITIONS: dict[tuple[Stage, Stage], Move] = {(move.before, move.after): move for move in MOVES}
CLOSED = frozenset({Stage.COMPLETED, Stage.DECLINED, Stage.ENDED_EARLY})  # never reopened: a new course starts


def reasons_against_move(before: str, after: str, *, role: str, evidence: Mapping[str, object]) -> list[str]:
    """Each reason why this course may not move so, worded to be read aloud. None means it may.

    `role` is the role used (`accounts.Role`, or "patient" / "system"); `evidence` says for each need whether it holds.
    A need nobody gave evidence for counts as not met.
    """
    return list(_against(before, after, role, evidence))


def _against(before: str, after: str, role: str, evidence: Mapping[str, object]) -> Iterator[str]:
    move = TRANSITIONS.get((Stage(before), Stage(after)))
    if move is None:
        yield f"A course does not go from {Stage(before).label.lower()} to {Stage(after).label.lower()}."
        return
    if role not in move.who:
        who = " or ".join(sorted(Role(name).label.lower() if name in Role.values else name for name in move.who))
        yield f"This move is made by the {who}."
    for need in move.needs:
        if not evidence.get(need):
            yield NEEDS[need]


def next_stages(stage: str) -> list[Stage]:
    """Where a course may go from here."""
    return [move.after for move in MOVES if move.before == stage]
