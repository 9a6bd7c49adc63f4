"""Whose the troubled messages are: the ledger knows references only."""

from collections.abc import Sequence

from kap_clinic.accounts.access import visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.outbox.selectors import Trouble
from patients.record.models import Patient


def with_patients(member: Member, troubles: Sequence[Trouble]) -> list[tuple[Trouble, Patient | None]]:
    """Each trouble with its patient, where there is one and the person may read their messages. One query."""
    refs = [trouble.first.patient_ref for trouble in troubles if trouble.first.patient_ref]
    theirs = visible(member, Permission.MESSAGE_VIEW, Patient.objects.filter(ref__in=refs))
    patients = {patient.ref: patient for patient in theirs}
    return [(one, patients[ref] if (ref := one.first.patient_ref) in patients else None) for one in troubles]
