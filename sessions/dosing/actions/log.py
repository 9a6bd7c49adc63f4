"""Writing in the log. Every line is a row of its own; a correction strikes the older one through and both stay."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.record.models import Patient
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from screening import measures
from sessions.dosing.actions.alerts import judge
from sessions.dosing.actions.common import locked, refuse, written_before
from sessions.dosing.models import DosingSession, Entry, VitalSigns
from sessions.dosing.rules import entries
from sessions.dosing.rules.entries import Line, reasons_against_entry, reasons_against_moment
from sessions.dosing.selectors.facts import Log, phase_at, touch_now
from sessions.dosing.terms import DosingState, EntryKind, Event, Phase

NOT_OPEN = {DosingState.PLANNED, DosingState.ABORTED, DosingState.GATE_FAILED, DosingState.CLOSED}
# What can be written down at all, whatever it means: typed outside of it, it is a slip of the finger.
POSSIBLE: dict[str, tuple[int, int, str]] = {
    "systolic": (30, 350, "Systolic"),
    "diastolic": (10, 250, "Diastolic"),
    "heart_rate": (10, 350, "Pulse"),
    "spo2": (0, 100, "SpO₂"),
    "respiratory_rate": (0, 120, "Breaths"),
    "moaas": (0, 5, "MOAA/S"),
    "distress": (0, 4, "Distress"),
    "rested_minutes": (0, 600, "Minutes of rest"),
}
OTHERS = ("temperature_c", "on_oxygen", "note")
KAP_DR_LINES = tuple(f"kapdr.{line}" for line in range(1, 6))
Row = TypeVar("Row", VitalSigns, Entry)


@transaction.atomic
def record_vitals(
    *,
    dosing: DosingSession | None,
    values: Mapping[str, Any],
    happened_at: datetime,
    by: User,
    role: str,
    client_ref: UUID | None = None,
    device_at: datetime | None = None,
    corrects: VitalSigns | None = None,
    struck_why: str = "",
    patient: Patient | None = None,
) -> VitalSigns:
    """Write down one reading and open what alerts it calls for, in one transaction.

    `values`: systolic, diastolic (mmHg), heart_rate, respiratory_rate (a minute), spo2 (%), moaas (0-5), distress
    (0-4), temperature_c, rested_minutes, on_oxygen, note; what was not measured is left out. Without a session it is a
    reading outside of one, of `patient`. Sent twice under one `client_ref` it is written once.
    """
    now = timezone.now()
    if dosing is not None:
        dosing, patient = (held := locked(dosing)), held.patient
    assert patient is not None, "A reading is of a session or of a patient."
    content = {"dosing_id": dosing and dosing.pk, "happened_at": happened_at, **values}
    if known := written_before(VitalSigns, client_ref, patient.clinic_id, content):
        return known
    log = Log.of(dosing) if dosing else None
    refuse([*reasons_against_writing(dosing, happened_at, now, corrects, struck_why), *reasons_against_values(values)])
    row = VitalSigns.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        dosing=dosing,
        phase=phase_at(log, happened_at) if log else Phase.HOME,
        happened_at=happened_at,
        device_at=device_at,
        client_ref=client_ref or uuid7(),
        entered_by=by,
        role=role,
        corrects=corrects,
        struck_why=struck_why.strip(),
        **values,
    )
    record(Event.VITALS_RECORDED, by=by, on=row, role=role, reason=struck_why, phase=row.phase)
    if dosing is not None:
        judge(row, Log.of(dosing), by=by, now=now)
    return row


def reasons_against_values(values: Mapping[str, Any]) -> list[str]:
    """Each reason why these cannot be readings. Implausible ones are written down; impossible ones are not."""
    unknown = set(values) - set(POSSIBLE) - set(OTHERS)
    assert not unknown, f"Not a vital sign: {unknown}"
    found = []
    for name, (lowest, highest, label) in POSSIBLE.items():
        value = values.get(name)
        if value is not None and not (type(value) is int and lowest <= value <= highest):
            found.append(f"{label} is a number from {lowest} to {highest}.")
    if (values.get("systolic") is None) != (values.get("diastolic") is None):
        found.append("Blood pressure has two numbers, like 138/86.")
    elif not found and (values.get("systolic") or 0) < (values.get("diastolic") or 0):
        found.append("The first number of the blood pressure is the higher one.")
    if all(values.get(name) is None for name in [*POSSIBLE, "temperature_c"] if name != "rested_minutes"):
        found.append("Enter at least one value.")
    return found


@transaction.atomic
def write_entry(
    *,
    dosing: DosingSession,
    kind: EntryKind | str,
    by: User,
    role: str,
    code: str = "",
    data: Mapping[str, Any] | None = None,
    words: str = "",
    happened_at: datetime | None = None,
    client_ref: UUID | None = None,
    device_at: datetime | None = None,
    corrects: Entry | None = None,
    struck_why: str = "",
) -> Entry:
    """Write one line: seen, done, said. `data` by kind: see `rules.entries`. Without a time it happened now.

    A correction without `struck_why` adds to the line before it, like how strong it was; with one it strikes that.
    """
    now = timezone.now()
    dosing = locked(dosing)
    line = Line(str(kind), code, _scored(str(kind), dict(data or {})), words.strip())
    content = {"dosing_id": dosing.pk, "kind": line.kind, "code": code, "data": line.data, "words": line.words}
    if happened_at is not None:
        content["happened_at"] = happened_at
    if known := written_before(Entry, client_ref, dosing.clinic_id, content):
        return known
    at = happened_at or now
    log = Log.of(dosing)
    touch = touch_now(dosing, log, now) if line.kind == EntryKind.TOUCH else entries.NO_TOUCH
    refuse(
        [
            *reasons_against_writing(dosing, at, now, corrects, struck_why if corrects is None else "added"),
            *reasons_against_entry(line, touch=touch),
        ]
    )
    row = write_line(dosing, line, at, by, role, client_ref, device_at, corrects, struck_why)
    _follow(dosing, row, now)
    judge(row, Log.of(dosing), by=by, now=now)
    return row


def write_line(
    dosing: DosingSession,
    line: Line,
    at: datetime,
    by: User,
    role: str,
    client_ref: UUID | None = None,
    device_at: datetime | None = None,
    corrects: Entry | None = None,
    struck_why: str = "",
) -> Entry:
    """One row of the log, with its line in the audit trail; the caller has asked whether it may stand."""
    row = Entry.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        kind=line.kind,
        code=line.code,
        data=dict(line.data),
        words=line.words,
        happened_at=at,
        device_at=device_at,
        client_ref=client_ref or uuid7(),
        entered_by=by,
        role=role,
        corrects=corrects,
        struck_why=struck_why.strip(),
    )
    record(Event.ENTRY_WRITTEN, by=by, on=row, role=role, reason=struck_why, kind=line.kind, code=line.code)
    return row


def reasons_against_writing(
    dosing: DosingSession | None, at: datetime, now: datetime, corrects: Any, struck_why: str
) -> list[str]:
    """Each reason why nothing is written in this log for that moment."""
    if dosing is None:
        return reasons_against_moment(happened=at, now=now, opened=now - timedelta(days=365))
    found = []
    if dosing.state in NOT_OPEN and corrects is None:
        found.append("The log is not open: the session has not begun, or is over.")
    elif dosing.signed_at and corrects is None:
        found.append("The record is signed. Add a correction instead.")
    if corrects is not None and not struck_why.strip():
        found.append("Write why the entry is wrong.")
    if corrects is not None and type(corrects).objects.filter(corrects=corrects).exists():
        found.append("This entry was corrected already. Correct the newer one.")
    return [*found, *reasons_against_moment(happened=at, now=now, opened=dosing.opened_at)]


def _scored(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The KAP-DR by its own scorer: total of lines 1 to 4, and distress (instruments, kap-dr; unvalidated)."""
    if kind != EntryKind.KAP_DR:
        return data
    answers = {line: (data.get("answers") or {}).get(line) for line in KAP_DR_LINES}
    score = measures.score("kap-dr", answers)
    if isinstance(score, measures.Refusal):
        return {"answers": answers}
    return {
        "answers": answers,
        "total": score.total,
        "distress": answers[KAP_DR_LINES[-1]],
        "version": score.instrument_version,
    }


def _follow(dosing: DosingSession, row: Entry, now: datetime) -> None:
    """What a line brings about beside itself."""
    if row.kind == EntryKind.RATE and row.code == "ended" and dosing.infusion_ended_at is None:
        dosing.infusion_ended_at = row.happened_at
        dosing.save(update_fields=["infusion_ended_at"])
    if row.kind == EntryKind.HELP:
        _owe_debrief(dosing, row, now)


def _owe_debrief(dosing: DosingSession, row: Entry, now: datetime) -> None:
    """Every card used is talked about within two working days (dosing-reference 9, PD)."""
    open_task(
        patient=dosing.patient,
        kind=TaskKind.FOLLOW_UP,
        severity=Severity.MEDIUM,
        title="Debrief: help was called during a dosing session",
        action="Talk it over with everybody who was there, and write down what to change.",
        flag="debrief",
        source_ref=dosing.ref,
        owner_role=Role.THERAPIST,
        due_at=_working_days_after(now, entries.DEBRIEF_DAYS),
        by=row.entered_by,
    )


def _working_days_after(now: datetime, days: int) -> datetime:
    """Monday to Friday."""
    at, left = now, days
    while left:
        at += timedelta(days=1)
        left -= date.weekday(at) < 5
    return at


@transaction.atomic
def strike(*, row: Row, why: str, by: User, role: str, client_ref: UUID | None = None) -> Row:
    """Strike a line through: it stays readable, with who and why, and counts no more."""
    now = timezone.now()
    assert row.dosing is not None, "Only a line of a session is struck through."
    dosing = locked(row.dosing)
    content = {"corrects_id": row.pk, "struck_why": why.strip()}
    if known := written_before(type(row), client_ref, row.clinic_id, content):
        return known
    refuse(reasons_against_writing(dosing, row.happened_at, now, row, why))
    common: dict[str, Any] = {
        "clinic_id": row.clinic_id,
        "patient_id": row.patient_id,
        "dosing": dosing,
        "happened_at": row.happened_at,
        "client_ref": client_ref or uuid7(),
        "entered_by": by,
        "role": role,
        "corrects": row,
        "struck_why": why.strip()[:200],
    }
    if isinstance(row, VitalSigns):
        struck: Any = VitalSigns.objects.create(phase=row.phase, **common)
    else:
        struck = Entry.objects.create(kind=EntryKind.STRUCK, code=row.code, **common)
    record(Event.ENTRY_STRUCK, by=by, on=struck, role=role, reason=why)
    return struck
