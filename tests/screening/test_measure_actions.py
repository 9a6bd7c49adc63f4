"""A measure is stored as scored, and each flag that asks for action opens one task at once."""

import pytest

from patients.models import Task
from patients.tasks.actions import close_task
from patients.tasks.terms import Outcome, Severity, TaskKind
from screening import actions, measures, selectors
from screening.models import MeasureResponse
from screening.terms import MeasureEntry

pytestmark = pytest.mark.django_db


def record(patient, by, instrument, **answers):
    return actions.record_measure(
        patient=patient,
        instrument=instrument,
        answers={name.replace("_", "."): value for name, value in answers.items()},
        entry=MeasureEntry.STAFF,
        by=by,
    )


def test_item_nine_alone_opens_a_safety_task_also_on_an_unfinished_form(patient, therapist):
    response = record(patient, therapist, "phq-9", phq9_9=1)

    task = Task.objects.get()
    assert (response.complete, response.total, response.band) == (False, None, "")
    assert (task.kind, task.severity, task.flag) == (TaskKind.SAFETY, Severity.HIGH, "phq9.item9.any")
    assert task.owner == therapist
    assert task.title == "PHQ-9: item 9 is above 0"


def test_a_critical_flag_goes_to_the_prescribers_within_the_hour(patient, therapist):
    response = record(patient, therapist, "asq", asq_1=1, asq_2=0, asq_3=0, asq_4=0, asq_5=1)

    task = Task.objects.get(flag="asq.acute")
    assert (task.severity, task.owner_role) == (Severity.CRITICAL, "prescriber")
    assert (task.due_at - response.recorded_at).total_seconds() == 3600


def test_what_was_scored_is_kept_with_its_versions(patient, therapist):
    answers = {f"gad7_{n}": 2 for n in range(1, 8)}

    response = record(patient, therapist, "gad-7", **answers)

    stored = MeasureResponse.objects.get(pk=response.pk)
    assert (stored.total, stored.band, stored.complete) == (14, "moderate", True)
    assert stored.scorer_version
    assert stored.instrument_version


def test_every_instrument_can_be_stored_with_its_version(patient, therapist):
    fits = MeasureResponse._meta.get_field("instrument_version").max_length

    response = record(patient, therapist, "cgi-i", cgii_1=2)

    assert response.instrument_version == measures.instrument("cgi-i").version
    assert [form.id for form in measures.all_instruments() if len(form.version) > fits] == []


@pytest.mark.parametrize("value", [True, 1.0, "1", 7])
def test_an_answer_the_form_does_not_have_is_refused_and_nothing_stored(patient, therapist, value):
    with pytest.raises(actions.NotPossible):
        record(patient, therapist, "phq-9", phq9_1=value)
    assert not MeasureResponse.objects.exists()


def test_a_correction_leaves_the_old_response_and_its_task(patient, therapist):
    wrong = record(patient, therapist, "phq-9", phq9_9=1)

    right = actions.correct_measure(response=wrong, answers={"phq9.9": 0}, by=therapist)

    assert list(MeasureResponse.objects.standing()) == [right]
    assert Task.objects.open().get().flag == "phq9.item9.any"  # a later lower score does not close it
    with pytest.raises(actions.NotPossible, match="corrected already"):
        actions.correct_measure(response=wrong, answers={"phq9.9": 0}, by=therapist)


def test_a_critical_task_ends_only_with_a_clinicians_assessment(patient, therapist, admin):
    from patients.course.actions import NotReady

    record(patient, therapist, "asq", asq_1=1, asq_2=0, asq_3=0, asq_4=0, asq_5=1)
    task = Task.objects.get(flag="asq.acute")

    with pytest.raises(NotReady, match="A clinician closes"):
        close_task(task=task, outcome=Outcome.ASSESSED_SAFE, words="Spoke with the patient", by=admin, role="admin")
    with pytest.raises(NotReady, match="assessment"):
        close_task(task=task, outcome=Outcome.DONE, words="Spoke with the patient", by=therapist, role="therapist")
    close_task(
        task=task, outcome=Outcome.SAFETY_PLAN, words="Plan made with the patient", by=therapist, role="therapist"
    )
    assert not Task.objects.open().filter(flag="asq.acute").exists()


def test_derived_answers_say_where_they_come_from(patient, therapist):
    record(patient, therapist, "audit-c", auditc_1=2, auditc_2=1, auditc_3=1)
    record(patient, therapist, "asq", asq_1=0, asq_2=0, asq_3=0, asq_4=1, asq_5=0)

    found = selectors.derived(patient, patient.registered_at.date())

    assert found["audit_c"].value == 4
    assert found["audit_c"].source.startswith("AUDIT-C, ")
    assert found["asq_result"].value == "non_acute"
    assert found["age_years"].source == "Birth date"
    assert "phq9_item9" not in found
