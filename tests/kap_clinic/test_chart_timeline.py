"""The timeline of a course: what each stage shows, gates, stops, and visits that take their place. No database."""

from datetime import date

import pytest

from kap_clinic.desk.patients.timeline import DOSING, Band, Step, Way, timeline
from patients.course.terms import Stage

ON = date(2026, 11, 24)
DAYS = {
    Stage.INQUIRY: date(2025, 12, 30),
    Stage.INTAKE: date(2026, 8, 24),
    Stage.SCREENING_REVIEW: date(2026, 9, 7),
    Stage.ENROLLED: date(2026, 9, 14),
    Stage.PREPARATION: date(2026, 9, 18),
    Stage.DOSING_SERIES: date(2026, 9, 22),
    Stage.CLOSING: date(2026, 11, 1),
    Stage.COMPLETED: date(2026, 11, 20),
}
ORDER = list(DAYS)


def way(stage, *, until=None, **more):
    reached = ORDER[: ORDER.index(until or stage) + 1]
    return Way(stage, {one: DAYS[one] for one in reached} | more.pop("also", {}), **more)


def steps(found):
    return [step for phase in found for step in phase.steps]


def states(found):
    return {step.label: step.state for step in steps(found)}


@pytest.mark.parametrize(
    ("stage", "expected", "current"),
    [
        (Stage.INQUIRY, {"Inquiry": "next", "Intake": "to-come", "Clearance": "to-come"}, "Inquiry"),
        (Stage.INTAKE, {"Inquiry": "done", "Intake": "next", "Screening": "to-come"}, "Intake"),
        (Stage.SCREENING_REVIEW, {"Intake": "done", "Screening": "done", "Clearance": "waiting"}, "Clearance"),
        (Stage.ENROLLED, {"Clearance": "passed", "Preparation": "next", "Gate": "to-come"}, "Preparation"),
        (Stage.PREPARATION, {"Preparation": "next", "Gate": "waiting", "Doses": "to-come"}, "Preparation"),
        (Stage.DOSING_SERIES, {"Preparation": "done", "Gate": "passed", "Doses": "next", "Review": "to-come"}, "Doses"),
        (Stage.CLOSING, {"Doses": "done", "Review": "passed", "Close": "next"}, "Close"),
        (Stage.COMPLETED, {"Review": "passed", "Close": "done"}, None),
    ],
)
def test_each_stage_says_what_is_done_where_it_is_and_what_is_to_come(stage, expected, current):
    found = timeline(way(stage), ON)

    assert {label: state for label, state in states(found).items() if label in expected} == expected
    assert [step.label for step in steps(found) if step.current] == ([current] if current else [])
    assert all(step.words for step in steps(found))


def test_a_waiting_gate_carries_the_number_of_open_checks():
    gate = next(step for step in steps(timeline(way(Stage.SCREENING_REVIEW, open_checks=2), ON)) if step.kind == "gate")

    assert (gate.number, gate.detail, gate.words) == ("2", "2 open", "gate: 2 checks still open")


def test_a_gate_with_every_check_met_still_waits_for_the_one_who_opens_it():
    gate = next(step for step in steps(timeline(way(Stage.SCREENING_REVIEW), ON)) if step.kind == "gate")

    assert (gate.state, gate.number, gate.words) == ("waiting", "", "gate: all checks met")


def test_a_course_sent_back_to_intake_has_its_screening_to_come_again():
    found = states(timeline(way(Stage.INTAKE, until=Stage.SCREENING_REVIEW), ON))

    assert (found["Intake"], found["Screening"], found["Clearance"]) == ("next", "to-come", "to-come")


def test_a_hold_is_a_red_diamond_where_the_course_stands():
    found = timeline(way(Stage.ON_HOLD, until=Stage.DOSING_SERIES, also={Stage.ON_HOLD: date(2026, 10, 1)}), ON)

    hold = next(step for step in steps(found) if step.current)
    assert (hold.label, hold.state, hold.detail, hold.words) == ("On hold", "stopped", "1 Oct", "the course is on hold")
    assert states(found)["Doses"] == "done"


@pytest.mark.parametrize("end", [Stage.DECLINED, Stage.ENDED_EARLY])
def test_nothing_is_to_come_after_an_early_end(end):
    found = timeline(way(end, until=Stage.INTAKE, also={end: date(2026, 9, 1)}), ON)

    assert [(step.label, step.state) for step in steps(found)] == [
        ("Inquiry", "done"),
        ("Intake", "done"),
        (end.label, "stopped"),
    ]


def test_days_of_another_year_say_their_year():
    first = steps(timeline(way(Stage.INTAKE), ON))[0]

    assert (first.detail, first.words) == ("30 Dec 25", "done 30 Dec 2025")


def test_visits_take_the_place_of_the_stage_they_belong_to():
    second = Band("Dosing block 2", "dosing")
    visits = [
        Step("dose", "Dose 1", "done", date(2026, 9, 22), number="1", note="40 mg", words="given", band=DOSING),
        Step("integ", "Integration", "done", date(2026, 9, 24), words="completed", band=DOSING),
        Step("dose", "Dose 2", "next", date(2026, 11, 25), number="2", words="next, booked", band=second),
        Step("visit", "Prep 1", "done", date(2026, 9, 15), words="completed"),
    ]

    found = timeline(way(Stage.DOSING_SERIES), ON, visits)

    assert [phase.name for phase in found] == [
        "Assessment and preparation", "Dosing", "Dosing block 2", "Closing"
    ]  # fmt: skip
    assert [step.label for step in found[0].steps][-2:] == ["Prep 1", "Gate"]
    assert [step.detail for step in found[1].steps] == ["40 mg", "24 Sep"]
    assert "Doses" not in states(found)


def test_a_step_leads_where_this_person_may_go():
    found = timeline(way(Stage.INTAKE, hrefs={Stage.INTAKE: "/somewhere/"}), ON)

    assert {step.label: step.url for step in steps(found)}["Intake"] == "/somewhere/"
    assert {step.label: step.url for step in steps(found)}["Inquiry"] == ""
