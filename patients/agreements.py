"""What happens in a patient's record once a second person has agreed to it."""

from typing import Any

from kap_clinic.accounts.models import User
from patients.record import actions
from patients.record.models import Patient


def join_team(*, payload: dict[str, Any], reason: str, proposed_by: User, by: User) -> None:
    """The one who asked joins the care team; the one who agreed put them there (SEC-12)."""
    patient = Patient.objects.get(ref=payload["patient"])
    actions.join_team(patient=patient, user=proposed_by, by=by, why=reason)
