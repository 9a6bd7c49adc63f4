"""Dose days of the demo that went otherwise: stopped early, transferred, left against advice; and what was reported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo import gate
from kap_clinic.dev.demo.cast import Cast
from kap_clinic.dev.demo.moments import Story
from sessions.discharge import actions as leaving
from sessions.dosing import actions
from sessions.dosing.models import Alert, DosingSession
from sessions.dosing.terms import EntryKind
from sessions.events import actions as events

HIGH = {"systolic": 174, "diastolic": 101, "heart_rate": 104}
PLAN = "No further dose before a cardiologist has seen her; the order is looked at again then."


@dataclass(frozen=True)
class WayOut:
    """Up to which minute after the dose the day is like any other, and what happens then."""

    minute: int
    tell: Callable[[DosingSession, datetime, Cast], Story]


def _stopped(dosing: DosingSession, given: datetime, cast: Cast) -> Story:
    yield given + timedelta(minutes=22)
    gate.read(dosing, cast, **HIGH, moaas=4, distress=2)
    yield given + timedelta(minutes=23)
    _acknowledge(dosing, "Called to the room: sit up, dim the light, repeat in five minutes.", cast)
    reason = "Blood pressure 174/101 and wants it to end; no more ketamine, monitoring goes on."
    actions.stop_early(dosing=dosing, reason=reason, **cast.nurse)
    yield given + timedelta(minutes=30)
    gate.read(dosing, cast, systolic=162, diastolic=96, heart_rate=96, moaas=4, distress=1)


def _transferred(dosing: DosingSession, given: datetime, cast: Cast) -> Story:
    yield given + timedelta(minutes=21)
    actions.write_entry(
        dosing=dosing, kind=EntryKind.SYMPTOM, code="chest-pain", words="Pressure behind the breastbone", **cast.nurse
    )
    _acknowledge(dosing, "In the room. Call 911, oxygen ready, no more drug.", cast)
    actions.write_entry(dosing=dosing, kind=EntryKind.HELP, code="pressure", data={"stamp": "called-911"}, **cast.nurse)
    yield given + timedelta(minutes=33)
    actions.transfer(dosing=dosing, reason="Chest pain under ketamine, handed to the ambulance.", **cast.nurse)
    report(dosing, "chest-pain", 3, "Chest pain 21 minutes after the dose; ECG in the ambulance without change.", cast)
    leaving.hand_over(
        dosing=dosing,
        where_to="University hospital, emergency department",
        words="Told Dr Weiss by phone: 40 mg IM at 21 min, blood pressure 138/86, ECG by the crew.",
        **cast.prescriber,
    )


def _left(dosing: DosingSession, given: datetime, cast: Cast) -> Story:
    yield given + timedelta(minutes=97)
    leaving.leave_against_advice(
        dosing=dosing,
        words="Has to fetch her son from school; walks steadily, knows what to look for.",
        escort="reached",
        prescriber=cast.users["prescriber"].name,
        **cast.therapist,
    )


WAYS_OUT = {"stopped": WayOut(20, _stopped), "transferred": WayOut(20, _transferred), "left": WayOut(92, _left)}


def _acknowledge(dosing: DosingSession, advice: str, cast: Cast) -> None:
    for alert in Alert.objects.filter(dosing=dosing, acknowledged_at=None, closed_at=None):
        actions.acknowledge(alert=alert, advice=advice, **cast.prescriber)


def report(dosing: DosingSession, code: str, grade: int, words: str, cast: Cast, **more: Any) -> None:
    """An adverse event of a session; a light one is signed at once, a serious one waits."""
    event = events.report(
        patient=dosing.patient,
        code=code,
        words=words,
        onset_at=timezone.now() - timedelta(minutes=10),
        dosing=dosing,
        grade=grade,
        relation="probable",
        **{**cast.nurse, **more},
    )
    if not event.serious:
        events.sign(event=event, **cast.prescriber)


def sign_serious(dosing: DosingSession, cast: Cast) -> None:
    for event in dosing.adverse_events.filter(serious=True, signed_at=None):
        events.sign(event=event, plan=PLAN, **cast.prescriber)


def concern(dosing: DosingSession, cast: Cast) -> None:
    """What a patient told the safety officer, and nobody of the team reads."""
    events.report(
        patient=dosing.patient,
        code="boundary-concern",
        words="Says a hand stayed on the arm after the stop word. Wants it known, wants to go on with somebody else.",
        onset_at=timezone.now() - timedelta(hours=2),
        dosing=dosing,
        **cast.by("safety", Role.SAFETY_OFFICER),
    )
