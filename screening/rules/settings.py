"""The limits a clinic may change, with their defaults (screening-rules 6). Pure.

A limit may be made stricter freely. Making a seed rule's limit weaker needs the medical director and is audited:
`weakened()` names those.
"""

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from typing import Any

from patients.medicines import lexicon

LOWER, HIGHER = "lower", "higher"


def _limit(default: float, unit: str, stricter: str, words: str, *, source: str = "PD", seed: bool = False) -> Any:
    """One setting: its default, the direction that makes it stricter, and whether a seed rule rests on it."""
    return field(
        default=default,
        metadata={"unit": unit, "stricter": stricter, "words": words, "source": source, "seed": seed},
    )


@dataclass(frozen=True)
class Settings:
    """Every limit the rules compare with. Blood pressure and temperature fire at the limit, ALT above it."""

    bp_caution_systolic: float = _limit(140, "mmHg", LOWER, "Blood pressure, caution, systolic", source="S3, S35")
    bp_caution_diastolic: float = _limit(90, "mmHg", LOWER, "Blood pressure, caution, diastolic", source="S3, S35")
    bp_stop_systolic: float = _limit(160, "mmHg", LOWER, "Blood pressure, stop, systolic")
    bp_stop_diastolic: float = _limit(100, "mmHg", LOWER, "Blood pressure, stop, diastolic")
    bp_low_systolic: float = _limit(90, "mmHg", HIGHER, "Blood pressure, low, systolic")
    bp_low_diastolic: float = _limit(50, "mmHg", HIGHER, "Blood pressure, low, diastolic")
    hr_caution_low: float = _limit(50, "beats/min", HIGHER, "Pulse, caution, low")
    hr_caution_high: float = _limit(100, "beats/min", LOWER, "Pulse, caution, high")
    hr_stop_low: float = _limit(40, "beats/min", HIGHER, "Pulse, stop, low")
    hr_stop_high: float = _limit(120, "beats/min", LOWER, "Pulse, stop, high")
    spo2_caution: float = _limit(95, "%", HIGHER, "Oxygen saturation, caution", source="S18, S19")
    spo2_stop: float = _limit(92, "%", HIGHER, "Oxygen saturation, stop", source="S18, S19")
    temperature_stop: float = _limit(38.0, "°C", LOWER, "Temperature")
    alt_caution: float = _limit(1, "x ULN", LOWER, "ALT, caution")
    alt_decision: float = _limit(3, "x ULN", LOWER, "ALT, prescriber decides")
    audit_c_caution: float = _limit(3, "points", LOWER, "AUDIT-C, caution", source="instruments.md")
    audit_c_decision: float = _limit(8, "points", LOWER, "AUDIT-C, prescriber decides", source="instruments.md")
    maoi_days: float = _limit(14, "days", HIGHER, "MAO inhibitor in use", source="GK", seed=True)
    reversible_maoi_days: float = _limit(1, "days", HIGHER, "Reversible MAO inhibitor in use", source="GK", seed=True)
    benzodiazepine_days: float = _limit(7, "days", HIGHER, "Benzodiazepine in use", seed=True)
    benzodiazepine_recent_days: float = _limit(28, "days", HIGHER, "Benzodiazepine recently", seed=True)
    benzodiazepine_prn_days: float = _limit(90, "days", HIGHER, "Benzodiazepine as needed", seed=True)
    stimulant_days: float = _limit(3, "days", HIGHER, "Stimulant in use", seed=True)
    stimulant_prn_days: float = _limit(90, "days", HIGHER, "Stimulant as needed", seed=True)
    ketamine_elsewhere_days: float = _limit(30, "days", HIGHER, "Ketamine elsewhere")
    unrecognised_days: float = _limit(30, "days", HIGHER, "Medicine not recognised")
    pregnancy_test_days: float = _limit(7, "days", LOWER, "Age of a negative pregnancy test")
    screening_valid_days: float = _limit(30, "days", LOWER, "Screening stays valid")
    override_max_days: float = _limit(90, "days", LOWER, "Override stays valid at most")
    age_min: float = _limit(18, "years", HIGHER, "Youngest age", source="S3, S4, S18")
    age_caution: float = _limit(65, "years", LOWER, "Age from which to be careful", source="S3, S4, S18")
    bmi_low: float = _limit(15, "kg/m²", HIGHER, "Body mass index, low")
    bmi_high: float = _limit(50, "kg/m²", LOWER, "Body mass index, high")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Settings":
        """The defaults with a clinic's own limits. ValueError names a limit that is unknown or not a number."""
        known = {limit.name for limit in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise ValueError(f"{key} is not a limit of the screening rules")
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ValueError(f"{key} must be a number")
        return cls(**values)

    @cached_property
    def windows(self) -> Mapping[str, float]:
        """Days each class counts as in use; a clinic may set those of five."""
        return {
            **lexicon.words().windows,
            "benzodiazepine": self.benzodiazepine_days,
            "stimulant": self.stimulant_days,
            "maoi": self.maoi_days,
            "reversible_maoi": self.reversible_maoi_days,
            "ketamine": self.ketamine_elsewhere_days,
        }


DEFAULTS = Settings()


def limits() -> tuple[Field[Any], ...]:
    """Every setting with its unit, direction, source and words in `metadata`, in the order of the table."""
    return fields(Settings)


def weakened(settings: Settings, than: Settings = DEFAULTS) -> list[str]:
    """Limits of seed rules that are weaker than before; these need the medical director (screening-rules 6)."""
    return [limit.name for limit in limits() if limit.metadata["seed"] and _is_weaker(limit, settings, than)]


def _is_weaker(limit: Field[Any], settings: Settings, than: Settings) -> bool:
    change = getattr(settings, limit.name) - getattr(than, limit.name)
    return change > 0 if limit.metadata["stricter"] == LOWER else change < 0
