"""From monitoring to closed, and the side exits: stopped early, transferred, back to recovery; signing the record."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from sessions.dosing.actions.common import locked, move, refuse
from sessions.dosing.models import DosingSession
from sessions.dosing.rules import monitoring
from sessions.dosing.rules.doses import AWAKE
from sessions.dosing.selectors.closing import closing_evidence, needs_cosign, record_digest
from sessions.dosing.selectors.facts import Log, checks_of, course_of, numbers_of
from sessions.dosing.terms import DosingState, Event

OVER = {DosingState.DISCHARGED, DosingState.LEFT_AGAINST_ADVICE, DosingState.TRANSFERRED}
SIGNERS = {"therapist", "prescriber", "medical_director"}  # protocol 8
TOLD_WITHIN = timedelta(minutes=5)  # PD


@transaction.atomic
def stop_early(*, dosing: DosingSession, reason: str, by: User, role: str) -> DosingSession:
    """No more drug; monitoring goes on. Anyone may stop, and the prescriber is told."""
    now = timezone.now()
    dosing = locked(dosing)
    changes = {}
    if dosing.order and dosing.order.route == "iv" and dosing.infusion_ended_at is None:
        changes["infusion_ended_at"] = now
    move(dosing, DosingState.STOPPED_EARLY, by=by, role=role, evidence={}, reason=reason, **changes)
    _tell_prescriber(dosing, "Dosing session stopped early", reason, "stopped-early", by)
    return dosing


@transaction.atomic
def transfer(*, dosing: DosingSession, reason: str, by: User, role: str) -> DosingSession:
    """Handed over to emergency care. Anyone on the team; the prescriber is told."""
    dosing = locked(dosing)
    move(dosing, DosingState.TRANSFERRED, by=by, role=role, evidence={}, reason=reason)
    _tell_prescriber(dosing, "Patient transferred during a dosing session", reason, "transferred", by)
    return dosing


def _tell_prescriber(dosing: DosingSession, title: str, reason: str, flag: str, by: User) -> None:
    open_task(
        patient=dosing.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.HIGH,
        title=title,
        action=reason,
        flag=flag,
        source_ref=dosing.ref,
        owner_role=Role.PRESCRIBER,
        due_at=timezone.now() + TOLD_WITHIN,
        by=by,
    )


@transaction.atomic
def to_recovery(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """The first hour is over: every check of it done or explained, and the patient awake (MOAA/S 4 or 5)."""
    now = timezone.now()
    dosing = locked(dosing)
    log = Log.of(dosing)
    found = checks_of(log, now, numbers_of(dosing.clinic_id).times)
    evidence = {"during_done": monitoring.during_done(found), "awake": is_awake(log)}
    return move(dosing, DosingState.RECOVERY, by=by, role=role, evidence=evidence)


def is_awake(log: Log) -> bool:
    """By the newest reading that says so; none that says it is not awake."""
    scores = [row.moaas for row in log.after_dose if row.moaas is not None]
    return bool(scores) and scores[-1] >= AWAKE


@transaction.atomic
def to_discharge_check(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """The earliest time to leave is reached: fit to leave is asked, item by item."""
    now = timezone.now()
    dosing = locked(dosing)
    course = course_of(Log.of(dosing))
    times = numbers_of(dosing.clinic_id).times
    reasons = monitoring.reasons_against_leaving(course, now, times) if course else ["No dose was given."]
    return move(dosing, DosingState.DISCHARGE_CHECK, by=by, role=role, evidence={"leave_time_reached": not reasons})


@transaction.atomic
def back_to_recovery(*, dosing: DosingSession, reason: str, by: User, role: str) -> DosingSession:
    """An item is not met: stay, and look again in 15 minutes."""
    return move(locked(dosing), DosingState.RECOVERY, by=by, role=role, evidence={}, reason=reason)


@transaction.atomic
def sign_record(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """The therapist signs the record of the day: from now on only corrections are added."""
    dosing = locked(dosing)
    refuse(_against_signing(dosing, role))
    dosing.record_sha256 = record_digest(dosing)
    dosing.signed_at, dosing.signed_by = timezone.now(), by
    dosing.save(update_fields=["record_sha256", "signed_at", "signed_by"])
    record(Event.RECORD_SIGNED, by=by, on=dosing, role=role, sha256=dosing.record_sha256)
    return dosing


def _against_signing(dosing: DosingSession, role: str) -> list[str]:
    if dosing.signed_at:
        return ["This record is signed already."]
    found = [] if role in SIGNERS else ["A therapist or prescriber signs the record."]
    found += [] if dosing.state in OVER else ["The record is signed once the patient has left."]
    if dosing.alerts.filter(closed_at=None).exists():
        found.append("An alert is still open.")
    return found


@transaction.atomic
def cosign_record(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """The prescriber's signature under it: after a first session and after any adverse event (protocol 8, PD)."""
    dosing = locked(dosing)
    if dosing.signed_at is None:
        refuse(["The therapist signs first."])
    if dosing.cosigned_at:
        refuse(["This record is co-signed already."])
    if dosing.signed_by_id == by.pk:
        refuse(["Somebody else co-signs, not the one who signed."])
    dosing.cosigned_at, dosing.cosigned_by = timezone.now(), by
    dosing.save(update_fields=["cosigned_at", "cosigned_by"])
    record(Event.RECORD_COSIGNED, by=by, on=dosing, role=role)
    return dosing


@transaction.atomic
def close_dosing(*, dosing: DosingSession, by: User, role: str) -> DosingSession:
    """Everything of the day is done: signed, counted, graded, called, booked."""
    dosing = locked(dosing, whole=True)
    evidence = closing_evidence(dosing)
    if evidence["notes_signed"] and needs_cosign(dosing) and dosing.cosigned_at is None:
        evidence["notes_signed"] = False
    return move(dosing, DosingState.CLOSED, by=by, role=role, evidence=evidence)
