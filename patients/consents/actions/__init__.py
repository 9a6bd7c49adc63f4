"""What is done with consents: drafted, given, talked through, signed, refused, taken back.

`answer`, `sign_as_patient`, `refuse_as_patient` and `withdraw` are what a patient does on their own device; nobody on
the staff can do them in the patient's place, but for writing down that a patient took something back.
"""

from patients.consents.actions.common import Evidence, NotPossible
from patients.consents.actions.preparing import (
    answer,
    change_draft,
    draft,
    note_talk,
    note_wishes,
    present,
)
from patients.consents.actions.signing import countersign, refuse_as_patient, sign_as_patient
from patients.consents.actions.versions import approve_text, write_text
from patients.consents.actions.withdrawing import note_copy, print_copy, withdraw

__all__ = [
    "Evidence",
    "NotPossible",
    "answer",
    "approve_text",
    "change_draft",
    "countersign",
    "draft",
    "note_copy",
    "note_talk",
    "note_wishes",
    "present",
    "print_copy",
    "refuse_as_patient",
    "sign_as_patient",
    "withdraw",
    "write_text",
]
