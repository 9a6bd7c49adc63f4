"""What is done when a patient leaves: items ticked, the one signature, leaving against advice, handing over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from kap_clinic.wall import as_clinic
from patients.course.actions import NotReady
from patients.tasks.actions import open_task
from patients.tasks.models import Task
from patients.tasks.terms import Severity, TaskKind
from sessions.discharge import rules, selectors
from sessions.discharge.models import Discharge, DischargeTick
from sessions.discharge.terms import DischargeItem, Event, Way
from sessions.dosing import actions as dose_day
from sessions.dosing.models import UNDER_DRUG, DosingSession, Entry
from sessions.dosing.rules import SYSTEM
from sessions.dosing.terms import DosingState, EntryKind
from sessions.visits import actions as visits
from sessions.visits.terms import VisitState

CALL, LONG, LEFT = "next-day-call", "four-hours", "left-against-advice"  # flags of the tasks leaving opens
EXAMINED_WITHIN, TOLD_WITHIN = timedelta(minutes=15), timedelta(minutes=5)  # PD
AHEAD = timedelta(minutes=2)  # a clock may run so far ahead (REL-19)
LATER = {DischargeItem.DRUG_COUNTED, DischargeItem.NEXT_CONTACT}  # also once the patient has gone otherwise
GONE = {DosingState.LEFT_AGAINST_ADVICE, DosingState.TRANSFERRED}


@transaction.atomic
def tick(
    *,
    dosing: DosingSession,
    item: DischargeItem | str,
    met: bool,
    by: User,
    role: str,
    data: Mapping[str, Any] | None = None,
    words: str = "",
    witness: User | None = None,
) -> DischargeTick:
    """One item as found now. The newest of an item holds; a measured item is met by the log and only held back here.

    `data`: keys of rules.ASKED; escort: also name, phone; safe: asked_with; drug_counted: drawn_mg, wasted_mg, left_mg
    (given is what the log says), with `witness` another person.
    """
    dosing = dose_day.locked(dosing)
    item = DischargeItem(item)
    said = dict(data or {})
    if item == DischargeItem.DRUG_COUNTED:
        said["given_mg"] = str(selectors.given_mg(dosing))
    if witness is not None:
        said |= {"witness": witness.name, "witness_ref": str(witness.pk)}
    _refuse(_against_tick(dosing, item, met, said, words, by, witness))
    row = DischargeTick.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        item=item,
        met=met,
        data=said,
        words=words.strip(),
        ticked_by=by,
        role=role,
    )
    record(Event.ITEM_TICKED, by=by, on=row, role=role, item=str(item), met=met)
    return row


def _against_tick(
    dosing: DosingSession,
    item: DischargeItem,
    met: bool,
    data: Mapping[str, Any],
    words: str,
    by: User,
    witness: User | None,
) -> list[str]:
    later = item in LATER and dosing.state in GONE
    if dosing.state not in selectors.ASKED and not later:
        return ["Items are ticked after the dose, until the patient has left."]
    if witness is not None and witness.pk == by.pk:
        return ["Somebody else witnesses the wasting, not the one who counts."]
    if not met:
        return [] if words.strip() else ["Write what is not so."]
    if item in rules.MEASURED:
        return ["This is read from the log. Record vital signs instead."]
    if item == DischargeItem.DRUG_COUNTED and (reason := rules.drug_reason(data)):
        return [reason]
    return _against_escort(dosing, data, words) if item == DischargeItem.ESCORT else []


def _against_escort(dosing: DosingSession, data: Mapping[str, Any], words: str) -> list[str]:
    reason = rules.escort_reason(data, selectors.escort_of(dosing), words)
    return [reason] if reason else []


@transaction.atomic
def score(*, dosing: DosingSession, name: str, points: Mapping[str, int], by: User, role: str) -> Entry:
    """PADSS or modified Aldrete, written in the log beside the list. It replaces no item (S34)."""
    label, _lines, enough = rules.SCORES[name]
    total = rules.total_of(name, points)
    _refuse([] if total is not None else [f"Rate every line of the {label}."])
    assert total is not None  # refused above
    words = f"{label} {total} of 10{', fits going home' if total >= enough else ''}"
    data = {"points": dict(points), "total": total}
    return dose_day.write_entry(dosing=dosing, kind=EntryKind.NOTE, code=name, data=data, words=words, by=by, role=role)


@transaction.atomic
def discharge(
    *, dosing: DosingSession, by: User, role: str, examined: str = "", left_at: datetime | None = None
) -> Discharge:
    """All thirteen are met at this moment, and somebody who may signs: the patient leaves with their escort.

    `examined`: what the prescriber found, once four hours have passed. Move, signature, call of the next day and the
    end of the visit are one transaction.
    """
    now = timezone.now()
    dosing = dose_day.locked(dosing, whole=True)
    at = _when(left_at, dosing, now)
    found = selectors.leaving(dosing, now)
    if dosing.state != DosingState.DISCHARGE_CHECK:
        _refuse([_not_now(dosing)])
    nurse = selectors.may_nurse(dosing.clinic_id)
    _refuse(
        rules.reasons_against_discharge(
            found.found, role=role, may_nurse=nurse, is_long=found.is_long, examined=examined
        )
    )
    escort = found.facts.ticks[DischargeItem.ESCORT].data
    row = _end(
        dosing,
        Way.READY,
        found,
        by=by,
        role=role,
        now=now,
        left_at=at,
        words=examined,
        escort_name=str(escort["name"])[:120],
        escort_phone=str(escort["phone"])[:30],
    )
    dose_day.move(
        dosing,
        DosingState.DISCHARGED,
        by=by,
        role=role,
        evidence={"items_met": True, "discharge": row.ref, "sha256": row.sha256},
    )
    record(Event.DISCHARGED, by=by, on=row, role=role, sha256=row.sha256)
    _follow(dosing, by=by, role=role, now=now)
    return row


def _not_now(dosing: DosingSession) -> str:
    if dosing.state in {DosingState.DISCHARGED, *GONE, DosingState.CLOSED}:
        return "The patient has left already."
    return "Start the discharge check first."


@transaction.atomic
def leave_against_advice(
    *,
    dosing: DosingSession,
    words: str,
    escort: str,
    prescriber: str,
    by: User,
    role: str,
    left_at: datetime | None = None,
) -> Discharge:
    """The patient insists on leaving. Nobody is kept: what was said, whether the escort was reached (a key of
    rules.REACHED) and which prescriber was told are written down; the call of the next day is owed."""
    now = timezone.now()
    dosing = dose_day.locked(dosing, whole=True)
    at = _when(left_at, dosing, now)
    _refuse(rules.reasons_against_leaving_anyway(words=words, escort=escort, prescriber=prescriber))
    found = selectors.leaving(dosing, now)
    said = f"{words.strip()}\nEscort: {rules.REACHED[escort].lower()}. Prescriber told: {prescriber.strip()}."
    named = selectors.escort_of(dosing)
    row = _end(
        dosing,
        Way.AGAINST_ADVICE,
        found,
        by=by,
        role=role,
        now=now,
        left_at=at,
        words=said,
        escort_name=named.name[:120] if named else "",
        escort_phone=named.phone[:30] if named else "",
    )
    dose_day.move(
        dosing,
        DosingState.LEFT_AGAINST_ADVICE,
        by=by,
        role=role,
        evidence={"discharge": row.ref, "escort": escort, "prescriber": prescriber.strip()},
        reason=words,
    )
    record(Event.LEFT, by=by, on=row, role=role, reason=words, escort=escort)
    _tell_prescriber(dosing, words, by=by, now=now)
    _follow(dosing, by=by, role=role, now=now)
    return row


@transaction.atomic
def hand_over(
    *, dosing: DosingSession, where_to: str, words: str, by: User, role: str, left_at: datetime | None = None
) -> Discharge:
    """A transferred patient: where to, what was told to whom. The session was moved when help was called."""
    now = timezone.now()
    dosing = dose_day.locked(dosing, whole=True)
    at = _when(left_at, dosing, now)
    if dosing.state != DosingState.TRANSFERRED:
        _refuse(["Only a patient who was transferred is handed over."])
    if selectors.end_of(dosing):
        _refuse(["The handing over is written down already."])
    _refuse(
        [
            *([] if where_to.strip() else ["Enter where the patient was taken."]),
            *([] if words.strip() else ["Write what was told to whom."]),
        ]
    )
    found = selectors.leaving(dosing, now)
    row = _end(
        dosing,
        Way.TRANSFERRED,
        found,
        by=by,
        role=role,
        now=now,
        left_at=at,
        words=words,
        where_to=where_to.strip()[:200],
    )
    record(Event.DISCHARGED, by=by, on=row, role=role, way=str(Way.TRANSFERRED), sha256=row.sha256)
    _finish_visit(dosing, by=by, role=role)
    return row


# What a leaving brings about


def _when(left_at: datetime | None, dosing: DosingSession, now: datetime) -> datetime:
    at = left_at or now
    if at > now + AHEAD:
        _refuse(["The time of leaving is still to come."])
    if dosing.t0 is not None and at < dosing.t0:
        _refuse(["The time of leaving is before the dose."])
    return at


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise NotReady(reasons)


def _end(
    dosing: DosingSession,
    way: Way,
    found: selectors.Leaving,
    *,
    by: User,
    role: str,
    now: datetime,
    left_at: datetime,
    words: str,
    **more: str,
) -> Discharge:
    row = Discharge(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        way=way,
        left_at=left_at,
        words=words.strip(),
        readiness=selectors.as_it_stood(found.found, found.facts),
        signed_at=now,
        signed_by=by,
        signed_name=by.name,
        signed_role=role,
        **more,
    )
    row.sha256 = selectors.digest(row)
    row.save()
    return row


def _follow(dosing: DosingSession, *, by: User, role: str, now: datetime) -> None:
    """The call of the next day is owed, and the visit is over."""
    hours = value_of("next_day_call_hours", dosing.clinic_id)
    open_task(
        patient=dosing.patient,
        kind=TaskKind.CALL,
        severity=Severity.MEDIUM,
        title="Call the patient: the day after a dose",
        action="How are they, did they sleep, anything to worry about; remind of the integration visit.",
        flag=CALL,
        source_ref=dosing.ref,
        owner_role=Role.THERAPIST,
        due_at=now + timedelta(hours=hours),
        by=by,
    )
    _finish_visit(dosing, by=by, role=role)


def _finish_visit(dosing: DosingSession, *, by: User, role: str) -> None:
    visit = dosing.appointment
    if visit.state == VisitState.IN_PROGRESS:
        visits.complete(appointment=visit, by=by, role=role)


def _tell_prescriber(dosing: DosingSession, words: str, *, by: User, now: datetime) -> None:
    open_task(
        patient=dosing.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.HIGH,
        title="Patient left against advice after a dose",
        action=words.strip(),
        flag=LEFT,
        source_ref=dosing.ref,
        owner_role=Role.PRESCRIBER,
        due_at=now + TOLD_WITHIN,
        by=by,
    )


# What the clock brings about


def watch() -> int:
    """In every clinic: four hours after a dose and still here, a prescriber examines. Says how many are new."""
    return sum(_watch_clinic(clinic_id) for clinic_id in Clinic.objects.values_list("pk", flat=True))


def _watch_clinic(clinic_id: int) -> int:
    now = timezone.now()
    with as_clinic(clinic_id):
        hours = timedelta(hours=selectors.own_numbers(clinic_id).examined_after_hours)
        rows = DosingSession.objects.filter(clinic_id=clinic_id, state__in=UNDER_DRUG, t0__lte=now - hours)
        return sum(_call_to_examine(dosing, now) for dosing in rows.select_related("patient"))


def _call_to_examine(dosing: DosingSession, now: datetime) -> bool:
    if Task.objects.filter(source_ref=dosing.ref, flag=LONG).exists():
        return False
    open_task(
        patient=dosing.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.HIGH,
        title="Four hours after the dose and not fit to leave",
        action="Examine the patient in person and consider a transfer.",
        flag=LONG,
        source_ref=dosing.ref,
        owner_role=Role.PRESCRIBER,
        due_at=now + EXAMINED_WITHIN,
        by=None,
    )
    record(Event.LONG_STAY, by=SYSTEM, on=dosing)
    return True
