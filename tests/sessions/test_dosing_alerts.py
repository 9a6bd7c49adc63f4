"""Alerts in time: opened by the rules, raised and not lowered, escalated, closed. The clock stands still."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from patients.tasks.models import Task
from sessions.dosing import actions
from sessions.dosing.models import Alert
from sessions.dosing.tasks import watch
from tests.sessions import days

MORNING = "2026-03-02T09:00-05:00"


@pytest.fixture
def clock(frozen, clinic):
    return frozen(MORNING)


@pytest.fixture
def dosing(clock, monkeypatch, patient, therapist, prescriber, nurse):
    days.gate(monkeypatch)
    return days.dosed(patient, therapist=therapist, prescriber=prescriber, nurse=nurse)


def alert():
    return Alert.objects.get()


def later(clock, **span):
    clock.shift(timedelta(**span))


@pytest.mark.parametrize(
    ("changes", "level", "minutes"),
    [({"systolic": 165}, 1, 5), ({"spo2": 90}, 2, 1), ({"moaas": 1}, 3, 1)],
)
def test_an_alert_is_due_by_its_level(dosing, therapist, changes, level, minutes):
    days.vitals(dosing, by=therapist, **changes)

    assert (alert().level, alert().due_at) == (level, timezone.now() + timedelta(minutes=minutes))


def test_a_sign_has_one_open_alert_which_is_raised_and_never_lowered(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, systolic=182)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    later(clock, minutes=5)
    days.vitals(dosing, by=therapist, systolic=184)

    raised = alert()
    assert (raised.level, raised.acknowledged_at) == (2, None)
    assert raised.words == "Blood pressure 184/78, at or over 180/110 on two readings"
    later(clock, minutes=5)
    days.vitals(dosing, by=therapist, systolic=165)
    assert alert().level == 2


def test_the_database_lets_no_alert_fall(dosing, therapist):
    days.vitals(dosing, by=therapist, spo2=90)

    with pytest.raises(IntegrityError, match="an alert does not fall"), transaction.atomic():
        Alert.objects.update(level=1)


def test_two_signs_are_two_alerts(dosing, therapist):
    days.vitals(dosing, by=therapist, systolic=165, heart_rate=125)

    assert set(Alert.objects.values_list("sign", flat=True)) == {"blood-pressure", "heart-rate"}


def test_before_the_dose_the_gate_judges_and_no_alert_opens(clock, monkeypatch, patient, therapist):
    days.gate(monkeypatch)
    dosing = days.checking(patient, by=therapist)

    days.vitals(dosing, by=therapist, systolic=185)

    assert not Alert.objects.exists()


def test_a_symptom_makes_an_amber_reading_an_emergency(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, systolic=165)
    later(clock, minutes=3)
    days.entry(dosing, "symptom", "chest-pain", by=therapist)

    assert dict(Alert.objects.values_list("sign", "level")) == {"blood-pressure": 3, "symptom": 3}


@pytest.mark.parametrize(("seconds", "escalated"), [(299, False), (300, True)])
def test_amber_nobody_acknowledges_goes_to_the_prescriber_after_five_minutes(
    dosing, therapist, clock, seconds, escalated
):
    days.vitals(dosing, by=therapist, systolic=165)
    later(clock, seconds=seconds)
    watch()
    watch()

    assert (alert().escalated_at is not None) is escalated
    tasks = Task.objects.filter(source_ref=alert().ref)
    assert tasks.count() == (1 if escalated else 0)


@pytest.mark.parametrize(("seconds", "escalated"), [(59, False), (60, True)])
def test_red_goes_to_the_prescriber_after_one_minute(dosing, therapist, clock, seconds, escalated):
    days.vitals(dosing, by=therapist, spo2=90)
    later(clock, seconds=seconds)
    watch()

    assert (alert().escalated_at is not None) is escalated


def test_what_was_acknowledged_in_time_is_not_escalated(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, systolic=165)
    later(clock, minutes=4)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    later(clock, minutes=5)
    actions.watch()

    assert alert().escalated_at is None


def test_an_acknowledged_alert_closes_with_the_reading_that_is_back(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, systolic=165)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    later(clock, minutes=5)
    back = days.vitals(dosing, by=therapist)

    assert (alert().closed_vitals, alert().closed_by) == (back, therapist)


def test_one_nobody_has_seen_stays_open_until_somebody_has(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, systolic=165)
    later(clock, minutes=3)
    back = days.vitals(dosing, by=therapist)

    assert alert().closed_at is None
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    assert alert().closed_vitals == back


def test_a_reading_without_the_value_closes_nothing(dosing, therapist, clock):
    days.vitals(dosing, by=therapist, spo2=93)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    later(clock, minutes=5)
    days.vitals(dosing, by=therapist, spo2=None)

    assert alert().closed_at is None


def test_vomiting_is_over_after_half_an_hour_without(dosing, therapist, clock):
    days.entry(dosing, "vomiting", by=therapist)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")
    later(clock, minutes=29)
    with pytest.raises(actions.NotReady):
        actions.close_alert(alert=alert(), words="", by=therapist, role="therapist")
    later(clock, minutes=1)
    actions.close_alert(alert=alert(), words="", by=therapist, role="therapist")

    assert alert().closed_words == "No vomiting in the last 30 minutes"


@pytest.mark.parametrize(("minutes", "told"), [(14, False), (15, True)])
def test_a_check_ten_minutes_late_is_told_to_the_prescriber(dosing, clock, minutes, told):
    later(clock, minutes=minutes)
    watch()
    watch()

    assert Alert.objects.filter(sign="late-check", escalated_at__isnull=False).count() == (1 if told else 0)
    assert Task.objects.filter(owner_role="prescriber").count() == (1 if told else 0)


def test_a_late_check_closes_when_it_is_made(dosing, therapist, clock):
    later(clock, minutes=15)
    actions.watch()
    days.vitals(dosing, by=therapist)
    actions.acknowledge(alert=alert(), by=therapist, role="therapist")

    assert alert().closed_at is not None


def test_a_closed_alert_does_not_change(dosing, therapist, prescriber):
    days.vitals(dosing, by=therapist, spo2=90)
    actions.acknowledge(alert=alert(), by=prescriber, role="prescriber")
    actions.close_alert(alert=alert(), words="Finger was cold", by=prescriber, role="prescriber")

    with pytest.raises(IntegrityError, match="a closed alert does not change"), transaction.atomic():
        Alert.objects.update(words="Nothing")
    days.vitals(dosing, by=therapist, spo2=90)
    assert Alert.objects.filter(closed_at=None).count() == 1
