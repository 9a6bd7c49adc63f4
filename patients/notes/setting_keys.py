"""What a clinic sets for its notes."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare

declare(
    Key(
        "note_sign_hours",
        "notes",
        "A note is signed within",
        Kind.INTEGER,
        48,
        unit="hours",
        lowest=1,
        highest=168,
        source="PD, protocol 6",
    ),
)
