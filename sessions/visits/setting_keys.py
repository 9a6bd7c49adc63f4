"""What a clinic sets for its visits."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare
from sessions.visits.rules import LONGEST, SHORTEST
from sessions.visits.terms import VisitKind

TOPIC = "visits"
MINUTES = {  # how long a visit is booked for: protocol 6
    VisitKind.PREPARATION: (60, "PD; protocol 6: 50 to 90 minutes (S21, S22)"),
    VisitKind.DOSING: (180, "protocol 6: about 3 h (S1, S19, S22)"),
    VisitKind.INTEGRATION: (60, "PD; protocol 6"),
    VisitKind.CONSULT: (45, "PD"),
}

declare(
    *(
        Key(
            f"visit_minutes_{kind}",
            TOPIC,
            f"{kind.label} visit takes",
            Kind.INTEGER,
            minutes,
            unit="minutes",
            source=source,
            lowest=SHORTEST,
            highest=LONGEST,
        )
        for kind, (minutes, source) in MINUTES.items()
    ),
    Key(
        "days_of_cover",
        TOPIC,
        "Whoever was booked on a visit stays on the care team after it for",
        Kind.INTEGER,
        7,
        unit="days",
        source="PD; notes are due within 48 h (protocol 6)",
        lowest=2,
        highest=30,
    ),
)
