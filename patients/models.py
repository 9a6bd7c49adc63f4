"""All rows of the patients app, gathered for Django."""

from patients.medicines.models import Medicine
from patients.record.models import (
    AllergyReview,
    CareTeamMember,
    Condition,
    Contact,
    Patient,
    PatientEvent,
    RecordNumber,
    Weight,
)

__all__ = [
    "AllergyReview",
    "CareTeamMember",
    "Condition",
    "Contact",
    "Medicine",
    "Patient",
    "PatientEvent",
    "RecordNumber",
    "Weight",
]
