"""What the course page shows: the timeline, each possible next move with its checks, and every move made."""

from dataclasses import dataclass
from datetime import date, datetime

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.course.models import Course, CourseMove, Goal
from patients.course.rules import CLOSED, NEEDS, REASON, TRANSITIONS, Move, next_stages
from patients.course.terms import Ending, Stage
from screening.actions import evidence

NEEDED: dict[Stage, Permission] = {
    Stage.INTAKE: Permission.COURSE_OPEN,
    Stage.SCREENING_REVIEW: Permission.SCREENING_RECORD,
    Stage.ENROLLED: Permission.COURSE_ENROL,
    Stage.DECLINED: Permission.COURSE_DECLINE,
    Stage.PREPARATION: Permission.COURSE_PREPARE,
    Stage.DOSING_SERIES: Permission.COURSE_DOSE,
    Stage.ON_HOLD: Permission.COURSE_HOLD,
    Stage.CLOSING: Permission.COURSE_END,
    Stage.COMPLETED: Permission.COURSE_END,
    Stage.MAINTENANCE: Permission.COURSE_DOSE,
    Stage.ENDED_EARLY: Permission.COURSE_END,
}
FROM_PAGE = {REASON, "offered_instead"}  # said in the form of the move itself
BY_ITSELF = {Stage.SCREENING_REVIEW}  # happens when the screening is submitted
WORDS = {
    Stage.INTAKE: "Begin intake",
    Stage.ENROLLED: "Enrol",
    Stage.DECLINED: "Decline",
    Stage.PREPARATION: "Start preparation",
    Stage.DOSING_SERIES: "Start or resume the dosing series",
    Stage.ON_HOLD: "Put on hold",
    Stage.CLOSING: "Start closing",
    Stage.COMPLETED: "Complete",
    Stage.MAINTENANCE: "Go on to maintenance",
    Stage.ENDED_EARLY: "End early",
}
BACK = "Send back to intake"
MET = {
    "privacy_signed": "Privacy consent signed",
    "identity_checked": "Identity checked",
    "screening_complete": "Screening submitted",
    "baseline_done": "Baseline measures done",
    "eligible": "Eligible by screening and approval",
    "live_visit_done": "Live visit done",
    "indication_noted": "Indication and what was tried noted",
    "monitoring_checked": "Monitoring database checked",
    "financial_talk": "Financial consent talked through and signed",
    "treatment_talk": "Treatment consent talked through",
    "therapist_assigned": "A therapist is on the team",
    "emergency_contact": "Emergency contact on file",
    "escort": "Escort on file",
    "treatment_valid": "Treatment consent valid",
    "touch_valid": "Touch consent answered",
}


@dataclass(frozen=True)
class Check:
    """One thing a move needs, as components/gates.html shows it."""

    state: str  # met, open
    name: str
    fact: str
    url: str = ""
    act: str = ""


@dataclass(frozen=True)
class NextMove:
    """One possible move: its checks, and whether this person may make it now."""

    to: Stage
    words: str
    checks: list[Check]
    who: str
    is_ready: bool
    may: bool
    needs_reason: bool
    needs_offer: bool
    needs_ending: bool
    is_ending: bool


@dataclass(frozen=True)
class Step:
    """One stage of the way, as components/timeline.html draws it."""

    name: str
    detail: str
    words: str
    state: str
    kind: str
    current: bool
    number: str = ""
    url: str = ""


@dataclass(frozen=True)
class Phase:
    name: str
    kind: str
    size: str
    steps: list[Step]


WAY = {
    "Assessment": ("prep", (Stage.INQUIRY, Stage.INTAKE, Stage.SCREENING_REVIEW, Stage.ENROLLED)),
    "Preparation": ("prep", (Stage.PREPARATION,)),
    "Dosing": ("dosing", (Stage.DOSING_SERIES,)),
    "Closing": ("integ", (Stage.CLOSING, Stage.COMPLETED)),
}


def moves(course: Course) -> list[CourseMove]:
    return list(course.moves.select_related("moved_by").order_by("-id"))


def goals(course: Course) -> list[Goal]:
    return list(course.goals.select_related("set_by").order_by("closed_at", "id"))


def next_moves(course: Course, member: Member, on: date) -> list[NextMove]:
    """Each move the table allows from here, with every check said in words; endings last."""
    facts = evidence(course, on)
    found = [
        _next(TRANSITIONS[(Stage(course.stage), to)], course, member, facts)
        for to in next_stages(course.stage)
        if to not in BY_ITSELF
    ]
    return sorted(found, key=lambda move: (move.is_ending, move.words == BACK))


def _next(move: Move, course: Course, member: Member, facts: dict[str, bool]) -> NextMove:
    checks = [_check(need, bool(facts.get(need))) for need in move.needs if need not in FROM_PAGE]
    return NextMove(
        to=move.after,
        words=BACK if move.before == Stage.SCREENING_REVIEW and move.after == Stage.INTAKE else WORDS[move.after],
        checks=checks,
        who=" or ".join(sorted(move.who - {"system"})).replace("_", " "),
        is_ready=all(check.state == "met" for check in checks),
        may=may(member, NEEDED[move.after], course),
        needs_reason=REASON in move.needs,
        needs_offer="offered_instead" in move.needs,
        needs_ending=move.after in {Stage.ENDED_EARLY, Stage.COMPLETED},
        is_ending=move.after in CLOSED,
    )


def _check(need: str, met: bool) -> Check:
    return Check(
        "met" if met else "open", MET.get(need, need.replace("_", " ").capitalize()), "" if met else NEEDS[need]
    )


def endings(to: Stage) -> list[tuple[str, str]]:
    """Reason codes that fit this ending (protocol 7)."""
    completed = {Ending.GOALS_MET, Ending.PARTIAL, Ending.NO_BENEFIT_AT_END}
    wanted = completed if to == Stage.COMPLETED else set(Ending) - completed
    return [(ending.value, ending.label) for ending in Ending if ending in wanted]


def timeline(course: Course) -> list[Phase]:
    """The way as phases; stages the course has been through are done, with the day it reached them."""
    reached = {move.after: move.moved_at for move in course.moves.order_by("id")}
    return [
        Phase(name, kind, f"n{len(stages)}", [_step(stage, course, reached, kind) for stage in stages])
        for name, (kind, stages) in WAY.items()
    ]


def _step(stage: Stage, course: Course, reached: dict[str, datetime], kind: str) -> Step:
    at = reached.get(stage)
    here = course.stage == stage
    state = "next" if here else "done" if at else "to-come"
    words = {"next": "the course is here", "done": "done", "to-come": "still to come"}[state]
    mark = {"dosing": "dose", "integ": "integ"}.get(kind, "visit")
    return Step(stage.label, f"{at:%d %b}" if at else "", words, state, mark, here)
