"""The board of a day, in a constant number of queries however many patients are here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.access import visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from sessions.board.rules import COARSE, STAGES, UNDER_DRUG, Stage, stage_of
from sessions.discharge.models import DischargeTick
from sessions.discharge.terms import DischargeItem
from sessions.dosing.models import Alert, Dose, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import monitoring
from sessions.dosing.rules.monitoring import MINUTE
from sessions.dosing.selectors.facts import Log, Numbers, checks_of, course_of, numbers_of, standing
from sessions.dosing.terms import Level
from sessions.visits.models import Appointment
from sessions.visits.selectors.days import between, day_span
from sessions.visits.selectors.sight import Shown, shown, sight_of
from sessions.visits.terms import Modality, VisitState

ANOTHER = "Another patient"


@dataclass(frozen=True)
class Row:
    """One visit. What stands after `stage` is empty for whoever sees only that a patient came and left."""

    visit: Shown
    name: str
    stage: str
    chip: str
    is_here: bool
    is_remote: bool
    dosing_ref: str = ""
    minutes: int | None = None  # since the dose
    due: str = ""  # when the next vital signs are due, in words
    due_tone: str = ""  # warn, danger
    not_before: str = ""  # earliest time to leave
    escort: bool = False
    alert: str = ""
    alert_tone: str = ""
    place: tuple[int, Any] = (0, None)


@dataclass(frozen=True)
class Board:
    on: date
    as_of: datetime
    rows: list[Row]

    @property
    def here(self) -> list[Row]:
        """Who is here now, those under drug first."""
        return [row for row in self.rows if row.is_here]

    @property
    def in_the_house(self) -> int:
        return sum(not row.is_remote for row in self.here)

    @property
    def under_drug(self) -> int:
        return sum(row.minutes is not None for row in self.here)

    @property
    def others(self) -> list[Row]:
        return [row for row in self.rows if not row.is_here]


def board(member: Member, on: date, now: datetime) -> Board:
    """Everybody of the day, and whoever is still here from the day before. A row says only what this person may see."""
    visits = _visits(member, on)
    sight = sight_of(member, visits)
    sessions = [visit.dosing for visit in visits if hasattr(visit, "dosing")]
    seen = visible(member, Permission.DOSING_VIEW, DosingSession.objects.filter(pk__in=[one.pk for one in sessions]))
    whole = set(seen.values_list("pk", flat=True))
    under_drug = [one for one in sessions if one.pk in whole and one.t0 and _stage(one.appointment) in UNDER_DRUG]
    facts = _Facts.of(under_drug, whole, member.clinic_id)
    rows = [_row(visit, shown(visit, sight), whole, facts, ZoneInfo(member.zone), now) for visit in visits]
    return Board(on, now, sorted(rows, key=lambda row: row.place))


def _visits(member: Member, on: date) -> list[Appointment]:
    start, end = day_span(on, member.zone)
    today = list(between(member.clinic_id, start, end).exclude(state=VisitState.CANCELLED))
    rows = (
        DosingSession.objects.filter(clinic_id=member.clinic_id)
        .in_the_house()
        .exclude(appointment__in=[visit.pk for visit in today])
    )
    late = Appointment.objects.filter(dosing__in=rows, starts_at__lt=start).select_related(
        "patient", "room", "course", "dosing"
    )
    found = [*late, *today]
    for visit in found:
        if hasattr(visit, "dosing"):
            visit.dosing.appointment = visit
    return found


def _stage(visit: Appointment) -> Stage:
    dosing = visit.dosing.state if hasattr(visit, "dosing") else ""
    return stage_of(visit=visit.state, arrived=visit.arrived_at is not None, dosing=dosing)


@dataclass(frozen=True)
class _Facts:
    """What the log says of everybody under drug, read at once."""

    logs: dict[int, Log]
    alerts: dict[int, list[Alert]]
    escorts: set[int]
    numbers: Numbers

    @classmethod
    def of(cls, sessions: list[DosingSession], whole: set[int], clinic_id: int) -> "_Facts":
        keys = [one.pk for one in sessions]
        by_session = [_grouped(model, keys) for model in (VitalSigns, Entry, Dose)]
        logs = {
            one.pk: Log(one, *(standing(rows[one.pk]) for rows in by_session))  # type: ignore[arg-type]
            for one in _with_order(keys)
        }
        alerts: dict[int, list[Alert]] = defaultdict(list)
        for alert in Alert.objects.filter(dosing_id__in=whole, closed_at=None).order_by("-level", "opened_at"):
            alerts[alert.dosing_id].append(alert)
        ticks = DischargeTick.objects.filter(dosing_id__in=whole, item=DischargeItem.ESCORT)
        newest = ticks.order_by("dosing_id", "-id").distinct("dosing_id").values_list("dosing_id", "met")
        return cls(logs, alerts, {dosing for dosing, met in newest if met}, numbers_of(clinic_id))


def _with_order(keys: list[int]) -> Iterable[DosingSession]:
    return DosingSession.objects.filter(pk__in=keys).select_related("order")


def _grouped(model: Any, keys: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in model.objects.filter(dosing_id__in=keys):
        found[row.dosing_id].append(row)
    return found


def _row(visit: Appointment, seen: Shown, whole: set[int], facts: _Facts, here: ZoneInfo, now: datetime) -> Row:
    dosing: DosingSession | None = getattr(visit, "dosing", None)
    sees_all = dosing is None or dosing.pk in whole
    stage = _stage(visit) if sees_all else COARSE[_stage(visit)]
    look = STAGES[stage]
    common: dict[str, Any] = {
        "visit": seen,
        "name": seen.patient or ANOTHER,
        "stage": stage.value,
        "chip": look.chip,
        "is_here": look.is_here,
        "is_remote": visit.modality == Modality.VIDEO,
        "place": (look.place, visit.starts_at),
    }
    if dosing is None or dosing.pk not in whole:
        return Row(**common)
    alerts = facts.alerts.get(dosing.pk, [])
    return Row(
        **common,
        **_times(facts.logs.get(dosing.pk), facts.numbers, here, now),
        dosing_ref=str(dosing.ref),
        escort=dosing.pk in facts.escorts,
        alert=alerts[0].words if alerts else "",
        alert_tone=("warn" if alerts[0].level == Level.AMBER else "danger") if alerts else "",
    )


def _times(log: Log | None, numbers: Numbers, here: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Minutes since the dose, when vital signs are due, and not before when the patient leaves."""
    course = course_of(log) if log else None
    if log is None or course is None:
        return {}
    due, tone = _due(monitoring.next_check(checks_of(log, now, numbers.times)), now)
    return {
        "minutes": int((now - course.t0) / MINUTE),
        "due": due,
        "due_tone": tone,
        "not_before": f"{monitoring.earliest_leave(course, numbers.times).astimezone(here):%H:%M}",
    }


def _due(check: monitoring.Check | None, now: datetime) -> tuple[str, str]:
    if check is None:
        return "", ""
    left = int((check.due.at - now) / MINUTE)
    if check.state in {monitoring.State.OVERDUE, monitoring.State.ALERT}:
        return f"{-left} min late", "danger"
    if check.state is monitoring.State.DUE:
        return "due now", "warn"
    return f"in {left} min", ""
