"""What a clinic sets for its messages."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare

TOPIC = "messages"

declare(
    Key(
        "message_name",
        TOPIC,
        "The clinic's name in messages",
        Kind.TEXT,
        "",
        help="A neutral one where the clinic's own name says what it does. Empty: the clinic's own name.",
    ),
    Key("message_phone", TOPIC, "Phone number in messages", Kind.TEXT, "", help="For who cannot come"),
    Key("quiet_from", TOPIC, "No messages from", Kind.INTEGER, 20, unit="o'clock", lowest=12, highest=24, source="PD"),
    Key("quiet_until", TOPIC, "until", Kind.INTEGER, 8, unit="o'clock", lowest=0, highest=12, source="PD"),
    Key(
        "message_late_hours",
        TOPIC,
        "A reminder later than this is not sent any more",
        Kind.INTEGER,
        2,
        unit="hours",
        lowest=1,
        highest=24,
        source="PD",
    ),
)
