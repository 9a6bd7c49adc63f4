"""What a clinic sets about going on or stopping."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare

TOPIC = "integration"
PROTOCOL = "PD; protocol 6"
SCALES = {"phq-9": "PHQ-9", "gad-7": "GAD-7", "pcl-5": "PCL-5"}

declare(
    Key(
        "main_scale",
        TOPIC,
        "Main scale of a course",
        Kind.CHOICE,
        "phq-9",
        choices=SCALES,
        source="PD; instruments.md 1: the outcome measure of most services",
        clinical=True,
    ),
    Key(
        "review_due_after",
        TOPIC,
        "Continue-or-stop review is due after dose",
        Kind.INTEGER,
        3,
        source=PROTOCOL,
        clinical=True,
        lowest=1,
        highest=8,
    ),
    Key(
        "review_late_after",
        TOPIC,
        "The review is late after dose",
        Kind.INTEGER,
        4,
        source=PROTOCOL,
        clinical=True,
        lowest=1,
        highest=9,
    ),
    Key(
        "responder_percent",
        TOPIC,
        "A responder is better by at least",
        Kind.INTEGER,
        50,
        unit="%",
        source="PD; protocol 7",
        clinical=True,
        lowest=30,
        highest=80,
    ),
    Key(
        "partial_percent",
        TOPIC,
        "A partial response is at least",
        Kind.INTEGER,
        25,
        unit="%",
        source="PD; protocol 7",
        clinical=True,
        lowest=10,
        highest=50,
    ),
)
