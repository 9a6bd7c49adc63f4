"""The gate on real rows: an open one, what closes it, how it reads, and what it costs."""

import pytest
from django.utils import timezone

from sessions.gate import selectors
from tests.sessions import gates

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(clinic, therapist, prescriber, nurse, admin, medical_director):
    return gates.Team(clinic, therapist, prescriber, nurse, admin, medical_director)


@pytest.fixture
def dosing(patient, team, frozen, safety_officer):
    """A session whose gate is open at this moment."""
    return gates.open_gate(patient, team, frozen)


def gate(dosing):
    return selectors.gate_of(dosing, timezone.now())


def item(dosing, code):
    return next(one for one in gate(dosing).items if one.code == code)


def test_a_day_in_order_opens_the_gate(dosing):
    found = gate(dosing)

    assert found.reasons == []
    assert found.is_open
    assert found.met_count == 23
