"""The words of a result: how serious a finding is, what it comes to, and who may set it aside. Pure."""

from enum import StrEnum


class Severity(StrEnum):
    """How serious a fired rule is, most serious first (screening-rules 1.1)."""

    CONTRAINDICATED = "contraindicated"
    NEEDS_PRESCRIBER_DECISION = "needs_prescriber_decision"
    CAUTION = "caution"
    INFORMATION = "information"

    @property
    def label(self) -> str:
        """As people read it."""
        return SEVERITY_LABELS[self]

    @property
    def rank(self) -> int:
        """0 for the most serious."""
        return SEVERITY_RANKS[self]


class Overall(StrEnum):
    """What a whole screening comes to, most serious first (screening-rules 1.2)."""

    CONTRAINDICATED = "contraindicated"
    INCOMPLETE = "incomplete"
    NEEDS_PRESCRIBER_DECISION = "needs_prescriber_decision"
    CAUTION = "caution"
    CLEAR = "clear"

    @property
    def label(self) -> str:
        """As people read it."""
        return OVERALL_LABELS[self]

    @property
    def rank(self) -> int:
        """0 for the most serious."""
        return OVERALL_RANKS[self]


class OverrideKind(StrEnum):
    """Who may set a finding aside, and how (screening-rules 1.3)."""

    NONE = "none"
    RETEST = "retest"
    SINGLE = "single"
    DUAL = "dual"


SEVERITY_LABELS = {
    Severity.CONTRAINDICATED: "Generally inappropriate",
    Severity.NEEDS_PRESCRIBER_DECISION: "Prescriber must decide",
    Severity.CAUTION: "Caution",
    Severity.INFORMATION: "For information",
}
OVERALL_LABELS = {
    Overall.CONTRAINDICATED: "Generally inappropriate",
    Overall.INCOMPLETE: "Not complete",
    Overall.NEEDS_PRESCRIBER_DECISION: "Prescriber must decide",
    Overall.CAUTION: "Caution",
    Overall.CLEAR: "Clear",
}
SEVERITY_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
OVERALL_RANKS = {overall: rank for rank, overall in enumerate(Overall)}


def blocks(severity: str) -> bool:
    """Whether a finding of this severity holds dosing back until a prescriber has acted."""
    return severity in (Severity.CONTRAINDICATED, Severity.NEEDS_PRESCRIBER_DECISION)
