"""What a clinic sets for the dose day: limits, times, buttons. Defaults stand in the rules, with their sources."""

from kap_clinic.accounts.setting_keys import Key, Kind, declare
from sessions.dosing.rules import entries, limits, monitoring

LIMITS, MONITORING, TILES = "dosing-limits", "monitoring", "live-sheet"
SOURCE = "PD, dosing-reference 3.2"
S3, S57 = "S3, dosing-reference 3.2", "S57, dosing-reference 3.2"

# name of the rule's number: what it is, unit, lowest, highest, source
NUMBERS: dict[str, tuple[str, str, int, int, str]] = {
    "systolic_amber": ("Systolic is amber from", "mmHg", 140, 180, SOURCE),
    "diastolic_amber": ("Diastolic is amber from", "mmHg", 90, 110, SOURCE),
    "systolic_rise": ("Systolic is amber from a rise over baseline of", "mmHg", 20, 60, S3),
    "diastolic_rise": ("Diastolic is amber from a rise over baseline of", "mmHg", 10, 40, S3),
    "systolic_red": ("Systolic is red, on two readings, from", "mmHg", 150, 190, S57),
    "diastolic_red": ("Diastolic is red, on two readings, from", "mmHg", 95, 115, S57),
    "systolic_emergency": ("Systolic is an emergency from", "mmHg", 180, 220, S57),
    "diastolic_emergency": ("Diastolic is an emergency from", "mmHg", 110, 130, S57),
    "repeat_minutes": ("Two readings are this far apart", "minutes", 1, 10, S57),
    "systolic_low_amber": ("Systolic is amber down from", "mmHg", 85, 110, SOURCE),
    "systolic_low_red": ("Systolic is red down from", "mmHg", 75, 100, SOURCE),
    "systolic_low_emergency": ("Systolic is an emergency down from", "mmHg", 60, 90, SOURCE),
    "pulse_amber": ("Pulse is amber from", "a minute", 100, 130, SOURCE),
    "pulse_red": ("Pulse is red from", "a minute", 110, 150, SOURCE),
    "pulse_low_amber": ("Pulse is amber down from", "a minute", 40, 60, SOURCE),
    "pulse_low_red": ("Pulse is red down from", "a minute", 30, 50, SOURCE),
    "spo2_amber": ("SpO₂ is amber down from", "%", 92, 96, SOURCE),
    "spo2_red": ("SpO₂ is red down from", "%", 90, 94, SOURCE),
    "spo2_emergency": ("SpO₂ with oxygen is an emergency down from", "%", 88, 92, SOURCE),
    "breaths_amber": ("Breaths are amber from", "a minute", 20, 30, SOURCE),
    "breaths_red": ("Breaths are red from", "a minute", 25, 40, SOURCE),
    "breaths_low_amber": ("Breaths are amber down from", "a minute", 8, 12, SOURCE),
    "breaths_low_red": ("Breaths are red down from", "a minute", 6, 10, SOURCE),
    "kap_dr_total": ("The KAP-DR is red while still above", "points", 2, 16, SOURCE),
    "kap_dr_minutes": ("and that long after the dose", "minutes", 60, 240, SOURCE),
    "booster_clear_minutes": ("A booster needs no amber sign for", "minutes", 15, 60, "PD, dosing-reference 1.1"),
    "amber_minutes": ("Amber is acknowledged within", "minutes", 1, 10, "PD, protocol 6"),
    "red_minutes": ("Red is acknowledged within", "minutes", 1, 5, "PD, protocol 6"),
}
TIMES: dict[str, tuple[str, str, int, int, str]] = {
    "on_time": ("A check is on time within", "minutes", 1, 10, "PD, dosing-reference 2"),
    "alert_prescriber": ("The prescriber is told of a check so late", "minutes", 5, 20, "PD, dosing-reference 2"),
    "baseline_before": ("Baseline is at most this old at the dose", "minutes", 5, 30, "PD, dosing-reference 2"),
    "entered_late": ("An entry is late when written so long after", "minutes", 5, 30, "PD"),
    "leave_after_dose": ("Nobody leaves before, after the dose,", "minutes", 120, 360, "S3, S9"),
    "leave_after_infusion": ("nor before, after an infusion,", "minutes", 60, 240, "PD, dosing-reference 2"),
    "leave_after_booster": ("nor before, after a booster,", "minutes", 90, 240, "PD, dosing-reference 2"),
    "leave_after_booster_im": ("nor before, after a booster into a muscle,", "minutes", 90, 240, "PD"),
    "kap_dr_first": ("The first KAP-DR is due after", "minutes", 20, 60, "instruments 3"),
    "kap_dr_every": ("then every", "minutes", 15, 60, "instruments 3"),
}


def name_of(number: str) -> str:
    return f"dosing_{number}"


def _keys(topic: str, numbers: dict[str, tuple[str, str, int, int, str]], defaults: object) -> list[Key]:
    return [
        Key(
            name_of(number),
            topic,
            label,
            Kind.INTEGER,
            getattr(defaults, number),
            unit=unit,
            lowest=lowest,
            highest=highest,
            source=source,
            clinical=True,
        )
        for number, (label, unit, lowest, highest, source) in numbers.items()
    ]


declare(
    *_keys(LIMITS, NUMBERS, limits.DEFAULTS),
    *_keys(MONITORING, TIMES, monitoring.DEFAULTS),
    Key(
        "tiles_seen",
        TILES,
        "What I see",
        Kind.LINES,
        [tile.name for tile in entries.SEEN],
        help="Up to 8 buttons of the live sheet, one on each line, in this order",
    ),
    Key(
        "tiles_did",
        TILES,
        "What we did",
        Kind.LINES,
        [tile.name for tile in entries.DID],
        help="Up to 8 buttons of the live sheet, one on each line, in this order",
    ),
    Key(
        "emergency_plan",
        TILES,
        "The clinic's own emergency plan",
        Kind.LINES,
        [],
        help="Shown first under Get help: one step on each line, with the numbers to call",
    ),
    Key(
        "prescriber_phone",
        TILES,
        "Phone of the prescriber on call",
        Kind.TEXT,
        "",
        help="Shown under Get help and on alerts",
    ),
)
