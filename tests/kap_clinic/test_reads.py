"""Several reads in one statement give what each would give by itself."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Value
from django.utils import timezone

from kap_clinic.accounts.access import visible
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.desk.patients.listing import listing
from kap_clinic.desk.tasks.selectors import count_read, mine
from kap_clinic.reads import Count, Read, ReadModels, compiled, together
from patients.breakglass.actions import break_glass
from patients.medicines.models import Medicine
from patients.notes.models import Note
from patients.notes.selectors import on_chart_read
from patients.record import actions
from patients.record.models import AllergyReview, CareTeamMember, Contact, Patient, Weight
from patients.record.selectors import weights_read
from patients.record.terms import CARE_ROLES
from patients.tasks.actions import open_task
from tests import factories
from tests.patients import notes
from tests.people import member_of

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


# Put together once


@compiled
def heavy_reads(patient: Patient, after: datetime, *, most: int) -> dict[str, Read]:
    rows = Weight.objects.filter(patient=patient, measured_at__gt=after - timedelta(days=2))
    return {"weights": Read(rows.order_by("id")[:most], ("kg",)), "how many": Count(rows)}


def measured(patient, nurse, kg, days_ago):
    at = timezone.now() - timedelta(days=days_ago)
    actions.measure_weight(patient=patient, by=nurse, value=Decimal(kg), unit="kg", measured_at=at)


def test_what_was_put_together_once_is_read_of_each_patient_and_each_moment(clinic, patient, therapist, nurse, frozen):
    clock = frozen("2026-03-02T09:00-05:00")
    other = factories.patient(clinic, by=therapist, family_name="Other", birth_date=date(1970, 1, 1))
    measured(patient, nurse, "70", 1), measured(patient, nurse, "71", 4), measured(other, nurse, "50", 1)

    def read(whose, most=5):
        return together(heavy_reads(whose, timezone.now(), most=most))

    assert read(patient) == {"weights": [(Decimal("70.0"),)], "how many": [(1,)]}
    assert read(other) == {"weights": [(Decimal("50.0"),)], "how many": [(1,)]}
    assert read(other, most=0) == {"weights": [], "how many": [(1,)]}
    clock.shift(timedelta(days=3).total_seconds())
    assert read(patient) == {"weights": [], "how many": [(0,)]}


def test_a_moment_that_would_stay_for_good_is_refused(patient):
    @compiled
    def stale(patient: Patient) -> Read:
        return Read(Weight.objects.filter(patient=patient, measured_at__lt=timezone.now()), ("kg",))

    with pytest.raises(TypeError, match="would stay in the read for good"):
        stale(patient)


def test_two_reads_that_mean_somebody_else_by_one_name_are_not_read_together(patient, clinic, therapist):
    other = factories.patient(clinic, by=therapist, family_name="Other", birth_date=date(1970, 1, 1))

    with pytest.raises(ValueError, match="patient is"):
        together({"one": weights_read(patient), "two": weights_read(other)})


def test_a_constant_with_a_percent_sign_or_a_quote_stays_what_it_is(patient, therapist):
    actions.add_contact(
        patient=patient, by=therapist, kind="emergency", name="Sam 100% 'O\\'Neil' %s", phone="+16175550143"
    )

    @compiled
    def named(patient: Patient) -> Read:
        rows = Contact.objects.filter(patient=patient, name__startswith="Sam 100% 'O", name__contains="%s")
        return Read(rows, ("name",))

    assert named(patient).now() == [("Sam 100% 'O\\'Neil' %s",)]


def test_no_reads_ask_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert together({}) == {}


# What somebody may see, put together once for everybody with the same roles


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_it_shows_what_the_table_says_to_each_of_a_role_at_each_moment(role, clinic, therapist, nurse, frozen):
    clock = frozen("2026-03-02T09:00-05:00")
    first, second = (factories.member(clinic, Role(role), name=name) for name in ("First", "Second"))
    on_teams = [(first,), (second,)] if Role(role) in CARE_ROLES else [(), ()]
    people = [
        factories.patient(clinic, by=therapist, team=(therapist, *team), family_name=name, birth_date=date(1970, 1, 1))
        for name, team in zip(("Ames", "Berg", "Cruz"), (*on_teams, ()), strict=True)
    ]
    for one in people:
        notes.signed(one, by=therapist)
        open_task(patient=one, due_at=timezone.now(), owner_role=role, by=therapist, kind="safety", title="Call")
    break_glass(patient=people[2], reason="Found unconscious at the door", by=first, role=role)

    for wait in (0, 2 * 60 * 60, 40 * 24 * 60 * 60):
        clock.shift(wait)
        for who in (first, second):
            member = member_of(who)
            found = visible(member, Permission.PATIENT_FIND, Patient.objects.order_by("family_key"))
            assert [row.ref for row in listing(member, "all", 1).rows] == [str(one.ref) for one in found]
            for one in people:
                read = visible(member, Permission.NOTE_VIEW, Note.objects.filter(patient=one))
                assert len(on_chart_read(one, member).now()) == read.count()
            assert count_read(member).now() == [(mine(member).count(),)]
        for team in CareTeamMember.objects.filter(user=first):
            actions.leave_team(member=team, by=therapist)
