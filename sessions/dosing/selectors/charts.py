"""The blood pressure of a session as bars, for the live sheet and the paper of the record."""

from datetime import datetime

from kap_clinic.web.bars import HEIGHT, Bars, Span, bars
from sessions.dosing.models import DosingSession, VitalSigns
from sessions.dosing.rules.limits import AMBER
from sessions.dosing.rules.monitoring import MINUTE
from sessions.dosing.selectors.facts import Log, Numbers, numbers_of, signs_of, stop_lines
from sessions.dosing.selectors.lines import mg
from sessions.dosing.terms import DosingState

OVER = {DosingState.DISCHARGED, DosingState.LEFT_AGAINST_ADVICE, DosingState.TRANSFERRED, DosingState.CLOSED}


def bp_chart(
    dosing: DosingSession,
    *,
    log: Log | None = None,
    numbers: Numbers | None = None,
    now: datetime | None = None,
    height: int = HEIGHT,
) -> Bars:
    """Bars from diastolic to systolic (mmHg) along the minutes after the dose, this patient's stop line, each dose.

    Before the dose the minutes count to the newest reading. `now` draws a line at this moment.
    """
    log = log or Log.of(dosing)
    numbers = numbers or numbers_of(dosing.clinic_id)
    read = [row for row in log.vitals if row.systolic is not None and row.diastolic is not None]
    start = dosing.t0 or (read[-1].happened_at if read else dosing.opened_at)
    line = stop_lines(dosing.order).systolic or numbers.limits.systolic_amber
    return bars(
        key=f"bp-{dosing.pk}",
        title="Blood pressure since the dose" if dosing.t0 else "Blood pressure before the dose",
        spans=[_span(row, start, log, numbers) for row in read],
        stop=line,
        marks=[((dose.happened_at - start) / MINUTE, f"{mg(dose.mg)} mg") for dose in log.doses],
        now=(now - start) / MINUTE if now and dosing.t0 and dosing.state not in OVER else None,
        height=height,
    )


def _span(row: VitalSigns, start: datetime, log: Log, numbers: Numbers) -> Span:
    minute = (row.happened_at - start) / MINUTE
    when = "before the dose" if minute < 0 else f"at {round(minute)} minutes"
    level = next((sign.level for sign in signs_of(row, log, numbers) if sign.code == "blood-pressure"), 0)
    says = f"{row.systolic}/{row.diastolic} {when}"
    return Span(minute, float(row.diastolic or 0), float(row.systolic or 0), says, grave=level >= AMBER)
