"""Pages of the medicine list: add one as told, or note that one stopped."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from patients.medicines import actions, selectors
from patients.medicines.forms import MedicineForm, StopForm
from patients.medicines.models import Medicine
from patients.record.days import today_in
from patients.record.models import Patient
from patients.record.views.pages import ask, posted, shows_and_takes


@shows_and_takes
@requires(Permission.MEDICINE_RECORD)
def add(request: HttpRequest, ref: UUID) -> HttpResponse:
    """A medicine as somebody tells it."""
    patient = find(request, Patient, ref, Permission.MEDICINE_RECORD)
    form = MedicineForm(
        posted(request),
        today=today_in(request.member.zone),  # type: ignore[attr-defined]
        read_at=reverse("patients:made_of", args=[patient.ref]),
    )

    def save(form: Any) -> str:
        actions.add_medicine(
            patient=patient,
            by=request.user,  # type: ignore[arg-type]
            text=form.cleaned_data["text"],
            last_taken=form.last_taken,
        )
        return "Medicine added"

    text = request.POST.get("text", "")
    return ask(
        request,
        patient,
        form,
        save,
        title="Add a medicine",
        card="medicines",
        template="patients/medicine.html",
        made=selectors.made_of(text),
    )


@require_POST
@requires(Permission.MEDICINE_RECORD)
def made_of(request: HttpRequest, ref: UUID) -> HttpResponse:
    """What the matcher makes of a text while it is typed: a part of the page, nothing is kept."""
    find(request, Patient, ref, Permission.MEDICINE_RECORD)
    made = selectors.made_of(request.POST.get("text", "")[:300])
    return render(request, "patients/_made.html", {"made": made})


@shows_and_takes
@requires(Permission.MEDICINE_RECORD)
def stop(request: HttpRequest, ref: UUID, medicine: UUID) -> HttpResponse:
    """A medicine is not taken any more."""
    patient = find(request, Patient, ref, Permission.MEDICINE_RECORD)
    row = find(request, Medicine, medicine, Permission.MEDICINE_RECORD, patient=patient)
    form = StopForm(posted(request))

    def save(form: Any) -> str:
        actions.stop_medicine(medicine=row, by=request.user, why=form.cleaned_data["why"])  # type: ignore[arg-type]
        return "Medicine ended. It stays in the history."

    say = f"{row.text} will no longer be listed as something the patient takes."
    title = "A medicine stopped"
    return ask(request, patient, form, save, title=title, card="medicines", say=say, verb="Record that it stopped")
