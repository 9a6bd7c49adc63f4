"""What does a sign mean: expected, amber, red or an emergency? Pure: no database, no clock.

Source: dosing-reference 3.2. Numbers are PD unless a source stands beside them; a clinic may change them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sessions.dosing.terms import Level

EXPECTED, AMBER, RED, EMERGENCY = Level.EXPECTED, Level.AMBER, Level.RED, Level.EMERGENCY


@dataclass(frozen=True)
class Limits:
    """Where a level begins, that value included. mmHg, beats and breaths a minute, % SpO2, minutes."""

    systolic_amber: int = 160
    diastolic_amber: int = 100
    systolic_rise: int = 40  # over baseline: "substantial increase" of the esketamine label (S3)
    diastolic_rise: int = 25  # S3
    systolic_red: int = 180  # S57, weak source
    diastolic_red: int = 110  # S57
    systolic_emergency: int = 200  # S57
    diastolic_emergency: int = 120  # S57
    repeat_minutes: int = 5  # two readings so far apart make it red (S57)
    systolic_low_amber: int = 99
    systolic_low_red: int = 89
    systolic_low_emergency: int = 79
    pulse_amber: int = 121
    pulse_red: int = 140
    pulse_low_amber: int = 49
    pulse_low_red: int = 39
    spo2_amber: int = 94
    spo2_red: int = 91
    spo2_emergency: int = 89  # after repositioning and oxygen; before it, red
    breaths_amber: int = 25
    breaths_red: int = 31
    breaths_low_amber: int = 9
    breaths_low_red: int = 7
    kap_dr_total: int = 8  # still above it at `kap_dr_minutes`: red
    kap_dr_minutes: int = 120
    booster_clear_minutes: int = 15  # without an amber or red sign before a booster
    amber_minutes: int = 5  # to acknowledge
    red_minutes: int = 1  # to acknowledge


DEFAULTS = Limits()


@dataclass(frozen=True)
class StopLines:
    """This patient's own lines, from the order. At or over one: no more drug."""

    systolic: int | None = None
    diastolic: int | None = None
    heart_rate: int | None = None


NO_LINES = StopLines()


@dataclass(frozen=True)
class Reading:
    """What was measured or seen at one moment; None was not looked at, and is never taken for normal.

    `vomited`: times in this session so far. `kap_dr`: total of its lines 1 to 4, with the minutes since the last dose.
    `symptoms`: codes of SYMPTOMS, in the last quarter of an hour.
    """

    at: datetime
    systolic: int | None = None
    diastolic: int | None = None
    heart_rate: int | None = None
    spo2: int | None = None
    respiratory_rate: int | None = None
    moaas: int | None = None
    distress: int | None = None
    agitation: int | None = None
    vomited: int | None = None
    kap_dr: int | None = None
    minutes_after_dose: float | None = None
    symptoms: frozenset[str] = field(default_factory=frozenset)
    on_oxygen: bool = False


@dataclass(frozen=True)
class Sign:
    """One row of the table for one reading: how grave it is, and the sentence people read."""

    code: str
    level: Level
    words: str


# Symptoms by code: how people read them, and how grave each is by itself (dosing-reference 3.2 and 9).
SYMPTOMS: dict[str, tuple[str, Level]] = {
    "chest-pain": ("Chest pain", EMERGENCY),
    "breathless": ("Short of breath", AMBER),
    "worst-headache": ("Worst headache", EMERGENCY),
    "vision-loss": ("Loss of vision", EMERGENCY),
    "weakness": ("Weakness of one side", EMERGENCY),
    "seizure": ("Seizure", EMERGENCY),
    "confusion": ("Confusion beyond the drug effect", AMBER),
    "faint": ("Faint", RED),
    "faint-not-recovering": ("Faint, not recovering lying down", EMERGENCY),
    "irregular-pulse": ("Irregular pulse and unwell", EMERGENCY),
    "apnoea": ("Pauses in breathing over 15 seconds", EMERGENCY),
    "noisy-breathing": ("Noisy, obstructed breathing", EMERGENCY),
    "retching": ("Retching", EXPECTED),
    "choking": ("Choking or aspiration", EMERGENCY),
    "danger": ("Danger to self or others", EMERGENCY),
    "anaphylaxis": ("Severe allergic reaction", EMERGENCY),
    "fall": ("Fall", AMBER),
}
WITH_PRESSURE = frozenset(
    {"chest-pain", "breathless", "worst-headache", "vision-loss", "weakness", "seizure", "confusion"}
)
WITH_PULSE = frozenset({"faint", "faint-not-recovering", "chest-pain"})
BREATHING = frozenset({"apnoea", "noisy-breathing"})
OWN_ROW = frozenset({"faint-not-recovering", "irregular-pulse", "choking", "danger", "retching", *BREATHING})
SIGNS = {
    "blood-pressure": "Blood pressure",
    "blood-pressure-low": "Low blood pressure",
    "heart-rate": "Pulse",
    "spo2": "SpO₂",
    "breathing": "Breathing",
    "moaas": "Awake",
    "agitation": "Agitation",
    "vomiting": "Vomiting",
    "distress": "Distress",
    "symptom": "Symptom",
    "late-check": "Late check",
}
MOAAS = {
    5: "Answers readily to the name in a normal voice",
    4: "Sluggish answer to the name in a normal voice",
    3: "Answers only to the name called loudly or repeatedly",
    2: "Answers only to mild prodding or shaking",
    1: "Answers only to a painful squeeze",
    0: "No answer to a painful squeeze",
}  # S33
AGITATION = {
    0: "Calm",
    1: "Restless",
    2: "Distressed, can be reassured",
    3: "Frightened, cannot be reassured, or moves unsafely",
}
DISTRESS = {0: "None", 1: "Slight", 2: "Moderate", 3: "Marked", 4: "Extreme"}  # line 5 of the KAP-DR


def levels(
    reading: Reading,
    baseline: Reading | None,
    before: Sequence[Reading] = (),
    stop_lines: StopLines = NO_LINES,
    limits: Limits = DEFAULTS,
) -> list[Sign]:
    """Each sign the reading says something about, the expected ones too: they are what closes an alert.

    `before`: the readings of this session before it, in order. Without a baseline the rise over it is not judged.
    """
    found = [
        _pressure(reading, baseline, before, stop_lines, limits),
        _low_pressure(reading, limits),
        _pulse(reading, stop_lines, limits),
        _oxygen(reading, limits),
        _breathing(reading, limits),
        _awake(reading),
        _agitation(reading),
        _vomiting(reading),
        _distress(reading, limits),
        _symptom(reading),
    ]
    return [sign for sign in found if sign is not None]


def worst(signs: Iterable[Sign]) -> Level:
    return max((sign.level for sign in signs), default=EXPECTED)


def beyond(signs: Iterable[Sign]) -> list[Sign]:
    """The signs that open an alert, gravest first."""
    return sorted((sign for sign in signs if sign.level > EXPECTED), key=lambda sign: -sign.level)


# Blood pressure


def _pressure(
    reading: Reading, baseline: Reading | None, before: Sequence[Reading], lines: StopLines, limits: Limits
) -> Sign | None:
    if reading.systolic is None and reading.diastolic is None:
        return None
    said = f"Blood pressure {_pair(reading)}"
    level, why = max(_pressure_levels(reading, baseline, before, lines, limits), key=lambda found: found[0])
    if level > EXPECTED and (symptoms := sorted(reading.symptoms & WITH_PRESSURE)):
        level, why = EMERGENCY, f"with {_named(symptoms)}"
    return Sign("blood-pressure", level, f"{said}, {why}" if why else said)


def _pressure_levels(
    reading: Reading, baseline: Reading | None, before: Sequence[Reading], lines: StopLines, limits: Limits
) -> Iterator[tuple[Level, str]]:
    yield EXPECTED, ""
    if rise := _rise(reading, baseline, limits):
        yield AMBER, rise
    if _over(reading, limits.systolic_amber, limits.diastolic_amber):
        yield AMBER, f"at or over {limits.systolic_amber}/{limits.diastolic_amber}"
    if _over(reading, lines.systolic, lines.diastolic):
        yield RED, f"at or over this patient's stop line {_line(lines)}"
    if _over(reading, limits.systolic_red, limits.diastolic_red):
        at = f"at or over {limits.systolic_red}/{limits.diastolic_red}"
        yield (RED, f"{at} on two readings") if _twice(reading, before, limits) else (AMBER, f"{at}: repeat")
    if _over(reading, limits.systolic_emergency, limits.diastolic_emergency):
        yield EMERGENCY, f"at or over {limits.systolic_emergency}/{limits.diastolic_emergency}"


def _over(reading: Reading, systolic: int | None, diastolic: int | None) -> bool:
    return _reaches(reading.systolic, systolic) or _reaches(reading.diastolic, diastolic)


def _reaches(value: int | None, line: int | None) -> bool:
    return value is not None and line is not None and value >= line


def _rise(reading: Reading, baseline: Reading | None, limits: Limits) -> str:
    if baseline is None:
        return ""
    up = difference(reading.systolic, baseline.systolic), difference(reading.diastolic, baseline.diastolic)
    if _reaches(up[0], limits.systolic_rise) or _reaches(up[1], limits.diastolic_rise):
        return f"{signed(up[0])}/{signed(up[1])} over baseline"
    return ""


def _twice(reading: Reading, before: Sequence[Reading], limits: Limits) -> bool:
    """An earlier reading in the red at least five minutes ago, counted in whole minutes, and none below it since."""
    for earlier in reversed(before):
        if earlier.systolic is None and earlier.diastolic is None:
            continue
        if not _over(earlier, limits.systolic_red, limits.diastolic_red):
            return False
        if round((reading.at - earlier.at) / timedelta(minutes=1)) >= limits.repeat_minutes:
            return True
    return False


def _low_pressure(reading: Reading, limits: Limits) -> Sign | None:
    value = reading.systolic
    if value is None:
        return None
    level = _at_most(value, limits.systolic_low_amber, limits.systolic_low_red, limits.systolic_low_emergency)
    if "faint-not-recovering" in reading.symptoms:
        level = EMERGENCY
    words = f"Systolic {value}" if level == EXPECTED else f"Systolic {value}, below {limits.systolic_low_amber + 1}"
    return Sign("blood-pressure-low", level, words)


# Pulse, oxygen, breathing


def _pulse(reading: Reading, lines: StopLines, limits: Limits) -> Sign | None:
    value = reading.heart_rate
    if value is None:
        if "irregular-pulse" in reading.symptoms:
            return Sign("heart-rate", EMERGENCY, SYMPTOMS["irregular-pulse"][0])
        return None
    level = max(
        _at_least(value, limits.pulse_amber, limits.pulse_red),
        _at_most(value, limits.pulse_low_amber, limits.pulse_low_red),
    )
    words = f"Pulse {value}"
    if _reaches(value, lines.heart_rate):
        level, words = max(level, RED), f"Pulse {value}, at or over this patient's stop line {lines.heart_rate}"
    if "irregular-pulse" in reading.symptoms:
        level, words = EMERGENCY, f"Pulse {value}, irregular and unwell"
    elif level > EXPECTED and (symptoms := sorted(reading.symptoms & WITH_PULSE)):
        level, words = EMERGENCY, f"Pulse {value} with {_named(symptoms)}"
    return Sign("heart-rate", level, words)


def _oxygen(reading: Reading, limits: Limits) -> Sign | None:
    """Below 90 is red until repositioning and oxygen were tried; still below with oxygen on it is an emergency."""
    value = reading.spo2
    if value is None:
        return None
    level = _at_most(value, limits.spo2_amber, limits.spo2_red)
    words = f"SpO₂ {value} %"
    if value <= limits.spo2_emergency:
        level = EMERGENCY if reading.on_oxygen else RED
        words += " with oxygen" if reading.on_oxygen else ": reposition, give oxygen, measure again"
    return Sign("spo2", level, words)


def _breathing(reading: Reading, limits: Limits) -> Sign | None:
    value, obstructed = reading.respiratory_rate, sorted(reading.symptoms & BREATHING)
    if obstructed:
        return Sign("breathing", EMERGENCY, _named(obstructed).capitalize())
    if value is None:
        return None
    level = max(
        _at_least(value, limits.breaths_amber, limits.breaths_red),
        _at_most(value, limits.breaths_low_amber, limits.breaths_low_red),
    )
    return Sign("breathing", level, f"{value} breaths a minute")


# What people see


def _awake(reading: Reading) -> Sign | None:
    if reading.moaas is None:
        return None
    level = {5: EXPECTED, 4: EXPECTED, 3: AMBER, 2: RED}.get(reading.moaas, EMERGENCY)
    return Sign("moaas", level, f"MOAA/S {reading.moaas}: {MOAAS[reading.moaas].lower()}")


def _agitation(reading: Reading) -> Sign | None:
    if "danger" in reading.symptoms:
        return Sign("agitation", EMERGENCY, SYMPTOMS["danger"][0])
    if reading.agitation is None:
        return None
    level = {0: EXPECTED, 1: EXPECTED, 2: AMBER}.get(reading.agitation, RED)
    return Sign("agitation", level, f"Agitation {reading.agitation}: {AGITATION[min(reading.agitation, 3)].lower()}")


def _vomiting(reading: Reading) -> Sign | None:
    if "choking" in reading.symptoms:
        return Sign("vomiting", EMERGENCY, SYMPTOMS["choking"][0])
    if "retching" in reading.symptoms and reading.moaas is not None and reading.moaas <= 3:
        return Sign("vomiting", RED, f"Retching at MOAA/S {reading.moaas}")
    if reading.vomited is None:
        return None
    level = AMBER if reading.vomited == 1 else RED if reading.vomited > 1 else EXPECTED
    times = {0: "No vomiting", 1: "Vomited once", 2: "Vomited twice"}
    return Sign("vomiting", level, times.get(reading.vomited, f"Vomited {reading.vomited} times"))


def _distress(reading: Reading, limits: Limits) -> Sign | None:
    """Line 5 of the KAP-DR, and its total where that has not come back after two hours. It has no emergency."""
    found: list[tuple[Level, str]] = []
    if reading.distress is not None:
        level = {3: AMBER, 4: RED}.get(reading.distress, EXPECTED)
        found.append((level, f"Distress {reading.distress}: {DISTRESS[reading.distress].lower()}"))
    if reading.kap_dr is not None and reading.minutes_after_dose is not None:
        late = reading.minutes_after_dose >= limits.kap_dr_minutes and reading.kap_dr > limits.kap_dr_total
        words = f"KAP-DR {reading.kap_dr} after {limits.kap_dr_minutes} minutes" if late else f"KAP-DR {reading.kap_dr}"
        found.append((RED if late else EXPECTED, words))
    if not found:
        return None
    level, words = max(found, key=lambda one: one[0])
    return Sign("distress", level, words)


def _symptom(reading: Reading) -> Sign | None:
    """What has no row of its own in the table and is grave by itself."""
    named = [code for code in sorted(reading.symptoms - OWN_ROW) if code in SYMPTOMS]
    if not named:
        return None
    return Sign("symptom", max(SYMPTOMS[code][1] for code in named), _named(named).capitalize())


# Words and numbers


def difference(value: int | None, baseline: int | None) -> int | None:
    return None if value is None or baseline is None else value - baseline


def signed(value: int | None) -> str:
    """A difference as people write it: +10, −4, 0, and – where one of the two is missing."""
    if value is None:
        return "–"
    return f"+{value}" if value > 0 else f"−{-value}" if value else "0"


def _at_least(value: int, amber: int, red: int) -> Level:
    return RED if value >= red else AMBER if value >= amber else EXPECTED


def _at_most(value: int, amber: int, red: int, emergency: int | None = None) -> Level:
    if emergency is not None and value <= emergency:
        return EMERGENCY
    return RED if value <= red else AMBER if value <= amber else EXPECTED


def _pair(reading: Reading) -> str:
    return f"{reading.systolic or '–'}/{reading.diastolic or '–'}"


def _line(lines: StopLines) -> str:
    return f"{lines.systolic or '–'}/{lines.diastolic or '–'}"


def _named(codes: Iterable[str]) -> str:
    return ", ".join(SYMPTOMS[code][0].lower() for code in codes)
