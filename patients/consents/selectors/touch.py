"""Which touch a patient agreed to while sober, for the banner and the session."""

from dataclasses import dataclass, field
from datetime import date

from patients.consents import rules
from patients.consents.selectors.standing import Standing, standing
from patients.consents.terms import ConsentKind, TouchLevel
from patients.record.models import Patient


@dataclass(frozen=True)
class TouchLimits:
    """What a patient agreed to while sober, for the banner and the session. Level 0 when there is no consent now."""

    level: TouchLevel
    answered: bool
    cue: str = ""
    areas: str = ""
    techniques: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    position: str = ""
    stop_word: str = ""
    stop_gesture: str = ""

    @property
    def in_words(self) -> str:
        if not self.answered:
            return "Touch not answered: no touch"
        never = f", never {self.areas}" if self.level and self.areas else ""
        return f"Touch {self.level.label}{never}; stop word “{self.stop_word}”"


def touch_limits(patient: Patient, on: date) -> TouchLimits:
    """The signed limits. A consent taken back or never given allows nothing but emergency touch."""
    return limits_of(standing(patient, on)[ConsentKind.TOUCH])


def limits_of(held: Standing) -> TouchLimits:
    """The same from how the touch consent stands."""
    if not held.valid or held.consent is None:
        return TouchLimits(TouchLevel.NONE, answered=False)
    details = held.consent.details
    level = TouchLevel(details["level"])
    return TouchLimits(
        level,
        answered=True,
        cue=details["cue"],
        areas=details["areas"],
        techniques=rules.techniques_allowed(level, details["techniques"]),
        named=[one["name"] for one in details["named"]] if level else [],
        position=details["position"],
        stop_word=details["stop_word"],
        stop_gesture=details["stop_gesture"],
    )
