"""Which fields of a patient's own row somebody may fill in at registering (permissions.md, row 1 and field level)."""

from kap_clinic.accounts.access import givable_fields
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.record.models import Patient


def askable(member: Member) -> set[str]:
    """What the roles that may register here may read afterwards; changing it later may be somebody else's."""
    return givable_fields(member, Permission.PATIENT_REGISTER, Patient)
