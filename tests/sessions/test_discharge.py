"""Leaving in actions and pages: the one signature, the other ways to go, what is owed afterwards, and what a crash
leaves behind."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.actions import change_setting
from patients.course.actions import NotReady
from patients.tasks.models import Task
from sessions.discharge import actions, advice, letters, rules, selectors
from sessions.discharge.models import Discharge, DischargeTick
from sessions.discharge.terms import DischargeItem as Item
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingMove, DosingSession, Entry
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from tests.conftest import stopped_clock
from tests.people import everybody, signed_in
from tests.sessions import days, leaving


@pytest.fixture(scope="module")
def standing(kept):
    """Somebody on the way out, made once, and when that is."""
    made = everybody()
    people = {name: made[name] for name in ("therapist", "prescriber", "nurse")}
    with stopped_clock() as frozen, pytest.MonkeyPatch.context() as monkeypatch:
        clock = frozen("2026-03-02T09:00-05:00")
        days.gate(monkeypatch)
        dosing = leaving.almost_home(clock, made["patient"], **people)
        return made | {"dosing": dosing, "now": timezone.now()}


@pytest.fixture
def clock(frozen, clinic, standing):
    return frozen(standing["now"])


@pytest.fixture
def people(therapist, prescriber, nurse):
    return {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}


@pytest.fixture
def dosing(clock, patient, people, standing, monkeypatch):
    days.gate(monkeypatch)
    return DosingSession.objects.select_related("patient").get(pk=standing["dosing"].pk)


@pytest.fixture
def ready(dosing, nurse, therapist):
    leaving.tick_all(dosing, by=nurse, witness=therapist)
    return dosing


def refused(call, **kwargs):
    with pytest.raises(NotReady) as no:
        call(**kwargs)
    return no.value.reasons


def found(dosing):
    return selectors.leaving(dosing, timezone.now()).found


# Ticks


def test_the_measured_items_are_met_by_the_log_alone(dosing):
    met = {one.item for one in found(dosing).items if one.is_met}

    assert met == rules.MEASURED


def test_each_tick_is_a_row_and_the_newest_holds(dosing, nurse):
    leaving.tick(dosing, Item.WALKS, by=nurse)
    leaving.tick(dosing, Item.WALKS, by=nurse, met=False, words="Sways to the left")

    assert DischargeTick.objects.filter(dosing=dosing, item=Item.WALKS).count() == 2
    walks = next(one for one in found(dosing).items if one.item == Item.WALKS)
    assert (walks.state, walks.fact, walks.by) == ("not_met", "Sways to the left", nurse.name)


@pytest.mark.parametrize(
    ("item", "changes", "reason"),
    [
        (Item.WALKS, {"met": False, "words": " "}, "Write what is not so."),
        (Item.AWAKE, {}, "This is read from the log. Record vital signs instead."),
        (Item.DRUG_COUNTED, {}, "Wasting has a witness."),
        (
            Item.ESCORT,
            {"data": {"name": "Pat", "phone": "1", "adult": True, "in_person": True, "knows": True}},
            "Pat is here, Jo Bell was named: write why it is another.",
        ),
    ],
)
def test_what_is_not_ticked_says_why(dosing, nurse, item, changes, reason):
    assert refused(leaving.tick, dosing=dosing, item=item, by=nurse, **changes) == [reason]
    assert not DischargeTick.objects.exists()


def test_nobody_witnesses_their_own_count(dosing, nurse):
    assert refused(leaving.tick, dosing=dosing, item=Item.DRUG_COUNTED, by=nurse, witness=nurse) == [
        "Somebody else witnesses the wasting, not the one who counts."
    ]


def test_what_was_given_comes_from_the_log(dosing, nurse, therapist):
    row = leaving.tick(dosing, Item.DRUG_COUNTED, by=nurse, witness=therapist)

    assert (row.data["given_mg"], row.data["witness"]) == ("60.00", therapist.name)


def test_ticks_are_append_only(ready):
    for sql in ("update kap_sessions_dischargetick set met = false", "delete from kap_sessions_dischargetick"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


# The signature


def test_a_prescriber_signs_and_the_patient_goes_home_with_the_escort(ready, prescriber):
    row = actions.discharge(dosing=ready, by=prescriber, role="prescriber")

    assert (row.way, row.escort_name, row.signed_name) == ("ready", "Jo Bell", prescriber.name)
    assert selectors.is_whole(Discharge.objects.get())
    assert set(row.readiness) == set(Item.values)
    assert all(one["state"] == "met" for one in row.readiness.values())
    assert days.state(ready) == "discharged"
    move = DosingMove.objects.filter(dosing=ready).last()
    assert (move.after, move.evidence["sha256"]) == ("discharged", row.sha256)
    task = Task.objects.get(source_ref=ready.ref, kind="call")
    assert task.due_at == timezone.now() + timedelta(hours=24)


def test_the_visit_is_over_when_the_patient_has_left(ready, prescriber, therapist):
    visits.start(appointment=ready.appointment, by=therapist, role="therapist")

    actions.discharge(dosing=ready, by=prescriber, role="prescriber")

    assert Appointment.objects.get(pk=ready.appointment_id).state == "completed"


@pytest.mark.parametrize("item", leaving.TICKS)
def test_without_one_tick_nobody_signs_and_nothing_is_written(dosing, nurse, therapist, prescriber, item):
    leaving.tick_all(dosing, by=nurse, witness=therapist, but=item)

    reasons = refused(actions.discharge, dosing=dosing, by=prescriber, role="prescriber")

    assert [reason.partition(":")[0] for reason in reasons] == [item.label]
    assert not Discharge.objects.exists()
    assert days.state(dosing) == "discharge_check"


def test_a_bad_reading_after_the_ticks_keeps_the_patient(clock, ready, nurse, prescriber):
    clock.shift(timedelta(minutes=1))
    days.vitals(ready, by=nurse, systolic=172, diastolic=98)

    reasons = refused(actions.discharge, dosing=ready, by=prescriber, role="prescriber")

    assert reasons == ["Blood pressure back, on two readings: 172/98: not below 160/100."]


def test_a_nurse_signs_only_where_the_clinic_delegates_it(clinic, ready, nurse, admin):
    assert refused(actions.discharge, dosing=ready, by=nurse, role="nurse") == [
        "A prescriber signs, or a nurse where the clinic delegates it."
    ]

    change_setting(clinic=clinic, key="nurse_may_discharge", value=True, by=admin)

    assert actions.discharge(dosing=ready, by=nurse, role="nurse").signed_role == "nurse"


def test_nobody_leaves_twice(ready, prescriber):
    actions.discharge(dosing=ready, by=prescriber, role="prescriber")

    assert refused(actions.discharge, dosing=ready, by=prescriber, role="prescriber") == [
        "The patient has left already."
    ]
    assert Discharge.objects.count() == 1


def test_a_discharge_is_append_only(ready, prescriber):
    actions.discharge(dosing=ready, by=prescriber, role="prescriber")

    for sql in ("update kap_sessions_discharge set escort_name = 'x'", "delete from kap_sessions_discharge"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


# Four hours


def test_after_four_hours_a_prescriber_is_called_once(clock, ready):
    assert actions.watch() == 0

    clock.shift(timedelta(minutes=91))
    assert (actions.watch(), actions.watch()) == (1, 0)

    task = Task.objects.get(source_ref=ready.ref, flag="four-hours")
    assert (task.severity, task.owner_role) == ("high", "prescriber")


# Against advice, transferred


def against(dosing, by, role="therapist", **changes):
    said = {"words": "Wants to see her dog", "escort": "not_reached", "prescriber": "Dr Okafor"} | changes
    return actions.leave_against_advice(dosing=dosing, by=by, role=role, **said)


def test_who_insists_goes_and_everybody_is_told(dosing, therapist):
    row = against(dosing, therapist)

    assert (row.way, days.state(dosing)) == ("against_advice", "left_against_advice")
    assert "Escort: tried, not reached. Prescriber told: Dr Okafor." in row.words
    assert {task.flag for task in Task.objects.filter(source_ref=dosing.ref)} == {
        "next-day-call",
        "left-against-advice",
    }
    assert row.readiness["walks"]["state"] == "not_checked"


def test_against_advice_writes_nothing_until_escort_and_prescriber_are_said(dosing, therapist):
    reasons = refused(against, dosing=dosing, by=therapist, escort="", prescriber=" ")

    assert len(reasons) == 2
    assert days.state(dosing) == "discharge_check"
    assert not Discharge.objects.exists()


def test_the_drug_is_still_counted_after_somebody_left(dosing, therapist, nurse):
    against(dosing, therapist)

    leaving.tick(dosing, Item.DRUG_COUNTED, by=nurse, witness=therapist)
    with pytest.raises(NotReady):
        leaving.tick(dosing, Item.WALKS, by=nurse)


def test_a_transfer_is_handed_over_once(dosing, therapist):
    assert refused(actions.hand_over, dosing=dosing, where_to="A", words="B", by=therapist, role="therapist") == [
        "Only a patient who was transferred is handed over."
    ]
    dose_day.transfer(dosing=dosing, reason="Chest pain", by=therapist, role="therapist")

    said = {"where_to": "St Mary, by ambulance", "words": "All of it to the crew"}
    row = actions.hand_over(dosing=dosing, by=therapist, role="therapist", **said)

    assert (row.way, row.where_to) == ("transferred", "St Mary, by ambulance")
    assert refused(actions.hand_over, dosing=dosing, by=therapist, role="therapist", **said) == [
        "The handing over is written down already."
    ]


# Scores


def test_a_score_stands_in_the_log_and_replaces_no_item(dosing, nurse):
    points = {line.code: 2 for line in rules.PADSS}

    actions.score(dosing=dosing, name="padss", points=points, by=nurse, role="nurse")

    entry = Entry.objects.get(code="padss")
    assert (entry.data["total"], entry.words) == (10, "PADSS 10 of 10, fits going home")
    assert not found(dosing).is_ready
    assert refused(actions.score, dosing=dosing, name="aldrete", points={}, by=nurse, role="nurse") == [
        "Rate every line of the Modified Aldrete."
    ]


# What a crash leaves behind: acknowledged means stored, and nothing half


class Killed(BaseException):
    pass


POINTS = {
    "the signature": (actions, "_end"),
    "the row of the move": (DosingMove.objects, "create"),
    "the move": (dose_day, "move"),
    "the call of tomorrow": (actions, "open_task"),
    "the end of the visit": (actions, "_finish_visit"),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_leaves_the_check_as_it_was_and_the_next_try_succeeds(ready, prescriber, monkeypatch, point, moment):
    owner, name = POINTS[point]
    real, tasks = getattr(owner, name), Task.objects.count()

    def die(*args, **kwargs):
        if moment == "after":
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(Killed), transaction.atomic():
            actions.discharge(dosing=ready, by=prescriber, role="prescriber")

    assert (Discharge.objects.count(), days.state(ready), Task.objects.count()) == (0, "discharge_check", tasks)
    actions.discharge(dosing=ready, by=prescriber, role="prescriber")
    assert (Discharge.objects.count(), days.state(ready)) == (1, "discharged")


# After-care


def test_the_sheet_says_when_driving_is_allowed_and_names_no_drug(dosing):
    sheet = letters.sheet(dosing)

    words = " ".join(line for part in sheet.parts for line in part.lines)
    assert "09:00 on Tuesday, 3 March" in words
    assert "ketamine" not in words.lower()
    assert sheet.visit.startswith("Wednesday, 4 March")
    assert sheet.escort == "Jo Bell"
    assert advice.no_driving_before(dosing.t0) - dosing.t0 == timedelta(hours=24)


def test_the_sheet_becomes_a_paper(dosing, nurse):
    document = letters.ask(dosing, by=nurse)

    html = letters.after_care(document)

    assert "After your session" in html
    assert "988" in html


# Pages


def page(name, dosing, *more):
    return reverse(f"discharge:{name}", args=[dosing.ref, *more])


def test_the_page_shows_thirteen_items_and_one_signature(client, dosing, prescriber):
    shown = signed_in(client, prescriber).get(page("page", dosing))

    assert shown.text.count('id="item-') == 13
    assert shown.text.count("Sign: fit to leave") == 1
    assert 'disabled aria-describedby="why-not"' in shown.text


def test_a_nurse_ticks_and_a_prescriber_signs_on_pages(client, dosing, nurse, therapist, prescriber):
    signed_in(client, nurse)
    so = {item: list(rules.ASKED.get(item, {})) for item in leaving.TICKS}
    more = {
        Item.ESCORT: {"who": "named"},
        Item.SAFE: {"asked_with": "asq"},
        Item.DRUG_COUNTED: {"drawn_mg": "100", "wasted_mg": "40", "left_mg": "0", "witness": str(therapist.pk)},
    }
    for item in leaving.TICKS:
        answer = client.post(page("item", dosing, item), {"so": so[item], **more.get(item, {})})
        assert (item, answer.status_code) == (item, 302)

    signed_in(client, prescriber)
    assert client.post(page("sign", dosing), {}).url == page("page", dosing)
    assert days.state(dosing) == "discharged"
    assert "Jo Bell" in client.get(page("page", dosing)).text


@pytest.mark.parametrize(
    ("item", "typed", "words"),
    [
        ("walks", {}, "Tick what is so, or say"),
        ("walks", {"not_so": "1"}, "Write what is not so"),
        ("escort", {}, "Choose who is here"),
        ("escort", {"who": "another", "so": ["adult", "in_person", "knows"]}, "Enter the name"),
        ("safe", {}, "Choose how it was asked"),
        ("drug_counted", {"drawn_mg": "x", "wasted_mg": "0", "left_mg": "0"}, "Enter the drawn up in mg, like 100"),
        ("drug_counted", {"drawn_mg": "100", "wasted_mg": "0", "left_mg": "0"}, "The count is off by 40 mg"),
        ("drug_counted", {"drawn_mg": "100", "wasted_mg": "40", "left_mg": "0"}, "Wasting has a witness"),
    ],
)
def test_what_cannot_be_ticked_is_said_and_kept(client, dosing, nurse, item, typed, words):
    signed_in(client, nurse)

    shown = client.post(page("item", dosing, item), {"words": "" if "not_so" in typed else "Ugh", **typed})

    assert shown.status_code == 422
    assert words in shown.text
    assert not DischargeTick.objects.exists()


def test_signing_too_early_says_what_is_open(client, dosing, prescriber):
    signed_in(client, prescriber)

    shown = client.post(page("sign", dosing), {})

    assert shown.status_code == 422
    assert "Walks steadily: Not looked at yet." in shown.text


def test_a_measured_item_is_not_ticked_on_a_page(client, dosing, nurse):
    signed_in(client, nurse)
    assert client.post(page("item", dosing, "awake"), {}).status_code == 404


def test_leaving_against_advice_on_a_page(client, dosing, therapist):
    signed_in(client, therapist)
    assert client.post(page("left", dosing), {"words": "Dog"}).status_code == 422

    client.post(page("left", dosing), {"words": "Dog", "escort": "reached", "prescriber": "Dr Okafor"})

    assert days.state(dosing) == "left_against_advice"


def test_back_to_recovery_needs_a_reason(client, dosing, nurse):
    signed_in(client, nurse)
    assert client.post(page("back", dosing), {"reason": ""}).status_code == 422

    client.post(page("back", dosing), {"reason": "Unsteady"})

    assert days.state(dosing) == "recovery"
    client.post(page("begin", dosing))
    assert days.state(dosing) == "discharge_check"


def test_the_sheet_is_printed_from_its_page(client, dosing, nurse):
    signed_in(client, nurse)
    assert "After your session" in client.get(page("advice", dosing)).text

    client.post(page("print_advice", dosing))

    assert "After your session, copy 1" in client.get(page("advice", dosing)).text
