"""Everything written down of one dosing session, in words, for its page and its paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.web.bars import Bars
from patients.record.letterhead import moment
from sessions.discharge.models import Discharge
from sessions.discharge.rules import MET
from sessions.discharge.selectors import end_of
from sessions.discharge.terms import DischargeItem
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession, VitalSigns
from sessions.dosing.rules.monitoring import Check, State
from sessions.dosing.selectors import Log, added_since, checks_of, is_whole, needs_cosign, numbers_of
from sessions.dosing.selectors.charts import bp_chart
from sessions.dosing.selectors.lines import Line, clock, log_of, plus
from sessions.dosing.terms import DosingState
from sessions.events.models import AdverseEvent
from sessions.events.rules import TERMS
from sessions.events.selectors import of_dosing
from sessions.gate.models import GateOverride
from sessions.gate.terms import GateItem, ItemState

SIGNED = "I was there or have reviewed it, and this is what happened."
COSIGNED = "I have reviewed this record."
MEASURED = (
    ("systolic", "diastolic"),
    ("heart_rate",),
    ("spo2",),
    ("respiratory_rate",),
    ("moaas",),
    ("distress",),
)
HOW = {State.DONE: "on time", State.LATE: "late", State.EXPLAINED: "explained"}


@dataclass(frozen=True)
class Item:
    """One item of the gate as it stood when it was signed. `override`: who set it aside, when and why."""

    name: str
    state: str
    fact: str
    override: str


@dataclass(frozen=True)
class Given:
    what: str
    at: str
    plus: str
    more: str
    by: str
    witness: str
    struck_why: str


@dataclass(frozen=True)
class Vitals:
    """One reading: BP, pulse, SpO2, breaths, MOAA/S, distress as they were written, - where not measured."""

    clock: str
    plus: str
    values: list[str]
    note: str
    by: str
    struck_why: str


@dataclass(frozen=True)
class Alarm:
    clock: str
    level: str
    words: str
    acknowledged: str
    closed: str


@dataclass(frozen=True)
class Happened:
    """An adverse event in a line, with its link."""

    ref: Any
    term: str
    grade: str
    at: str
    words: str
    serious: bool
    signed: str


@dataclass(frozen=True)
class Left:
    """How the patient left, with every item as it stood."""

    row: Discharge
    at: str
    signed: str
    items: list[tuple[str, str, str, str]]  # item, state, fact, when and by whom


@dataclass(frozen=True)
class Signature:
    name: str
    at: str
    meaning: str


@dataclass(frozen=True)
class Record:
    dosing: DosingSession
    number: str
    gate: list[Item]
    gate_signed: str
    doses: list[Given]
    chart: Bars
    vitals: list[Vitals]
    checks: list[tuple[str, str]]  # minutes after the dose, how it went
    log: list[Line]  # oldest first
    alerts: list[Alarm]
    events: list[Happened]
    left: Left | None
    signatures: list[Signature]
    waits_for: str  # whose signature is missing; nothing when it is whole
    sha256: str
    is_whole: bool  # a signed record still is what was signed, but for corrections added since
    added: int  # lines added since the signature: corrections, closing

    @property
    def is_draft(self) -> bool:
        return bool(self.waits_for)


def record(dosing: DosingSession, zone: str, *, events: list[AdverseEvent] | None = None) -> Record:
    """The record as it stands. `events`: those the reader may see; None: all but boundary concerns."""
    here, log, numbers = ZoneInfo(zone), Log.of(dosing), numbers_of(dosing.clinic_id)
    end = end_of(dosing)
    until = end.left_at if end else dosing.signed_at
    shown = list(of_dosing(dosing)) if events is None else events
    return Record(
        dosing=dosing,
        number=_number(dosing),
        gate=_gate(dosing, zone),
        gate_signed=f"{dosing.ready_by}, {moment(dosing.ready_at, zone)}" if dosing.ready_at else "",
        doses=_doses(dosing, here),
        chart=bp_chart(dosing, log=log, numbers=numbers),
        vitals=_vitals(dosing, here),
        checks=[_check(one) for one in checks_of(log, until, numbers.times) if one.due.at <= until] if until else [],
        log=list(reversed(log_of(dosing, zone))),
        alerts=[_alarm(row, here) for row in dosing.alerts.select_related("acknowledged_by", "closed_by")],
        events=[_event(row, zone) for row in shown],
        left=_left(end, zone) if end else None,
        signatures=_signatures(dosing, zone),
        waits_for=waits_for(dosing),
        sha256=dosing.record_sha256,
        is_whole=is_whole(dosing),
        added=added_since(dosing),
    )


def _number(dosing: DosingSession) -> str:
    if dosing.number is None:
        return "no dose given"
    planned = f" of {dosing.course.planned_doses}" if dosing.course.planned_doses else ""
    return f"dose {dosing.number}{planned}"


def waits_for(dosing: DosingSession) -> str:
    if dosing.signed_at is None:
        return "the therapist's signature"
    return "the prescriber's signature" if needs_cosign(dosing) and dosing.cosigned_at is None else ""


# Before the dose


def _gate(dosing: DosingSession, zone: str) -> list[Item]:
    """The items as they stood at the signature, and what was overridden since."""
    signed = DosingMove.objects.filter(dosing=dosing, after=DosingState.READY).order_by("-id").first()
    stood: Mapping[str, Any] = signed.evidence.get("items") or {} if signed else {}
    overrides = {row.item: row for row in GateOverride.objects.filter(dosing=dosing)}
    found = []
    for item in GateItem:
        said = stood.get(item.value)
        row = overrides.get(item.value)
        if said or row:
            found.append(_item(item, said or {}, row, zone))
    return found


def _item(item: GateItem, said: Mapping[str, Any], row: GateOverride | None, zone: str) -> Item:
    state = str(said.get("state", ItemState.OVERRIDDEN if row else ItemState.NOT_CHECKED))
    override = f"{row.name}, {moment(row.made_at, zone)}: {row.reason}" if row else ""
    fact = str(said.get("fact") or (row.fact if row else ""))
    return Item(str(item.label), str(ItemState(state).label) if state in ItemState.values else state, fact, override)


# During


def _doses(dosing: DosingSession, here: ZoneInfo) -> list[Given]:
    rows = list(dosing.doses.select_related("entered_by", "witnessed_by"))
    struck = {row.corrects_id: row.struck_why for row in rows if row.corrects_id}
    return [_given(row, dosing, here, struck.get(row.pk, "")) for row in rows]


def _given(row: Dose, dosing: DosingSession, here: ZoneInfo, struck_why: str) -> Given:
    more = [row.site, f"lot {row.lot}" if row.lot else "", row.pharmacy, row.strength]
    if row.set_back_why:
        more.append(f"time set back: {row.set_back_why}")
    return Given(
        what=f"{row.get_kind_display()} {row.mg.normalize():f} mg {row.get_route_display()} ({row.mg_per_kg} mg/kg)",
        at=clock(row.happened_at, here),
        plus=plus(row.happened_at, dosing.t0),
        more=", ".join(filter(None, more)),
        by=row.entered_by.name,
        witness=row.witnessed_by.name if row.witnessed_by else "looked at twice, alone",
        struck_why=struck_why,
    )


def _vitals(dosing: DosingSession, here: ZoneInfo) -> list[Vitals]:
    """Every reading in order, the struck ones too; what only strikes stands with the one it strikes."""
    rows = list(dosing.vitalsignss.select_related("entered_by").order_by("happened_at", "id"))
    after = {row.corrects_id: row for row in rows if row.corrects_id}
    return [_reading(row, dosing, here, after.get(row.pk)) for row in rows if not _only_strikes(row)]


def _only_strikes(row: VitalSigns) -> bool:
    return row.corrects_id is not None and all(getattr(row, name) is None for pair in MEASURED for name in pair)


def _reading(row: VitalSigns, dosing: DosingSession, here: ZoneInfo, later: VitalSigns | None) -> Vitals:
    late = f"entered {clock(row.entered_at, here)}" if (row.entered_at - row.happened_at).total_seconds() > 120 else ""
    notes = [row.note, "with oxygen" if row.on_oxygen else "", late, "corrected" if row.corrects_id else ""]
    return Vitals(
        clock=clock(row.happened_at, here),
        plus=plus(row.happened_at, dosing.t0),
        values=[_value(row, pair) for pair in MEASURED],
        note=", ".join(filter(None, notes)),
        by=row.entered_by.name,
        struck_why=later.struck_why or "corrected" if later else "",
    )


def _value(row: VitalSigns, names: tuple[str, ...]) -> str:
    values = [getattr(row, name) for name in names]
    return (
        "-" if all(value is None for value in values) else "/".join("-" if one is None else str(one) for one in values)
    )


def _check(one: Check) -> tuple[str, str]:
    return f"{one.due.minutes} min", HOW.get(one.state, "not made")


def _alarm(row: Alert, here: ZoneInfo) -> Alarm:
    seen = f"{row.acknowledged_by}, {clock(row.acknowledged_at, here)}" if row.acknowledged_at else "not acknowledged"
    if row.advice:
        seen = f"{seen}: {row.advice}"
    if row.escalated_at:
        seen = f"{seen} (escalated {clock(row.escalated_at, here)})"
    how = f" {row.closed_words}" if row.closed_words else ""
    closed = f"{clock(row.closed_at, here)}, {row.closed_by}.{how}" if row.closed_at else "open"
    return Alarm(clock(row.opened_at, here), row.get_level_display(), row.words, seen, closed)


def _event(row: AdverseEvent, zone: str) -> Happened:
    signed = f"{row.signed_name}, {moment(row.signed_at, zone)}" if row.signed_at else "not signed"
    return Happened(
        row.ref,
        TERMS[row.code].term,
        row.get_grade_display() if row.grade is not None else "not graded",
        moment(row.onset_at, zone),
        row.words,
        row.serious,
        signed,
    )


# After


def _left(row: Discharge, zone: str) -> Left:
    return Left(
        row=row,
        at=moment(row.left_at, zone),
        signed=f"{row.signed_name}, {row.signed_role.replace('_', ' ')}, {moment(row.signed_at, zone)}",
        items=[_stood(item, row.readiness[item], zone) for item in DischargeItem if item in row.readiness],
    )


def _stood(item: DischargeItem, said: Mapping[str, Any], zone: str) -> tuple[str, str, str, str]:
    at = f"{datetime.fromisoformat(said['at']).astimezone(ZoneInfo(zone)):%H:%M}" if said.get("at") else ""
    state = "Met" if said.get("state") == MET else "Not met"
    return str(item.label), state, str(said.get("fact", "")), ", ".join(filter(None, [at, said.get("by")]))


def _signatures(dosing: DosingSession, zone: str) -> list[Signature]:
    found = []
    for at, by, meaning in (
        (dosing.signed_at, dosing.signed_by, SIGNED),
        (dosing.cosigned_at, dosing.cosigned_by, COSIGNED),
    ):
        if at is not None and by is not None:
            found.append(Signature(by.name, f"{moment(at, zone)} ({moment(at, 'UTC')})", meaning))
    return found


def whole(dosing: DosingSession) -> DosingSession:
    """The session as it is now, with everything its record names."""
    people = ("patient__clinic", "clinic", "course__patient", "appointment", "order__weight", "ready_by")
    return DosingSession.objects.select_related(*people, "signed_by", "cosigned_by").get(pk=dosing.pk)
