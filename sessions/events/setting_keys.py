"""What a clinic sets for adverse events."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare

TOPIC = "adverse-events"

declare(
    Key(
        "event_sign_hours",
        TOPIC,
        "A serious event is signed within",
        Kind.INTEGER,
        24,
        unit="hours",
        lowest=1,
        highest=72,
        source="PD, protocol 5",
        clinical=True,
    ),
    Key(
        "medwatch_days",
        TOPIC,
        "A MedWatch report is considered within",
        Kind.INTEGER,
        7,
        unit="days",
        lowest=1,
        highest=15,
        source="PD, dosing-reference 4 (S54)",
        clinical=True,
    ),
)
