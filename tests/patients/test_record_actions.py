"""What the verbs of the record do, and what they leave behind."""

from datetime import date
from decimal import Decimal

import pytest

from kap_clinic.audit.models import AuditEvent
from patients.models import PatientEvent
from patients.record import actions

pytestmark = pytest.mark.django_db


def registered(clinic, by, **fields):
    fields = {"family_name": "Rivera", "given_name": "Alexandra", "birth_date": date(1987, 3, 14)} | fields
    return actions.register(clinic=clinic, by=by, **fields)


def events(patient):
    found = AuditEvent.objects.filter(patient_ref=str(patient.ref)).order_by("id")
    return list(found.values_list("event", flat=True))


def test_record_numbers_count_up_within_each_clinic(clinic, admin):
    first, second = registered(clinic, admin), registered(clinic, admin)

    assert (first.record_number, second.record_number) == (4001, 4002)
    assert first.record_label == "K-004 001"
