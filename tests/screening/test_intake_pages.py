"""The intake's pages: sections save what can be read, keep what cannot, and submit only what is complete."""

import pytest
from django.urls import reverse

from screening import actions, selectors
from screening.models import Screening
from screening.terms import ScreeningState
from tests.people import signed_in
from tests.screening.recorded import case, record, submitted

pytestmark = pytest.mark.django_db


def section_url(screening, name):
    return reverse("screening:section", args=[screening.ref, name])


@pytest.fixture
def draft(patient, therapist):
    return record(patient, case("clear"), by=therapist)


def test_starting_twice_opens_the_same_draft(client, therapist, patient):
    signed_in(client, therapist)

    first = client.post(reverse("screening:start", args=[patient.ref]))
    second = client.post(reverse("screening:start", args=[patient.ref]))

    assert first.status_code == 302
    assert first.url == second.url
    assert patient.screenings.count() == 1


@pytest.mark.parametrize("name", list(selectors.sections()))
def test_every_section_opens_with_what_was_saved(client, therapist, draft, name):
    signed_in(client, therapist)

    page = client.get(section_url(draft, name))

    assert page.status_code == 200
    assert selectors.sections()[name] in page.text
    assert "What the rules see so far" in page.text


def test_a_blank_answer_is_left_open_and_never_a_no(client, therapist, patient):
    signed_in(client, therapist)
    screening = actions.start(patient=patient, by=therapist, on=case()["assessment_date"])
    seen = client.get(section_url(screening, "psychiatric")).context["form"]["seen"].value()

    client.post(section_url(screening, "psychiatric"), {"seen": seen, "mania_ever": "no", "psychosis_ever": ""})

    screening.refresh_from_db()
    assert screening.answers == {"mania_ever": "no"}
    assert "psychosis_ever" not in screening.answers


def test_an_unusable_answer_is_refused_in_words_and_kept_as_typed(client, therapist, draft):
    signed_in(client, therapist)

    page = client.post(section_url(draft, "body"), {"alt_times_uln": "lots", "seizures": "never"})

    assert page.status_code == 422
    assert 'value="lots"' in page.text
    assert "like 1.2" in page.text
    draft.refresh_from_db()
    assert draft.answers["seizures"] == "never"
    assert "alt_times_uln" not in draft.answers


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"blood_pressure": "138"}, "upper and lower number, like 138/86"),
        ({"blood_pressure": "86/138"}, "The upper number must be above the lower one"),
        ({"blood_pressure": "312/90"}, "cannot be right"),
        ({"weight": "68,4"}, "Choose kg or lb"),
        ({"weight": "900", "weight_unit": "kg"}, "cannot be right: 30 to 300 kg"),
        ({"weight": "heavy", "weight_unit": "kg"}, "Enter the weight, like 68.4"),
        ({"heart_rate": "9999"}, "Enter a pulse from 25 to 220"),
    ],
)
def test_vital_signs_nobody_can_have_are_refused_in_words(client, therapist, draft, typed, words):
    signed_in(client, therapist)

    page = client.post(section_url(draft, "vitals"), typed)

    assert page.status_code == 422
    assert words in page.text
    for value in typed.values():
        assert value in page.text


def test_a_decimal_comma_and_a_blank_between_the_pressures_are_read(client, therapist, draft):
    signed_in(client, therapist)
    seen = client.get(section_url(draft, "vitals")).context["form"]["seen"].value()

    page = client.post(
        section_url(draft, "vitals"),
        {"seen": seen, "blood_pressure": "138 86", "heart_rate": "72", "weight": "150,5", "weight_unit": "lb"},
    )

    assert page.status_code == 302
    draft.refresh_from_db()
    assert draft.vitals == {
        "systolic": 138,
        "diastolic": 86,
        "heart_rate": 72,
        "weight": {"value": 150.5, "unit": "lb"},
    }


def test_the_second_person_to_save_a_section_sees_both_versions(client, therapist, draft):
    signed_in(client, therapist)
    seen = client.get(section_url(draft, "substances")).context["form"]["seen"].value()
    answers = {"ketamine_misuse": "never", "seen": seen}
    client.post(section_url(draft, "substances"), {**answers, "substance_use_disorder": "unsure"})

    page = client.post(
        section_url(draft, "substances"), {**answers, "substance_use_disorder": "remission_over_12_months"}
    )

    assert page.status_code == 409
    assert "Somebody saved this section while you were typing" in page.text
    assert "Not sure" in page.text
    draft.refresh_from_db()
    assert draft.answers["substance_use_disorder"] == "unsure"


def test_ones_own_second_save_is_no_alarm(client, therapist, draft):
    signed_in(client, therapist)
    seen = client.get(section_url(draft, "substances")).context["form"]["seen"].value()
    answers = {"seen": seen, "ketamine_misuse": "never", "substance_use_disorder": "unsure"}

    first = client.post(section_url(draft, "substances"), answers)
    again = client.post(section_url(draft, "substances"), answers)

    assert [first.status_code, again.status_code] == [302, 302]


def test_an_incomplete_screening_is_saved_and_not_submitted(client, therapist, patient):
    signed_in(client, therapist)
    screening = record(patient, case("clear", psychosis_ever=None), by=therapist)

    page = client.post(reverse("screening:submit", args=[screening.ref]))

    assert page.status_code == 422
    assert "Psychosis at any time in life: not answered" in page.text
    assert Screening.objects.get(pk=screening.pk).state == ScreeningState.DRAFT


def test_a_complete_screening_is_submitted_with_its_findings(client, therapist, draft):
    signed_in(client, therapist)

    page = client.post(reverse("screening:submit", args=[draft.ref]))

    assert page.status_code == 302
    draft.refresh_from_db()
    assert draft.state == ScreeningState.SUBMITTED
    assert (draft.overall, draft.submitted_by) == ("clear", therapist)


def test_a_submitted_screening_is_frozen_in_the_database_too(patient, therapist):
    from django.db import IntegrityError, transaction

    screening = submitted(patient, case("clear"), by=therapist)

    screening.answers = {**screening.answers, "psychosis_ever": "yes"}
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        screening.save()
    assert Screening.objects.get(pk=screening.pk).answers["psychosis_ever"] == "no"


def test_a_correction_is_a_new_version_and_replaces_the_old_one(patient, therapist):
    old = submitted(patient, case("clear"), by=therapist)
    new = actions.start(patient=patient, by=therapist, on=old.assessment_date)

    assert new.version == 2
    assert "asq_result" not in new.answers  # asked anew each time
    assert new.answers["mania_ever"] == "no"
    assert new.vitals == {}  # nothing measured is carried over
    record(patient, case("clear"), by=therapist)
    actions.submit(screening=new, by=therapist)
    old.refresh_from_db()
    assert old.state == ScreeningState.SUPERSEDED
