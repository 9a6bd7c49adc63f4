"""What the rules of the dose day ask the database: the clinic's numbers, readings, doses, what was said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.clinic_settings.selectors import values_of
from patients.consents import selectors as consents
from patients.record.models import Weight
from sessions.dosing.models import DosingSession, Entry, VitalSigns
from sessions.dosing.rules import doses, entries, limits, monitoring
from sessions.dosing.rules.limits import Reading, Sign
from sessions.dosing.setting_keys import NUMBERS, TIMES, name_of
from sessions.dosing.terms import EntryKind, Phase
from sessions.orders.models import DoseOrder

LATELY = timedelta(minutes=15)  # a symptom counts beside a reading so long
NO_VOMITING = timedelta(minutes=30)  # dosing-reference 5, item 8
WHOLE = ("systolic", "diastolic", "heart_rate", "spo2", "respiratory_rate", "moaas", "distress")
NOT_AT_HOME = frozenset({"spo2"})  # remote: if the patient has an oximeter (dosing-reference 2)
NAMES = {
    "systolic": "blood pressure",
    "diastolic": "blood pressure",
    "heart_rate": "pulse",
    "spo2": "SpO₂",
    "respiratory_rate": "breaths",
    "moaas": "awake",
    "distress": "distress",
}


@dataclass(frozen=True)
class Numbers:
    """What the clinic has set for limits and times."""

    limits: limits.Limits
    times: monitoring.Times


def numbers_of(clinic_id: int) -> Numbers:
    """Both in one query."""
    names = [*NUMBERS, *TIMES]
    values = values_of([name_of(name) for name in names], clinic_id)
    return Numbers(
        limits.Limits(**{name: values[name_of(name)] for name in NUMBERS}),
        monitoring.Times(**{name: values[name_of(name)] for name in TIMES}),
    )


def standing(rows: Iterable[Any]) -> list[Any]:
    """The rows that were not corrected by another and are no strike themselves."""
    every = list(rows)
    replaced = {row.corrects_id for row in every if row.corrects_id}
    return [row for row in every if row.pk not in replaced and not _is_strike(row)]


def _is_strike(row: Any) -> bool:
    if isinstance(row, Entry):
        return row.kind == EntryKind.STRUCK
    if isinstance(row, VitalSigns):
        return row.corrects_id is not None and not any(getattr(row, name) is not None for name in WHOLE)
    return False


@dataclass(frozen=True)
class Log:
    """Every row of a session's log that still stands, oldest first; read once for each page or action."""

    dosing: DosingSession
    vitals: list[VitalSigns]
    entries: list[Entry]
    doses: list[Any]

    @classmethod
    def of(cls, dosing: DosingSession) -> "Log":
        return cls(
            dosing,
            standing(dosing.vitalsignss.all()),
            standing(dosing.entrys.all()),
            standing(dosing.doses.all()),
        )

    def of_kind(self, *kinds: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    @property
    def dose_times(self) -> list[datetime]:
        return sorted(dose.happened_at for dose in self.doses)

    @property
    def baseline(self) -> VitalSigns | None:
        """The newest reading before the dose that has a blood pressure."""
        found = [row for row in self.vitals if row.phase == Phase.BASELINE and row.systolic is not None]
        return found[-1] if found else None

    @property
    def after_dose(self) -> list[VitalSigns]:
        return [row for row in self.vitals if row.phase in {Phase.DURING, Phase.AFTER}]


def course_of(log: Log) -> monitoring.Course | None:
    """What the times rest on; None before the dose."""
    dosing = log.dosing
    if dosing.t0 is None or dosing.order is None:
        return None
    return monitoring.Course(
        route=dosing.order.route,
        t0=dosing.t0,
        boosters=tuple(dose.happened_at for dose in log.doses if dose.kind == "booster"),
        infusion_minutes=dosing.order.infusion_minutes,
        infusion_ended_at=dosing.infusion_ended_at,
        remote=dosing.remote,
    )


def phase_at(log: Log, happened_at: datetime) -> Phase:
    """Before t0 it is a baseline; within the hours of the last "during" check it is during; then after."""
    course = course_of(log)
    if course is None or happened_at < course.t0:
        return Phase.BASELINE
    last = course.infusion_end if course.route == "iv" else course.last_dose + timedelta(minutes=60)
    return Phase.DURING if happened_at <= last + timedelta(minutes=5) else Phase.AFTER


# Checks


def missing_of(row: Any, *, remote: bool) -> list[str]:
    """What a whole check would still have, by its name."""
    asked = [name for name in WHOLE if not (remote and name in NOT_AT_HOME)]
    return list(dict.fromkeys(NAMES[name] for name in asked if getattr(row, name) is None))


def taken_of(log: Log) -> list[monitoring.Taken]:
    remote = log.dosing.remote
    whole = [row for row in log.after_dose if not missing_of(row, remote=remote)]
    found = [monitoring.Taken(row.happened_at, row.entered_at) for row in whole]
    looks = [entry for entry in log.of_kind(EntryKind.NOTE) if entry.code == "chaperone-look"]
    return found + [monitoring.Taken(one.happened_at, one.entered_at, monitoring.Kind.LOOK) for one in looks]


def explained_of(log: Log) -> frozenset[datetime]:
    rows = [entry for entry in log.of_kind(EntryKind.NOTE) if entry.code == "check-explained"]
    return frozenset(datetime.fromisoformat(entry.data["due_at"]) for entry in rows)


def checks_of(log: Log, now: datetime, times: monitoring.Times) -> list[monitoring.Check]:
    """Every check of the session up to now and the next one; none before the dose."""
    course = course_of(log)
    if course is None:
        return []
    dues = monitoring.schedule(course, until=now)
    return monitoring.checks(dues, taken_of(log), now=now, explained=explained_of(log), times=times)


# Signs


def reading_of(row: VitalSigns, log: Log) -> Reading:
    """A row as the rules read it, with the symptoms of the quarter of an hour up to it."""
    return Reading(
        at=row.happened_at,
        **{name: getattr(row, name) for name in WHOLE},
        symptoms=symptoms_at(log, row.happened_at),
        on_oxygen=row.on_oxygen,
        vomited=None,
    )


def symptoms_at(log: Log, at: datetime) -> frozenset[str]:
    rows = log.of_kind(EntryKind.SYMPTOM)
    return frozenset(row.code for row in rows if at - LATELY <= row.happened_at <= at)


def reading_of_entry(entry: Entry, log: Log) -> Reading:
    """What an entry says, beside the newest vital signs of the last quarter of an hour."""
    at = entry.happened_at
    near = [row for row in log.after_dose if at - LATELY <= row.happened_at <= at]
    measured = {name: getattr(near[-1], name) for name in WHOLE if name != "distress"} if near else {}
    course = course_of(log)
    data = entry.data
    vomited = len([row for row in log.of_kind(EntryKind.VOMITING) if row.happened_at <= at])
    return Reading(
        at=at,
        **measured,
        agitation=data.get("level") if entry.kind == EntryKind.AGITATION else None,
        vomited=vomited if entry.kind == EntryKind.VOMITING else None,
        kap_dr=data.get("total") if entry.kind == EntryKind.KAP_DR else None,
        distress=data.get("distress") if entry.kind == EntryKind.KAP_DR else None,
        minutes_after_dose=(at - course.last_dose) / monitoring.MINUTE if course else None,
        symptoms=symptoms_at(log, at),
    )


JUDGED = frozenset({EntryKind.AGITATION, EntryKind.VOMITING, EntryKind.SYMPTOM, EntryKind.KAP_DR})
# What an entry is judged for; the vital signs beside it were judged when they were measured, but for their symptoms.
SIGNS_OF = {
    EntryKind.AGITATION: {"agitation"},
    EntryKind.VOMITING: {"vomiting"},
    EntryKind.KAP_DR: {"distress"},
    EntryKind.SYMPTOM: set(limits.SIGNS) - {"late-check", "distress", "moaas", "spo2"},
}


def signs_of(row: VitalSigns | Entry, log: Log, numbers: Numbers) -> list[Sign]:
    """What a row of the log says, sign by sign; nothing before the dose, when the gate judges instead."""
    if log.dosing.t0 is None or row.happened_at < log.dosing.t0:
        return []
    if isinstance(row, Entry):
        if row.kind not in JUDGED:
            return []
        found = _levels(reading_of_entry(row, log), row, log, numbers)
        return [sign for sign in found if sign.code in SIGNS_OF[EntryKind(row.kind)]]
    return _levels(reading_of(row, log), row, log, numbers)


def _levels(reading: Reading, row: Any, log: Log, numbers: Numbers) -> list[Sign]:
    earlier = [one for one in log.after_dose if one.happened_at < row.happened_at and one.pk != row.pk]
    baseline = log.baseline
    return limits.levels(
        reading,
        reading_of(baseline, log) if baseline else None,
        [reading_of(one, log) for one in earlier],
        stop_lines(log.dosing.order),
        numbers.limits,
    )


def stop_lines(order: DoseOrder | None) -> limits.StopLines:
    if order is None:
        return limits.NO_LINES
    return limits.StopLines(order.systolic_stop, order.diastolic_stop, order.heart_rate_stop)


def is_back(code: str, log: Log, since: datetime, numbers: Numbers, now: datetime) -> tuple[VitalSigns | None, str]:
    """Whether a sign is back in range since an alert: the row that shows it, or how it shows; else None and nothing."""
    if code == "vomiting":
        last = max((row.happened_at for row in log.of_kind(EntryKind.VOMITING)), default=None)
        quiet = last is not None and now - last >= NO_VOMITING
        return None, "No vomiting in the last 30 minutes" if quiet else ""
    for row in _newest_first(log.after_dose, log.of_kind(*JUDGED)):
        sign = next((one for one in signs_of(row, log, numbers) if one.code == code), None)
        if sign is not None:
            fine = sign.level == limits.EXPECTED and row.happened_at > since
            return (row if fine and isinstance(row, VitalSigns) else None), sign.words if fine else ""
    return None, ""


def _newest_first(*rows: Sequence[Any]) -> list[Any]:
    return sorted(chain(*rows), key=lambda row: (row.happened_at, row.pk), reverse=True)


# Orders, weight, touch


def order_in_force(course_id: int) -> DoseOrder | None:
    return DoseOrder.objects.in_force().filter(course_id=course_id).first()


def order_facts(order: DoseOrder | None) -> doses.Order | None:
    if order is None:
        return None
    return doses.Order(order.route, order.first_mg, order.boosters, order.booster_mg, order.booster_gap_minutes)


def newest_weight(patient_id: int) -> Weight | None:
    return Weight.objects.filter(patient_id=patient_id).order_by("-measured_at", "-id").first()


def touch_now(dosing: DosingSession, log: Log, now: datetime) -> entries.TouchNow:
    """The limits in force in this session: the lowest of signed, confirmed today and left after a stop."""
    day = now.astimezone(ZoneInfo(dosing.clinic.zone)).date()
    signed = consents.touch_limits(dosing.patient, day)
    level = entries.level_in_force(signed.level if signed.answered else None, touch_today(dosing), lowered(log))
    techniques = tuple(signed.techniques) if level == 3 else ()
    return entries.TouchNow(level, techniques, tuple(signed.named))


def touch_today(dosing: DosingSession) -> int | None:
    """The level the patient confirmed today; None: not asked."""
    answers = dosing.checks.filter(code="consent_today").order_by("-id")
    data = answers.values_list("data", flat=True).first() or {}
    level = data.get("touch_level")
    return level if type(level) is int else None


def lowered(log: Log) -> list[int]:
    said = [entry.data["level"] for entry in log.of_kind(EntryKind.TOUCH) if entry.code == "level"]
    return [*said, 0] if has_said_stop(log) else said


def has_said_stop(log: Log) -> bool:
    return any(entry.code == entries.STOP for entry in log.of_kind(EntryKind.HELP))
