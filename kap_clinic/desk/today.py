"""What a day holds for one person: tasks, reviews, drafts of intakes, and courses that wait."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from integration.continuing.selectors import Owed as ReviewOwed
from integration.continuing.selectors import reviews_due
from integration.visits.selectors import After, due_list, next_day_calls_due
from kap_clinic.accounts.access import duties, may, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.desk.reviews.selectors import Waiting, worklist
from kap_clinic.desk.tasks.selectors import Owed, mine, owed, safety
from patients.course.models import Course
from patients.course.terms import Stage
from patients.notes import selectors as notes_of
from screening.models import Override, Screening
from screening.terms import OverrideKind, ScreeningState
from sessions.events.models import AdverseEvent
from sessions.events.selectors import unsigned_grave
from sessions.orders.models import DoseOrder
from sessions.orders.selectors import waiting_for_second
from sessions.visits.selectors import pages as visits
from sessions.visits.selectors.sight import Shown

FEW = 8


@dataclass(frozen=True)
class Count:
    """A number that opens the list behind it."""

    number: int
    words: str
    url: str


@dataclass(frozen=True)
class Day:
    """One person's Today."""

    visits: list[Shown]
    safety: list[Owed]
    tasks: list[Owed]
    reviews: list[Waiting]
    drafts: list[Screening]
    asked: list[Screening]
    to_second: list[Override]
    orders_to_second: list[DoseOrder]
    notes: list[notes_of.Owed]  # own ones, not signed yet
    to_cosign: list[notes_of.Owed]
    stages: list[Count]
    after_doses: list[After]  # integration and calls that are due
    continuations: list[ReviewOwed]
    events: list[AdverseEvent]  # that wait for a signature of who looks at the whole clinic's

    @property
    def is_clear(self) -> bool:
        waiting = (self.safety, self.tasks, self.reviews, self.drafts, self.asked, self.to_second)
        later = (self.after_doses, self.continuations, self.events)
        return not any((*waiting, *later, self.orders_to_second, self.notes, self.to_cosign))


def today(member: Member, now: datetime) -> Day:
    sees_tasks = may(member, Permission.TASK_VIEW)
    urgent = owed(safety(member), member, now) if sees_tasks else []
    shown = {row.task.pk for row in urgent}
    rest = [row for row in owed(mine(member), member, now) if row.task.pk not in shown] if sees_tasks else []
    return Day(
        visits=_visits(member, now),
        safety=urgent,
        tasks=rest,
        reviews=worklist(member, now)[:FEW] if may(member, Permission.SCREENING_DECIDE) else [],
        drafts=_screenings(member, ScreeningState.DRAFT),
        asked=_screenings(member, ScreeningState.MORE_ASKED),
        to_second=_to_second(member),
        orders_to_second=_orders_to_second(member),
        notes=notes_of.unsigned_of(member, now),
        to_cosign=notes_of.to_cosign(member),
        stages=_stages(member),
        after_doses=_after_doses(member, now)[:FEW],
        continuations=reviews_due(member)[:FEW] if may(member, Permission.COURSE_DOSE) else [],
        events=_events(member),
    )


def _after_doses(member: Member, now: datetime) -> list[After]:
    """Integration that is due for who reads notes; the calls alone for who only logs them."""
    if may(member, Permission.NOTE_VIEW):
        return due_list(member, now)
    return next_day_calls_due(member, now) if may(member, Permission.DOSING_RECORD) else []


def _events(member: Member) -> list[AdverseEvent]:
    """Unsigned serious events and boundary concerns, for the safety officer, who has no tasks."""
    if may(member, Permission.TASK_VIEW) or not may(member, Permission.EVENT_SIGN):
        return []
    rows = unsigned_grave().select_related("patient")
    return list(visible(member, Permission.EVENT_SIGN, rows)[:FEW])


def _visits(member: Member, now: datetime) -> list[Shown]:
    """The visits of the day: one's own for who looks after patients, the clinic's for the desk."""
    if not may(member, Permission.SCHEDULE_VIEW):
        return []
    asked = visits.Asked(member, now.astimezone(ZoneInfo(member.zone)).date(), now)
    desk = "busy_only" not in duties(member, Permission.SCHEDULE_VIEW) and may(member, Permission.SCHEDULE_EDIT)
    return visits.visits(replace(asked, mine=not desk), asked.on, 1)


def _screenings(member: Member, state: ScreeningState) -> list[Screening]:
    if not may(member, Permission.SCREENING_RECORD):
        return []
    rows = Screening.objects.filter(state=state).select_related("patient").order_by("started_at")
    return list(visible(member, Permission.SCREENING_RECORD, rows)[:FEW])


def _to_second(member: Member) -> list[Override]:
    """Overrides that wait for this person's second signature."""
    if not may(member, Permission.OVERRIDE_SECOND):
        return []
    rows = Override.objects.filter(kind=OverrideKind.DUAL, seconded_at=None, lapsed_at=None)
    rows = rows.exclude(made_by=member.user_id).select_related("finding__screening__patient", "made_by")
    return list(visible(member, Permission.OVERRIDE_SECOND, rows)[:FEW])


def _orders_to_second(member: Member) -> list[DoseOrder]:
    """Dose orders above a limit that wait for this person: on the team, or as one who seconds."""
    rows = waiting_for_second().exclude(signed_by=member.user_id)
    found: dict[int, DoseOrder] = {}
    for permission in (Permission.ORDER_SIGN, Permission.OVERRIDE_SECOND):
        if may(member, permission):
            found |= {row.pk: row for row in visible(member, permission, rows)[:FEW]}
    return list(found.values())


def _stages(member: Member) -> list[Count]:
    """How many courses stand where, for those who may see courses."""
    if not may(member, Permission.COURSE_VIEW):
        return []
    rows = visible(member, Permission.COURSE_VIEW, Course.objects.live()).values_list("stage", flat=True)
    stages = list(rows)
    return [
        Count(stages.count(stage), Stage(stage).label, f"/patients/?stage={stage}")
        for stage in Stage
        if stages.count(stage)
    ]
