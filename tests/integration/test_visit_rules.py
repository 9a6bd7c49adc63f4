"""When integration and the call after a dose are due, and what may be written down: truth tables, no database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from integration.visits import rules
from integration.visits.rules import Visit, Window
from integration.visits.terms import Reached, Standing
from sessions.visits.terms import VisitKind, VisitState

T0 = datetime(2026, 3, 9, 14, tzinfo=UTC)
HOURS = Window()


def after(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("hours", "done_after", "expected"),
    [
        (1, None, Standing.TO_COME),
        (23.99, None, Standing.TO_COME),
        (24, None, Standing.DUE),
        (72, None, Standing.DUE),
        (72.01, None, Standing.OVERDUE),
        (500, None, Standing.OVERDUE),
        (500, 30, Standing.DONE),
        (2, 1, Standing.DONE),
        (30, -1, Standing.DUE),  # completed before the dose: of an earlier one
    ],
)
def test_integration_is_due_from_one_day_after_a_dose_and_overdue_after_three(hours, done_after, expected):
    done_at = None if done_after is None else after(done_after)

    assert rules.integration_standing(T0, after(hours), done_at=done_at, window=HOURS) == expected


def test_the_clinic_sets_the_hours():
    slow = Window(opens=48, closes=96, call=36)

    assert rules.integration_standing(T0, after(30), done_at=None, window=slow) == Standing.TO_COME
    assert rules.integration_standing(T0, after(90), done_at=None, window=slow) == Standing.DUE
    assert rules.call_standing(T0, after(30), spoke=False, in_the_house=False, window=slow) == Standing.DUE


@pytest.mark.parametrize(
    ("hours", "spoke", "in_the_house", "expected"),
    [
        (1, False, True, Standing.TO_COME),
        (3, False, False, Standing.DUE),
        (24, False, False, Standing.DUE),
        (24.1, False, False, Standing.OVERDUE),
        (24.1, True, False, Standing.DONE),
    ],
)
def test_the_call_is_due_when_the_patient_has_left(hours, spoke, in_the_house, expected):
    found = rules.call_standing(T0, after(hours), spoke=spoke, in_the_house=in_the_house, window=HOURS)

    assert found == expected


def test_a_theme_is_kept_once_and_in_order():
    assert rules.tidy_themes(["Grief", " grief ", "", "The  body", "x" * 90]) == ["Grief", "The body", "x" * 60]


def visit(**changes) -> Visit:
    known = {
        "kind": VisitKind.INTEGRATION, "state": VisitState.IN_PROGRESS, "course_is_live": True, "has_dose": True,
    }  # fmt: skip
    return Visit(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "more", "reason"),
    [
        ({}, {}, None),
        ({"state": VisitState.COMPLETED}, {}, None),  # a later thought is a new row
        ({"kind": VisitKind.PREPARATION}, {}, "not an integration visit"),
        ({"state": VisitState.CANCELLED}, {}, "was cancelled"),
        ({"state": VisitState.NO_SHOW}, {}, "did not come"),
        ({"course_is_live": False}, {}, "course is closed"),
        ({"has_dose": False}, {}, "No dose was given"),
        ({"has_dose": False, "is_closing": True}, {}, None),
        ({}, {"said": False}, "at least one thing"),
        ({}, {"themes": 21}, "at most 20"),
    ],
)
def test_what_stands_against_writing_is_said(changes, more, reason):
    found = list(rules.reasons_against_writing(visit(**changes), **({"said": True} | more)))

    assert (reason is None and not found) or (len(found) == 1 and reason in found[0])


@pytest.mark.parametrize(
    ("reached", "safe", "hours", "reason"),
    [
        (Reached.SPOKE, True, 20, None),
        (Reached.SPOKE, False, 20, None),
        (Reached.SPOKE, None, 20, "Ask whether the patient is safe"),
        (Reached.NOT_REACHED, None, 20, None),
        (Reached.ESCORT, None, 20, None),
        (Reached.SPOKE, True, -1, "comes after the dose"),
        (Reached.SPOKE, True, 31, "in the future"),
    ],
)
def test_a_call_asks_whether_the_patient_is_safe(reached, safe, hours, reason):
    found = list(rules.reasons_against_call(reached, safe=safe, called_at=after(hours), now=after(30), t0=T0))

    assert (reason is None and not found) or (len(found) == 1 and reason in found[0])


def test_a_practice_has_words_and_days_in_order():
    day = date(2026, 3, 10)

    assert list(rules.reasons_against_practice("Sit by the water", day, day)) == []
    assert list(rules.reasons_against_practice("Sit by the water", day, None)) == []
    assert len(list(rules.reasons_against_practice(" ", day, day - timedelta(days=1)))) == 2
