"""A process that dies while somebody signs that a patient may leave: there whole, or not at all (REL-02)."""

import pytest

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from sessions.discharge import actions
from sessions.discharge.models import Discharge
from tests import factories
from tests.sessions import days, leaving
from tests.sessions.killing import killed


@pytest.mark.parametrize(
    ("point", "told", "rows", "state"),
    [
        ("before commit", "", 0, "discharge_check"),
        ("after commit", "", 1, "discharged"),
        ("after the answer", "saved", 1, "discharged"),
    ],
)
def test_a_discharge_is_there_whole_or_not_at_all(fresh_db, frozen, monkeypatch, point, told, rows, state):
    clock = frozen("2026-03-02T09:00-05:00")
    days.gate(monkeypatch)
    clinic = factories.clinic("Harbour Clinic")
    therapist = factories.member(clinic, Role.THERAPIST, name="Alex Moreno")
    prescriber = factories.member(clinic, Role.PRESCRIBER, name="Dr N. Okafor")
    nurse = factories.member(clinic, Role.NURSE, name="Jo Winter")
    patient = factories.patient(clinic, by=therapist, team=(therapist, prescriber, nurse))
    with as_clinic(clinic.pk):
        dosing = leaving.almost_home(clock, patient, therapist=therapist, prescriber=prescriber, nurse=nurse)
        leaving.tick_all(dosing, by=nurse, witness=therapist)

    said = killed(
        lambda: actions.discharge(dosing=dosing, by=prescriber, role="prescriber"), clinic_id=clinic.pk, point=point
    )

    with as_clinic(clinic.pk):
        assert (said, Discharge.objects.count(), days.state(dosing)) == (told, rows, state)
