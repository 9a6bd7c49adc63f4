"""The dose day in actions: from planned to closed, and everything that is refused on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from patients.tasks.models import Task
from sessions.dosing import actions, selectors
from sessions.dosing.actions import NotReady
from sessions.dosing.models import Dose, DosingMove, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import MOVES
from sessions.dosing.terms import DosingState
from tests import factories
from tests.sessions import days, gates

MORNING = "2026-03-02T09:00-05:00"


@pytest.fixture
def clock(frozen, clinic):
    return frozen(MORNING)


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    days.gate(monkeypatch)


@pytest.fixture
def people(therapist, prescriber, nurse):
    return {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}


def refused(call, **kwargs):
    with pytest.raises(NotReady) as no:
        call(**kwargs)
    return no.value.reasons


def minutes(clock, number):
    clock.shift(timedelta(minutes=number))


# Opening, check, ready


def test_a_dosing_visit_has_one_session(clock, patient, therapist):
    dosing = days.planned(patient, by=therapist)

    again = actions.open_dosing(appointment=dosing.appointment, by=therapist, role="therapist")

    assert again == dosing
    assert [(move.before, move.after) for move in dosing.moves.all()] == [("", "planned")]


def test_the_check_begins_when_the_patient_is_here_and_known(clock, patient, therapist):
    dosing = days.planned(patient, by=therapist)

    assert refused(actions.begin_check, dosing=dosing, by=therapist, role="therapist") == [
        "The patient's identity is not checked."
    ]
    actions.begin_check(dosing=dosing, by=therapist, role="therapist", identity_checked=True)
    assert days.state(dosing) == "gate_check"


def test_a_prescriber_signs_ready_and_nobody_else(clock, patient, people):
    days.order(patient, by=people["prescriber"])
    dosing = days.checking(patient, by=people["therapist"])

    assert refused(actions.make_ready, dosing=dosing, by=people["nurse"], role="nurse") == [
        "Your role may not do this."
    ]
    made = actions.make_ready(dosing=dosing, by=people["prescriber"], role="prescriber")
    assert (made.state, made.ready_at, made.ready_by) == ("ready", timezone.now(), people["prescriber"])


def test_a_closed_gate_says_why_and_nothing_moves(clock, patient, people, monkeypatch):
    days.order(patient, by=people["prescriber"])
    dosing = days.checking(patient, by=people["therapist"])
    days.gate(monkeypatch, "Nobody is named to take the patient home.")

    reasons = refused(actions.make_ready, dosing=dosing, by=people["prescriber"], role="prescriber")

    assert reasons == ["Nobody is named to take the patient home."]
    assert days.state(dosing) == "gate_check"


def test_a_gate_that_cannot_be_asked_counts_as_open(clock, patient, people, monkeypatch):
    days.order(patient, by=people["prescriber"])
    dosing = days.checking(patient, by=people["therapist"])
    days.gate(monkeypatch, there=False)

    reasons = refused(actions.make_ready, dosing=dosing, by=people["prescriber"], role="prescriber")

    assert reasons == ["The gate could not be checked. It counts as open."]


def test_without_an_order_nobody_is_ready(clock, patient, people):
    dosing = days.checking(patient, by=people["therapist"])

    reasons = refused(actions.make_ready, dosing=dosing, by=people["prescriber"], role="prescriber")

    assert reasons == ["No dose order is in force."]


def test_readiness_runs_out_after_half_an_hour(clock, patient, therapist, prescriber):
    dosing = days.ready(patient, therapist=therapist, prescriber=prescriber)

    minutes(clock, 30)
    assert refused(actions.expire_ready, dosing=dosing) == ["The readiness has not expired."]
    minutes(clock, 1)
    actions.watch()

    dosing.refresh_from_db()
    assert (dosing.state, dosing.ready_at) == ("gate_check", None)
    assert dosing.moves.last().role == "system"


def test_a_failed_gate_asks_for_another_day(clock, patient, therapist):
    dosing = days.checking(patient, by=therapist)

    assert refused(actions.fail_gate, dosing=dosing, reason=" ", by=therapist, role="therapist") == [
        "Write the reason."
    ]
    actions.fail_gate(dosing=dosing, reason="Blood pressure 182/112", by=therapist, role="therapist")

    assert days.state(dosing) == "gate_failed"
    assert Task.objects.get(source_ref=dosing.ref).kind == "rebook"


def test_anybody_on_the_team_calls_a_session_off_before_the_dose(clock, patient, therapist, prescriber):
    dosing = days.ready(patient, therapist=therapist, prescriber=prescriber)

    actions.call_off(dosing=dosing, reason="Would rather not today", by=therapist, role="therapist")

    assert days.state(dosing) == "aborted_before_dose"


# The dose


def test_a_dose_sets_t0_and_begins_monitoring(clock, patient, people):
    dosing = days.dosed(patient, **people)

    dose = dosing.doses.get()
    assert (dosing.state, dosing.t0, dosing.number) == ("monitoring", timezone.now(), 1)
    assert (dose.mg, dose.weight_kg, dose.mg_per_kg) == (Decimal("60.00"), Decimal("68.4"), Decimal("0.88"))
    assert (dose.entered_by, dose.witnessed_by) == (people["nurse"], people["therapist"])
    assert [move.after for move in dosing.moves.all()] == ["planned", "gate_check", "ready", "dosed", "monitoring"]
    due = selectors.due_checks(dosing, timezone.now())
    assert [check.due.minutes for check in due][:5] == [5, 15, 30, 45, 60]
    assert AuditEvent.objects.filter(event="dose.given", thing_ref=str(dose.ref)).count() == 1


def test_the_gate_is_asked_again_at_the_dose(clock, patient, people, monkeypatch):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    days.gate(monkeypatch, "The escort has not come.")

    reasons = refused(days.give, dosing=dosing, nurse=people["nurse"], therapist=people["therapist"])

    assert reasons == ["The escort has not come."]
    assert not Dose.objects.exists()
    assert days.state(dosing) == "ready"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mg": Decimal("60.01")}, "60.01 mg is above the order: at most 60 mg as a dose."),
        ({"says_yes": False}, "The patient has not said yes aloud."),
        ({"lot": ""}, "Enter the lot."),
        ({"witness": None}, "A second person looks at the dose, or you look again after a minute."),
    ],
)
def test_what_keeps_a_dose_back_writes_nothing(clock, patient, people, changes, reason):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])

    reasons = refused(days.give, dosing=dosing, nurse=people["nurse"], therapist=people["therapist"], **changes)

    assert reasons == [reason]
    assert not Dose.objects.exists()


def test_nobody_witnesses_their_own_dose_and_no_stranger_does(clock, clinic, patient, people):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    other = factories.member(clinic, Role.THERAPIST, name="Not On Team")

    def give(witness):
        return refused(days.give, dosing=dosing, nurse=people["nurse"], therapist=witness)

    assert give(people["nurse"]) == ["Somebody else witnesses a dose, not the one who gives it."]
    assert give(other) == ["This person may not witness a dose of this patient."]


def test_alone_one_prepares_waits_a_minute_and_looks_again(clock, patient, people):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    nurse, alone = people["nurse"], {"nurse": people["nurse"], "therapist": None}
    every = ["identity", "drug", "dose", "route", "weight"]

    assert refused(days.give, dosing=dosing, **alone, second_look_at=timezone.now()) == [
        "Prepare the dose first, wait a minute, then look again."
    ]
    assert refused(
        actions.prepare_dose, dosing=dosing, data={"mg": "60", "checked": every[:4]}, by=nurse, role="nurse"
    ) == ["Check first: Weight."]
    actions.prepare_dose(dosing=dosing, data={"mg": "60", "checked": every}, by=nurse, role="nurse")
    clock.shift(59)
    assert refused(days.give, dosing=dosing, **alone, second_look_at=timezone.now()) == [
        "Wait a full minute, then look again at patient, drug, dose, route and weight."
    ]
    clock.shift(1)
    dose = days.give(dosing, **alone, second_look_at=timezone.now())

    assert (dose.witnessed_by, dose.second_look_at) == (None, timezone.now())


def test_a_second_person_witnesses_what_was_prepared_on_their_own_sign_in(clock, patient, people):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    data = {"mg": "60", "checked": ["identity", "drug", "dose", "route", "weight"]}
    older = actions.prepare_dose(dosing=dosing, data=data, by=people["nurse"], role="nurse")
    prepared = actions.prepare_dose(dosing=dosing, data=data, by=people["nurse"], role="nurse")

    def witness(by, what):
        return actions.witness_dose(dosing=dosing, prepared=what, by=by, role="therapist")

    with pytest.raises(NotReady, match="Somebody else"):
        witness(people["nurse"], prepared)
    with pytest.raises(NotReady, match="newer one"):
        witness(people["therapist"], older)
    seen = witness(people["therapist"], prepared)
    assert witness(people["therapist"], prepared) == seen
    assert actions.witness_of(prepared) == seen


def test_the_same_dose_sent_twice_is_one_and_other_content_is_refused(clock, patient, people):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    same = {"nurse": people["nurse"], "therapist": people["therapist"], "client_ref": uuid7()}

    first = days.give(dosing, **same)
    again = days.give(dosing, **same)

    assert again == first
    assert refused(days.give, dosing=dosing, **same, mg=Decimal("50")) == [
        "This was sent before with other content. Nothing was changed."
    ]
    assert Dose.objects.count() == 1
    assert DosingMove.objects.filter(after="dosed").count() == 1


def test_t0_is_set_back_with_a_reason_and_never_before_ready(clock, patient, people):
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    minutes(clock, 3)
    both = {"nurse": people["nurse"], "therapist": people["therapist"], "dosing": dosing}
    three_ago, four_ago = (timezone.now() - timedelta(minutes=n) for n in (3, 4))

    assert refused(days.give, **both, given_at=three_ago) == ["Write why the time is set back."]
    assert refused(days.give, **both, given_at=four_ago, set_back_why="Gloves on") == [
        "The dose cannot lie before the moment the gate was ready."
    ]
    dose = days.give(**both, given_at=three_ago, set_back_why="Gloves on")
    assert DosingSession.objects.get(pk=dosing.pk).t0 == dose.happened_at == three_ago


def test_the_database_refuses_a_t0_the_action_would_refuse(clock, patient, therapist, prescriber):
    dosing = days.ready(patient, therapist=therapist, prescriber=prescriber)
    said = {"clinic_id": dosing.clinic_id, "patient": patient, "dosing": dosing, "role": "nurse"}
    dosing.state, dosing.number, dosing.t0 = "dosed", 1, dosing.ready_at - timedelta(seconds=1)

    @transaction.atomic
    def force():
        DosingMove.objects.create(before="ready", after="dosed", **said)
        dosing.save()

    with pytest.raises(IntegrityError, match="t0 lies within the half hour"):
        force()


def test_an_order_that_is_used_up_or_over_gives_nothing(clock, patient, people):
    days.order(patient, by=people["prescriber"], doses=1)
    days.dosed(patient, **people)
    minutes(clock, 60 * 24 * 3)
    second = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"], room="Room 3")

    reasons = refused(days.give, dosing=second, nurse=people["nurse"], therapist=people["therapist"])

    assert reasons == ["The order is used up: 1 of 1 sessions."]


# Boosters


@pytest.fixture
def lozenge(clock, patient, people):
    days.order(
        patient,
        by=people["prescriber"],
        route="sl",
        first_mg=Decimal("200"),
        boosters=1,
        booster_mg=Decimal("100"),
        booster_gap_minutes=30,
    )
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    days.give(dosing, nurse=people["nurse"], therapist=people["therapist"], mg=Decimal("200"), **COMPOUNDED)
    return DosingSession.objects.get(pk=dosing.pk)


COMPOUNDED = {"lot": "L7", "pharmacy": "Elm Compounding", "strength": "100 mg", "site": ""}


def boost(dosing, people, **changes):
    said = {"mg": Decimal("100"), **COMPOUNDED, **changes}
    return days.give(dosing, nurse=people["nurse"], therapist=people["therapist"], **said)


def test_a_booster_restarts_the_checks_and_moves_the_earliest_leave(clock, lozenge, people):
    minutes(clock, 32)
    days.vitals(lozenge, by=people["therapist"])

    dose = boost(lozenge, people)

    assert dose.kind == "booster"
    due = selectors.due_checks(lozenge, timezone.now() + timedelta(minutes=100))
    assert [check.due.minutes for check in due if check.due.dose == 1][:5] == [15, 30, 45, 60, 90]
    lozenge.refresh_from_db()
    assert (lozenge.state, lozenge.number) == ("monitoring", 1)
    assert boost_reasons(lozenge, people) == ["The order has no booster left."]


def boost_reasons(dosing, people, **changes):
    return refused(boost, dosing=dosing, people=people, **changes)


def test_a_booster_waits_for_its_gap_and_for_vital_signs(clock, lozenge, people):
    minutes(clock, 29)

    assert boost_reasons(lozenge, people) == [
        "A booster waits 30 minutes after the dose before it.",
        "There are no whole vital signs of the last 15 minutes.",
    ]


def test_an_amber_sign_keeps_a_booster_back_for_a_quarter_of_an_hour(clock, lozenge, people):
    minutes(clock, 31)
    days.vitals(lozenge, by=people["therapist"], systolic=165)
    minutes(clock, 5)
    days.vitals(lozenge, by=people["therapist"])

    reasons = boost_reasons(lozenge, people)

    assert reasons[0] == "A sign was amber in the last 15 minutes."
    assert reasons[1].startswith("An alert is open: Blood pressure 165/78")


def test_somebody_drowsy_or_who_said_stop_gets_no_booster(clock, lozenge, people):
    minutes(clock, 31)
    days.vitals(lozenge, by=people["therapist"], moaas=3)
    days.entry(lozenge, "help", "stop", by=people["therapist"])

    reasons = boost_reasons(lozenge, people)

    assert "MOAA/S is not 4 or 5." in reasons
    assert "The patient said stop: no more drug." in reasons


def test_no_booster_after_stopping_early(clock, lozenge, people):
    minutes(clock, 31)
    days.vitals(lozenge, by=people["therapist"])
    actions.stop_early(dosing=lozenge, reason="Had enough", by=people["therapist"], role="therapist")

    assert boost_reasons(lozenge, people)[0] == ("A dose is given once a prescriber has signed that the gate is ready.")


# Monitoring to closed


def test_recovery_needs_every_check_of_the_hour_and_somebody_awake(clock, patient, people):
    dosing = days.dosed(patient, **people)
    for gap in (5, 10, 15, 15):
        minutes(clock, gap)
        days.vitals(dosing, by=people["therapist"], moaas=4)
    minutes(clock, 15)

    def go():
        return actions.to_recovery(dosing=dosing, by=people["therapist"], role="therapist")

    with pytest.raises(NotReady, match="first hour"):
        go()
    days.vitals(dosing, by=people["therapist"], moaas=3)
    with pytest.raises(NotReady, match="MOAA/S is below 4"):
        go()
    days.vitals(dosing, by=people["therapist"], moaas=5)
    assert go().state == "recovery"


def test_a_missed_check_is_explained_and_then_counts_as_settled(clock, patient, people):
    dosing = days.dosed(patient, **people)
    due = selectors.due_checks(dosing, timezone.now())[0].due.at
    minutes(clock, 20)

    days.entry(
        dosing, "note", "check-explained", by=people["therapist"], data={"due_at": due.isoformat()}, words="Asleep"
    )

    assert selectors.due_checks(dosing, timezone.now())[0].state == "explained"


def test_the_discharge_check_waits_for_the_earliest_time(clock, patient, people):
    dosing = recovering(clock, patient, people)
    minutes(clock, 59)

    reasons = refused(actions.to_discharge_check, dosing=dosing, by=people["nurse"], role="nurse")
    assert reasons == ["The earliest time to leave is not reached."]
    minutes(clock, 1)
    assert actions.to_discharge_check(dosing=dosing, by=people["nurse"], role="nurse").state == "discharge_check"
    actions.back_to_recovery(dosing=dosing, reason="Unsteady", by=people["nurse"], role="nurse")
    assert days.state(dosing) == "recovery"


def recovering(clock, patient, people):
    dosing = days.dosed(patient, **people)
    for gap in (5, 10, 15, 15, 15):
        minutes(clock, gap)
        days.vitals(dosing, by=people["therapist"])
    return actions.to_recovery(dosing=dosing, by=people["therapist"], role="therapist")


def test_anyone_stops_a_session_and_the_prescriber_is_told(clock, patient, people):
    dosing = days.dosed(patient, **people)

    actions.stop_early(dosing=dosing, reason="Asked to stop", by=people["therapist"], role="therapist")

    assert days.state(dosing) == "stopped_early"
    task = Task.objects.get(flag="stopped-early")
    assert (task.owner_role, task.severity) == ("prescriber", "high")


def test_stopping_an_infusion_writes_down_its_end(clock, patient, people):
    days.order(patient, by=people["prescriber"], route="iv", infusion_minutes=40, first_mg=Decimal("34"))
    dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    days.give(dosing, nurse=people["nurse"], therapist=people["therapist"], mg=Decimal("34"))
    minutes(clock, 12)

    actions.stop_early(dosing=dosing, reason="Pressure", by=people["nurse"], role="nurse")

    dosing.refresh_from_db()
    assert dosing.infusion_ended_at == timezone.now()


def test_the_record_is_signed_once_and_then_only_corrected(clock, patient, people):
    dosing = days.dosed(patient, **people)
    seen = days.entry(dosing, "effect", "anxiety", by=people["therapist"])
    assert refused(actions.sign_record, dosing=dosing, by=people["therapist"], role="therapist") == [
        "The record is signed once the patient has left."
    ]
    actions.transfer(dosing=dosing, reason="Chest pain", by=people["therapist"], role="therapist")
    signed = actions.sign_record(dosing=dosing, by=people["therapist"], role="therapist")

    assert len(signed.record_sha256) == 64
    assert refused(days.entry, dosing=dosing, kind="note", by=people["therapist"], words="More") == [
        "The record is signed. Add a correction instead."
    ]
    actions.strike(row=seen, why="Wrong button", by=people["therapist"], role="therapist")
    assert actions.cosign_record(dosing=dosing, by=people["prescriber"], role="prescriber").cosigned_at


def test_closing_says_everything_that_is_missing(clock, patient, people):
    dosing = days.dosed(patient, **people)
    actions.transfer(dosing=dosing, reason="Chest pain", by=people["therapist"], role="therapist")

    reasons = refused(actions.close_dosing, dosing=dosing, by=people["prescriber"], role="prescriber")

    assert reasons == ["The record is not signed.", "The remaining drug is not counted."]


# The table and the database


def test_the_database_knows_the_same_moves(db, owner_connection):
    rows = {(move.before.value, move.after.value) for move in MOVES}
    states = [state.value for state in DosingState]

    for before in states:
        for after in states:
            asked = owner_connection.execute("select dosing_may_move(%s, %s)", [before, after])
            assert asked.fetchone() == ((before, after) in rows,), f"{before} -> {after}"


# The log


def test_an_entry_sent_twice_is_written_once(clock, patient, people):
    dosing = days.dosed(patient, **people)
    ref = uuid7()

    first = days.entry(dosing, "effect", "anxiety", by=people["therapist"], client_ref=ref)
    minutes(clock, 1)
    again = days.entry(dosing, "effect", "anxiety", by=people["therapist"], client_ref=ref)

    assert again == first
    assert refused(days.entry, dosing=dosing, kind="effect", code="nausea", by=people["therapist"], client_ref=ref)
    assert Entry.objects.filter(kind="effect").count() == 1


def test_a_reading_sent_twice_is_written_once(clock, patient, people):
    dosing = days.dosed(patient, **people)
    same = {"by": people["therapist"], "client_ref": uuid7(), "happened_at": timezone.now()}

    assert days.vitals(dosing, **same) == days.vitals(dosing, **same)
    assert refused(days.vitals, dosing=dosing, **same, systolic=140)
    assert VitalSigns.objects.exclude(phase="baseline").count() == 1


def test_a_correction_strikes_through_and_both_stay(clock, patient, people):
    dosing = days.dosed(patient, **people)
    wrong = days.vitals(dosing, by=people["therapist"], systolic=186)

    assert refused(days.vitals, dosing=dosing, by=people["therapist"], corrects=wrong) == [
        "Write why the entry is wrong."
    ]
    right = days.vitals(dosing, by=people["therapist"], corrects=wrong, struck_why="Cuff slipped")

    assert VitalSigns.objects.get(pk=wrong.pk).systolic == 186
    assert selectors.Log.of(dosing).after_dose == [right]
    assert refused(days.vitals, dosing=dosing, by=people["therapist"], corrects=wrong, struck_why="Again") == [
        "This entry was corrected already. Correct the newer one."
    ]


def test_what_is_written_cannot_be_changed_or_deleted(clock, patient, people):
    dosing = days.dosed(patient, **people)
    seen = days.entry(dosing, "effect", "anxiety", by=people["therapist"])

    for attempt in (
        lambda: Entry.objects.filter(pk=seen.pk).update(code="calm"),
        lambda: Entry.objects.filter(pk=seen.pk).delete(),
        lambda: Dose.objects.update(mg=1),
        lambda: VitalSigns.objects.update(systolic=120),
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            attempt()


def test_an_impossible_reading_is_refused_and_an_implausible_one_written(clock, patient, people):
    dosing = days.dosed(patient, **people)

    assert refused(days.vitals, dosing=dosing, by=people["therapist"], systolic=351) == [
        "Systolic is a number from 30 to 350."
    ]
    assert refused(days.vitals, dosing=dosing, by=people["therapist"], diastolic=None) == [
        "Blood pressure has two numbers, like 138/86."
    ]
    assert days.vitals(dosing, by=people["therapist"], systolic=312).systolic == 312


def test_nothing_is_written_for_a_time_to_come(clock, patient, people):
    dosing = days.dosed(patient, **people)
    later = timezone.now() + timedelta(minutes=4)

    assert refused(days.entry, dosing=dosing, kind="effect", code="anxiety", by=people["therapist"], happened_at=later)


def test_a_late_entry_keeps_both_times(clock, patient, people):
    dosing = days.dosed(patient, **people)
    then = timezone.now()
    minutes(clock, 25)

    row = days.vitals(dosing, by=people["therapist"], happened_at=then + timedelta(minutes=5))

    assert row.entered_at - row.happened_at == timedelta(minutes=20)
    assert selectors.due_checks(dosing, timezone.now())[0].state == "late"


def test_help_owes_a_debrief_once(clock, patient, people):
    dosing = days.dosed(patient, **people)

    days.entry(dosing, "help", "airway", by=people["therapist"])
    days.entry(dosing, "help", "airway", by=people["therapist"], data={"stamp": "called-911"})

    assert Task.objects.filter(flag="debrief").count() == 1


def test_the_kap_dr_is_scored_by_its_own_scorer(clock, patient, people):
    dosing = days.dosed(patient, **people)
    answers = {f"kapdr.{line}": line - 1 for line in range(1, 6)}

    row = days.entry(dosing, "kap_dr", by=people["therapist"], data={"answers": answers})

    assert (row.data["total"], row.data["distress"]) == (6, 4)
    assert refused(days.entry, dosing=dosing, kind="kap_dr", by=people["therapist"], data={"answers": {"kapdr.1": 2}})


def test_touch_beyond_what_was_agreed_is_refused(clock, patient, people):
    dosing = days.dosed(patient, **people)

    reasons = refused(
        days.entry,
        dosing=dosing,
        kind="touch",
        code="safety-touch",
        by=people["therapist"],
        data={"how": "hand", "asked": "yes"},
    )

    assert reasons == ["Outside what the patient agreed to while sober: level 0. It is not written as asked."]


# The real gate


def test_from_an_open_gate_to_the_dose_and_its_day(
    clinic, patient, people, admin, medical_director, safety_officer, frozen, monkeypatch
):
    monkeypatch.undo()
    team = gates.Team(clinic=clinic, admin=admin, medical_director=medical_director, **people)
    dosing = gates.open_gate(patient, team, frozen)

    actions.make_ready(dosing=dosing, by=team.prescriber, role="prescriber")
    dose = days.give(dosing, nurse=team.nurse, therapist=team.therapist, mg=dosing.course.dose_orders.get().first_mg)

    assert days.state(dosing) == "monitoring"
    assert dose.order == DosingSession.objects.get(pk=dosing.pk).order
    log = selectors.Log.of(DosingSession.objects.get(pk=dosing.pk))
    assert log.baseline is not None
    assert selectors.touch_now(log.dosing, log, timezone.now()).level == 1
