"""What the course page shows: the timeline, each possible next move with its checks, and every move made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from integration.continuing.terms import CLOSES_TO
from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.desk.course.checks import Check, Known
from kap_clinic.desk.patients.timeline import Phase, Way
from kap_clinic.desk.patients.timeline import timeline as bands
from patients.course.models import Course, CourseMove, Goal
from patients.course.rules import CLOSED, REASON, TRANSITIONS, next_stages
from patients.course.terms import Ending, Stage
from patients.record.days import today_in
from screening.actions import evidence
from sessions import course as courses

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
ELSEWHERE = set(CLOSES_TO)  # made on the closing page, which knows what each ending must say
WORDS = {
    Stage.INTAKE: "Begin intake",
    Stage.SCREENING_REVIEW: "Send to review",
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


def moves(course: Course) -> list[CourseMove]:
    return list(course.moves.select_related("moved_by").order_by("-id"))


def goals(course: Course) -> list[Goal]:
    return list(course.goals.select_related("set_by").order_by("closed_at", "id"))


def next_moves(course: Course, member: Member, on: date) -> list[NextMove]:
    """Each move the table allows from here, with every check said in words; endings last."""
    series = courses.series(course, timezone.now())
    known = Known(course, member, {**evidence(course, on), **series.met}, series.said)
    found = [next_move(course, to, known) for to in next_stages(course.stage) if to not in BY_ITSELF | ELSEWHERE]
    return sorted(found, key=lambda move: (move.is_ending, move.words == BACK))


def next_move(course: Course, to: Stage, known: Known) -> NextMove:
    """One move with its checks and who clears them."""
    move = TRANSITIONS[(Stage(course.stage), to)]
    asked = [need for need in move.needs if need not in FROM_PAGE]
    may_stop = "series_over" in asked and not known.met.get("series_over") and may_stop_series(known.member, course)
    checks = [known.check(need) for need in asked]
    return NextMove(
        to=move.after,
        words=BACK if move.before == Stage.SCREENING_REVIEW and move.after == Stage.INTAKE else WORDS[move.after],
        checks=checks,
        who=" or ".join(sorted(move.who - {"system"})).replace("_", " "),
        is_ready=all(known.met.get(need) or (may_stop and need == "series_over") for need in asked),
        may=to not in BY_ITSELF and may(known.member, NEEDED[move.after], course),
        needs_reason=REASON in move.needs or may_stop,
        needs_offer="offered_instead" in move.needs,
        needs_ending=move.after in {Stage.ENDED_EARLY, Stage.COMPLETED},
        is_ending=move.after in CLOSED,
    )


def may_stop_series(member: Member, course: Course) -> bool:
    """Who starts a series may decide that it ends before its planned number, with a reason (protocol 2)."""
    return may(member, Permission.COURSE_DOSE, course)


def endings(to: Stage) -> list[tuple[str, str]]:
    """Reason codes that fit this ending (protocol 7)."""
    completed = {Ending.GOALS_MET, Ending.PARTIAL, Ending.NO_BENEFIT_AT_END}
    wanted = completed if to == Stage.COMPLETED else set(Ending) - completed
    return [(ending.value, ending.label) for ending in Ending if ending in wanted]


def reached(moves: Iterable[tuple[str, datetime]], zone: str) -> dict[str, date]:
    """The last day the course came to each stage, in the clinic's zone, from its moves in their order."""
    return {after: at.astimezone(ZoneInfo(zone)).date() for after, at in moves}


def timeline(course: Course) -> list[Phase]:
    """The bands of the course page."""
    zone = course.patient.clinic.zone
    made = course.moves.order_by("id").values_list("after", "moved_at")
    return bands(Way(Stage(course.stage), reached(made, zone)), today_in(zone))
