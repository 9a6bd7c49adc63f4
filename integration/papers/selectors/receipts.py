"""What a receipt is made from: visits that took place, and what the clinic charges for them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from integration.papers import setting_keys
from integration.papers.models import Receipt
from integration.papers.rules import SERVICES, Line, Price, service_of
from kap_clinic.accounts.clinic_settings.selectors import values_of
from patients.record.days import day_in
from patients.record.models import Patient
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, VisitState

MOST = 500  # visits of one receipt


def took_place(patient: Patient, from_on: date, until_on: date, zone: str) -> list[tuple[date, str]]:
    """Each visit that took place, as (day, service); not a dosing visit without a dose: a gate costs nothing (PD)."""
    rows = Appointment.objects.filter(patient=patient, state=VisitState.COMPLETED).select_related("dosing__order")
    found = []
    for row in rows.order_by("starts_at")[:MOST]:
        on = day_in(row.starts_at, zone)
        if from_on <= on <= until_on and (service := _service(row)):
            found.append((on, service))
    return found


def _service(row: Appointment) -> str:
    if row.kind != VisitKind.DOSING:
        return service_of(row.kind)
    dosing = getattr(row, "dosing", None)
    if dosing is None or dosing.t0 is None or dosing.order is None:
        return ""
    return service_of(row.kind, dosing.order.route)


def prices(clinic_id: int) -> dict[str, Price]:
    """What the clinic has set, by service."""
    names = [name for one in SERVICES for name in (setting_keys.code_key(one), setting_keys.amount_key(one))]
    held = values_of(names, clinic_id)
    return {one: Price(held[setting_keys.code_key(one)], held[setting_keys.amount_key(one)]) for one in SERVICES}


def missing_in_words(services: Iterable[str]) -> list[str]:
    """The settings a receipt waits for."""
    return [f"{setting_keys.label(one)}, amount" for one in services]


def lines_of(row: Receipt) -> list[Line]:
    """The lines of a receipt as they were written down."""
    held = [(date.fromisoformat(one["on"]), one["service"], one["code"], one["amount"]) for one in row.lines]
    return [Line(on, service, code, _amount(amount)) for on, service, code, amount in held]


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if text else None
