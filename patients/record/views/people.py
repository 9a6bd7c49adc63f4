"""Contacts and escorts, and who looks after the patient."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals.actions import propose_team
from patients.record import actions, selectors
from patients.record.forms import ContactForm, ReasonForm, TeamForm
from patients.record.models import CareTeamMember, Contact, Patient
from patients.record.views.pages import ask, posted, shows_and_takes


@shows_and_takes
@requires(Permission.PATIENT_EDIT)
def add_contact(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Somebody to call, or to take the patient home."""
    patient = find(request, Patient, ref, Permission.PATIENT_EDIT)
    form = ContactForm(posted(request), zone=request.member.zone)  # type: ignore[attr-defined]

    def save(form: Any) -> str:
        actions.add_contact(patient=patient, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        return "Contact added"

    return ask(request, patient, form, save, title="Add a contact or escort", card="contacts")


@shows_and_takes
@requires(Permission.PATIENT_EDIT)
def end_contact(request: HttpRequest, ref: UUID, contact: UUID) -> HttpResponse:
    """The contact no longer holds."""
    patient = find(request, Patient, ref, Permission.PATIENT_EDIT)
    row = find(request, Contact, contact, Permission.PATIENT_EDIT, patient=patient)
    form = ReasonForm(posted(request))

    def save(form: Any) -> str:
        actions.end_contact(contact=row, by=request.user, reason=form.cleaned_data["why"])  # type: ignore[arg-type]
        return "Contact ended. It stays in the history."

    say = f"{row.name} will not be called or asked any more."
    return ask(request, patient, form, save, title="End a contact", card="contacts", say=say, verb="End contact")


@shows_and_takes
@requires(Permission.TEAM_ADD)
def join_team(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Put somebody on the care team."""
    patient = find(request, Patient, ref, Permission.TEAM_ADD)
    people = selectors.could_join(patient, request.user)  # type: ignore[arg-type]
    form = TeamForm(posted(request), people=people)

    def save(form: Any) -> str:
        user, why = form.cleaned_data["user"], form.cleaned_data["why"]
        if user == request.user:
            propose_team(clinic_id=patient.clinic_id, patient_ref=patient.ref, reason=why, by=user)
            return "Asked. You join when a second person agrees; it waits under Settings."
        actions.join_team(patient=patient, by=request.user, user=user, why=why)  # type: ignore[arg-type]
        return "Joined the care team"

    say = "Who joins can read and write this record from now on. Choosing yourself needs a second person to agree."
    return ask(request, patient, form, save, title="Add to the care team", card="team", say=say, verb="Add")


@shows_and_takes
@requires(Permission.TEAM_EDIT)
def leave_team(request: HttpRequest, ref: UUID, carer: UUID) -> HttpResponse:
    """Somebody leaves the care team."""
    patient = find(request, Patient, ref, Permission.TEAM_EDIT)
    row = find(request, CareTeamMember, carer, Permission.TEAM_EDIT, patient=patient, left_at=None)
    form = ReasonForm(posted(request))

    def save(form: Any) -> str:
        actions.leave_team(member=row, by=request.user, why=form.cleaned_data["why"])  # type: ignore[arg-type]
        return "Left the care team"

    say = f"{row.user} can no longer open this record. What they have not signed they can finish within 30 days."
    return ask(request, patient, form, save, title="Leave the care team", card="team", say=say, verb="Leave the team")
