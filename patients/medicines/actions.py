"""What is done with the list of medicines: somebody reports one, somebody reports that it stopped."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from kap_clinic.wiring import tell
from patients.medicines.models import Medicine
from patients.record.models import Patient
from patients.record.terms import Event


@transaction.atomic
def add_medicine(*, patient: Patient, by: User, text: str, last_taken: str = "") -> Medicine:
    """A medicine as it was told. `last_taken`: YYYY-MM-DD, "current", "never", or "" when nobody knows."""
    medicine = Medicine.objects.create(
        clinic_id=patient.clinic_id, patient=patient, text=text, last_taken=last_taken, added_by=by
    )
    record(Event.MEDICINE_ADDED, by=by, on=medicine)
    tell("patients.facts_changed", patient=patient, by=by, why=f"New medicine: {text}")
    return medicine


@transaction.atomic
def add_missing_medicines(*, patient: Patient, entries: Iterable[Mapping[str, str | None]], by: User) -> None:
    """Put what an intake listed on the patient's list of medicines, where it is not there in the same words."""
    known = {text.casefold() for text in patient.medicines.filter(ended_at=None).values_list("text", flat=True)}
    for entry in entries:
        text = str(entry["text"])
        if text.casefold() not in known:
            medicine = Medicine.objects.create(
                clinic_id=patient.clinic_id,
                patient=patient,
                text=text,
                last_taken=entry.get("last_taken") or "",
                added_by=by,
            )
            record(Event.MEDICINE_ADDED, by=by, on=medicine)


@transaction.atomic
def stop_medicine(*, medicine: Medicine, by: User, why: str = "") -> Medicine:
    """The medicine is not taken any more, or was never taken. It stays readable; stopping twice changes nothing."""
    medicine = Medicine.objects.select_for_update(of=("self",)).get(pk=medicine.pk)
    if medicine.ended_at is None:
        medicine.ended_at, medicine.ended_by, medicine.ended_why = timezone.now(), by, why
        medicine.save(update_fields=["ended_at", "ended_by", "ended_why"])
        record(Event.MEDICINE_STOPPED, by=by, on=medicine)
    return medicine
