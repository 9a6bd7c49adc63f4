"""What each model is, for the rights: which resource, whose patient, who wrote it, when. One left out fails a test.

A path is written as in a query: `screening__patient`. An empty patient path means the row is the patient; None, that
the row belongs to no patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class Resource:
    name: str  # as in permissions.csv, before the dot
    patient: str | None = "patient"
    author: str = ""  # the key to the user whose row it is
    at: str = ""  # when it was written: what a grant for a period goes by
    submitted: str = ""  # path to the moment it was sent to the prescribers, where it waits for any of them


RESOURCES: Mapping[str, Resource] = {
    "patients.Patient": Resource("patient", "", "registered_by", "registered_at"),
    "patients.PatientEvent": Resource("patient", "pgh_obj", "changed_by", "pgh_created_at"),
    "patients.Contact": Resource("patient", author="added_by", at="added_at"),
    "patients.CareTeamMember": Resource("team", author="joined_by", at="joined_at"),
    "patients.AllergyReview": Resource("medicine", author="asked_by", at="asked_at"),
    "patients.Condition": Resource("medicine", author="added_by", at="added_at"),
    "patients.Medicine": Resource("medicine", author="added_by", at="added_at"),
    "patients.Weight": Resource("vitals", author="recorded_by", at="recorded_at"),
    "patients.LabResult": Resource("vitals", author="recorded_by", at="recorded_at"),
    "patients.OutsideDocument": Resource("vitals", author="received_by", at="received_at"),
    "patients.Course": Resource("course", author="opened_by", at="opened_at"),
    "patients.CourseMove": Resource("course", author="moved_by", at="moved_at"),
    "patients.Goal": Resource("course", author="set_by", at="set_at"),
    "patients.Task": Resource("task", author="opened_by", at="opened_at"),
    "patients.ConsentText": Resource("consent_template", None, "written_by", "written_at"),
    "patients.Consent": Resource("consent", author="made_by", at="made_at"),
    "patients.ConsentTalk": Resource("consent", author="talked_by", at="talked_at"),
    "patients.ConsentAnswer": Resource("consent", at="answered_at"),
    "patients.ConsentSignature": Resource("consent", author="user", at="signed_at"),  # `user`: whose place it is
    "patients.PatientLink": Resource("link", author="made_by", at="made_at"),
    "patients.LinkForm": Resource("link", "link__patient"),
    "patients.BreakGlass": Resource("break_glass", author="opened_by", at="opened_at"),
    "patients.Note": Resource("note", author="author", at="started_at"),
    "patients.NoteRevision": Resource("own_account", author="saved_by", at="saved_at"),  # a draft is its author's alone
    "patients.NoteAddendum": Resource("note", author="signed_by", at="signed_at"),
    "patients.ProcessNote": Resource("process_note", author="author", at="started_at"),
    "patients.ProcessNoteText": Resource("process_note", "note__patient", "author", "saved_at"),
    "screening.Screening": Resource("screening", author="started_by", at="started_at", submitted="submitted_at"),
    "screening.Finding": Resource("screening", "screening__patient", submitted="screening__submitted_at"),
    "screening.Override": Resource("override", "finding__screening__patient", "made_by", "made_at"),
    "screening.Review": Resource("screening", "screening__patient", "decided_by", "decided_at"),
    "screening.ApprovalCondition": Resource("screening", "review__screening__patient"),
    "screening.MeasureResponse": Resource("measure", author="recorded_by", at="recorded_at"),
    "screening.FindingJudgement": Resource("screening", "review__screening__patient"),
    # A visit belongs to the schedule; the front desk sees that there is one, details need schedule.details.
    "kap_sessions.Appointment": Resource("schedule", author="booked_by", at="booked_at"),
    "kap_sessions.AppointmentStaff": Resource("schedule", "appointment__patient"),
    "kap_sessions.AppointmentMove": Resource("schedule", author="moved_by", at="moved_at"),
    "kap_sessions.Preparation": Resource("note", author="written_by", at="written_at"),
    "kap_sessions.DoseOrder": Resource("order", author="drafted_by", at="drafted_at"),
    "kap_sessions.MedicineHold": Resource("medicine", author="set_by", at="set_at"),
    "kap_sessions.OutsideDoses": Resource("medicine", author="declared_by", at="declared_at"),
    "kap_sessions.DosingSession": Resource("dosing", author="opened_by", at="opened_at"),
    "kap_sessions.DosingMove": Resource("dosing", author="moved_by", at="moved_at"),
    "kap_sessions.VitalSigns": Resource("vitals", author="entered_by", at="entered_at"),
    "kap_sessions.Entry": Resource("dosing", author="entered_by", at="entered_at"),
    "kap_sessions.Dose": Resource("dose", author="entered_by", at="entered_at"),
    "kap_sessions.Alert": Resource("event", at="opened_at"),
    "kap_sessions.CheckAnswer": Resource("dose", author="answered_by", at="answered_at"),
    "kap_sessions.GateOverride": Resource("gate", author="made_by", at="made_at"),
    "kap_sessions.AdverseEvent": Resource("event", author="reported_by", at="reported_at"),
    "kap_sessions.EventAddition": Resource("event", author="added_by", at="added_at"),
    "kap_sessions.DischargeTick": Resource("discharge", author="ticked_by", at="ticked_at"),
    "kap_sessions.Discharge": Resource("discharge", author="signed_by", at="signed_at"),
    "integration.IntegrationSession": Resource("note", author="written_by", at="written_at"),
    "integration.Practice": Resource("note", author="set_by", at="set_at"),
    "integration.PracticeLook": Resource("note", author="looked_by", at="looked_at"),
    "integration.NextDayCall": Resource("dosing", author="called_by", at="called_at"),
    "integration.Continuation": Resource("course", author="signed_by", at="signed_at"),
    "integration.ContinuingPlan": Resource("note", author="written_by", at="written_at"),
    "integration.Receipt": Resource("receipt", author="made_by", at="made_at"),
    # Plain references, no keys: found through the clinic, for who may see what was sent.
    "outbox.Message": Resource("message", None, "written_by", "written_at"),
    # Opened through the patient it is about, with the permission of what it prints (desk.papers).
    "documents.StoredDocument": Resource("consent", None, "asked_by", "asked_at"),
    "accounts.Membership": Resource("staff", None),
    "accounts.User": Resource("own_account", None),
    "accounts.Invitation": Resource("staff", None, "invited_by", "invited_at"),
    "accounts.Draft": Resource("own_account", None, "user", "saved_at"),
    "accounts.HeldPost": Resource("own_account", None, "user", "held_at"),
    "accounts.Room": Resource("settings", None),
    "accounts.ClinicSetting": Resource("settings", None, "set_by", "set_at"),
    "accounts.Proposal": Resource("proposal", None, "proposed_by", "proposed_at"),
    "accounts.ReadingGrant": Resource("grant", None, "made_by", "made_at"),
    "accounts.Supervision": Resource("staff", None, "made_by", "made_at"),
    "audit.AuditEvent": Resource("audit", None, "actor", "at"),
}

# Tables that hold nothing about a patient, each with the reason.
NOT_PHI: Mapping[str, str] = {
    "accounts.Clinic": "the clinic's own name and zone",
    "accounts.IdempotencyKey": "keys and digests of what was posted, no content",
    "accounts.Attempt": "keyed hashes of tries to sign in",
    "accounts.KnownDevice": "digests of browsers a member of staff has used",
    "audit.AuditLink": "digests of the audit trail",
    "audit.AlarmWatch": "how far the alarms have read",
    "accounts.Heartbeat": "when a process last said it was alive",
    "patients.RecordNumber": "a counter",
    "account.EmailAddress": "a staff member's address",
    "account.EmailConfirmation": "a staff member's address",
    "mfa.Authenticator": "a staff member's second factor",
    "usersessions.UserSession": "a staff member's sign-in",
    "sessions.Session": "a staff member's sign-in",
    "contenttypes.ContentType": "names of tables",
    "pghistory.Context": "not used: rows of history say by themselves who and when",
    "pghistory.Events": "no table of its own",
    "pghistory.MiddlewareEvents": "no table of its own",
    "auth.Permission": "not used: rights stand in permissions.csv",
    "auth.Group": "not used: rights stand in permissions.csv",
}


def resource_of(model: type[Model]) -> Resource:
    """The declaration of a model; a model without one is refused to everybody."""
    return RESOURCES[model._meta.label]


def patient_of(thing: Any) -> Any:
    """The patient a row is about, or None."""
    path = resource_of(type(thing)).patient
    return None if path is None else walk(thing, path)


def author_id(thing: Any) -> int | None:
    """Whose row it is."""
    author = resource_of(type(thing)).author
    return getattr(thing, f"{author}_id") if author else None


def subject_id(thing: Any) -> int | None:
    """The member of staff a row is about: their membership, their place on a team, the account itself."""
    if type(thing)._meta.label == "accounts.User":
        return thing.pk
    return getattr(thing, "user_id", None)


def walk(thing: Any, path: str) -> Any:
    return reduce(getattr, path.split("__") if path else [], thing)
