"""Any order of acts: nobody is eligible past a stop, and no course leaves its table (held against a slow account)."""

import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kap_clinic import wiring
from kap_clinic.dev import ledger
from kap_clinic.dev.soaks import eligibility as soak
from patients.course import actions as course_actions
from patients.course import rules as course_rules
from patients.course.terms import Stage
from screening import eligibility, policies, rules, selectors
from screening.actions import intake, review
from screening.models import Override
from screening.rules import OverrideKind, Severity
from screening.terms import Decision, ScreeningState
from tests.screening.intakes import BLANK
from tests.screening.intakes import intake as an_intake

STEPS, TO_FIND = 2000, 400


@pytest.mark.django_db
def test_two_thousand_steps_make_nobody_eligible_past_a_stop_and_move_no_course_off_the_table():
    seed = random.SystemRandom().randrange(10**8)

    report = soak.run(STEPS, seed)

    print(f"seed {seed}", report.injected, report.figures)
    assert report.broken == []
    assert report.figures["times eligible"] > 50
    assert report.injected["decided: approve"] > 10
    assert {"overrode", "seconded", "medicine added", "measure", "withdrew", "moved", "time passed"} <= {
        *report.injected
    }
    assert {"refused: by the database", "refused: approve", "refused: second", "refused: move"} <= {*report.injected}


# The account itself: its short tables are those of the rules and of protocol 2.


@pytest.mark.parametrize("name", [name for name, trait in ledger.TRAITS.items() if trait.rule])
def test_a_trait_of_the_account_fires_what_the_rules_fire(name):
    trait = ledger.TRAITS[name]

    found = rules.evaluate(an_intake(trait.answers, vitals=trait.vitals)).findings

    assert {one.rule: str(one.severity) for one in found} == {trait.rule: trait.severity}


def test_the_gap_of_the_account_is_missing():
    assert rules.evaluate(an_intake({"mania_ever": BLANK})).missing == ("mania_ever",)


@pytest.mark.parametrize("text", ledger.MEDICINES)
def test_a_medicine_of_the_account_fires_what_the_rules_fire(text):
    for days in (0, 1, 2, 3, 4, 7, 8, 14, 15, 28, 29, 30, 31):
        taken = (soak.START.date() - soak.timedelta(days=days)).isoformat()
        account = ledger.Ledger(medicines=[ledger.Row(text, taken)])
        given = an_intake(medicines=[{"text": text, "last_taken": taken}], on=soak.START.date().isoformat())

        found = rules.evaluate(given).findings

        assert {one.rule: str(one.severity) for one in found} == account.found(set(), soak.START.date())


# Faults put in on purpose: the walk finds each of them.


def without_second(monkeypatch):
    monkeypatch.setattr(Override, "stands", lambda self, on: self.lapsed_at is None and on <= self.expires_on)


def an_override_never_ends(monkeypatch):
    real = rules.eligibility._refusal
    monkeypatch.setattr(
        rules.eligibility, "_refusal", lambda found, given, on, *rest: real(found, given, given.decided_on, *rest)
    )


def an_old_screening_stands(monkeypatch):
    monkeypatch.setattr(eligibility, "_too_old", lambda *_: [])


def an_old_version_is_approved(monkeypatch):
    real = policies.reasons_against_decision
    monkeypatch.setattr(
        policies, "reasons_against_decision", lambda **how: real(**how | {"state": ScreeningState.SUBMITTED})
    )


def overrides_do_not_lapse_with_their_version(monkeypatch):
    monkeypatch.setattr(intake, "_lapse_overrides", lambda *_, **__: None)


def facts_close_nothing(monkeypatch):
    monkeypatch.setitem(wiring.TABLE, "patients.facts_changed", ())


def a_rise_is_not_worse(monkeypatch):
    monkeypatch.setattr(policies, "worse", lambda before, after: [rule for rule in after if rule not in before])


def missing_is_clear(monkeypatch):
    real = rules.evaluate
    monkeypatch.setattr(rules, "evaluate", lambda intake: replace(real(intake), missing=()))


def what_the_intake_leaves_out_has_stopped(monkeypatch):
    monkeypatch.setattr(selectors, "add_known_medicines", lambda screening: None)


def any_stop_takes_one_signature(monkeypatch):
    real = rules.override_kind
    for module in (rules, rules.eligibility):
        monkeypatch.setattr(module, "override_kind", lambda *one: OverrideKind.SINGLE if real(*one) else None)


def a_caution_needs_no_tick(monkeypatch):
    real = policies._against_finding
    monkeypatch.setattr(
        policies,
        "_against_finding",
        lambda found, decision: [] if found.severity == Severity.CAUTION else real(found, decision),
    )


def a_short_reason_will_do(monkeypatch):
    monkeypatch.setattr(policies, "REASON_LENGTH", 1)


def asking_for_more_decides(monkeypatch):
    monkeypatch.setitem(review.STATE_AFTER, Decision.ASK_FOR_MORE, ScreeningState.DECIDED)


def a_day_is_a_day_of_utc(monkeypatch):
    monkeypatch.setattr(eligibility, "ZoneInfo", lambda name: ZoneInfo("UTC"))


def an_approval_outlives_its_course(monkeypatch):
    monkeypatch.setattr(eligibility, "CLOSED", frozenset({"never"}))


def a_correction_keeps_its_number(monkeypatch):
    monkeypatch.setattr(intake, "_next_version", lambda screening: screening.version)


def one_more_row_in_the_table(monkeypatch):
    row = course_rules._row(Stage.SCREENING_REVIEW, Stage.PREPARATION, set(ledger.ROLES))
    monkeypatch.setitem(course_rules.TRANSITIONS, (Stage.SCREENING_REVIEW, Stage.PREPARATION), row)


def enrolled_without_being_eligible(monkeypatch):
    enrol = (Stage.SCREENING_REVIEW, Stage.ENROLLED)
    row = course_rules.TRANSITIONS[enrol]
    monkeypatch.setitem(
        course_rules.TRANSITIONS, enrol, replace(row, needs=tuple(need for need in row.needs if need != "eligible"))
    )


def anybody_moves_a_course(monkeypatch):
    real = course_actions.reasons_against_move
    monkeypatch.setattr(
        course_actions,
        "reasons_against_move",
        lambda *how, **more: [reason for reason in real(*how, **more) if "is made by" not in reason],
    )


# Each fault with steps, beside screening and reviewing, that lead to it.
FAULTS = (
    (without_second, "override"),
    (an_override_never_ends, "wait"),
    (an_old_screening_stands, "wait"),
    (an_old_version_is_approved, "decide_an_old_one"),
    (overrides_do_not_lapse_with_their_version, "second"),
    (facts_close_nothing, "answer_measure"),
    (a_rise_is_not_worse, "answer_measure"),
    (missing_is_clear, "take_medicine"),
    (what_the_intake_leaves_out_has_stopped, "take_medicine"),
    (any_stop_takes_one_signature, "override"),
    (a_caution_needs_no_tick, "approve approve approve"),
    (a_short_reason_will_do, "override"),
    (asking_for_more_decides, "ask_for_more"),
    (a_day_is_a_day_of_utc, "wait"),
    (an_approval_outlives_its_course, "move withdraw"),
    (a_correction_keeps_its_number, "begin take_medicine send"),
    (one_more_row_in_the_table, "move move move move"),
    (enrolled_without_being_eligible, "note_enrolment enrol"),
    (anybody_moves_a_course, "move"),
)
IN_EVERY_RUN = 3  # faults; all of them are tried where the slow tests are


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "steps"),
    [pytest.param(*one, marks=pytest.mark.slow if at >= IN_EVERY_RUN else ()) for at, one in enumerate(FAULTS)],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_the_walk_finds_a_fault(monkeypatch, fault, steps):
    with time_machine.travel(soak.START, tick=False):
        world = soak.make_world()
        fault(monkeypatch)

        report = soak.trial(
            TO_FIND, 3, world, replays=0, names=["screen", "screen", "review", "review", *steps.split()]
        )

    print(fault.__name__, report.figures["steps"], [words[:160] for words in report.broken])
    assert report.broken
