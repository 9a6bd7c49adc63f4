"""What a clinic sets of the gate. Sources stand beside each number in rules/facts.py."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare
from sessions.gate.rules.facts import PREFIX, Numbers

TOPIC = "gate"
DEFAULT = Numbers()


def _whole(name: str, label: str, unit: str, lowest: int, highest: int, source: str) -> Key:
    default = getattr(DEFAULT, name)
    return Key(
        PREFIX + name,
        TOPIC,
        label,
        Kind.INTEGER,
        default,
        unit=unit,
        lowest=lowest,
        highest=highest,
        source=source,
        clinical=True,
    )


def _switch(name: str, label: str, help: str) -> Key:
    default = getattr(DEFAULT, name)
    return Key(PREFIX + name, TOPIC, label, Kind.YES_NO, default, help=help, source="protocol 4", clinical=True)


declare(
    _whole("fresh_minutes", "What is asked on the day holds for", "minutes", 15, 60, "PD, protocol 4"),
    _whole("baseline_minutes", "A baseline holds for", "minutes", 5, 15, "dosing-reference 2"),
    _whole("rest_minutes", "Rest before a baseline", "minutes", 5, 30, "dosing-reference 2"),
    _whole("series_days", "Full screening again within a series after", "days", 30, 90, "PD, protocol 4"),
    _whole("preparation_hours", "First preparation before the first dose, at least", "hours", 24, 336, "S46"),
    _whole("preparation_days", "First preparation before the first dose, at most", "days", 14, 90, "S46"),
    _whole("preparations_trauma", "Preparations for first-timers with trauma", "sessions", 1, 3, "PD, protocol 2"),
    _whole("contact_days", "Ask again after so long without a visit", "days", 7, 30, "protocol 5"),
    _whole("scale_days", "A PHQ-9 counts as fresh for", "days", 1, 14, "instruments.md 3"),
    _whole("solids_injected", "No solid food before IV and IM", "hours", 6, 12, "S22"),
    _whole("liquids_injected", "No clear liquids before IV and IM", "hours", 2, 12, "S22"),
    _whole("solids_swallowed", "No solid food before lozenge and nasal", "hours", 2, 12, "S22, S19"),
    _whole("food_esk", "No food before Spravato", "hours", 2, 12, "S3"),
    _whole("liquids_esk_minutes", "No liquids before Spravato", "minutes", 30, 240, "S3"),
    _whole("nasal_hours", "No nose spray before nasal routes", "hours", 1, 12, "S3"),
    _whole("liver_days", "Liver tests hold for", "days", 30, 92, "PD, dosing-reference 8"),
    _whole("liver_doses", "Liver tests hold for", "doses", 1, 10, "PD, dosing-reference 8"),
    _switch("remote", "Lozenges are taken at home on video", "Off until the product records what that needs"),
    Key(
        f"{PREFIX}telehealth_until",
        TOPIC,
        "Remote prescribing without a visit in person is allowed until",
        Kind.TEXT,
        DEFAULT.telehealth_until,
        help="A date like 2026-12-31",
        source="S49",
        clinical=True,
    ),
)
