"""The board: who is in the building, minutes since the dose, whose vital signs are due, as each role may see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from patients.record.days import today_in
from sessions.board import rules, selectors
from sessions.board.rules import STAGES, Stage, stage_of
from sessions.discharge.actions import leave_against_advice
from sessions.dosing.terms import DosingState
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitState
from tests import factories
from tests.people import member_of, signed_in
from tests.sessions import days, leaving


@pytest.fixture
def clock(frozen, clinic):
    return frozen("2026-03-02T09:00-05:00")


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    days.gate(monkeypatch)


@pytest.fixture
def people(therapist, prescriber, nurse):
    return {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}


def board_of(user):
    member = member_of(user)
    return selectors.board(member, today_in(member.zone), timezone.now())


# Rules


@pytest.mark.parametrize("state", DosingState.values)
@pytest.mark.parametrize("visit", VisitState.values)
@pytest.mark.parametrize("arrived", [False, True])
def test_every_visit_stands_somewhere(state, visit, arrived):
    assert stage_of(visit=visit, arrived=arrived, dosing=state) in STAGES
    assert stage_of(visit=visit, arrived=arrived) in STAGES


@pytest.mark.parametrize(
    ("visit", "arrived", "dosing", "stage"),
    [
        ("planned", False, "planned", Stage.BOOKED),
        ("planned", True, "planned", Stage.HERE),
        ("in_progress", True, "gate_check", Stage.CHECKING),
        ("in_progress", True, "monitoring", Stage.DOSING),
        ("in_progress", True, "stopped_early", Stage.DOSING),
        ("in_progress", True, "recovery", Stage.RECOVERING),
        ("in_progress", True, "discharge_check", Stage.LEAVING),
        ("in_progress", True, "discharged", Stage.LEFT),
        ("in_progress", True, "gate_failed", Stage.NOT_TODAY),
        ("no_show", False, "planned", Stage.MISSED),
        ("completed", True, "", Stage.LEFT),
    ],
)
def test_where_a_visit_stands(visit, arrived, dosing, stage):
    assert stage_of(visit=visit, arrived=arrived, dosing=dosing) == stage


def test_who_sees_the_status_only_learns_whether_somebody_is_here():
    assert set(rules.COARSE.values()) == {Stage.BOOKED, Stage.HERE, Stage.LEFT, Stage.MISSED}
    assert all(STAGES[coarse].is_here == STAGES[stage].is_here for stage, coarse in rules.COARSE.items())


# The board


def test_the_team_sees_minutes_due_vitals_alerts_and_the_escort(clock, patient, people):
    dosing = days.dosed(patient, **people)
    clock.shift(timedelta(minutes=8))

    row = board_of(people["nurse"]).here[0]

    assert (row.stage, row.minutes, row.due, row.due_tone) == ("Dosing", 8, "due now", "warn")
    assert (row.escort, row.not_before, row.alert) == (False, "11:00", "")
    days.vitals(dosing, by=people["nurse"], systolic=172, diastolic=98)
    leaving.name_escort(dosing, by=people["therapist"])
    leaving.tick(dosing, "escort", by=people["nurse"])
    row = board_of(people["nurse"]).here[0]
    assert row.due == "in 7 min"
    assert row.alert.startswith("Blood pressure 172/98")
    assert (row.alert_tone, row.escort) == ("warn", True)


def test_a_late_check_is_said_with_its_minutes(clock, patient, people):
    days.dosed(patient, **people)
    clock.shift(timedelta(minutes=12))

    row = board_of(people["nurse"]).here[0]

    assert (row.due, row.due_tone) == ("7 min late", "danger")


def test_who_has_left_is_no_longer_in_the_building(clock, patient, people):
    dosing = days.dosed(patient, **people)
    assert board_of(people["nurse"]).in_the_house == 1

    leave_against_advice(
        dosing=dosing, words="Dog", escort="reached", prescriber="Dr O", by=people["therapist"], role="therapist"
    )

    found = board_of(people["nurse"])
    assert (found.in_the_house, [row.stage for row in found.others]) == (0, ["Left"])


def test_the_desk_sees_that_somebody_is_here_and_nothing_of_the_dose(client, clock, patient, people, admin):
    days.dosed(patient, **people)

    row = board_of(admin).here[0]
    assert (row.stage, row.minutes, row.due, row.dosing_ref) == ("Here", None, "", "")
    shown = signed_in(client, admin).get(reverse("board:board")).text
    assert "min since dose" not in shown
    assert "under drug" not in shown
    assert "<b>1</b> in the building" in shown


def test_a_therapist_of_another_team_sees_nothing_of_the_dose(clock, clinic, patient, people):
    days.dosed(patient, **people)
    other = factories.member(clinic, Role.THERAPIST, name="Not On Team")

    row = board_of(other).here[0]

    assert (row.stage, row.minutes, row.dosing_ref) == ("Here", None, "")


def test_somebody_still_here_after_midnight_stays_on_the_board(clock, patient, people):
    days.dosed(patient, **people)
    clock.shift(timedelta(hours=16))

    assert [row.stage for row in board_of(people["nurse"]).here] == ["Dosing"]


def test_the_page_renews_itself_by_its_part(client, clock, patient, people):
    days.dosed(patient, **people)
    signed_in(client, people["nurse"])

    whole = client.get(reverse("board:board")).text
    part = client.get(reverse("board:now"), headers={"HX-Request": "true"}).text

    assert 'hx-trigger="every 15s"' in whole
    assert part.lstrip().startswith('<div id="board"')
    assert "min since dose" in part


def test_the_number_of_queries_does_not_grow_with_the_patients(clock, clinic, patient, people):
    days.dosed(patient, **people)
    one = queries(people["nurse"])
    for number in range(3):
        team = tuple(people.values())
        another = factories.patient(clinic, by=people["therapist"], team=team, family_name=f"More{number}")
        days.dosed(another, room=f"Room {number + 5}", **people)

    assert len(board_of(people["nurse"]).here) == 4
    assert queries(people["nurse"]) == one
    assert Appointment.objects.count() == 4


def queries(user):
    member = member_of(user)
    with CaptureQueriesContext(
        connection,
    ) as found:
        selectors.board(member, today_in(member.zone), timezone.now())
    return len(found)
