"""Is a review due, is benefit shown, what may be signed, how may a course end: truth tables, no database."""

import pytest

from integration.continuing import rules
from integration.continuing.rules import Closing, Numbers, Review
from integration.continuing.terms import ENDINGS, Benefit, Decision, Entry
from patients.course.terms import Ending, Stage

HELD = Numbers()
WHY = "Halved since baseline, sleeps, no event; three more."


@pytest.mark.parametrize(
    ("given", "planned", "reviewed", "after", "is_late"),
    [
        (0, 6, [], None, False),
        (2, 6, [], None, False),
        (3, 6, [], 3, False),
        (4, 6, [], 4, True),
        (3, 6, [3], None, False),
        (5, 6, [3], None, False),
        (6, 6, [3], 6, False),
        (6, 6, [3, 6], None, False),
        (2, 2, [], 2, False),  # a short series is reviewed at its end
        (3, None, [], 3, False),
        (5, None, [3], None, False),
        (4, 6, [1], 4, True),  # signed too early for the third
    ],
)
def test_a_review_is_due_after_the_third_dose_late_after_the_fourth_and_due_at_the_end(
    given, planned, reviewed, after, is_late
):
    found = rules.review_due(given, planned, reviewed, HELD)

    assert (found and (found.after_dose, found.is_late)) == (after and (after, is_late))
    assert found is None or isinstance(found, Review)


@pytest.mark.parametrize(
    ("percent", "expected", "entry"),
    [
        (None, Benefit.UNKNOWN, None),
        (-10.0, Benefit.NONE, None),
        (0.0, Benefit.NONE, None),
        (24.9, Benefit.NONE, None),
        (25.0, Benefit.PARTIAL, Entry.PARTIAL),
        (49.9, Benefit.PARTIAL, Entry.PARTIAL),
        (50.0, Benefit.RESPONDER, Entry.RESPONDER),
    ],
)
def test_benefit_is_half_a_quarter_or_not_shown(percent, expected, entry):
    shown = rules.benefit(percent, HELD)

    assert (shown, rules.entry_of(shown)) == (expected, entry)


@pytest.mark.parametrize(
    ("decision", "more", "reason"),
    [
        (Decision.CONTINUE, {}, None),
        (Decision.STOP, {"shown": Benefit.NONE}, None),
        (Decision.MAINTENANCE, {}, None),
        (Decision.MAINTENANCE, {"shown": Benefit.PARTIAL}, None),
        (Decision.MAINTENANCE, {"shown": Benefit.NONE}, "needs benefit"),
        (Decision.MAINTENANCE, {"shown": Benefit.UNKNOWN}, "needs benefit"),
        (Decision.CONTINUE, {"given": 0}, "No dose is given"),
        (Decision.CONTINUE, {"exposure": {"exposure-high": "Many"}}, "exposure flags"),
        (Decision.CONTINUE, {"exposure": {"exposure-high": "Many"}, "exposure_seen": True}, None),
        (Decision.STOP, {"exposure": {"exposure-high": "Many"}}, None),  # stopping is what the flag asks for
    ],
)
def test_what_stands_against_a_decision_is_said(decision, more, reason):
    known = {"given": 3, "shown": Benefit.RESPONDER, "exposure": {}, "exposure_seen": False}

    found = list(rules.reasons_against_decision(decision, WHY, **(known | more)))

    assert (reason is None and not found) or (len(found) == 1 and reason in found[0])


def test_a_decision_says_what_it_rests_on():
    known = {"given": 3, "shown": Benefit.RESPONDER, "exposure": {}, "exposure_seen": False}

    assert list(rules.reasons_against_decision(Decision.CONTINUE, "x" * 29, **known)) != []
    assert list(rules.reasons_against_decision(Decision.CONTINUE, "x" * 30, **known)) == []


@pytest.mark.parametrize(
    ("given", "planned", "last", "over"),
    [
        (6, 6, "", True),
        (5, 6, "", False),
        (5, None, "", False),
        (3, 6, Decision.STOP, True),
        (3, 6, Decision.MAINTENANCE, True),
        (3, 6, Decision.CHANGE, False),
    ],
)
def test_a_series_is_over_when_planned_or_signed(given, planned, last, over):
    assert rules.is_series_over(given, planned, last) is over


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Closing(Stage.CLOSING), None),
        (Closing(Stage.COMPLETED, Ending.GOALS_MET, hand_over="Dr Reyes"), None),
        (Closing(Stage.COMPLETED, Ending.GOALS_MET), "looks after the patient"),
        (Closing(Stage.COMPLETED, Ending.COST, hand_over="Dr Reyes"), "how it ended"),
        (Closing(Stage.COMPLETED, Ending.NO_BENEFIT_AT_END, hand_over="Dr Reyes"), "offered next"),
        (Closing(Stage.ENDED_EARLY, Ending.ADVERSE_EVENT, hand_over="Dr Reyes"), "offered next"),
        (Closing(Stage.ENDED_EARLY, Ending.NO_BENEFIT, hand_over="Dr Reyes", offered_next="ECT"), None),
        (Closing(Stage.ENDED_EARLY, Ending.DECEASED), None),
        (Closing(Stage.ENDED_EARLY, Ending.PATIENT_CHOICE, hand_over="Dr Reyes", own_wish=True), None),
        (Closing(Stage.ENDED_EARLY, Ending.MISUSE, hand_over="Dr Reyes", own_wish=True), "own wish"),
        (Closing(Stage.MAINTENANCE, shown=Benefit.RESPONDER), None),
        (Closing(Stage.MAINTENANCE, shown=Benefit.PARTIAL), "response is partial"),
        (Closing(Stage.MAINTENANCE, shown=Benefit.PARTIAL, reason=WHY), None),
    ],
)
def test_each_ending_says_what_protocol_asks(said, reason):
    found = list(rules.reasons_against_closing(said))

    assert (reason is None and not found) or (len(found) == 1 and reason in found[0])


def test_every_reason_code_belongs_to_one_kind_of_end():
    listed = [ending for endings in ENDINGS.values() for ending in endings]

    assert sorted(listed) == sorted(Ending)
