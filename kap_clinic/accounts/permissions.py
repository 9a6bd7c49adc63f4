"""The names of what may be done. Who may do it stands in `permissions.csv`, one row for each role and scope."""

from enum import StrEnum


class Permission(StrEnum):
    """`<resource>.<right>`; the value is what the table, the audit trail and the handbook say."""

    TODAY_VIEW = "today.view"
    PATIENT_FIND = "patient.find"
    PATIENT_VIEW = "patient.view"
    PATIENT_REGISTER = "patient.register"
    PATIENT_EDIT = "patient.edit"
    TEAM_VIEW = "team.view"
    TEAM_EDIT = "team.edit"
    SCREENING_VIEW = "screening.view"
    SCREENING_RECORD = "screening.record"
    SCREENING_DECIDE = "screening.decide"
    MEDICINE_VIEW = "medicine.view"
    MEDICINE_RECORD = "medicine.record"
    VITALS_RECORD = "vitals.record"
    SETTINGS_VIEW = "settings.view"
    SETTINGS_EDIT = "settings.edit"
    STAFF_EDIT = "staff.edit"
    AUDIT_VIEW = "audit.view"
    OWN_ACCOUNT = "own_account.view"
    CONTACT_EDIT = "contact.edit"
    CONDITION_VIEW = "condition.view"
    CONDITION_EDIT = "condition.edit"
    VITALS_VIEW = "vitals.view"
