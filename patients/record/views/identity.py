"""Registering a patient, and changing who they are and how they are reached."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kap_clinic.accounts.access import editable_fields, find, requires
from kap_clinic.accounts.models import Clinic
from kap_clinic.accounts.permissions import Permission
from patients.record import actions, rights, selectors
from patients.record.days import today_in
from patients.record.forms import LANGUAGES, ChangeForm, RegisterForm
from patients.record.models import Patient
from patients.record.views import both
from patients.record.views.pages import page, posted, shows_and_takes

OTHERS_CHANGE = "The front desk changes the legal name, the date of birth and how the patient is reached."


@shows_and_takes
@requires(Permission.PATIENT_REGISTER)
def register(request: HttpRequest) -> HttpResponse:
    """A new patient. Possible duplicates are shown before anything is saved."""
    member = request.member  # type: ignore[attr-defined]
    form = RegisterForm(posted(request), zone=member.zone, today=today_in(member.zone), only=rights.askable(member))
    alike = _alike(member, form) if form.is_bound else []
    labels = [duplicate.label for duplicate in alike]
    if form.is_valid() and (not alike or form.says_another(labels)):
        patient = actions.register(
            clinic=Clinic.objects.get(pk=member.clinic_id),
            by=request.user,  # type: ignore[arg-type]
            not_the_same=labels,
            reason=form.cleaned_data["not_the_same"],
            **form.values(),
        )
        messages.success(request, "Registered. What is still to be asked stands in the first card.")
        return redirect(patient)
    shown = {"form": form, "alike": alike, "seen": " ".join(labels), "languages": LANGUAGES}
    return render(request, "patients/register.html", shown, status=422 if alike else form.status)


def _alike(member: Any, form: RegisterForm) -> list[selectors.Duplicate]:
    """Possible duplicates, as soon as name and birth date can be read, also while something else is to be mended."""
    form.full_clean()
    said = form.cleaned_data
    if not {"family_name", "birth_date"} <= said.keys():
        return []
    return selectors.possible_duplicates(
        member, family_name=said["family_name"], birth_date=said["birth_date"], phone=said.get("phone", "")
    )


@shows_and_takes
@requires(Permission.PATIENT_EDIT)
def change(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Names, birth date and how to reach somebody, as far as this person may change them."""
    patient = find(request, Patient, ref, Permission.PATIENT_EDIT)
    member = request.member  # type: ignore[attr-defined]
    form = ChangeForm(
        posted(request),
        patient=patient,
        only=editable_fields(member, patient),
        zone=member.zone,
        today=today_in(member.zone),
    )
    if not form.is_valid():
        say = "" if "family_name" in form.fields else OTHERS_CHANGE
        template, title = "patients/change.html", "Identity and contact"
        return page(request, template, patient, form, title=title, card="identity", say=say, languages=LANGUAGES)
    values, unsettled = both.settled(request, patient, form.values())
    if unsettled:
        return both.still_to_choose(request, patient, form, unsettled)
    try:
        now = actions.change(patient=patient, by=request.user, version=form.cleaned_data["version"], values=values)  # type: ignore[arg-type]
    except actions.Changed as changed:
        return both.side_by_side(request, patient, form, changed)
    messages.success(request, "Nothing was changed" if now.version == patient.version else "Saved")
    return redirect(f"{patient.get_absolute_url()}#identity")
