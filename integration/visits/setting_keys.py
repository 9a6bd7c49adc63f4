"""What a clinic sets about integration visits and the call after a dose."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare

TOPIC = "integration"
THEMES = [
    "Grief and loss",
    "Connection",
    "Self-compassion",
    "Fear",
    "Trust",
    "Letting go",
    "Family",
    "Childhood",
    "Forgiveness",
    "Anger",
    "Love",
    "The body",
    "Meaning",
    "Nature",
    "Boundaries",
]

declare(
    Key(
        "integration_from_hours",
        TOPIC,
        "Integration is due from, after a dose",
        Kind.INTEGER,
        24,
        unit="hours",
        source="protocol 6; S21 (24 h), S22 (1-3 days)",
        lowest=0,
        highest=168,
    ),
    Key(
        "integration_until_hours",
        TOPIC,
        "Integration is overdue after",
        Kind.INTEGER,
        72,
        unit="hours",
        source="protocol 6; S21 (24 h), S22 (1-3 days)",
        lowest=12,
        highest=336,
    ),
    Key(
        "next_day_call_hours",
        TOPIC,
        "The call after a dose is made within",
        Kind.INTEGER,
        24,
        unit="hours",
        source="PD; protocol 6",
        lowest=6,
        highest=96,
    ),
    Key("integration_themes", TOPIC, "Themes to choose from", Kind.LINES, THEMES, help="One a line; others are typed"),
)
