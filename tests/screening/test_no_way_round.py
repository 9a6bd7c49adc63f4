"""Ways round a stop that the random walk found, and ways of being stuck; each one by itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from patients.course import actions as course_actions
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine, stop_medicine
from patients.medicines.selectors import medicine_entries
from patients.record.actions import measure_weight
from patients.record.days import day_in
from screening import actions
from screening.eligibility import standing
from screening.models import Finding
from screening.terms import Decision, Judgement, ScreeningState
from tests.screening.recorded import case, record, submitted

pytestmark = pytest.mark.django_db
WHY = "Discussed with the patient today; the reading settles on rest and is watched."
MORNING, EVENING = "2026-11-20T15:00+00:00", "2026-11-21T03:00+00:00"  # 10:00 and 22:00 of the 20th at the clinic
DAY = date(2026, 11, 20)


def newest(patient):
    return patient.screenings.order_by("-version").first()


def approve(screening, by, on=DAY):
    return actions.decide(
        screening=screening,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={finding.pk: (Judgement.ACCEPT, WHY) for finding in screening.findings.all()},
        by=by,
        role="prescriber",
        on=on,
    )


def override(finding, by, on=DAY, until=DAY):
    return actions.override_stop(
        finding=finding, reason=WHY, risk_plan="Taper", expires_on=until, by=by, role="prescriber", on=on
    )


def test_a_medicine_the_record_knows_counts_though_the_intake_leaves_it_out(patient, therapist, frozen):
    frozen(MORNING)
    add_medicine(patient=patient, by=therapist, text="Nardil 15 mg", last_taken="current")

    screening = submitted(patient, case("clear"), by=therapist)

    assert screening.findings.get().rule == "seed-maoi"
    assert screening.medications == [{"text": "Nardil 15 mg", "last_taken": "current"}]
    assert screening.answers["no_medications"] == "no"


def test_a_medicine_stopped_since_the_draft_was_begun_was_taken_on_its_day(patient, therapist, frozen):
    clock = frozen(MORNING)
    draft = record(patient, case("clear"), by=therapist)
    medicine = add_medicine(patient=patient, by=therapist, text="Nardil 15 mg", last_taken="current")
    clock.shift(timedelta(days=2))
    stop_medicine(medicine=medicine, by=therapist)

    screening = actions.submit(screening=draft, by=therapist)

    assert screening.medications == [{"text": "Nardil 15 mg", "last_taken": "current"}]
    assert screening.findings.get().rule == "seed-maoi"


def test_an_intake_is_the_newest_word_on_when_a_medicine_was_taken(patient, therapist, frozen):
    frozen(MORNING)
    add_medicine(patient=patient, by=therapist, text="Nardil 15 mg", last_taken="2026-01-05")
    intake = case("clear", no_medications="no")
    intake["medications"] = [{"text": "nardil 15 mg", "last_taken": "current"}]

    submitted(patient, intake, by=therapist)
    add_medicine(patient=patient, by=therapist, text="tramadol", last_taken="current")

    assert medicine_entries(patient)[0]["last_taken"] == "current"
    assert {"seed-maoi", "med-opioid"} <= set(newest(patient).findings.values_list("rule", flat=True))


def test_an_entry_that_says_none_does_not_become_a_medicine(patient, therapist, frozen):
    frozen(MORNING)
    intake = case("clear")
    intake["medications"] = [{"text": "None currently", "last_taken": None}]

    submitted(patient, intake, by=therapist)

    assert not patient.medicines.exists()


def test_a_medicine_of_unknown_date_waits_and_cannot_be_approved(patient, therapist, prescriber, frozen):
    frozen(MORNING)
    approve(submitted(patient, case("clear"), by=therapist), prescriber)
    assert standing(patient, DAY).eligible

    add_medicine(patient=patient, by=therapist, text="Coke Zero", last_taken="")

    screening = newest(patient)
    assert (screening.state, screening.missing) == (ScreeningState.SUBMITTED, ["medications[0].last_taken"])
    with pytest.raises(actions.NotPossible, match="not answered, or not usable"):
        approve(screening, prescriber)


def test_a_draft_from_before_a_rerun_is_the_newest_once_it_is_sent(patient, therapist, prescriber, frozen):
    frozen(MORNING)
    submitted(patient, case("clear"), by=therapist)
    draft = record(patient, case("clear", no_medications="no"), by=therapist)
    add_medicine(patient=patient, by=therapist, text="tramadol", last_taken="current")

    screening = actions.submit(screening=draft, by=therapist)

    assert newest(patient) == screening
    approve(screening, prescriber)
    assert standing(patient, DAY).eligible


def test_an_old_weight_does_not_take_the_place_of_the_intakes(patient, therapist, frozen):
    clock = frozen(MORNING)
    measure_weight(patient=patient, by=therapist, value=Decimal(74), unit="kg")
    clock.shift(timedelta(hours=1))
    intake = case("clear")
    intake["vitals"] = {**intake["vitals"], "weight": {"value": 172, "unit": "kg"}}
    submitted(patient, intake, by=therapist)

    add_medicine(patient=patient, by=therapist, text="tramadol", last_taken="current")

    assert {"weight-check", "med-opioid"} <= set(newest(patient).findings.values_list("rule", flat=True))


def test_what_is_signed_in_the_evening_counts_that_evening(patient, therapist, prescriber, frozen):
    frozen(EVENING)
    screening = submitted(patient, case("clear", benzodiazepine_now="yes", family_psychosis="yes"), by=therapist)
    override(screening.findings.get(rule="seed-benzodiazepine"), prescriber, until=DAY + timedelta(days=9))
    approve(screening, prescriber)

    assert standing(patient, DAY).reasons == []


def test_an_override_that_ended_makes_room_for_a_new_one_and_one_that_holds_does_not(
    patient, therapist, prescriber, frozen
):
    clock = frozen(MORNING)
    finding = submitted(patient, case("clear", benzodiazepine_now="yes"), by=therapist).findings.get()
    first = override(finding, prescriber)
    with pytest.raises(actions.NotPossible, match="has an override until 20 Nov 2026 already"):
        override(finding, prescriber)

    clock.shift(timedelta(days=1))
    second = override(finding, prescriber, on=DAY + timedelta(days=1), until=DAY + timedelta(days=2))

    first.refresh_from_db()
    assert first.lapsed_why == "It ended on 20 Nov 2026"
    assert Finding.objects.get(pk=finding.pk).overrides.get(lapsed_at=None) == second


def test_the_rules_running_again_do_not_make_old_answers_young(patient, therapist, prescriber, frozen):
    clock = frozen(MORNING)
    approve(submitted(patient, case("clear"), by=therapist), prescriber)
    clock.shift(timedelta(days=29))
    add_medicine(patient=patient, by=therapist, text="tramadol", last_taken="current")
    approve(newest(patient), prescriber, on=DAY + timedelta(days=29))

    assert standing(patient, DAY + timedelta(days=30)).eligible
    assert standing(patient, DAY + timedelta(days=31)).reasons == ["The screening is older than 30 days."]


def test_an_approval_ends_with_its_course(patient, therapist, prescriber, frozen):
    clock = frozen(MORNING)
    approve(submitted(patient, case("clear"), by=therapist), prescriber)
    clock.shift(timedelta(minutes=5))
    course_actions.move(
        course=patient.courses.get(), to=Stage.INTAKE, by=None, role="system", evidence={}, reason="One more question"
    )
    course_actions.move(
        course=patient.courses.get(), to=Stage.DECLINED, by=None, role="patient", evidence={}, reason="Moves away"
    )

    assert standing(patient, DAY).reasons == [
        "The course it was answered for is closed. A new course needs a new screening."
    ]


def test_accepting_a_caution_is_having_seen_it(patient, therapist, prescriber, frozen):
    frozen(MORNING)
    approve(submitted(patient, case("clear", respiratory="mild"), by=therapist), prescriber)

    assert standing(patient, DAY).eligible


# Found on the whole way


def test_the_weight_of_an_intake_is_a_weight_of_the_patient(patient, therapist):
    submitted(patient, case("clear"), by=therapist)

    weight = patient.weights.get()
    said = patient.screenings.get().vitals["weight"]
    assert (float(weight.value), weight.unit) == (said["value"], said["unit"])
    assert day_in(weight.measured_at, patient.clinic.zone) == patient.screenings.get().assessment_date


def test_a_weight_is_kept_once_and_never_over_a_newer_one(patient, therapist):
    submitted(patient, case("clear"), by=therapist)
    submitted(patient, case("clear"), by=therapist)
    assert patient.weights.count() == 1

    measure_weight(patient=patient, by=therapist, value=Decimal(90), unit="kg", confirmed=True)
    submitted(patient, case("clear"), by=therapist)
    assert patient.weights.order_by("-measured_at").first().value == 90
    assert patient.weights.count() == 2


def test_the_same_weight_on_another_day_is_another_measurement(patient, therapist, frozen):
    clock = frozen(MORNING)
    submitted(patient, {**case("clear"), "assessment_date": "2026-11-20"}, by=therapist)
    clock.shift(timedelta(days=9))
    submitted(patient, {**case("clear"), "assessment_date": "2026-11-29"}, by=therapist)

    days = {day_in(weight.measured_at, patient.clinic.zone) for weight in patient.weights.all()}
    assert days == {date(2026, 11, 20), date(2026, 11, 29)}
