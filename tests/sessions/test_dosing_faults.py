"""Faults and races of the dose: two tablets at the same moment, and a process that dies at a named point (REL-02)."""

import threading

import pytest
from django.db import connections
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from sessions.dosing import actions
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession, Entry, VitalSigns
from tests import factories
from tests.sessions import days
from tests.sessions.killing import killed


@pytest.fixture
def ready(fresh_db, monkeypatch):
    """A session of a committed clinic whose gate is signed, with its people."""
    days.gate(monkeypatch)
    clinic = factories.clinic("Harbour Clinic")
    people = {
        "therapist": factories.member(clinic, Role.THERAPIST, name="Alex Moreno"),
        "prescriber": factories.member(clinic, Role.PRESCRIBER, name="Dr N. Okafor"),
        "nurse": factories.member(clinic, Role.NURSE, name="Jo Winter"),
    }
    patient = factories.patient(clinic, by=people["therapist"], team=tuple(people.values()))
    with as_clinic(clinic.pk):
        dosing = days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])
    return clinic, dosing, people


def together(*calls):
    """All of them at the same moment, each on a connection of its own; what each said."""
    start, said = threading.Barrier(len(calls)), []

    def run(call):
        start.wait()
        try:
            said.append(call())
        except actions.NotReady as no:
            said.append(no.reasons)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def give(clinic, dosing, people, **fields):
    with as_clinic(clinic.pk):
        return days.give(dosing, nurse=people["nurse"], therapist=people["therapist"], **fields).pk


def test_two_tablets_that_give_at_the_same_moment_give_one_dose(ready):
    clinic, dosing, people = ready

    said = together(*[lambda: give(clinic, dosing, people, client_ref=uuid7(), kind="first")] * 2)

    assert [one for one in said if isinstance(one, list)] == [["A dose was given already. Look at the log."]]
    with as_clinic(clinic.pk):
        assert Dose.objects.count() == 1
        assert DosingMove.objects.filter(after="monitoring").count() == 1


def test_the_same_post_sent_eight_times_at_once_is_one_dose(ready):
    clinic, dosing, people = ready
    same = {"client_ref": uuid7(), "given_at": timezone.now()}

    said = together(*[lambda: give(clinic, dosing, people, **same)] * 8)

    assert len(set(said)) == 1
    with as_clinic(clinic.pk):
        assert Dose.objects.count() == 1


def test_ten_readings_at_once_open_one_alert_a_sign(ready):
    clinic, dosing, people = ready
    give(clinic, dosing, people)

    def read():
        with as_clinic(clinic.pk):
            return days.vitals(dosing, by=people["nurse"], systolic=165, spo2=90).pk

    together(*[read] * 10)

    with as_clinic(clinic.pk):
        assert VitalSigns.objects.exclude(phase="baseline").count() == 10
        assert sorted(Alert.objects.values_list("sign", flat=True)) == ["blood-pressure", "spo2"]


# Killed at a named point


@pytest.mark.parametrize(
    ("point", "told", "doses", "state"),
    [
        ("before commit", "", 0, "ready"),
        ("after commit", "", 1, "monitoring"),
        ("after the answer", "saved", 1, "monitoring"),
    ],
)
def test_a_dose_is_there_whole_or_not_at_all(ready, point, told, doses, state):
    clinic, dosing, people = ready
    same = {"client_ref": uuid7(), "given_at": timezone.now()}

    def act():
        days.give(dosing, nurse=people["nurse"], therapist=people["therapist"], **same)

    said = killed(act, clinic_id=clinic.pk, point=point)

    with as_clinic(clinic.pk):
        assert (said, Dose.objects.count(), days.state(dosing)) == (told, doses, state)
        assert DosingSession.objects.filter(t0__isnull=False).count() == doses
    give(clinic, dosing, people, **same)  # sent again by the device, which does not know
    with as_clinic(clinic.pk):
        assert Dose.objects.count() == 1


@pytest.mark.parametrize(("point", "rows"), [("before commit", 0), ("after commit", 1)])
def test_a_reading_and_its_alert_are_there_together_or_not_at_all(ready, point, rows):
    clinic, dosing, people = ready
    give(clinic, dosing, people)

    killed(lambda: days.vitals(dosing, by=people["nurse"], spo2=90), clinic_id=clinic.pk, point=point)

    with as_clinic(clinic.pk):
        assert VitalSigns.objects.exclude(phase="baseline").count() == Alert.objects.count() == rows


def test_a_tap_that_was_answered_is_there_after_the_process_dies(ready):
    clinic, dosing, people = ready
    give(clinic, dosing, people)

    said = killed(
        lambda: days.entry(dosing, "effect", "anxiety", by=people["therapist"]),
        clinic_id=clinic.pk,
        point="after the answer",
    )

    with as_clinic(clinic.pk):
        assert (said, Entry.objects.count()) == ("saved", 1)
