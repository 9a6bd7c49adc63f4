"""Several reads in one statement give what each would give by itself."""

from decimal import Decimal

import pytest
from django.db.models import Value

from kap_clinic.reads import Read, ReadModels, together
from patients.medicines.models import Medicine
from patients.record import actions
from patients.record.models import AllergyReview, CareTeamMember, Contact, Patient, Weight

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(patient, therapist, nurse):
    for kg in ("68.4", "70.0", "30.1"):
        actions.measure_weight(patient=patient, by=nurse, value=Decimal(kg), unit="kg")
    actions.record_allergies(
        patient=patient, by=therapist, none_known=False, allergies=[{"to": 'nuts, "all"', "reaction": "é"}]
    )
    return patient


def test_one_statement_gives_the_same_rows_as_one_for_each(known, django_assert_num_queries):
    reads = {
        "weights": Read(
            Weight.objects.filter(patient=known).order_by("-id")[:2], ("ref", "kg", "measured_at", "recorded_by__name")
        ),
        "allergies": Read(AllergyReview.objects.filter(patient=known), ("none_known", "allergies", "asked_at")),
        "team": Read(
            CareTeamMember.objects.filter(patient=known).order_by("id").annotate(said=Value("here")),
            ("user_id", "said", "left_at"),
        ),
        "nothing": Read(Medicine.objects.filter(patient=known), ("text",)),
    }

    with django_assert_num_queries(1):
        found = together(reads)

    assert found == {name: read.now() for name, read in reads.items()}
    assert [kg for _, kg, *_ in found["weights"]] == [Decimal("30.1"), Decimal("70.0")]
    assert found["nothing"] == []


def test_rows_come_back_as_models_with_what_their_keys_point_at(known, nurse, django_assert_num_queries):
    rows = Weight.objects.filter(patient=known).order_by("id")

    (first, *_) = together({"weights": ReadModels(rows, ("id", "kg", "recorded_by_id", "recorded_by__name"))})[
        "weights"
    ]

    with django_assert_num_queries(0):
        assert (first.kg, first.recorded_by.name, first.recorded_by.pk) == (Decimal("68.4"), "Jo Winter", nurse.pk)
    assert first == rows.first()


def test_a_key_that_points_nowhere_stays_empty(patient, therapist):
    actions.add_contact(patient=patient, by=therapist, kind="emergency", name="Sam", phone="+16175550143")

    (contact,) = together(
        {"all": ReadModels(Contact.objects.filter(patient=patient), ("id", "name", "ended_by_id", "ended_by__name"))},
    )["all"]

    assert (contact.name, contact.ended_by) == ("Sam", None)


def test_the_wall_stands_in_every_read(patient, other_patient):
    found = together({"all": Read(Patient.objects.all(), ("id",))})

    assert found["all"] == [(patient.pk,)]
    assert other_patient.pk != patient.pk
