"""What the task pages and Today show of tasks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from kap_clinic.accounts.access import has_grants, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import Somebody, alike, asking
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Count, Read, compiled
from patients.tasks.models import Task
from patients.tasks.terms import Severity, TaskKind

PAGE = 50
URGENCY = Case(
    When(severity=Severity.CRITICAL, then=Value(0)),
    When(severity=Severity.HIGH, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Owed:
    """One open task as a list shows it."""

    task: Task
    chip_kind: str
    due: str
    is_overdue: bool
    is_mine: bool


def mine(member: Member) -> QuerySet[Task]:
    """Open tasks this person owes: theirs, and those of their role nobody has taken."""
    return _open(member).filter(_owed_by(member))


def count_read(member: Member) -> Read:
    """How many tasks are `mine`."""
    if has_grants(member, Permission.TASK_VIEW):
        return _count_of(member)
    return _count(*asking(member), **alike(member))


@compiled
def _count(user: int, clinic: int, now: datetime, *, roles: frozenset[Role]) -> Read:
    return _count_of(Somebody(user, clinic, now, roles))


def _count_of(member: Member | Somebody) -> Count:
    return Count(visible(member, Permission.TASK_VIEW, Task.objects.open()).filter(_owed_by(member)))


def _owed_by(member: Member | Somebody) -> Q:
    unowned = Q(owner=None, owner_role__in=sorted(map(str, member.roles)))
    return Q(owner_id=member.user_id) | unowned


def safety(member: Member) -> QuerySet[Task]:
    """Open safety tasks of everybody this person may see; critical ones are shown to every prescriber of the team."""
    return _open(member).filter(kind=TaskKind.SAFETY)


def _open(member: Member) -> QuerySet[Task]:
    rows = visible(member, Permission.TASK_VIEW, Task.objects.open().select_related("patient", "owner"))
    return rows.annotate(urgency=URGENCY).order_by("urgency", "due_at")


def owed(tasks: QuerySet[Task], member: Member, now: datetime) -> list[Owed]:
    return [_owed(task, member, now) for task in tasks[:PAGE]]


def _owed(task: Task, member: Member, now: datetime) -> Owed:
    overdue = task.due_at < now
    kind = "danger" if task.severity == Severity.CRITICAL or overdue else "warn" if task.severity == "high" else "info"
    return Owed(task, kind, due_in_words(task.due_at, now), overdue, task.owner_id == member.user_id)


def due_in_words(due: datetime, now: datetime) -> str:
    """ "due in 42 min", "due in 5 h", "due in 3 d", "20 min overdue"."""
    apart = abs(due - now)
    words = _span(apart)
    return f"{words} overdue" if due < now else f"due in {words}"


def _span(apart: timedelta) -> str:
    minutes = int(apart.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
