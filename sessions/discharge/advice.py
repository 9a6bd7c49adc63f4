"""What a patient takes home after a dose, in plain words (dosing-reference 6). Pure: phones come from the clinic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NO_DRIVING = timedelta(hours=24)  # S3 and S22; PD takes the stricter
EVENING_HOURS = 4  # an adult stays with the patient, PD


@dataclass(frozen=True)
class Part:
    title: str
    lines: tuple[str, ...]


def parts(until: str, held: list[str]) -> list[Part]:
    """The sheet. `until`: when 24 hours have passed, in words; `held`: medicines to start again, as ordered."""
    restart = tuple(f"Start again as ordered: {one}." for one in held)
    return [
        Part(
            "Until tomorrow",
            (
                f"Do not drive until you have slept well and it is after {until}.",
                "No machines, heights or weapons, no cooking with an open flame.",
                "Do not look after small children alone.",
                "No alcohol, cannabis, sleeping pills or other drugs, but what your prescriber ordered.",
                "Sign no contracts, buy nothing big, decide nothing about your life.",
                "Big decisions can wait until we have talked about today.",
            ),
        ),
        Part(
            "This evening",
            (
                f"An adult stays with you for at least {EVENING_HOURS} hours. Keep your phone near.",
                "Eat something light and drink water.",
                "You may be tired, dream vividly and have mixed feelings. That is usual.",
                *restart,
            ),
        ),
    ]


CALL_US = (
    "vomiting that does not stop",
    "fear, or things feeling unreal, after tomorrow morning",
    "blood in your urine",
    "fever",
    "new thoughts of suicide",
)
CALL_911 = ("chest pain", "trouble breathing", "the worst headache of your life", "fainting", "a seizure")
CRISIS = "If you think of killing yourself, call or text 988 at any time."
NEXT = "We call you within 24 hours. Your next visit is about what came up: integration."


def no_driving_before(t0: datetime) -> datetime:
    """24 hours after the dose at the earliest."""
    return t0 + NO_DRIVING
