"""A patient on the way out, for tests: everything is well through the real actions, so that a test breaks one thing."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.models import User
from sessions.discharge import actions, rules
from sessions.discharge.terms import DischargeItem
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.gate.models import CheckAnswer
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from tests.sessions import days

NAMED = {"name": "Jo Bell", "phone": "+12125550101", "adult": "yes", "how": "in_person"}
KAP_DR = {f"kapdr.{line}": 0 for line in range(1, 6)}
CHECKS = (5, 15, 30, 45, 60, 90, 120, 150)
TICKS = [item for item in DischargeItem if item not in rules.MEASURED]


def follow_up(dosing: DosingSession, *, by: User, hours: int = 48) -> Appointment:
    """The integration visit after a dose."""
    starts = timezone.now() + timedelta(hours=hours)
    return Appointment.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        course=dosing.course,
        kind=VisitKind.INTEGRATION,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=50),
        zone="America/New_York",
        wall_start="2026-03-04T09:00",
        wall_end="2026-03-04T09:50",
        modality="video",
        follows=dosing.appointment,
        booked_by=by,
    )


def name_escort(dosing: DosingSession, *, by: User) -> None:
    CheckAnswer.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        code="escort",
        data=NAMED,
        answered_by=by,
        role="therapist",
    )


def almost_home(clock: Any, patient: Any, *, therapist: User, prescriber: User, nurse: User) -> DosingSession:
    """150 minutes after a dose: every check made, KAP-DR and agitation rated, discharge check begun. Nothing ticked."""
    dosing = days.dosed(patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
    name_escort(dosing, by=therapist)
    follow_up(dosing, by=therapist)
    passed = 0
    for minute in CHECKS:
        clock.shift(timedelta(minutes=minute - passed))
        passed = minute
        days.vitals(dosing, by=nurse)
        if minute == 60:
            dose_day.to_recovery(dosing=dosing, by=therapist, role="therapist")
    days.entry(dosing, "kap_dr", by=nurse, data={"answers": KAP_DR})
    days.entry(dosing, "agitation", by=nurse, data={"level": 0})
    dose_day.to_discharge_check(dosing=dosing, by=nurse, role="nurse")
    return DosingSession.objects.select_related("patient").get(pk=dosing.pk)


def tick(dosing: DosingSession, item: str, *, by: User, witness: User | None = None, **changes: Any) -> Any:
    data = dict.fromkeys(rules.ASKED.get(item, {}), True)  # type: ignore[call-overload]
    if item == DischargeItem.ESCORT:
        data |= {"name": NAMED["name"], "phone": NAMED["phone"]}
    elif item == DischargeItem.SAFE:
        data |= {"asked_with": "asq"}
    elif item == DischargeItem.DRUG_COUNTED:
        data |= {"drawn_mg": "100", "wasted_mg": "40", "left_mg": "0"}
    said = {"met": True, "data": data} | changes
    return actions.tick(dosing=dosing, item=item, by=by, role="nurse", witness=witness, **said)


def tick_all(dosing: DosingSession, *, by: User, witness: User, but: str = "") -> None:
    for item in TICKS:
        if item != but:
            tick(dosing, item, by=by, witness=witness if item == DischargeItem.DRUG_COUNTED else None)
