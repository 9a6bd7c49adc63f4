"""What a clinic sets for leaving. Defaults stand in the rules, with their sources."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare
from sessions.discharge.rules import DEFAULTS

TOPIC = "discharge"
SOURCE = "PD, dosing-reference 5"
# name of the rule's number: what it is, unit, lowest, highest
NUMBERS: dict[str, tuple[str, str, int, int]] = {
    "systolic_below": ("Systolic is below", "mmHg", 120, 160),
    "diastolic_below": ("Diastolic is below", "mmHg", 80, 100),
    "pulse_low": ("Pulse is at least", "a minute", 40, 60),
    "pulse_high": ("Pulse is at most", "a minute", 90, 120),
    "spo2_low": ("SpO₂ on room air is at least", "%", 92, 98),
    "apart_minutes": ("Two readings are this far apart", "minutes", 10, 30),
    "no_vomiting_minutes": ("No vomiting for", "minutes", 30, 120),
    "reading_minutes": ("The newest reading is at most this old", "minutes", 15, 60),
    "tick_minutes": ("What was asked or looked at counts for", "minutes", 15, 120),
    "examined_after_hours": ("A prescriber examines in person after", "hours", 3, 6),
}


def name_of(number: str) -> str:
    return f"discharge_{number}"


declare(
    Key(
        "nurse_may_discharge",
        TOPIC,
        "Nurses may sign that a patient is fit to leave",
        Kind.YES_NO,
        False,
        source="PD, protocol 1",
        clinical=True,
    ),
    *[
        Key(
            name_of(number),
            TOPIC,
            label,
            Kind.INTEGER,
            getattr(DEFAULTS, number),
            unit=unit,
            lowest=lowest,
            highest=highest,
            source=SOURCE,
            clinical=True,
        )
        for number, (label, unit, lowest, highest) in NUMBERS.items()
    ],
)
