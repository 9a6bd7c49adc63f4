"""Where does a visit of today stand? Pure: no database, no clock."""

from dataclasses import dataclass
from enum import StrEnum

from sessions.dosing.terms import DosingState as S
from sessions.visits.terms import VisitState


class Stage(StrEnum):
    """The way through a day, as the columns of the board say it."""

    BOOKED = "Booked"
    HERE = "Here"
    CHECKING = "Checking"
    READY = "Ready"
    DOSING = "Dosing"
    RECOVERING = "Recovering"
    LEAVING = "Leaving"
    LEFT = "Left"
    NOT_TODAY = "Not today"
    MISSED = "Did not come"


@dataclass(frozen=True)
class Look:
    """How a stage is shown, whether the patient is in the building, and where it stands in the list."""

    chip: str
    is_here: bool
    place: int


STAGES: dict[Stage, Look] = {
    Stage.DOSING: Look("dose", True, 0),
    Stage.RECOVERING: Look("dose", True, 1),
    Stage.LEAVING: Look("dose", True, 2),
    Stage.READY: Look("ok", True, 3),
    Stage.CHECKING: Look("info", True, 4),
    Stage.HERE: Look("info", True, 5),
    Stage.BOOKED: Look("plain", False, 6),
    Stage.NOT_TODAY: Look("warn", False, 7),
    Stage.LEFT: Look("plain", False, 8),
    Stage.MISSED: Look("warn", False, 9),
}
OF_DOSING = {
    S.GATE_CHECK: Stage.CHECKING,
    S.READY: Stage.READY,
    S.DOSED: Stage.DOSING,
    S.MONITORING: Stage.DOSING,
    S.STOPPED_EARLY: Stage.DOSING,
    S.RECOVERY: Stage.RECOVERING,
    S.DISCHARGE_CHECK: Stage.LEAVING,
    S.DISCHARGED: Stage.LEFT,
    S.LEFT_AGAINST_ADVICE: Stage.LEFT,
    S.TRANSFERRED: Stage.LEFT,
    S.CLOSED: Stage.LEFT,
}
OF_VISIT = {
    VisitState.IN_PROGRESS: Stage.HERE,
    VisitState.COMPLETED: Stage.LEFT,
    VisitState.NO_SHOW: Stage.MISSED,
    VisitState.CANCELLED: Stage.NOT_TODAY,
}
UNDER_DRUG = frozenset({Stage.DOSING, Stage.RECOVERING, Stage.LEAVING})


def stage_of(*, visit: str, arrived: bool, dosing: str = "") -> Stage:
    """Where a visit stands: by its dosing session once that has begun, else by the visit itself."""
    if dosing in OF_DOSING:
        return OF_DOSING[S(dosing)]
    if dosing in {S.GATE_FAILED, S.ABORTED} and visit not in {VisitState.COMPLETED, VisitState.NO_SHOW}:
        return Stage.NOT_TODAY
    if visit == VisitState.PLANNED:
        return Stage.HERE if arrived else Stage.BOOKED
    return OF_VISIT[VisitState(visit)]


# How somebody sees it who sees only that a patient came and left.
COARSE = {
    stage: Stage.HERE if look.is_here else Stage.BOOKED if stage is Stage.NOT_TODAY else stage
    for stage, look in STAGES.items()
}
