"""Giving a dose: prepared by one, looked at by another, given when the gate is open at that very moment."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import live
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.actions import record
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, State
from patients.record.models import Weight
from sessions.dosing.actions.common import gate_reasons, locked, move, refuse, written_before
from sessions.dosing.actions.log import reasons_against_writing, write_line
from sessions.dosing.models import Dose, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import SYSTEM
from sessions.dosing.rules.doses import (
    CHECKED,
    Before,
    Given,
    Now,
    reasons_against_booster,
    reasons_against_first,
    reasons_against_giver,
    reasons_against_looker,
)
from sessions.dosing.rules.entries import Line
from sessions.dosing.rules.limits import EXPECTED, worst
from sessions.dosing.selectors.facts import (
    JUDGED,
    Log,
    has_said_stop,
    missing_of,
    newest_weight,
    numbers_of,
    order_facts,
    order_in_force,
    signs_of,
)
from sessions.dosing.terms import DoseKind, DosingState, EntryKind, Event
from sessions.orders.models import DoseOrder

PREPARED, WITNESSED = "prepared", "witnessed"
PREPARED_FOR = timedelta(minutes=15)  # then it is looked at anew, PD


@transaction.atomic
def prepare_dose(*, dosing: DosingSession, data: Mapping[str, Any], by: User, role: str) -> Entry:
    """What is about to be given, written down for a second person to look at. Nothing is given by it.

    `data`: mg (text of a Decimal), site, lot, pharmacy, strength, checked (keys of CHECKED).
    """
    now = timezone.now()
    dosing = locked(dosing)
    refuse([*_against_preparing(dosing, data), *reasons_against_writing(dosing, now, now, None, "")])
    return write_line(dosing, Line(EntryKind.DOSE_CHECK, PREPARED, dict(data)), now, by, role)


def _against_preparing(dosing: DosingSession, data: Mapping[str, Any]) -> list[str]:
    if dosing.state not in {DosingState.READY, DosingState.MONITORING}:
        return ["A dose is prepared once the gate is ready."]
    missing = [words for code, words in CHECKED.items() if code not in data.get("checked", ())]
    return [f"Check first: {', '.join(missing)}."] if missing else []


@transaction.atomic
def witness_dose(*, dosing: DosingSession, prepared: Entry, by: User, role: str) -> Entry:
    """A second person, on their own sign-in, has looked at what was prepared."""
    now = timezone.now()
    dosing = locked(dosing)
    if by.pk == prepared.entered_by_id:
        refuse(["Somebody else witnesses a dose, not the one who gives it."])
    if prepared != newest_prepared(dosing, now):
        refuse(["What was prepared has changed. Look at the newer one."])
    if known := dosing.entrys.filter(kind=EntryKind.DOSE_CHECK, code=WITNESSED, data__of=str(prepared.ref)).first():
        return known
    return write_line(dosing, Line(EntryKind.DOSE_CHECK, WITNESSED, {"of": str(prepared.ref)}), now, by, role)


def newest_prepared(dosing: DosingSession, now: datetime) -> Entry | None:
    """What waits to be given: prepared in the last quarter of an hour, and no dose since."""
    rows = dosing.entrys.filter(kind=EntryKind.DOSE_CHECK, code=PREPARED, entered_at__gt=now - PREPARED_FOR)
    prepared = rows.select_related("entered_by").order_by("-id").first()
    if prepared is None or dosing.doses.filter(entered_at__gte=prepared.entered_at).exists():
        return None
    return prepared


def witness_of(prepared: Entry) -> Entry | None:
    """Who looked at it, if anybody has."""
    rows = Entry.objects.filter(dosing_id=prepared.dosing_id, kind=EntryKind.DOSE_CHECK, code=WITNESSED)
    return rows.filter(data__of=str(prepared.ref)).select_related("entered_by").first()


@transaction.atomic
def give_dose(
    *,
    dosing: DosingSession,
    mg: Decimal,
    given_at: datetime,
    by: User,
    role: str,
    witness: User | None = None,
    second_look_at: datetime | None = None,
    client_ref: UUID | None = None,
    device_at: datetime | None = None,
    site: str = "",
    lot: str = "",
    pharmacy: str = "",
    strength: str = "",
    set_back_why: str = "",
    says_yes: bool = False,
    kind: DoseKind | None = None,
) -> Dose:
    """Give the first dose or a booster, or raise NotReady with every reason to wait; a refusal writes nothing.

    mg with two decimals. t0, number, monitoring and both moves are one transaction; sent twice it is one dose.
    `kind`: what the giver saw it would be; where another dose came first it is refused.
    """
    now = timezone.now()
    dosing = locked(dosing, whole=True)
    content = {"dosing_id": dosing.pk, "mg": mg, "happened_at": given_at, "lot": lot.strip(), "site": site.strip()}
    if known := written_before(Dose, client_ref, dosing.clinic_id, content):
        return known
    given = Given(mg, given_at, site, lot, pharmacy, strength, says_yes, set_back_why=set_back_why)
    order, weight = order_in_force(dosing.course_id), newest_weight(dosing.patient_id)
    is_first = dosing.state != DosingState.MONITORING
    if kind == DoseKind.FIRST and dosing.t0 is not None:
        refuse(["A dose was given already. Look at the log."])
    reasons = _against_first(dosing, given, order, now) if is_first else _against_booster(dosing, given, order, now)
    refuse(
        [
            *reasons,
            *_against_order(dosing, order, now),
            *([] if weight else ["No weight is on file."]),
            *reasons_against_giver(role),
            *_against_looker(dosing, by, mg, witness, second_look_at, now),
        ]
    )
    assert order is not None  # refused above
    assert weight is not None
    dose = _dose(dosing, given, order, weight, is_first, by=by, role=role, witness=witness, looked=second_look_at)
    dose.client_ref, dose.device_at = client_ref or uuid7(), device_at
    dose.save()
    record(Event.DOSE_GIVEN, by=by, on=dose, role=role, mg=str(mg), route=dose.route, kind=dose.kind, says_yes=says_yes)
    if is_first:
        _set_t0(dosing, dose, order, by=by, role=role)
    return dose


def _dose(
    dosing: DosingSession,
    given: Given,
    order: DoseOrder,
    weight: Weight,
    is_first: bool,
    *,
    by: User,
    role: str,
    witness: User | None,
    looked: datetime | None,
) -> Dose:
    return Dose(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        order=order,
        kind=DoseKind.FIRST if is_first else DoseKind.BOOSTER,
        route=order.route,
        mg=given.mg,
        weight_kg=weight.kg,
        happened_at=given.at,
        site=given.site.strip(),
        lot=given.lot.strip(),
        pharmacy=given.pharmacy.strip(),
        strength=given.strength.strip(),
        set_back_why=given.set_back_why.strip(),
        entered_by=by,
        role=role,
        witnessed_by=witness,
        second_look_at=None if witness else looked,
    )


def _set_t0(dosing: DosingSession, dose: Dose, order: DoseOrder, *, by: User, role: str) -> None:
    """t0 is when the first dose was given; from here the schedule follows, and monitoring begins."""
    before = DosingSession.objects.filter(course_id=dosing.course_id, number__isnull=False).count()
    evidence = {"dose_recorded": True, "says_yes": True, "mg": dose.mg, "weight_kg": dose.weight_kg}
    move(
        dosing,
        DosingState.DOSED,
        by=by,
        role=role,
        evidence=evidence,
        t0=dose.happened_at,
        number=before + 1,
        order=order,
    )
    move(dosing, DosingState.MONITORING, by=None, role=SYSTEM, evidence={"t0": dose.happened_at.isoformat()})


def _against_first(dosing: DosingSession, given: Given, order: DoseOrder | None, now: datetime) -> list[str]:
    if dosing.state != DosingState.READY:
        return ["A dose is given once a prescriber has signed that the gate is ready."]
    reasons = reasons_against_first(given, order_facts(order), ready_at=dosing.ready_at, now=now)
    return [*reasons, *gate_reasons(dosing, now)]


def _against_booster(dosing: DosingSession, given: Given, order: DoseOrder | None, now: datetime) -> list[str]:
    log = Log.of(dosing)
    before = Before(tuple(log.dose_times))
    limits = numbers_of(dosing.clinic_id).limits
    return reasons_against_booster(
        given, order_facts(order), before=before, patient=patient_now(log, now), now=now, limits=limits
    )


def patient_now(log: Log, now: datetime) -> Now:
    """How the patient is before a booster, from the log as it stands."""
    numbers = numbers_of(log.dosing.clinic_id)
    since = now - timedelta(minutes=numbers.limits.booster_clear_minutes)
    whole = [row for row in log.after_dose if not missing_of(row, remote=log.dosing.remote)]
    judged: list[VitalSigns | Entry] = [*log.after_dose, *log.of_kind(*JUDGED)]
    signs = [sign for row in judged if row.happened_at >= since for sign in signs_of(row, log, numbers)]
    consent = Consent.objects.filter(patient_id=log.dosing.patient_id, kind=ConsentKind.TREATMENT).order_by("-id")
    return Now(
        read_at=whole[-1].happened_at if whole else None,
        moaas=whole[-1].moaas if whole else None,
        gravest=worst(signs) if signs else EXPECTED,
        open_alerts=tuple(log.dosing.alerts.filter(closed_at=None).values_list("words", flat=True)),
        said_stop=has_said_stop(log),
        stopped=log.dosing.state == DosingState.STOPPED_EARLY,
        consent_taken_back=consent.values_list("state", flat=True).first() == State.REVOKED,
    )


def _against_order(dosing: DosingSession, order: DoseOrder | None, now: datetime) -> list[str]:
    """Whether the order in force covers today and this session."""
    if order is None:
        return []
    today = now.astimezone(ZoneInfo(dosing.clinic.zone)).date()
    found = []
    if not order.valid_from <= today <= order.valid_until:
        found.append(f"The order holds from {order.valid_from:%-d %b} to {order.valid_until:%-d %b %Y}.")
    used = order.dosing_sessions.filter(t0__isnull=False).exclude(pk=dosing.pk).count()
    if used >= order.doses:
        found.append(f"The order is used up: {used} of {order.doses} sessions.")
    return found


def _against_looker(
    dosing: DosingSession, by: User, mg: Decimal, witness: User | None, looked_at: datetime | None, now: datetime
) -> list[str]:
    prepared = newest_prepared(dosing, now)
    if witness is None and looked_at is not None and (prepared is None or prepared.entered_by_id != by.pk):
        return ["Prepare the dose first, wait a minute, then look again."]
    if witness is None and looked_at is not None and prepared is not None and _prepared_mg(prepared) != mg:
        return ["This is another amount than was prepared. Prepare it, wait a minute, then look again."]
    member = live(witness, chosen=dosing.clinic_id) if witness else None
    allowed = member is not None and member.clinic_id == dosing.clinic_id
    return reasons_against_looker(
        giver=by.pk,
        witness=witness.pk if witness else None,
        may_witness=allowed and may(member, Permission.DOSE_WITNESS, dosing),
        looked_at=looked_at,
        prepared_at=prepared.entered_at if prepared else None,
        now=now,
    )


def _prepared_mg(prepared: Entry) -> Decimal | None:
    try:
        return Decimal(str(prepared.data.get("mg")))
    except InvalidOperation:
        return None


@transaction.atomic
def correct_dose(*, dose: Dose, why: str, by: User, role: str, **changes: Any) -> Dose:
    """What was written of a dose was wrong: mg, site, lot, pharmacy, strength. t0 and the older row stay."""
    now = timezone.now()
    assert dose.dosing is not None
    dosing = locked(dose.dosing)
    refuse(reasons_against_writing(dosing, dose.happened_at, now, dose, why))
    unknown = set(changes) - {"mg", "site", "lot", "pharmacy", "strength"}
    assert not unknown, f"Not corrected here: {unknown}"
    kept = {
        field.attname: getattr(dose, field.attname)
        for field in Dose._meta.concrete_fields
        if field.name not in {"id", "ref", "entered_at", "client_ref", "entered_by", "role", "corrects", "struck_why"}
    }
    made = Dose.objects.create(
        **{**kept, **changes}, corrects=dose, struck_why=why.strip()[:200], entered_by=by, role=role
    )
    record(Event.DOSE_CORRECTED, by=by, on=made, role=role, reason=why)
    return made
