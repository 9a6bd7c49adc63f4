"""Which fields of a patient's own row somebody may fill in at registering (permissions.md, row 1 and field level)."""

from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.rights import field_rights, rights

PATIENT = "patients.Patient."


def askable(member: Member) -> set[str]:
    """What the roles that may register here may read afterwards; changing it later may be somebody else's."""
    registering = {role for role in member.roles if rights(role, Permission.PATIENT_REGISTER)}
    return {
        name.removeprefix(PATIENT)
        for (name, role), letters in field_rights().items()
        if name.startswith(PATIENT) and role in registering and "V" in letters
    }
