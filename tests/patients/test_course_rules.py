"""How a course may move: the table, the database's copy of it, and random walks against both."""

import re
from importlib import import_module

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.course import actions, rules
from patients.course.models import Course, CourseMove
from patients.course.terms import Stage

EVERYTHING = dict.fromkeys(rules.NEEDS, True)


def test_the_database_guards_the_same_table():
    guard = import_module("patients.migrations.0005_course_guard").GUARD

    pairs = set(re.findall(r"\('(\w+)', '(\w+)'\)", guard))

    assert pairs == {(move.before.value, move.after.value) for move in rules.MOVES}


@pytest.mark.parametrize("move", rules.MOVES, ids=lambda m: f"{m.before}-{m.after}")
def test_each_move_needs_each_of_its_needs(move):
    role = sorted(move.who)[0]

    assert rules.reasons_against_move(move.before, move.after, role=role, evidence=EVERYTHING) == []
    for need in move.needs:
        missing = {**EVERYTHING, need: False}
        assert rules.reasons_against_move(move.before, move.after, role=role, evidence=missing) == [rules.NEEDS[need]]


@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("after", Stage)
def test_what_is_not_in_the_table_never_happens(before, after):
    if (before, after) in rules.TRANSITIONS:
        return
    for role in ("therapist", "prescriber", "admin", "medical_director", "patient", "system"):
        assert rules.reasons_against_move(before, after, role=role, evidence=EVERYTHING)


@pytest.mark.parametrize("move", rules.MOVES, ids=lambda m: f"{m.before}-{m.after}")
@pytest.mark.parametrize("role", ["therapist", "prescriber", "admin", "nurse", "front_desk", "patient", "system"])
def test_only_those_of_the_table_move(move, role):
    refused = rules.reasons_against_move(move.before, move.after, role=role, evidence=EVERYTHING)

    assert bool(refused) == (role not in move.who)


def test_nothing_leaves_a_closed_course():
    assert not [move for move in rules.MOVES if move.before in rules.CLOSED]


def test_every_stage_can_be_reached():
    reached = {Stage.INQUIRY}
    for _ in Stage:
        reached |= {move.after for move in rules.MOVES if move.before in reached}
    assert reached == set(Stage)


def test_the_database_refuses_a_stage_without_its_row(db, patient, therapist):
    course = actions.open_course(patient=patient, by=therapist, role="admin")

    for stage in (Stage.INTAKE, Stage.DOSING_SERIES):
        with pytest.raises(IntegrityError), transaction.atomic():
            Course.objects.filter(pk=course.pk).update(stage=stage)
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseMove.objects.create(
            clinic_id=course.clinic_id,
            patient=patient,
            course=course,
            before=Stage.INQUIRY,
            after=Stage.DOSING_SERIES,
            role="admin",
            moved_by=therapist,
        )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(list(Stage)), st.booleans()), max_size=12))
def test_no_walk_leaves_the_table(db, patient, therapist, steps):
    """60 walks of up to 12 random moves: the course is always where the last row of the table put it."""
    with transaction.atomic():
        course = actions.open_course(patient=patient, by=therapist, role="admin")
        here = Stage(course.stage)
        for to, everything in steps:
            who = rules.TRANSITIONS[(here, to)].who if (here, to) in rules.TRANSITIONS else {"prescriber"}
            evidence = EVERYTHING if everything else {}
            try:
                actions.move(
                    course=course,
                    to=to,
                    by=therapist,
                    role=sorted(who)[0],
                    evidence=evidence,
                    reason="Because" if everything else "",
                )
            except actions.NotReady:
                assert (here, to) not in rules.TRANSITIONS or rules.TRANSITIONS[(here, to)].needs
            else:
                assert (here, to) in rules.TRANSITIONS
                here = to
            assert Course.objects.get(pk=course.pk).stage == here
        transaction.set_rollback(True)
