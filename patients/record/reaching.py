"""How a patient wants to be reached, in the words a message needs. Nothing clinical (SEC-30)."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.outbox import rules
from kap_clinic.outbox.terms import Channel
from patients.record.models import Patient
from patients.record.terms import MessageWish

CHANNELS = {MessageWish.EMAIL: Channel.EMAIL, MessageWish.SMS: Channel.SMS}
SETTINGS = ("message_name", "message_phone", "quiet_from", "quiet_until", "message_late_hours")


@dataclass(frozen=True)
class Reach:
    """Channel and address a patient wants messages at, what each of them begins with, and the quiet hours."""

    channel: Channel
    to: str
    zone: str
    facts: dict[str, Any]
    quiet_from: time
    quiet_until: time
    late_hours: int

    def allowed(self, at: datetime, *, earlier: bool = False) -> datetime:
        """The moment, or the nearest outside quiet hours in the patient's zone (REL-09)."""
        return rules.in_hours(at, self.zone, quiet_from=self.quiet_from, quiet_until=self.quiet_until, earlier=earlier)


def reach(patient: Patient) -> Reach | None:
    """None: the patient wants no messages, was not asked yet, or wants to be called."""
    wish = MessageWish(patient.message_wish)
    if wish not in CHANNELS:
        return None
    channel = CHANNELS[wish]
    held = values_of(SETTINGS, patient.clinic_id)
    return Reach(
        channel=channel,
        to=patient.email if channel == Channel.EMAIL else patient.phone,
        zone=patient.zone,
        facts={
            "first_name": patient.preferred_name or patient.given_name,
            "clinic": held["message_name"] or patient.clinic.name,
            "phone": held["message_phone"],
        },
        quiet_from=time(held["quiet_from"] % 24),
        quiet_until=time(held["quiet_until"]),
        late_hours=held["message_late_hours"],
    )


def in_words(at: datetime, zone: str) -> dict[str, str]:
    """Day and time as the patient reads them, in their zone."""
    local = at.astimezone(ZoneInfo(zone))
    return {"day": f"{local:%A}, {local.day} {local:%B}", "time": f"{local:%H:%M} ({local:%Z})"}
