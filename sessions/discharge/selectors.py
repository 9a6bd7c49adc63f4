"""What leaving rests on: every fact of the thirteen items, read once."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from kap_clinic.accounts.clinic_settings.selectors import value_of, values_of
from kap_clinic.accounts.models import User
from screening.rules import DEFAULTS as SCREENING
from sessions.discharge import rules
from sessions.discharge.models import Discharge, DischargeTick
from sessions.discharge.rules import Escort, Facts, Numbers, Readiness, Reading, Tick, Told
from sessions.discharge.setting_keys import NUMBERS, name_of
from sessions.dosing.models import DosingSession, Entry, VitalSigns
from sessions.dosing.rules.monitoring import earliest_leave
from sessions.dosing.selectors import Log, checks_of, course_of, numbers_of
from sessions.dosing.terms import DosingState, EntryKind
from sessions.gate.models import CheckAnswer
from sessions.gate.terms import Check
from sessions.visits.selectors import integration_after

MEANING = "This patient is fit to leave: I have checked all thirteen items."
WINDOW = "integration_until_hours"  # set among the clinic's numbers of integration
ASKED = (
    DosingState.MONITORING,
    DosingState.STOPPED_EARLY,
    DosingState.RECOVERY,
    DosingState.DISCHARGE_CHECK,
)  # while items may be ticked


@dataclass(frozen=True)
class Leaving:
    """One session at one moment: its facts, the items, and whether four hours have passed."""

    facts: Facts
    found: Readiness
    is_long: bool
    not_before: datetime | None


def with_people(dosing: DosingSession) -> DosingSession:
    """The session as it is now, with everything a page about it names."""
    people = ("patient__clinic", "clinic", "appointment", "order", "course__patient")
    return DosingSession.objects.select_related(*people).get(pk=dosing.pk)


def leaving(dosing: DosingSession, now: datetime) -> Leaving:
    facts = facts_of(dosing, now)
    return Leaving(
        facts,
        rules.readiness(facts),
        rules.is_long(facts.course, now, facts.numbers),
        earliest_leave(facts.course, facts.times) if facts.course else None,
    )


def facts_of(dosing: DosingSession, now: datetime) -> Facts:
    """Everything the items rest on, as the log and the ticks say at this moment."""
    log, numbers = Log.of(dosing), numbers_of(dosing.clinic_id)
    names = _names([*log.vitals, *log.entries])
    baseline = log.baseline
    integration = integration_after(dosing.appointment)
    return Facts(
        now=now,
        course=course_of(log),
        checks=checks_of(log, now, numbers.times),
        baseline=_reading(baseline, names) if baseline else None,
        is_baseline_in_caution=baseline is not None and _is_in_caution(baseline),
        readings=[_reading(row, names) for row in log.after_dose],
        kap_dr=_told(_newest(log, dosing, EntryKind.KAP_DR), names, "total"),
        agitation=_told(_newest(log, dosing, EntryKind.AGITATION), names, "level"),
        vomited=_told(_newest(log, dosing, EntryKind.VOMITING), names, ""),
        ticks=ticks_of(dosing),
        escort=escort_of(dosing),
        integration_at=integration.starts_at if integration else None,
        numbers=own_numbers(dosing.clinic_id),
        times=numbers.times,
    )


def own_numbers(clinic_id: int) -> Numbers:
    values = values_of([*(name_of(name) for name in NUMBERS), WINDOW], clinic_id)
    return Numbers(**{name: values[name_of(name)] for name in NUMBERS}, integration_hours=values[WINDOW])


def may_nurse(clinic_id: int) -> bool:
    return value_of("nurse_may_discharge", clinic_id) is True


def ticks_of(dosing: DosingSession) -> dict[str, Tick]:
    """The newest tick of each item."""
    rows = DischargeTick.objects.filter(dosing=dosing).select_related("ticked_by").order_by("item", "-id")
    return {
        row.item: Tick(row.met, row.ticked_at, row.data, row.words, row.ticked_by.name) for row in rows.distinct("item")
    }


def escort_of(dosing: DosingSession) -> Escort | None:
    """Who was named in the check before the dose: the newest answer."""
    rows = CheckAnswer.objects.filter(dosing=dosing, code=Check.ESCORT).order_by("-id")
    data: dict[str, Any] = rows.values_list("data", flat=True).first() or {}
    if not data.get("name"):
        return None
    return Escort(*(str(data.get(name) or "") for name in ("name", "phone", "second_name", "second_phone")))


def _names(rows: list[Any]) -> dict[int, str]:
    found = User.objects.filter(pk__in={row.entered_by_id for row in rows})
    return {person.pk: person.name for person in found}


def _reading(row: VitalSigns, names: dict[int, str]) -> Reading:
    measured = ("systolic", "diastolic", "heart_rate", "spo2", "moaas", "distress", "on_oxygen")
    values = {name: getattr(row, name) for name in measured}
    return Reading(at=row.happened_at, by=names.get(row.entered_by_id, ""), **values)


def _is_in_caution(row: VitalSigns) -> bool:
    """Whether a blood pressure lies in the caution band of the screening rules (screening-rules 25)."""
    return (row.systolic or 0) >= SCREENING.bp_caution_systolic or (
        row.diastolic or 0
    ) >= SCREENING.bp_caution_diastolic


def _newest(log: Log, dosing: DosingSession, kind: str) -> Entry | None:
    rows = [row for row in log.of_kind(kind) if dosing.t0 is not None and row.happened_at >= dosing.t0]
    return rows[-1] if rows else None


def _told(row: Entry | None, names: dict[int, str], key: str) -> Told | None:
    if row is None:
        return None
    value = row.data.get(key) if key else None
    return Told(row.happened_at, value, row.data.get("distress"), names.get(row.entered_by_id, ""))


def given_mg(dosing: DosingSession) -> Decimal:
    """What the log says was given, in mg."""
    return sum((dose.mg for dose in Log.of(dosing).doses), Decimal(0))


def scores(dosing: DosingSession) -> list[Entry]:
    """The newest PADSS and Aldrete of a session, as they stand in its log."""
    rows = [row for row in Log.of(dosing).of_kind(EntryKind.NOTE) if row.code in rules.SCORES]
    return list({row.code: row for row in rows}.values())


def end_of(dosing: DosingSession) -> Discharge | None:
    return Discharge.objects.filter(dosing=dosing).select_related("signed_by").first()


# What is signed


def as_it_stood(found: Readiness, facts: Facts) -> dict[str, Any]:
    """Every item with its state, value, time and person, and what was ticked: kept with the signature."""
    return {
        str(one.item): {
            "state": one.state,
            "fact": one.fact,
            "at": one.at.isoformat() if one.at else "",
            "by": one.by,
            "data": dict(facts.ticks[one.item].data) if one.item in facts.ticks else {},
        }
        for one in found.items
    }


def digest(row: Discharge) -> str:
    """SHA-256 of what was signed (SEC-40)."""
    names = ("ref", "way", "left_at", "escort_name", "escort_phone", "where_to", "words", "readiness", "signed_at")
    content = {name: getattr(row, name) for name in names} | {"by": row.signed_name, "role": row.signed_role}
    text = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_whole(row: Discharge) -> bool:
    return row.sha256 == digest(row)
