"""The record of a dosing session: everything of the day, struck lines readable, signed by two and sealed, on paper."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from django.utils import timezone

from kap_clinic.documents.models import StoredDocument
from sessions.discharge import actions as discharge
from sessions.dosing import actions
from sessions.dosing.models import DosingSession
from sessions.events import actions as events
from sessions.gate.models import GateOverride
from sessions.record import letters, selectors
from tests.people import signed_in
from tests.sessions import days, leaving

ZONE = "America/New_York"


@pytest.fixture
def clock(frozen, clinic):
    return frozen("2026-03-02T09:00-05:00")


@pytest.fixture
def people(therapist, prescriber, nurse):
    return {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}


@pytest.fixture
def home(clock, patient, people, monkeypatch):
    """A day with an override, a struck reading, an alert, an event; the patient went home."""
    days.gate(monkeypatch)
    dosing = leaving.almost_home(clock, patient, **people)
    GateOverride.objects.create(
        clinic_id=dosing.clinic_id,
        patient=patient,
        dosing=dosing,
        item="weight-current",
        reason="Scale is broken, weighed 32 days ago, no visible change",
        fact="Measured 32 days ago.",
        name="Dr Winter",
        role="prescriber",
        made_by=people["prescriber"],
    )
    wrong = days.vitals(dosing, by=people["nurse"], systolic=212, diastolic=78)
    days.vitals(dosing, by=people["nurse"], corrects=wrong, struck_why="Cuff on the wrong arm")
    for alert in dosing.alerts.filter(acknowledged_at=None):
        actions.acknowledge(alert=alert, by=people["prescriber"], role="prescriber", advice="Seen, cuff moved")
    for alert in dosing.alerts.filter(closed_at=None):
        actions.close_alert(alert=alert, words="Artefact", by=people["prescriber"], role="prescriber")
    note = days.entry(dosing, "note", by=people["therapist"], words="Speaks of the sea")
    actions.strike(row=note, why="Other patient", by=people["therapist"], role="therapist")
    events.report(
        patient=patient,
        dosing=dosing,
        code="nausea",
        words="Sick at 40 minutes",
        grade=1,
        onset_at=timezone.now(),
        by=people["nurse"],
        role="nurse",
    )
    leaving.tick_all(dosing, by=people["nurse"], witness=people["therapist"])
    clock.shift(timedelta(minutes=16))
    days.vitals(dosing, by=people["nurse"])
    discharge.discharge(dosing=dosing, by=people["prescriber"], role="prescriber")
    return DosingSession.objects.get(pk=dosing.pk)


def test_the_record_holds_the_whole_day(home):
    found = selectors.record(selectors.whole(home), ZONE)

    assert found.number == "dose 1"
    assert [(one.name, one.override.partition(",")[0]) for one in found.gate] == [("Weight is current", "Dr Winter")]
    assert found.doses[0].what.startswith("Dose 60 mg")
    struck = [row for row in found.vitals if row.struck_why]
    assert [(row.values[0], row.struck_why) for row in struck] == [("212/78", "Cuff on the wrong arm")]
    assert len(found.vitals) == home.vitalsignss.count()
    line = next(one for one in found.log if "Speaks of the sea" in one.rest)
    assert line.struck_why == "Other patient"
    given = next(one for one in found.log if one.kind == "dose")
    assert given.notes == (f"witness {home.doses.get().witnessed_by.initials}",)
    assert found.alerts[0].acknowledged.endswith("Seen, cuff moved")
    assert [one.term for one in found.events] == ["Nausea"]
    assert (found.left.row.way, len(found.left.items)) == ("ready", 13)
    assert found.chart.marks[0].text.startswith("60")
    assert found.waits_for == "the therapist's signature"


def test_the_gate_is_kept_as_it_stood_at_the_signature(clock, patient, people, monkeypatch):
    days.order(patient, by=people["prescriber"])
    dosing = days.checking(patient, by=people["therapist"])
    stood = {"weight-current": {"state": "pass", "fact": "68.4 kg, today"}}
    days.gate(monkeypatch, items=stood)

    actions.make_ready(dosing=dosing, by=people["prescriber"], role="prescriber")

    found = selectors.record(selectors.whole(dosing), ZONE)
    assert [(one.name, one.state, one.fact) for one in found.gate] == [("Weight is current", "Met", "68.4 kg, today")]


def test_a_boundary_concern_is_not_in_the_record(home, patient, safety_officer):
    events.report(
        patient=patient,
        dosing=home,
        code="boundary-concern",
        words="Secret",
        onset_at=timezone.now(),
        by=safety_officer,
        role="safety_officer",
    )

    found = selectors.record(selectors.whole(home), ZONE)

    assert "Secret" not in str(found)


def page(name, dosing):
    return reverse(f"record:{name}", args=[dosing.ref])


def test_it_is_signed_by_the_therapist_then_the_prescriber_and_sealed(client, home, people):
    signed_in(client, people["therapist"])
    assert "Sign the record" in client.get(page("page", home)).text
    client.post(page("sign", home))
    home.refresh_from_db()
    assert (home.signed_by, len(home.record_sha256)) == (people["therapist"], 64)

    signed_in(client, people["prescriber"])
    assert client.post(page("cosign", home)).status_code == 302
    home.refresh_from_db()
    assert home.cosigned_by == people["prescriber"]
    found = selectors.record(selectors.whole(home), ZONE)
    assert (found.is_whole, found.is_draft, len(found.signatures)) == (True, False, 2)
    assert StoredDocument.objects.filter(kind="dosing_record", subject_ref=home.ref).count() == 2
    for sql in (
        "update kap_sessions_dosingsession set record_sha256 = 'x' where id = %s",
        "update kap_sessions_dosingsession set cosigned_at = now() where id = %s",
        "update kap_sessions_dose set mg = 1 where dosing_id = %s",
        "update kap_sessions_vitalsigns set systolic = 100 where dosing_id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [home.pk])


def test_a_correction_after_signing_is_added_and_what_was_signed_stays_whole(client, clock, home, people):
    signed_in(client, people["therapist"])
    client.post(page("sign", home))
    clock.shift(timedelta(minutes=1))
    dose = home.doses.get()

    actions.correct_dose(dose=dose, why="Lot misread", lot="K2292", by=people["nurse"], role="nurse")

    found = selectors.record(selectors.whole(home), ZONE)
    assert found.doses[0].struck_why == "Lot misread"
    assert (found.is_whole, found.added) == (True, 1)


def test_nobody_signs_before_the_patient_has_left(client, clock, patient, people, monkeypatch):
    days.gate(monkeypatch)
    dosing = days.dosed(patient, **people)
    signed_in(client, people["therapist"])

    shown = client.post(page("sign", dosing))

    assert shown.status_code == 422
    assert "The record is signed once the patient has left." in shown.text
    assert not StoredDocument.objects.exists()


def test_the_paper_is_a_draft_until_both_have_signed(home, people):
    first = letters.dosing_record(letters.ask(home, by=people["nurse"]))
    actions.sign_record(dosing=home, by=people["therapist"], role="therapist")
    second = letters.dosing_record(letters.ask(home, by=people["nurse"]))
    actions.cosign_record(dosing=home, by=people["prescriber"], role="prescriber")
    third = letters.dosing_record(letters.ask(home, by=people["nurse"]))

    assert [' class="draft"' in html for html in (first, second, third)] == [True, True, False]
    assert "waits for the prescriber" in second
    assert "OVERRIDE" in third
    assert "<s>" in third
    assert Decimal("60.00") == home.doses.get().mg
