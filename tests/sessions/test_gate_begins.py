"""The gate from an empty record: two who override at once, and the way of a course into its dosing series."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from kap_clinic.wall import as_clinic
from patients.course.actions import NotReady
from patients.course.terms import Stage
from sessions import course as courses
from sessions.gate import actions
from sessions.gate.models import GateOverride
from tests.sessions import gates, orders
from tests.sessions.test_gate_day import WHY, I, ate_lately, contacts


@pytest.fixture
def team(clinic, therapist, prescriber, nurse, admin, medical_director, safety_officer):
    return gates.Team(clinic, therapist, prescriber, nurse, admin, medical_director)


def test_two_prescribers_who_override_at_once_leave_one_override(fresh_db, clinic, patient, team, frozen):
    with as_clinic(clinic.pk):
        dosing = gates.open_gate(patient, team, frozen)
        ate_lately(dosing, team.nurse)
    outcomes, at_once = [], threading.Barrier(2)

    def override(by, role):
        at_once.wait()
        try:
            with as_clinic(clinic.pk):
                actions.override(dosing=dosing, item=I.FASTING_OK, reason=WHY, by=by, role=role)
            outcomes.append("done")
        except NotReady as no:
            outcomes.append(no.reasons[0])
        finally:
            connection.close()

    people = [(team.prescriber, "prescriber"), (team.medical_director, "medical_director")]
    threads = [threading.Thread(target=override, args=one) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert "done" in outcomes
    assert sum("has overridden this item already" in one for one in outcomes) == 1
    with as_clinic(clinic.pk):
        assert GateOverride.objects.filter(dosing=dosing).count() == 1


def test_a_course_goes_into_its_series_on_what_the_record_says(patient, team, frozen):
    course = gates.up_to_the_day(patient, team, frozen)
    today = timezone.localdate()
    asked = {"course": course, "to": Stage.DOSING_SERIES, "by": team.prescriber, "role": "prescriber", "on": today}
    with pytest.raises(courses.screening.NotPossible) as no:
        courses.move_course(**asked)
    assert set(no.value.reasons) == {
        "No dose order is signed.",
        "No emergency contact is on file.",
        "No escort is on file.",
    }

    orders.signed(course, by=team.prescriber)
    contacts(patient, team.therapist)
    assert courses.move_course(**asked).stage == Stage.DOSING_SERIES
