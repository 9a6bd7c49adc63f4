"""Everything the live sheet shows, ready to be read: the clock, vital signs, buttons, log, alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Sum
from uuid_utils.compat import uuid7

from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.web.bars import Bars
from sessions.dosing.models import UNDER_DRUG, Alert, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import doses, entries, limits, monitoring
from sessions.dosing.rules.entries import Tile
from sessions.dosing.rules.limits import difference, signed
from sessions.dosing.rules.monitoring import MINUTE, Check, State
from sessions.dosing.selectors.charts import bp_chart
from sessions.dosing.selectors.facts import (
    Log,
    Numbers,
    checks_of,
    course_of,
    missing_of,
    numbers_of,
    order_facts,
    signs_of,
    stop_lines,
    touch_now,
)
from sessions.dosing.selectors.lines import SHORT, Line, clock, lines, mg
from sessions.dosing.terms import DosingState, EntryKind

MOST_LINES = 60
FLAT = 150  # of the drawing on the sheet
RED_AFTER = timedelta(minutes=3)  # the ring is amber at zero, red after 3 minutes (ux 7)
VITAL_SIGNS = frozenset(
    {"blood-pressure", "blood-pressure-low", "heart-rate", "spo2", "breathing", "moaas", "distress"}
)
AWAKE = {5: "Answers readily", 4: "Sluggish answer", 3: "Loud call only", 2: "Prodding only", 1: "Pain only", 0: "None"}


@dataclass(frozen=True)
class PhaseShown:
    name: str
    when: str
    state: str


@dataclass(frozen=True)
class Clock:
    """The bar on top. Times are ISO with their zone, for the page's own ticking; the words hold without it."""

    now: str
    t0: str
    since: str
    label: str
    phases: list[PhaseShown]
    due: str
    due_label: str
    due_words: str
    due_state: str  # coming, now, over, red or nothing
    share: int  # of the ring, 0 to 157
    begun: str  # when the ring began to run


@dataclass(frozen=True)
class Vit:
    label: str
    value: str
    unit: str = ""
    change: str = ""
    line: str = ""
    level: int = 0
    wide: bool = False
    text: bool = False


@dataclass(frozen=True)
class TileShown:
    tile: Tile
    count: int
    last: str
    key: str
    note: str = ""
    just: bool = False
    ref: UUID = field(default_factory=uuid7)  # made with the page: tapped twice, written once


@dataclass(frozen=True)
class Ask:
    """What the strip asks about the line just written."""

    entry: Entry
    name: str
    clock: str
    asks: str
    strengths: dict[str, str]
    chosen: str
    what: str


@dataclass(frozen=True)
class AlertShown:
    alert: Alert
    kind: str
    level: str
    since: str
    due: str
    may_acknowledge: bool
    may_close: bool


@dataclass(frozen=True)
class Step:
    """What comes next, as one button: its words, the move, and the reason it waits."""

    move: str
    words: str
    waits: str = ""


@dataclass(frozen=True)
class Sheet:
    dosing: DosingSession
    version: str
    clock: Clock
    vitals: list[Vit]
    taken: str
    missing: list[str]
    chart: Bars
    seen: list[TileShown]
    did: list[TileShown]
    log: list[Line]
    alerts: list[AlertShown]
    step: Step | None
    booster: Step | None
    touch: entries.TouchNow
    stop_line: str
    route: str
    is_open: bool
    kap_dr_due: str
    explain: str  # due time of a check nobody made, to explain
    note_ref: UUID = field(default_factory=uuid7)

    @property
    def touch_words(self) -> str:
        return f"Touch level {self.touch.level}" if self.touch.level else "No touch"

    @property
    def stop_words(self) -> str:
        return f"Stop {self.stop_line}"


def version_of(dosing: DosingSession, now: datetime) -> str:
    """Changes with anything a tablet beside this one should see, and once a minute, since time alone changes states."""
    newest = [
        getattr(dosing, name).aggregate(newest=Max("id"))["newest"] or 0
        for name in ("vitalsignss", "entrys", "doses", "moves")
    ]
    facts = dosing.alerts.aggregate(
        Count("id"), Count("acknowledged_at"), Count("closed_at"), Count("escalated_at"), Sum("level")
    )
    minute = int(now.timestamp() // 60)
    return ".".join(str(part) for part in [*newest, *(value or 0 for value in facts.values()), minute])


def sheet(dosing: DosingSession, *, zone: str, role: str, now: datetime, just: Entry | None = None) -> Sheet:
    """The live sheet as of a moment. `role` decides which alerts may be acknowledged; `just`: the line just written."""
    log, numbers, here = Log.of(dosing), numbers_of(dosing.clinic_id), ZoneInfo(zone)
    found = checks_of(log, now, numbers.times)
    alerts = list(dosing.alerts.filter(closed_at=None).select_related("acknowledged_by").order_by("-level", "id"))
    touch = touch_now(dosing, log, now)
    newest = log.vitals[-1] if log.vitals else None
    names = values_of(["tiles_seen", "tiles_did"], dosing.clinic_id)
    course = course_of(log)
    lines_of_order = stop_lines(dosing.order)
    watched = course is not None and dosing.state in UNDER_DRUG
    stays_on = watched and course is not None and monitoring.oxygen_stays_on(course, now, amber=bool(alerts))
    return Sheet(
        dosing=dosing,
        version=version_of(dosing, now),
        clock=_clock(log, found, alerts, numbers, now, here),
        vitals=_vitals(newest, log, numbers),
        taken=_taken(newest, now, here) + (", keep SpO₂ on" if stays_on else ""),
        missing=missing_of(newest, remote=dosing.remote) if newest else [],
        chart=bp_chart(dosing, log=log, numbers=numbers, now=now, height=FLAT),
        seen=_tiles(entries.tiles(names["tiles_seen"], entries.SEEN, EntryKind.EFFECT), log, here, just, "12345678"),
        did=_tiles(
            entries.tiles(names["tiles_did"], entries.DID, EntryKind.INTERVENTION), log, here, just, "!@#$%^&*", touch
        ),
        log=lines(dosing, zone, most=MOST_LINES),
        alerts=[_alert(alert, role, log, numbers, now, here) for alert in alerts],
        step=_step(log, found, numbers, now),
        booster=_booster(log, now, here),
        touch=touch,
        stop_line=_stop_line(lines_of_order, numbers),
        route=dosing.order.route if dosing.order else "",
        is_open=dosing.state in {DosingState.GATE_CHECK, DosingState.READY, *UNDER_DRUG},
        kap_dr_due=_kap_dr_due(log, numbers, now),
        explain=next((check.due.at.isoformat() for check in reversed(found) if check.state is State.ALERT), ""),
    )


# Clock


def _clock(
    log: Log, found: Sequence[Check], alerts: Sequence[Alert], numbers: Numbers, now: datetime, here: ZoneInfo
) -> Clock:
    dosing, course = log.dosing, course_of(log)
    baseline = log.baseline
    bar = monitoring.phases(course, baseline_at=baseline.happened_at if baseline else None, now=now)
    due, label = next_due(log, found, alerts, numbers)
    watching = dosing.state in UNDER_DRUG
    last = log.vitals[-1].happened_at if log.vitals else dosing.t0
    begun = max(filter(None, [last, dosing.t0]), default=now)
    left = due - now if due else timedelta(0)
    whole = due - begun if due and due > begun else timedelta(minutes=15)
    return Clock(
        now=now.isoformat(),
        t0=dosing.t0.isoformat() if dosing.t0 and watching else "",
        since=span(now - dosing.t0) if dosing.t0 else "00:00:00",
        label=_label(log, here),
        phases=[PhaseShown(p.name, _when(p, here), p.state) for p in bar],
        due=due.isoformat() if due and watching else "",
        due_label=label,
        due_words=_due_words(left) if due and watching else "",
        due_state=_due_state(left) if due and watching else "",
        share=round(157 * min(max(left / whole, 0), 1)) if due and watching else 0,
        begun=begun.isoformat(),
    )


def next_due(
    log: Log, found: Sequence[Check], alerts: Sequence[Alert], numbers: Numbers
) -> tuple[datetime | None, str]:
    """When vital signs are due next: by the schedule, or five minutes after the last while a sign is not in range."""
    coming = monitoring.next_check(found)
    due = coming.due.at if coming else None
    label = "Next look in" if coming and coming.due.kind is monitoring.Kind.LOOK else "Next vitals in"
    if any(alert.sign in VITAL_SIGNS for alert in alerts) and log.after_dose:
        again = log.after_dose[-1].happened_at + numbers.limits.repeat_minutes * MINUTE
        if due is None or again < due:
            return again, "Check again in"
    return due, label


def _label(log: Log, here: ZoneInfo) -> str:
    dosing = log.dosing
    if not dosing.t0 or not log.doses:
        return "No dose yet"
    total = sum((dose.mg for dose in log.doses), Decimal(0))
    return f"Since dose, {mg(total)} mg {SHORT[log.doses[0].route]} at {clock(dosing.t0, here)}"


def _when(phase: monitoring.Phase, here: ZoneInfo) -> str:
    if phase.at is None:
        return ""
    at = clock(phase.at, here)
    return f"not before {at}" if phase.name == "Discharge" else at if phase.state != "coming" else ""


def span(passed: timedelta) -> str:
    seconds = max(0, int(passed.total_seconds()))
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _due_words(left: timedelta) -> str:
    seconds = abs(int(left.total_seconds()))
    said = f"{seconds // 60:02}:{seconds % 60:02}"
    return said if left > timedelta(0) else f"{said} late"


def _due_state(left: timedelta) -> str:
    if left > timedelta(0):
        return "coming"
    return "red" if -left > RED_AFTER else "over"


# Vital signs


def _vitals(row: VitalSigns | None, log: Log, numbers: Numbers) -> list[Vit]:
    base, lines_ = log.baseline, stop_lines(log.dosing.order)
    level = {sign.code: int(sign.level) for sign in signs_of(row, log, numbers)} if row else {}

    def change(name: str) -> str:
        if row is None or base is None or row.pk == base.pk:
            return ""
        found = difference(getattr(row, name), getattr(base, name))
        return "" if found is None else signed(found)

    def value(name: str) -> str:
        found = getattr(row, name) if row else None
        return "–" if found is None else str(found)

    pressure = f"{value('systolic')}/{value('diastolic')}" if row and row.systolic is not None else "–"
    both = [change("systolic"), change("diastolic")]
    pulse = lines_.heart_rate or numbers.limits.pulse_red
    awake = AWAKE.get(row.moaas, "–") if row and row.moaas is not None else "–"
    return [
        Vit(
            "Blood pressure",
            pressure,
            change=" / ".join(filter(None, both)),
            line=f"stop {_stop_line(lines_, numbers)}",
            level=max(level.get("blood-pressure", 0), level.get("blood-pressure-low", 0)),
            wide=True,
        ),
        Vit("Pulse", value("heart_rate"), "/min", change("heart_rate"), f"stop {pulse}", level.get("heart-rate", 0)),
        Vit(
            "SpO₂",
            value("spo2"),
            "%",
            change("spo2"),
            f"stop {numbers.limits.spo2_red}",
            level.get("spo2", 0),
        ),
        Vit("Breaths", value("respiratory_rate"), "/min", change("respiratory_rate"), "", level.get("breathing", 0)),
        Vit(
            "Awake",
            awake,
            f"MOAA/S {value('moaas')}" if row and row.moaas is not None else "",
            level=level.get("moaas", 0),
            wide=True,
            text=True,
        ),
    ]


def _stop_line(own: limits.StopLines, numbers: Numbers) -> str:
    return f"{own.systolic or numbers.limits.systolic_red}/{own.diastolic or numbers.limits.diastolic_red}"


def _taken(row: VitalSigns | None, now: datetime, here: ZoneInfo) -> str:
    if row is None:
        return "none yet"
    minutes = int((now - row.happened_at) / MINUTE)
    return f"{clock(row.happened_at, here)}, {minutes} min ago" if minutes < 120 else clock(row.happened_at, here)


# Buttons


def _tiles(
    shown: Iterable[Tile],
    log: Log,
    here: ZoneInfo,
    just: Entry | None,
    keys: str,
    touch: entries.TouchNow | None = None,
) -> list[TileShown]:
    found = []
    for tile, key in zip(shown, keys, strict=False):
        rows = [entry for entry in log.entries if entry.code == tile.code]
        note = f"level {touch.level} in force" if tile.asks == "touch" and touch else ""
        found.append(
            TileShown(
                tile,
                len(rows),
                clock(rows[-1].happened_at, here) if rows else "",
                key,
                note,
                just is not None and just.code == tile.code,
            )
        )
    return found


def tile_of(code: str, clinic_id: int) -> Tile | None:
    """The clinic's own button of this code."""
    names = values_of(["tiles_seen", "tiles_did"], clinic_id)
    every = [
        *entries.tiles(names["tiles_seen"], entries.SEEN, EntryKind.EFFECT),
        *entries.tiles(names["tiles_did"], entries.DID, EntryKind.INTERVENTION),
    ]
    return next((tile for tile in every if tile.code == code), None)


def ask_of(entry: Entry, zone: str) -> Ask | None:
    """What the strip asks about a line that was just written, or None where there is nothing to ask."""
    tile = tile_of(entry.code, entry.clinic_id)
    if tile is None or tile.asks == "touch":
        return None
    return Ask(
        entry,
        tile.name,
        clock(entry.happened_at, ZoneInfo(zone)),
        tile.asks,
        entries.STRENGTHS if tile.asks == "strength" else {},
        str(entry.data.get("strength", "")),
        str(entry.data.get("what", "")),
    )


# Alerts and what comes next


def _alert(alert: Alert, role: str, log: Log, numbers: Numbers, now: datetime, here: ZoneInfo) -> AlertShown:
    waits = entries.reasons_against_acknowledging(
        level=alert.level, role=role, acknowledged=alert.acknowledged_at is not None, closed=False
    )
    return AlertShown(
        alert=alert,
        kind="warn" if alert.level == limits.AMBER else "danger",
        level=alert.get_level_display(),
        since=clock(alert.opened_at, here),
        due=alert.due_at.isoformat() if alert.acknowledged_at is None else "",
        may_acknowledge=not waits,
        may_close=alert.acknowledged_at is not None,
    )


def _step(log: Log, found: Sequence[Check], numbers: Numbers, now: datetime) -> Step | None:
    """The one button of what comes next, with what it waits for."""
    dosing, course = log.dosing, course_of(log)
    if dosing.state in {DosingState.MONITORING, DosingState.STOPPED_EARLY}:
        waits = "" if monitoring.during_done(found) else "checks of the first hour"
        return Step("recovery", "Start recovery", waits)
    if dosing.state == DosingState.RECOVERY and course is not None:
        early = monitoring.reasons_against_leaving(course, now, numbers.times)
        at = clock(monitoring.earliest_leave(course, numbers.times), ZoneInfo(dosing.clinic.zone))
        return Step("discharge-check", "Start discharge", f"not before {at}" if early else "")
    return None


def _booster(log: Log, now: datetime, here: ZoneInfo) -> Step | None:
    dosing = log.dosing
    if dosing.state == DosingState.READY:
        return Step("dose", "Dose")
    order = order_facts(dosing.order)
    if order is None or dosing.state not in UNDER_DRUG:
        return None
    before = doses.Before(tuple(log.dose_times))
    at = doses.earliest_booster(order, before)
    if at is None or dosing.state != DosingState.MONITORING:
        return Step("", "Booster", "none left" if order.boosters else "none ordered")
    return Step("dose", "Booster", f"from {clock(at, here)}" if at > now else "")


def _kap_dr_due(log: Log, numbers: Numbers, now: datetime) -> str:
    """Whether the whole KAP-DR waits: "now", or nothing."""
    course = course_of(log)
    if course is None or log.dosing.state not in UNDER_DRUG:
        return ""
    due = monitoring.kap_dr_dues(course, until=now, times=numbers.times)
    passed = [at for at in due if at <= now + numbers.times.on_time * MINUTE]
    made = [row.happened_at for row in log.of_kind(EntryKind.KAP_DR) if row.happened_at >= course.t0]
    early = numbers.times.on_time * MINUTE
    return "now" if passed and not any(at >= passed[-1] - early for at in made) else ""


def facts_for_ambulance(log: Log, now: datetime, zone: str) -> list[tuple[str, Any]]:
    """What an ambulance asks first."""
    dosing, here = log.dosing, ZoneInfo(zone)
    given = [
        f"{mg(dose.mg)} mg ketamine {dose.get_route_display()} at {clock(dose.happened_at, here)}" for dose in log.doses
    ]
    newest = log.vitals[-1] if log.vitals else None
    read = (
        f"BP {newest.systolic}/{newest.diastolic}, pulse {newest.heart_rate}, SpO₂ {newest.spo2}" if newest else "none"
    )
    return [
        ("Given", "; ".join(given) or "no dose yet"),
        ("Since the dose", span(now - dosing.t0) if dosing.t0 else "–"),
        ("Last vital signs", f"{read}, {_taken(newest, now, here)}" if newest else read),
    ]
