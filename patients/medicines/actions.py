"""What is done with the list of medicines: somebody reports one, somebody reports that it stopped."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from kap_clinic.wiring import tell
from patients.medicines.matcher import read
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
def take_over_medicines(*, patient: Patient, entries: Iterable[Mapping[str, str | None]], by: User) -> None:
    """Put what an intake listed on the patient's list of medicines; it is the newest word on when each was last taken.

    What the intake does not name stays on the list: leaving a medicine out does not say that it stopped.
    """
    listed = list(patient.medicines.filter(ended_at=None))
    for entry in entries:
        text, last_taken = str(entry["text"] or ""), entry.get("last_taken") or ""
        if read(text).says_none:
            continue
        same = [medicine for medicine in listed if medicine.text.casefold() == text.casefold()]
        for medicine in same:
            _note_last_taken(medicine, last_taken, by=by)
        if not same:
            medicine = Medicine.objects.create(
                clinic_id=patient.clinic_id, patient=patient, text=text, last_taken=last_taken, added_by=by
            )
            listed.append(medicine)
            record(Event.MEDICINE_ADDED, by=by, on=medicine)


def _note_last_taken(medicine: Medicine, last_taken: str, *, by: User) -> None:
    if medicine.last_taken != last_taken:
        before, medicine.last_taken = medicine.last_taken, last_taken
        medicine.save(update_fields=["last_taken"])
        record(Event.MEDICINE_DATED, by=by, on=medicine, before=before, after=last_taken)


@transaction.atomic
def stop_medicine(*, medicine: Medicine, by: User, why: str = "") -> Medicine:
    """The medicine is not taken any more, or was never taken. It stays readable; stopping twice changes nothing."""
    medicine = Medicine.objects.select_for_update(of=("self",)).get(pk=medicine.pk)
    if medicine.ended_at is None:
        medicine.ended_at, medicine.ended_by, medicine.ended_why = timezone.now(), by, why
        medicine.save(update_fields=["ended_at", "ended_by", "ended_why"])
        record(Event.MEDICINE_STOPPED, by=by, on=medicine)
    return medicine
