"""The gate on real rows: an open one, what closes it, overrides, faults, time, and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from patients.consents.actions import withdraw
from patients.consents.terms import ConsentKind, Way
from patients.course.actions import NotReady
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine
from patients.models import Course, LabResult, Task
from patients.outside.actions import record_lab
from patients.outside.rules import Result
from patients.outside.terms import LabKind
from patients.record.actions import add_contact
from patients.tasks.actions import close_task
from patients.tasks.terms import Outcome
from screening.actions import decide
from screening.terms import Decision, Judgement
from sessions import course as courses
from sessions.dosing.actions import call_off, make_ready
from sessions.dosing.models import Alert, DosingSession
from sessions.dosing.terms import Level
from sessions.events.models import AdverseEvent
from sessions.gate import actions, selectors
from sessions.gate.models import GateOverride
from sessions.gate.selectors import readers
from sessions.gate.terms import Check, GateItem, ItemState, Topic
from sessions.orders.actions import end, set_hold
from sessions.orders.terms import Disposition
from tests import factories
from tests.conftest import stopped_clock
from tests.people import everybody
from tests.sessions import gates, orders

I = GateItem  # noqa: E741
WHY = "The patient was seen this morning; the risk is small and is watched."


@pytest.fixture(scope="module")
def standing(kept):
    """A session whose gate is open, made once."""
    made = everybody()
    with stopped_clock() as frozen:
        return made | {"dosing": gates.open_gate(made["patient"], gates.team(made), frozen)}


@pytest.fixture
def team(clinic, therapist, prescriber, nurse, admin, medical_director, safety_officer):
    return gates.Team(clinic, therapist, prescriber, nurse, admin, medical_director)


@pytest.fixture
def dosing(standing, patient, team, frozen):
    """A session whose gate is open at this moment."""
    frozen(gates.DOSE_DAY)
    return DosingSession.objects.get(pk=standing["dosing"].pk)


def gate(dosing):
    return selectors.gate_of(DosingSession.objects.get(pk=dosing.pk), timezone.now())


def item(dosing, code):
    return next(one for one in gate(dosing).items if one.code == code)


def unmet(dosing):
    return {one.code for one in gate(dosing).unmet}


def says(dosing, code, data, *, by, role="nurse"):
    return actions.answer(dosing=dosing, code=code, data=data, by=by, role=role)


def stage(dosing):
    return Course.objects.get(pk=dosing.course_id).stage


# Open, closed, and by what


def test_a_day_in_order_opens_the_gate_and_a_prescriber_makes_it_ready(dosing, prescriber):
    found = gate(dosing)

    assert (found.reasons, found.met_count, found.is_open) == ([], 23, True)
    ready = make_ready(dosing=dosing, by=prescriber, role="prescriber")
    assert (ready.state, ready.ready_by) == ("ready", prescriber)


def test_the_gate_costs_one_statement_and_the_clinic(dosing, django_assert_max_num_queries):
    fresh = DosingSession.objects.get(pk=dosing.pk)

    with django_assert_max_num_queries(4):  # the course, its clinic, its patient, and everything else in one
        selectors.gate_of(fresh, timezone.now())


def test_what_was_asked_an_hour_ago_is_asked_again_before_a_dose(dosing, prescriber, frozen):
    frozen(timezone.now() + timedelta(minutes=61))

    assert unmet(dosing) == {one.code for one in gate(dosing).items if one.day_of}
    assert {one.state for one in gate(dosing).unmet} == {ItemState.NOT_CHECKED}
    with pytest.raises(NotReady):
        make_ready(dosing=dosing, by=prescriber, role="prescriber")


def test_a_baseline_holds_for_a_quarter_of_an_hour(dosing, frozen):
    frozen(timezone.now() + timedelta(minutes=16))

    assert unmet(dosing) == {I.VITALS_TODAY}


def test_a_withdrawn_consent_closes_the_gate_at_once_and_holds_the_course(dosing, patient, therapist):
    consent = patient.consents.get(kind=ConsentKind.TREATMENT)
    withdraw(consent=consent, by=therapist, way=Way.IN_PERSON)

    assert unmet(dosing) >= {I.CONSENTS_VALID, I.COURSE_OPEN}
    assert stage(dosing) == Stage.ON_HOLD


def test_a_touch_consent_that_does_not_name_who_is_in_the_room_closes_the_gate(dosing, clinic, patient):
    other = factories.member(clinic, Role.THERAPIST, name="Sam New")
    dosing.appointment.staff.filter(role="therapist").update(left_at=timezone.now())
    dosing.appointment.staff.create(
        clinic=clinic,
        user=other,
        role=Role.THERAPIST,
        starts_at=dosing.appointment.starts_at,
        ends_at=dosing.appointment.ends_at,
    )

    assert item(dosing, I.CONSENTS_VALID).fact == "The touch consent does not name Sam New."


def test_a_new_seed_medicine_closes_the_gate_and_holds_the_course(dosing, patient, therapist):
    add_medicine(patient=patient, by=therapist, text="Xanax 0.5 mg", last_taken="2026-11-23")

    assert unmet(dosing) >= {I.SCREENING_CURRENT, I.MEDICATIONS_RECONCILED, I.COURSE_OPEN}
    assert "Seed" not in item(dosing, I.MEDICATIONS_RECONCILED).fixed
    assert "Xanax" in item(dosing, I.MEDICATIONS_RECONCILED).fixed
    assert not item(dosing, I.SCREENING_CURRENT).may_override
    moved = patient.course_moves.last()
    assert (moved.after, moved.role, moved.reason) == (Stage.ON_HOLD, "system", "New medicine: Xanax 0.5 mg")


def test_a_harmless_medicine_is_only_confirmed_again(dosing, patient, therapist):
    add_medicine(patient=patient, by=therapist, text="vitamin d", last_taken="current")

    assert unmet(dosing) == {I.MEDICATIONS_RECONCILED}
    assert item(dosing, I.MEDICATIONS_RECONCILED).may_override
    assert stage(dosing) == Stage.DOSING_SERIES


def test_a_hold_is_checked_against_when_the_medicine_was_last_taken(
    dosing, patient, therapist, prescriber, nurse, team
):
    row = add_medicine(patient=patient, by=therapist, text="loratadine", last_taken="current")
    set_hold(
        patient=patient,
        course=dosing.course,
        medicine=row,
        disposition=Disposition.HOLD,
        hours_before=24,
        by=prescriber,
        role="prescriber",
    )
    late = {"list_is_right": "yes", "taken": {str(row.ref): (timezone.now() - timedelta(hours=12)).isoformat()}}
    kept = {"list_is_right": "yes", "taken": {str(row.ref): (timezone.now() - timedelta(hours=24)).isoformat()}}

    says(dosing, Check.MEDICINES, late, by=nurse)
    assert "ordered to be held 24 h before" in item(dosing, I.MEDICATIONS_RECONCILED).fact
    says(dosing, Check.MEDICINES, kept, by=nurse)
    assert gate(dosing).is_open


def test_a_medicine_taken_later_than_the_list_says_is_written_anew_and_stays_held(dosing, patient, therapist, nurse):
    row = add_medicine(patient=patient, by=therapist, text="loratadine", last_taken="2026-11-01")
    taken = (timezone.now() - timedelta(hours=30)).isoformat()

    says(dosing, Check.MEDICINES, {"list_is_right": "yes", "taken": {str(row.ref): taken}}, by=nurse)

    newer = patient.medicines.get(ended_at=None)
    assert (newer.text, newer.last_taken) == ("loratadine", "2026-11-23")
    assert gate(dosing).is_open


def test_an_acute_asq_stops_the_day_whatever_is_answered_later(dosing, nurse):
    says(dosing, Check.ASQ, gates.SAFE | {"asq.1": 1, "asq.5": 1}, by=nurse)

    assert unmet(dosing) >= {I.SUICIDE_CHECK, I.NO_OPEN_CRITICAL_TASK, I.COURSE_OPEN, I.SCREENING_CURRENT}
    assert stage(dosing) == Stage.ON_HOLD
    says(dosing, Check.ASQ, gates.SAFE, by=nurse)
    assert "No dose today" in item(dosing, I.SUICIDE_CHECK).fact


def test_a_positive_asq_passes_only_assessed_by_a_clinician_and_decided_by_the_prescriber(
    dosing, patient, therapist, prescriber, nurse
):
    says(dosing, Check.ASQ, gates.SAFE | {"asq.4": 1, "asq.5": 0}, by=nurse)
    assert "assessment is not recorded" in item(dosing, I.SUICIDE_CHECK).fact

    task = Task.objects.get(patient=patient, flag="asq.positive")
    close_task(
        task=task, outcome=Outcome.SAFETY_PLAN, words="Talked it through, plan made", by=therapist, role="therapist"
    )
    assert "the prescriber has not decided" in item(dosing, I.SUICIDE_CHECK).fact

    approve(patient, prescriber)
    assert item(dosing, I.SUICIDE_CHECK).state == ItemState.PASS


def approve(patient, prescriber):
    newest = patient.screenings.order_by("-version").first()
    return decide(
        screening=newest,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={finding.pk: (Judgement.ACCEPT, WHY) for finding in newest.findings.all()},
        by=prescriber,
        role="prescriber",
        on=timezone.localdate(),
    )


def test_bladder_symptoms_of_today_are_evaluated_with_the_rules_of_the_screening(dosing, patient, nurse):
    new = {
        "topics": {**gates.NOTHING_NEW["topics"], Topic.BLADDER.value: "yes"},
        "words": "Burning since Friday",
        "answers": {"bladder": "symptoms_now"},
    }

    says(dosing, Check.CHANGES, new, by=nurse)

    newest = patient.screenings.order_by("-version").first()
    assert (newest.cause, newest.findings.get().rule) == ("Asked on the day of a dose", "bladder-symptoms")
    assert unmet(dosing) >= {I.SCREENING_CURRENT, I.CHANGES_SINCE_LAST, I.COURSE_OPEN}


def test_signs_of_mania_hold_the_course(dosing, nurse):
    new = {"topics": {**gates.NOTHING_NEW["topics"], Topic.MIND.value: "yes"}, "words": "Fast speech, no sleep"}

    says(dosing, Check.CHANGES, new, by=nurse)

    assert stage(dosing) == Stage.ON_HOLD
    assert "active-psychosis-or-mania" in {
        found.rule for found in dosing.patient.screenings.order_by("-version").first().findings.all()
    }


def test_a_hospital_stay_asks_for_a_full_screening_and_a_task_says_so(dosing, patient, nurse):
    new = {"topics": {**gates.NOTHING_NEW["topics"], Topic.HOSPITAL.value: "yes"}, "words": "Appendix out"}

    says(dosing, Check.CHANGES, new, by=nurse)

    assert item(dosing, I.CHANGES_SINCE_LAST).state == ItemState.FAIL
    assert Task.objects.filter(patient=patient, flag="screen-again").count() == 1


def test_pregnancy_that_became_possible_is_settled_by_a_test_of_today(dosing, patient, therapist, prescriber, nurse):
    new = {
        "topics": {**gates.NOTHING_NEW["topics"], Topic.PREGNANCY.value: "yes"},
        "words": "Period is late",
        "answers": {"pregnancy_status": "possible", "breastfeeding": "no"},
    }
    says(dosing, Check.CHANGES, new, by=nurse)
    assert I.PREGNANCY_CURRENT in unmet(dosing)
    assert not item(dosing, I.PREGNANCY_CURRENT).may_override

    negative = Result(LabKind.PREGNANCY, finding="negative")
    record_lab(patient=patient, by=nurse, result=negative, taken_on=timezone.localdate(), source="here")
    assert item(dosing, I.PREGNANCY_CURRENT).state == ItemState.PASS


def test_an_unsigned_serious_event_closes_the_gate_and_a_boundary_concern_is_never_named(dosing, patient, therapist):
    at = timezone.now() - timedelta(days=2)
    common = {"clinic_id": patient.clinic_id, "patient": patient, "serious": True, "onset_at": at, "role": "therapist"}
    concern = {"code": "boundary-concern", "is_boundary_concern": True, "words": "Told the officer"}
    AdverseEvent.objects.create(**common, **concern, reported_by=therapist)
    assert gate(dosing).is_open

    AdverseEvent.objects.create(**common, code="seizure", grade=3, words="At home", reported_by=therapist)
    assert item(dosing, I.NO_OPEN_SERIOUS_EVENT).fact == "Not signed: seizure of 22 Nov 2026."


def test_a_red_alert_that_nobody_closed_closes_the_gate(dosing, patient):
    now = timezone.now()
    red = {"sign": "spo2", "level": Level.RED, "words": "SpO2 90 %, red below 92"}
    Alert.objects.create(clinic_id=patient.clinic_id, patient=patient, dosing=dosing, opened_at=now, due_at=now, **red)

    assert item(dosing, I.NO_OPEN_SERIOUS_EVENT).fact == "Alert still open: SpO2 90 %, red below 92."


def test_an_order_that_ended_or_a_weight_that_changed_closes_the_gate(dosing, patient, therapist, prescriber):
    orders.weigh(patient, "78", by=therapist)
    assert "11" not in item(dosing, I.ORDER_VALID).fact
    assert "10 %" in item(dosing, I.ORDER_VALID).fact

    end(order=dosing.course.dose_orders.get(state="signed"), why="No longer wanted by the patient", by=prescriber)
    assert item(dosing, I.ORDER_VALID).fact == "No dose order is signed."


def test_liver_tests_that_are_missing_can_be_waived_by_a_prescriber(dosing, patient):
    LabResult.objects.filter(patient=patient, kind="ggt").update(
        voided_at=timezone.now(), voided_by=patient.registered_by, voided_why="Another patient's"
    )

    assert (item(dosing, I.LABS_OK).state, item(dosing, I.LABS_OK).may_override) == (ItemState.NOT_CHECKED, True)


def test_the_prescriber_acknowledges_a_caution_by_name_and_nobody_else(dosing, nurse, prescriber):
    row = gates.baseline(dosing, by=nurse, systolic=148)
    assert unmet(dosing) == {I.VITALS_TODAY}

    with pytest.raises(NotReady):
        says(dosing, Check.VITALS_SEEN, {"vitals": str(row.ref)}, by=nurse)
    says(dosing, Check.VITALS_SEEN, {"vitals": str(row.ref)}, by=prescriber, role="prescriber")
    assert gate(dosing).is_open
    assert any("148" in caution for caution in gate(dosing).cautions)


def test_the_touch_level_of_today_never_exceeds_the_signed_one(dosing, nurse):
    level = {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 3}

    with pytest.raises(NotReady, match="agreed to level 2"):
        says(dosing, Check.CONSENT_TODAY, level, by=nurse)


def test_staff_are_people_who_work_here_in_that_role(dosing, nurse, admin):
    with pytest.raises(NotReady, match="therapist who works here"):
        says(dosing, Check.STAFF, {"therapist": admin.pk, "clinician": nurse.pk}, by=nurse)


def test_a_time_in_the_future_is_refused_and_nothing_is_written(dosing, nurse):
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    before = dosing.checks.count()

    with pytest.raises(NotReady, match="future"):
        says(dosing, Check.FASTING, {"solids_at": later, "liquids_at": "none"}, by=nurse)
    assert dosing.checks.count() == before


def test_after_the_dose_nothing_of_the_check_changes(dosing, prescriber, nurse):
    call_off(dosing=dosing, reason="The patient went home", by=prescriber, role="prescriber")

    with pytest.raises(NotReady, match="past its check"):
        says(dosing, Check.SUBSTANCES, {}, by=nurse)
    with pytest.raises(NotReady, match="past its check"):
        actions.override(dosing=dosing, item=I.FASTING_OK, reason=WHY, by=prescriber, role="prescriber")


# Overrides


def ate_lately(dosing, nurse):
    lately = {"solids_at": (timezone.now() - timedelta(hours=2)).isoformat(), "liquids_at": "none"}
    says(dosing, Check.FASTING, lately, by=nurse)


def test_a_prescriber_overrides_one_item_for_one_dose_in_writing(dosing, nurse, prescriber):
    ate_lately(dosing, nurse)

    row = actions.override(dosing=dosing, item=I.FASTING_OK, reason=WHY, by=prescriber, role="prescriber")

    found = item(dosing, I.FASTING_OK)
    assert (found.state, found.override.by, found.override.reason) == (ItemState.OVERRIDDEN, prescriber.name, WHY)
    assert row.fact == "Solid food 2 h ago; at least 6 h before this route."
    assert gate(dosing).is_open
    make_ready(dosing=dosing, by=prescriber, role="prescriber")


@pytest.mark.parametrize("role", ["therapist", "nurse", "admin"])
def test_nobody_else_overrides(dosing, nurse, role):
    ate_lately(dosing, nurse)

    with pytest.raises(NotReady, match="Only a prescriber"):
        actions.override(dosing=dosing, item=I.FASTING_OK, reason=WHY, by=nurse, role=role)
    assert not GateOverride.objects.exists()


@pytest.mark.parametrize("code", [I.SUICIDE_CHECK, I.CONSENTS_VALID, I.SUBSTANCES_OK, I.COURSE_OPEN])
def test_what_is_never_overridden_is_refused_even_when_unmet(dosing, prescriber, nurse, code):
    says(dosing, Check.ASQ, gates.SAFE | {"asq.1": 1, "asq.5": 1}, by=nurse)
    says(dosing, Check.SUBSTANCES, {"alcohol": "yes", "cannabis": "no", "other": "no", "intoxicated": "no"}, by=nurse)

    with pytest.raises(NotReady):
        actions.override(dosing=dosing, item=code, reason=WHY, by=prescriber, role="prescriber")
    assert not gate(dosing).is_open


def test_an_override_does_not_count_once_the_item_may_no_longer_be_overridden(dosing, patient, prescriber, therapist):
    add_medicine(patient=patient, by=therapist, text="vitamin d", last_taken="current")
    actions.override(dosing=dosing, item=I.MEDICATIONS_RECONCILED, reason=WHY, by=prescriber, role="prescriber")
    assert item(dosing, I.MEDICATIONS_RECONCILED).state == ItemState.OVERRIDDEN

    add_medicine(patient=patient, by=therapist, text="Nardil", last_taken="current")
    assert item(dosing, I.MEDICATIONS_RECONCILED).state == ItemState.FAIL


# Faults (SEC-39)


def test_a_fact_that_cannot_be_read_is_not_checked_and_never_opens_the_gate(dosing, monkeypatch):
    def broken(asked):
        raise RuntimeError("broken")

    for name in readers.READERS.keys() - {"overrides"}:  # without overrides nothing is set aside
        with monkeypatch.context() as patch:
            patch.setitem(readers.READERS, name, broken)
            found = gate(dosing)

        assert not found.is_open, name
        assert {one.state for one in found.unmet} == {ItemState.NOT_CHECKED}, name
        assert not any(one.may_override for one in found.unmet), name
    assert gate(dosing).is_open


# The card of the chart, and the course


def test_the_card_of_the_chart_says_what_is_open_before_the_next_dose(dosing):
    card = selectors.gate_card(dosing.course, timezone.now())

    assert [one.code for one in card.standing if not one.is_met] == []
    asked_then = {one.code for one in card.items if one.day_of} - {I.SUICIDE_CHECK}  # the ASQ is the patient's
    assert {one.code for one in card.items if not one.is_met} == asked_then
    assert not card.is_closed_for_resuming


def contacts(patient, by):
    for kind in ("emergency", "escort"):
        add_contact(patient=patient, by=by, kind=kind, name="Ada Berg", phone="+16175550101")


def test_a_course_on_hold_goes_on_only_when_its_gates_are_closed(dosing, patient, prescriber, therapist):
    add_medicine(patient=patient, by=therapist, text="Zoloft 50 mg, fluconazole", last_taken="current")
    courses.hold_for(patient=patient, by=therapist, why="A new medicine")
    asked = {
        "course": dosing.course,
        "to": Stage.DOSING_SERIES,
        "by": prescriber,
        "role": "prescriber",
        "on": timezone.localdate(),
        "reason": WHY,
    }
    with pytest.raises(courses.screening.NotPossible, match="gate is still open"):
        courses.move_course(**asked)

    approve_cautions(patient, prescriber)
    assert courses.move_course(**asked).stage == Stage.DOSING_SERIES


def approve_cautions(patient, prescriber):
    newest = patient.screenings.order_by("-version").first()
    decide(
        screening=newest,
        decision=Decision.APPROVE,
        reason=WHY,
        judgements={
            finding.pk: (Judgement.SEEN if finding.severity in {"caution", "information"} else Judgement.ACCEPT, WHY)
            for finding in newest.findings.all()
        },
        by=prescriber,
        role="prescriber",
        on=timezone.localdate(),
    )


def test_a_series_ends_when_the_planned_number_is_given_or_a_prescriber_decides_it(dosing, therapist, prescriber):
    asked = {"course": dosing.course, "to": Stage.CLOSING, "on": timezone.localdate()}

    with pytest.raises(courses.screening.NotPossible, match="no stop is decided"):
        courses.move_course(**asked, by=therapist, role="therapist", reason=WHY)
    with pytest.raises(courses.screening.NotPossible, match="no stop is decided"):
        courses.move_course(**asked, by=prescriber, role="prescriber", reason="Enough")
    assert courses.move_course(**asked, by=prescriber, role="prescriber", reason=WHY).stage == Stage.CLOSING


def test_the_weight_in_the_gate_is_the_newest(dosing, patient, therapist):
    orders.weigh(patient, "71", by=therapist)

    assert gate(dosing).facts.weighed.kg == Decimal("71.0")


def test_pregnancy_that_is_possible_stays_so_on_the_next_days(dosing, patient, team, nurse, frozen):
    negative = Result(LabKind.PREGNANCY, finding="negative")
    record_lab(patient=patient, by=nurse, result=negative, taken_on=timezone.localdate(), source="here")
    topics = {**gates.NOTHING_NEW["topics"], Topic.PREGNANCY.value: "yes"}
    status = {"pregnancy_status": "possible", "breastfeeding": "no"}
    says(dosing, Check.CHANGES, {"topics": topics, "words": "Period is late", "answers": status}, by=nurse)
    assert gate(dosing).is_open

    frozen(timezone.now() + timedelta(days=8))
    gates.asked(dosing, team)

    assert unmet(dosing) == {I.PREGNANCY_CURRENT}
    assert not item(dosing, I.PREGNANCY_CURRENT).may_override
