"""When a consent holds, who may sign when, and which touch is allowed: truth tables without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from patients.consents import rules
from patients.consents.rules import Asked, Held, Readiness
from patients.consents.terms import ConsentKind, Signer, State, Taught

ON = date(2026, 11, 24)
T0 = datetime(2026, 11, 24, 15, tzinfo=UTC)
SIGNED_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
TREATMENT, TOUCH, PRIVACY, FINANCIAL = (
    ConsentKind.TREATMENT,
    ConsentKind.TOUCH,
    ConsentKind.PRIVACY,
    ConsentKind.FINANCIAL,
)


def held(kind=TREATMENT, **changes):
    """A consent with which everything is in order."""
    facts = Held(
        kind=kind,
        state=State.SIGNED,
        version=2,
        current_version=2,
        approved=True,
        signed_at=SIGNED_AT,
        signed_on=date(2026, 3, 2),
        renew_months=12 if kind == TREATMENT else None,
        routes=frozenset({"sl"}),
        course=1,
        named=frozenset({7}),
    )
    return replace(facts, **changes)


def asked(**changes):
    return replace(Asked(ON, course=1), **changes)


@pytest.mark.parametrize("kind", ConsentKind)
def test_a_consent_in_order_holds(kind):
    assert rules.is_valid(kind, held(kind), asked(t0=T0, route="sl", staff={7: "Alex Moreno"}))


@pytest.mark.parametrize("kind", ConsentKind)
def test_without_a_consent_nothing_holds(kind):
    assert rules.reasons_not_valid(kind, None, asked()) == [f"There is no {rules.NAMES[kind]} yet."]


@pytest.mark.parametrize(
    ("kind", "change", "ask", "words"),
    [
        (TREATMENT, {"state": State.DRAFT}, {}, "is a draft"),
        (TREATMENT, {"state": State.PRESENTED, "waits_for": (Signer.PRESCRIBER,)}, {}, "not signed yet by: prescriber"),
        (TREATMENT, {"state": State.REFUSED, "ended_on": ON}, {}, "refused the treatment consent on 24 Nov 2026"),
        (TREATMENT, {"state": State.REVOKED, "ended_on": ON}, {}, "took back the treatment consent on 24 Nov 2026"),
        (TREATMENT, {"state": State.SUPERSEDED}, {}, "replaced by a newer one"),
        (TREATMENT, {"waits_for": (Signer.WITNESS,)}, {}, "not signed yet by: therapist"),
        (TREATMENT, {"approved": False}, {}, "was not approved"),
        (TREATMENT, {"current_version": 3}, {}, "signed in version 2; version 3 holds now"),
        (TREATMENT, {"current_version": None}, {}, "no version is approved now"),
        (TREATMENT, {}, {"on": date(2027, 3, 3)}, "ran out on 2 Mar 2027"),
        (TREATMENT, {"signed_at": T0}, {"t0": T0}, "not signed before the dose"),
        (TREATMENT, {"signed_at": T0 + timedelta(seconds=1)}, {"t0": T0}, "not signed before the dose"),
        (TREATMENT, {"signed_at": None}, {"t0": T0}, "not signed before the dose"),
        (TREATMENT, {}, {"route": "im"}, "does not cover ketamine as a shot into a muscle"),
        (TREATMENT, {}, {"route": "po"}, "does not cover ketamine by po"),
        (TREATMENT, {}, {"course": 2}, "belongs to an earlier course"),
        (TOUCH, {}, {"course": 2}, "belongs to an earlier course"),
        (TOUCH, {}, {"staff": {7: "Alex Moreno", 9: "Jo Winter"}}, "does not name Jo Winter"),
        (FINANCIAL, {"prices_changed": True}, {}, "prices have changed"),
    ],
)
def test_each_reason_why_a_consent_does_not_hold(kind, change, ask, words):
    reasons = rules.reasons_not_valid(kind, held(kind, **change), asked(**ask))

    assert len(reasons) == 1
    assert words in reasons[0]


@pytest.mark.parametrize(
    ("kind", "change", "ask"),
    [
        (PRIVACY, {"course": None}, {"course": 2}),  # privacy and cost are not of a course
        (FINANCIAL, {"course": None}, {"course": 2}),
        (PRIVACY, {}, {"on": date(2036, 1, 1)}),  # and do not run out
        (TOUCH, {}, {"on": date(2036, 1, 1)}),
        (TOUCH, {}, {"route": "im"}),
        (TREATMENT, {}, {"on": date(2027, 3, 2)}),  # the last day
        (TREATMENT, {"signed_at": T0 - timedelta(seconds=1)}, {"t0": T0}),
        (TREATMENT, {"prices_changed": True}, {}),
        (TREATMENT, {}, {"course": None}),
        (TREATMENT, {}, {"staff": {9: "Jo Winter"}}),
    ],
)
def test_what_is_no_reason(kind, change, ask):
    assert rules.reasons_not_valid(kind, held(kind, **change), asked(**ask)) == []


def test_every_reason_is_given_at_once():
    reasons = rules.reasons_not_valid(
        TREATMENT, held(approved=False, current_version=3), asked(on=date(2028, 1, 1), route="im", course=2)
    )

    assert len(reasons) == 5


@pytest.mark.parametrize(
    ("change", "on", "state"),
    [
        ({}, ON, State.SIGNED),
        ({}, date(2027, 3, 3), State.EXPIRED),
        ({"current_version": 3}, ON, State.SUPERSEDED),
        ({"state": State.REVOKED}, date(2030, 1, 1), State.REVOKED),
        ({"state": State.PRESENTED}, date(2030, 1, 1), State.PRESENTED),
    ],
)
def test_the_state_people_read(change, on, state):
    assert rules.state_now(held(**change), on) == state


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(day, months, then):
    assert rules.add_months(day, months) == then


def test_months_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forward"):
        rules.add_months(ON, -1)


def test_the_moves_end_where_a_consent_ends():
    assert {before for before, after in rules.MOVES.items() if not after} == {
        State.REFUSED,
        State.SUPERSEDED,
        State.REVOKED,
    }
    assert State.EXPIRED not in {after for moves in rules.MOVES.values() for after in moves}


def test_who_signs_what():
    assert rules.SIGNERS == {
        TREATMENT: (Signer.PATIENT, Signer.PRESCRIBER, Signer.WITNESS),
        PRIVACY: (Signer.PATIENT,),
        FINANCIAL: (Signer.PATIENT,),
        TOUCH: (Signer.PATIENT, Signer.THERAPIST),
    }


# Before a signature

READY = Readiness(
    state=State.PRESENTED, approved=True, talked=True, electronic=True, clear_headed=True, printed_name="Maya Lindqvist"
)


def against(kind=TREATMENT, *, now=T0, last_dose_at=None, **changes):
    return rules.reasons_against_signing(kind, replace(READY, **changes), now=now, last_dose_at=last_dose_at)


def test_a_patient_who_is_ready_signs():
    assert against() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": State.SIGNED}, "not open for signing"),
        ({"state": State.DRAFT}, "not open for signing"),
        ({"approved": False}, "not approved"),
        ({"talked": False}, "talks this over with you first"),
        ({"unanswered": 1}, "Answer the questions"),
        ({"wrong": ["Driving and safety after"]}, "read “Driving and safety after” again"),
        ({"electronic": False}, "sign on a screen"),
        ({"clear_headed": False}, "clear-headed"),
        ({"printed_name": "  "}, "Type your full name"),
    ],
)
def test_each_thing_that_is_missing_before_a_signature(changes, words):
    reasons = against(**changes)

    assert len(reasons) == 1
    assert words in reasons[0]


def test_privacy_and_cost_need_no_talk():
    assert against(PRIVACY, talked=False) == against(FINANCIAL, talked=False) == []
    assert against(TOUCH, talked=False) != []


@pytest.mark.parametrize(("hours", "may"), [(0, False), (23, False), (23.99, False), (24, True), (48, True)])
def test_nobody_signs_within_a_day_after_a_dose(hours, may):
    reasons = against(last_dose_at=T0 - timedelta(hours=hours))

    assert (reasons == []) is may


def test_a_clinic_may_wait_longer_after_a_dose():
    reasons = rules.reasons_against_signing(
        TREATMENT, READY, now=T0, last_dose_at=T0 - timedelta(hours=30), sober_for=timedelta(hours=48)
    )

    assert reasons == ["Signing opens 48 hours after the last dose."]


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({"moaas": 5}, 0),
        ({"moaas": 4}, 1),
        ({"intoxicated": True}, 1),
        ({"moaas": 3, "intoxicated": True, "last_dose_at": T0}, 3),
        ({}, 0),
    ],
)
def test_nobody_signs_who_is_not_awake_and_sober(facts, count):
    facts = {"last_dose_at": None, **facts}

    assert len(list(rules.reasons_of_timing(now=T0, **facts))) == count


def test_a_draft_is_given_when_its_text_is_approved_and_full():
    give = {"kind": TREATMENT, "state": State.DRAFT, "approved": True, "gaps": []}

    assert rules.reasons_against_presenting(**give) == []
    assert "approve" in rules.reasons_against_presenting(**{**give, "approved": False})[0]
    assert rules.reasons_against_presenting(**{**give, "gaps": ["the clinic's phone"]}) == [
        "Not filled in: the clinic's phone."
    ]
    assert "not a draft" in rules.reasons_against_presenting(**{**give, "state": State.SIGNED})[0]


def test_a_treatment_talk_needs_everything_said_back():
    talk = {"kind": TREATMENT, "state": State.PRESENTED, "sober": True}

    assert rules.reasons_against_talk(**talk, taught=list(Taught)) == []
    assert "the stop word" in rules.reasons_against_talk(**talk, taught=[Taught.DRIVING, Taught.OFF_LABEL])[0]
    assert rules.reasons_against_talk(**{**talk, "kind": TOUCH}, taught=[]) == []
    assert "sober" in rules.reasons_against_talk(**{**talk, "sober": False}, taught=list(Taught))[0]
    assert "Give the consent" in rules.reasons_against_talk(**{**talk, "state": State.DRAFT}, taught=list(Taught))[0]


@pytest.mark.parametrize(
    ("state", "patient_signed", "signed", "words"),
    [
        (State.PRESENTED, True, False, None),
        (State.PRESENTED, False, False, "The patient signs first"),
        (State.PRESENTED, True, True, "already"),
        (State.REVOKED, True, False, "not open"),
    ],
)
def test_staff_sign_after_the_patient(state, patient_signed, signed, words):
    reasons = rules.reasons_against_countersigning(state=state, patient_signed=patient_signed, signed=signed)

    assert [words in reason for reason in reasons] == ([True] if words else [])


@pytest.mark.parametrize("state", rules.MOVES)
def test_what_can_be_taken_back(state):
    possible = state in {State.PRESENTED, State.SIGNED}

    assert (rules.reasons_against_withdrawing(state) == []) is possible


# Touch


@pytest.mark.parametrize(
    ("signed", "today", "revoked", "level"),
    [
        (2, 2, False, 2),
        (3, 1, False, 1),
        (1, 3, False, 1),
        (0, 3, False, 0),
        (2, 0, False, 0),
        (3, 3, True, 0),
        (None, 3, False, 0),
        (3, None, False, 0),
    ],
)
def test_the_level_in_force_is_the_lowest_of_what_was_said(signed, today, revoked, level):
    assert rules.level_in_force(signed=signed, today=today, revoked=revoked) == level


@pytest.mark.parametrize(
    ("wanted", "now", "signed", "after_dose", "may"),
    [
        (1, 2, 2, False, True),
        (2, 1, 2, False, True),
        (3, 1, 2, False, False),
        (1, 2, 2, True, True),
        (2, 2, 2, True, True),
        (2, 1, 2, True, False),
        (3, 2, 3, True, False),
    ],
)
def test_after_the_dose_touch_only_gets_less(wanted, now, signed, after_dose, may):
    reasons = rules.reasons_against_level(wanted=wanted, now=now, signed=signed, after_dose=after_dose)

    assert (reasons == []) is may


def test_named_body_work_counts_at_level_three_only():
    agreed = ["Holding the head"]

    assert [rules.techniques_allowed(level, agreed) for level in range(4)] == [[], [], [], agreed]


def test_emergency_touch_is_always_there():
    assert len(rules.EMERGENCY_TOUCH) == 5


def test_routes_are_told_in_the_order_of_the_list():
    assert rules.routes_in_words(["im", "sl"]) == "as a shot into a muscle or as a lozenge under the tongue"
    assert rules.routes_in_words([]) == ""
