"""When a fact changes the rules run again, and something worse closes the approval by itself."""

from decimal import Decimal

import pytest

from patients.medicines.actions import add_medicine, stop_medicine
from patients.models import Medicine
from patients.outside.actions import record_lab
from patients.outside.rules import Result, units_of
from patients.outside.terms import LabKind
from patients.record.days import today_in
from screening import actions
from screening.models import Override
from screening.terms import Decision, MeasureEntry, ScreeningState
from tests.screening.recorded import case, submitted

pytestmark = pytest.mark.django_db
WHY = "Discussed with the patient today; the reading settles on rest and is watched."


@pytest.fixture
def approved(patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    actions.decide(
        screening=screening,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={},
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    screening.refresh_from_db()
    assert screening.state == ScreeningState.DECIDED
    return screening


def newest(patient):
    return patient.screenings.order_by("-version").first()


def test_a_new_maoi_waits_for_the_prescriber_again(patient, therapist, approved):
    add_medicine(patient=patient, by=therapist, text="Nardil 15 mg", last_taken="current")

    again = newest(patient)
    approved.refresh_from_db()
    assert (again.state, again.version) == (ScreeningState.SUBMITTED, approved.version + 1)
    assert again.cause == "New medicine: Nardil 15 mg"
    assert again.findings.first().rule == "seed-maoi"
    assert approved.state == ScreeningState.SUPERSEDED


def test_a_harmless_medicine_changes_nothing(patient, therapist, approved):
    add_medicine(patient=patient, by=therapist, text="vitamin d", last_taken="current")

    assert newest(patient) == approved


def test_a_stopped_medicine_still_counts_while_its_washout_runs(patient, therapist, approved):
    add_medicine(patient=patient, by=therapist, text="Nardil 15 mg", last_taken="current")
    first = newest(patient)

    stop_medicine(medicine=Medicine.objects.get(text="Nardil 15 mg"), by=therapist)
    add_medicine(patient=patient, by=therapist, text="xanax", last_taken="current")

    assert "seed-maoi" in newest(patient).findings.values_list("rule", flat=True)
    assert newest(patient).version == first.version + 1


def test_a_positive_suicide_screen_closes_the_approval(patient, therapist, approved):
    actions.record_measure(
        patient=patient,
        instrument="asq",
        answers={"asq.1": 1, "asq.2": 0, "asq.3": 0, "asq.4": 0, "asq.5": 1},
        entry=MeasureEntry.STAFF,
        by=therapist,
    )

    assert newest(patient).state == ScreeningState.SUBMITTED
    assert newest(patient).findings.first().rule == "suicide-risk"


def test_overrides_lapse_with_their_version(patient, therapist, prescriber):
    screening = submitted(patient, case("clear", benzodiazepine_now="yes"), by=therapist)
    override = actions.override_stop(
        finding=screening.findings.first(),
        reason=WHY,
        risk_plan="Taper",
        expires_on=screening.assessment_date,
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )

    add_medicine(patient=patient, by=therapist, text="Nardil", last_taken="current")

    override = Override.objects.get(pk=override.pk)
    assert override.lapsed_at is not None
    assert override.lapsed_why == "The rules ran again: New medicine: Nardil"


def test_a_submitted_list_becomes_the_patients_list(patient, therapist):
    intake = case("clear")
    intake["medications"] = [{"text": "sertraline 50 mg", "last_taken": "current"}]
    intake["answers"]["no_medications"] = "no"

    submitted(patient, intake, by=therapist)

    assert list(patient.medicines.values_list("text", "last_taken")) == [("sertraline 50 mg", "current")]


def test_a_liver_result_far_above_its_limit_waits_for_the_prescriber(patient, therapist, approved):
    result = Result(LabKind.ALT, value=Decimal(170), unit=str(units_of(LabKind.ALT)[0]), upper_limit=Decimal(40))

    record_lab(patient=patient, by=therapist, result=result, taken_on=today_in(patient.clinic.zone), source="report")

    again = newest(patient)
    assert again.state == ScreeningState.SUBMITTED
    assert again.answers["alt_times_uln"] == 4.25
    assert again.findings.get(rule="liver-disease").severity == "needs_prescriber_decision"
