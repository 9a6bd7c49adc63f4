"""Alerts: opened by the rules, raised and never lowered, acknowledged by name in time, else escalated; closed by a
value back in range or a prescriber's note (dosing-reference 3.2)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from kap_clinic.wall import as_clinic
from patients.tasks.actions import open_task
from patients.tasks.terms import Severity, TaskKind
from sessions.dosing.actions.common import locked, refuse
from sessions.dosing.actions.opening import expire_ready
from sessions.dosing.models import UNDER_DRUG, Alert, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import SYSTEM, limits
from sessions.dosing.rules.doses import has_expired
from sessions.dosing.rules.entries import reasons_against_acknowledging, reasons_against_closing
from sessions.dosing.rules.limits import Limits, Sign
from sessions.dosing.rules.monitoring import MINUTE, State
from sessions.dosing.selectors.facts import Log, Numbers, checks_of, is_back, missing_of, numbers_of, signs_of
from sessions.dosing.terms import DosingState, Event, Level

ESCALATED_DUE = timedelta(minutes=5)  # the prescriber's task, PD
LATE_CHECK = "late-check"


def judge(row: VitalSigns | Entry, log: Log, *, by: User, now: datetime, numbers: Numbers | None = None) -> list[Alert]:
    """Open or raise an alert for each sign beyond expected, and close what is back. Inside the entry's transaction."""
    numbers = numbers or numbers_of(log.dosing.clinic_id)
    signs = signs_of(row, log, numbers)
    known = {alert.sign: alert for alert in log.dosing.alerts.filter(closed_at=None)}
    opened = [_open(log.dosing, sign, row, known.get(sign.code), by, now, numbers) for sign in limits.beyond(signs)]
    for sign in signs:
        alert = known.get(sign.code)
        if sign.level == limits.EXPECTED and alert and alert.acknowledged_at and row.happened_at > alert.opened_at:
            _close(alert, by, now, vitals=row if isinstance(row, VitalSigns) else None, words=sign.words)
    return opened


def _open(
    dosing: DosingSession,
    sign: Sign,
    row: VitalSigns | Entry,
    known: Alert | None,
    by: User | str,
    now: datetime,
    numbers: Numbers,
) -> Alert:
    """One open alert a sign: a graver reading raises it and asks for a new acknowledgement."""
    if known is not None and known.level >= sign.level:
        return known
    alert = known or Alert(
        clinic_id=dosing.clinic_id, patient_id=dosing.patient_id, dosing=dosing, sign=sign.code, opened_at=now
    )
    alert.level, alert.words, alert.due_at = sign.level, sign.words[:300], now + _patience(sign.level, numbers.limits)
    alert.vitals = row if isinstance(row, VitalSigns) else None
    alert.entry = row if isinstance(row, Entry) else None
    alert.acknowledged_at = alert.acknowledged_by = alert.escalated_at = None
    alert.save()
    record(Event.ALERT_OPENED, by=by, on=alert, sign=sign.code, level=int(sign.level))
    return alert


def _patience(level: int, numbers: Limits) -> timedelta:
    return (numbers.amber_minutes if level == Level.AMBER else numbers.red_minutes) * MINUTE


@transaction.atomic
def acknowledge(*, alert: Alert, by: User, role: str, advice: str = "") -> Alert:
    """Somebody has seen it, by name, and says who was called and what was advised. The alert stays open."""
    now = timezone.now()
    dosing = locked(alert.dosing)
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    refuse(
        reasons_against_acknowledging(
            level=alert.level,
            role=role,
            acknowledged=alert.acknowledged_at is not None,
            closed=alert.closed_at is not None,
        )
    )
    alert.acknowledged_at, alert.acknowledged_by, alert.advice = now, by, advice.strip()[:300]
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "advice"])
    record(Event.ALERT_ACKNOWLEDGED, by=by, on=alert, role=role, sign=alert.sign, level=alert.level)
    vitals, words = _back(alert, dosing, now)
    if vitals is not None:
        _close(alert, by, now, vitals=vitals, words=words)
    return alert


@transaction.atomic
def close_alert(*, alert: Alert, words: str, by: User, role: str) -> Alert:
    """End an alert: by the reading that is back in range, or by a prescriber's note."""
    now = timezone.now()
    dosing = locked(alert.dosing)
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    vitals, back = _back(alert, dosing, now)
    refuse(
        reasons_against_closing(
            acknowledged=alert.acknowledged_at is not None,
            closed=alert.closed_at is not None,
            back=bool(back),
            words=words,
            role=role,
        )
    )
    return _close(alert, by, now, vitals=vitals, words=words.strip() or back, role=role)


def _back(alert: Alert, dosing: DosingSession, now: datetime) -> tuple[VitalSigns | None, str]:
    log, numbers = Log.of(dosing), numbers_of(dosing.clinic_id)
    if alert.sign == LATE_CHECK:
        made = [row for row in log.after_dose if row.entered_at >= alert.opened_at]
        whole = [row for row in made if not missing_of(row, remote=dosing.remote)]
        return (whole[-1], "The check was made") if whole else (None, "")
    return is_back(alert.sign, log, alert.opened_at, numbers, now)


def _close(alert: Alert, by: User, now: datetime, *, vitals: VitalSigns | None, words: str, role: str = "") -> Alert:
    alert.closed_at, alert.closed_by, alert.closed_vitals, alert.closed_words = now, by, vitals, words
    alert.save(update_fields=["closed_at", "closed_by", "closed_vitals", "closed_words"])
    record(Event.ALERT_CLOSED, by=by, on=alert, role=role, sign=alert.sign)
    return alert


# What the clock brings about, every 30 seconds


def watch() -> int:
    """In every clinic: escalate what nobody acknowledged, tell of late checks, let readiness expire. Says how many."""
    return sum(_watch_clinic(clinic_id) for clinic_id in Clinic.objects.values_list("pk", flat=True))


def _watch_clinic(clinic_id: int) -> int:
    now = timezone.now()
    with as_clinic(clinic_id):
        ready = DosingSession.objects.filter(clinic_id=clinic_id, state=DosingState.READY)
        expired = [expire_ready(dosing=one) for one in ready if has_expired(one.ready_at, now)]
        under_drug = DosingSession.objects.filter(clinic_id=clinic_id, state__in=UNDER_DRUG)
        late = [dosing for dosing in under_drug if tell_late_check(dosing=dosing, now=now)]
        return len(expired) + len(late) + escalate_due(clinic_id=clinic_id, now=now)


@transaction.atomic
def escalate_due(*, clinic_id: int, now: datetime) -> int:
    """Alerts nobody acknowledged in time become a task of the prescriber, due at once. Once each."""
    rows = Alert.objects.filter(
        clinic_id=clinic_id, closed_at=None, acknowledged_at=None, escalated_at=None, due_at__lte=now
    )
    due = list(rows.select_related("dosing", "patient").select_for_update(of=("self",), skip_locked=True))
    for alert in due:
        _escalate(alert, now)
    return len(due)


def _escalate(alert: Alert, now: datetime) -> None:
    alert.escalated_at = now
    alert.save(update_fields=["escalated_at"])
    open_task(
        patient=alert.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.HIGH,
        title=f"Alert not acknowledged: {alert.words}"[:200],
        action="Go to the room or call it, and acknowledge the alert.",
        flag=f"alert-{Level(alert.level).name.lower()}",
        source_ref=alert.ref,
        owner_role=Role.PRESCRIBER,
        due_at=now + ESCALATED_DUE,
        by=None,
    )
    record(Event.ALERT_ESCALATED, by=SYSTEM, on=alert, sign=alert.sign, level=alert.level)


@transaction.atomic
def tell_late_check(*, dosing: DosingSession, now: datetime) -> Alert | None:
    """A check ten minutes late alerts the prescriber; it stays one alert until a check is made."""
    dosing = locked(dosing)
    if dosing.state not in UNDER_DRUG or dosing.alerts.filter(sign=LATE_CHECK, closed_at=None).exists():
        return None
    numbers = numbers_of(dosing.clinic_id)
    late = [one for one in checks_of(Log.of(dosing), now, numbers.times) if one.state is State.ALERT]
    if not late or dosing.alerts.filter(sign=LATE_CHECK, opened_at__gte=late[-1].due.at).exists():
        return None
    words = f"Vital signs are {late[-1].late_by(now)} minutes late"
    alert = Alert.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        sign=LATE_CHECK,
        level=Level.AMBER,
        words=words,
        opened_at=now,
        due_at=now + _patience(Level.AMBER, numbers.limits),
    )
    record(Event.ALERT_OPENED, by=SYSTEM, on=alert, sign=LATE_CHECK, level=int(Level.AMBER))
    _escalate(alert, now)
    return alert
