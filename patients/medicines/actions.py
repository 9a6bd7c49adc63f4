"""What is done with the list of medicines: somebody reports one, somebody reports that it stopped."""

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
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
    return medicine


@transaction.atomic
def stop_medicine(*, medicine: Medicine, by: User, why: str = "") -> Medicine:
    """The medicine is not taken any more, or was never taken. It stays readable; stopping twice changes nothing."""
    medicine = Medicine.objects.select_for_update(of=("self",)).get(pk=medicine.pk)
    if medicine.ended_at is None:
        medicine.ended_at, medicine.ended_by, medicine.ended_why = timezone.now(), by, why
        medicine.save(update_fields=["ended_at", "ended_by", "ended_why"])
        record(Event.MEDICINE_STOPPED, by=by, on=medicine)
    return medicine
