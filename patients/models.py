"""All rows of the patients app, gathered for Django."""

from patients.medicines.models import Medicine
from patients.record.models import (
    AllergyReview,
    CareTeamMember,
    Condition,
    Contact,
    Patient,
    RecordNumber,
    Weight,
)

__all__ = ["AllergyReview", "CareTeamMember", "Condition", "Contact", "Medicine", "Patient", "RecordNumber", "Weight"]
