"""Adverse events: the least grade of each, what is serious, versions, seals, and who never sees a boundary concern."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.urls import reverse
from django.utils import timezone

from kap_clinic.audit.models import AuditEvent
from patients.course.actions import NotReady
from patients.course.terms import Stage
from patients.record.actions import cover
from patients.tasks.models import Task
from sessions.events import actions, rules, selectors
from sessions.events.models import AdverseEvent, EventAddition
from sessions.events.rules import Happened, grade_floor, is_serious
from sessions.gate.selectors import gate_of
from tests import factories
from tests.people import signed_in
from tests.sessions import days

FLOORS = {
    "chest-pain": 3,
    "resp-depression": 3,
    "laryngospasm": 3,
    "loss-of-consciousness": 4,
    "paranoia": 2,
    "mania-symptoms": 2,
    "suicidal-ideation": 3,
    "self-harm": 3,
    "aspiration": 3,
    "eye-pain": 2,
    "seizure": 3,
    "craving-misuse": 2,
    "medication-error": 0,
}
PLAN = "Antiemetic before the next dose; half the dose."


# Rules


def test_the_vocabulary_has_every_code_once_and_its_least_grade():
    assert len(rules.TERMS) == 47
    assert {code: grade_floor(Happened(code))[0] for code in rules.TERMS} == {
        code: FLOORS.get(code, 1) for code in rules.TERMS
    }


@pytest.mark.parametrize(
    ("event", "floor"),
    [
        (Happened("chest-pain", details=["explained"]), 1),
        (Happened("suicidal-ideation", details=["no-intent-no-plan"]), 1),
        (Happened("sedation", details=["moaas-0"]), 4),
        (Happened("desaturation", details=["spo2-90-91", "oxygen-given"]), 3),
        (Happened("vomiting", action="drug_given"), 2),
        (Happened("anxiety-panic", action="drug_given"), 3),
        (Happened("dizziness", action="drug_given"), 1),
        (Happened("allergic-reaction", details=["anaphylaxis"]), 4),
        (Happened("headache", details=["worst-ever"]), 3),
        (Happened("paranoia", details=["at-discharge"]), 3),
        (Happened("nausea", outcome="fatal"), 5),
    ],
)
def test_what_was_so_raises_the_least_grade(event, floor):
    assert grade_floor(event)[0] == floor


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Happened("nausea", 2), []),
        (Happened("nausea", 3), ["Grade 3"]),
        (Happened("nausea", None), ["Not graded yet"]),
        (Happened("nausea", 1, action="transfer"), ["Transferred"]),
        (Happened("loss-of-consciousness", 4), ["Grade 4", "Loss of consciousness"]),
        (Happened("seizure", 3), ["Grade 3", "Seizure"]),
        (Happened("self-harm", 3), ["Grade 3", "Self-harm or attempt"]),
        (Happened("resp-depression", 3), ["Grade 3", "Respiratory depression"]),
        (Happened("boundary-concern", None), ["Touch or conduct concern raised by the patient"]),
        (Happened("medication-error", 0, dose_off=24), []),
        (Happened("medication-error", 0, dose_off=25), ["Dose 25 % off"]),
        (Happened("medication-error", 0), ["Nobody knows how far the dose was off"]),
    ],
)
def test_an_event_is_serious_for_these_reasons(event, why):
    assert is_serious(event) == why


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Happened("seizure", 2), "At least grade 3: seizure."),
        (Happened("nausea", 0), "At least grade 1."),
        (Happened("nausea", 1, details=["moaas-0"]), "This does not belong to nausea: moaas-0."),
        (Happened("nausea", 1, dose_off=3), "Only a medication error says how far a dose was off."),
        (Happened("boundary-concern", 2), "A boundary concern is not graded."),
        (Happened("nonsense", 2), "Choose what happened."),
    ],
)
def test_what_cannot_stand_says_why(event, reason):
    assert rules.reasons_against_event(event, words="So it was") == [reason]


# Actions


def reported(patient, by, code="nausea", grade=1, role="therapist", **fields):
    return actions.report(
        patient=patient,
        code=code,
        words=fields.pop("words", "Sick for an hour"),
        grade=grade,
        onset_at=fields.pop("onset_at", timezone.now()),
        by=by,
        role=role,
        **fields,
    )


def refused(call, **kwargs):
    with pytest.raises(NotReady) as no:
        call(**kwargs)
    return no.value.reasons


def test_a_mild_event_asks_nothing_more(patient, therapist):
    event = reported(patient, therapist)

    assert (event.serious, event.serious_why) == (False, [])
    assert not selectors.open_serious(patient).exists()
    assert not Task.objects.filter(source_ref=event.ref).exists()


def test_a_serious_event_asks_for_a_signature_and_a_thought_about_medwatch(patient, nurse):
    event = reported(patient, nurse, "seizure", 3, role="nurse")

    assert list(selectors.open_serious(patient)) == [event]
    assert {task.flag for task in Task.objects.filter(source_ref=event.ref)} == {"event-sign", "event-medwatch"}


def test_a_serious_event_holds_the_course_and_closes_the_gate_until_it_is_signed(patient, therapist, prescriber):
    course = factories.course_at(patient, Stage.DOSING_SERIES, by=therapist)
    dosing = days.planned(patient, by=therapist)

    event = reported(patient, therapist, "seizure", 3)

    course.refresh_from_db()
    assert course.stage == Stage.ON_HOLD
    assert course.moves.last().reason == "Serious adverse event: seizure (Grade 3, Seizure)"
    assert item_18(dosing) == "fail"
    actions.sign(event=event, plan=PLAN, by=prescriber, role="prescriber")
    assert item_18(dosing) == "pass"


def item_18(dosing):
    found = gate_of(dosing, timezone.now()).items
    return next(one.state for one in found if one.code == "no-open-serious-event")


def test_a_pause_of_the_safety_officer_says_no_more_than_that(patient, therapist, safety_officer):
    course = factories.course_at(patient, Stage.DOSING_SERIES, by=therapist)

    concern(patient, safety_officer, pause=True)

    course.refresh_from_db()
    assert (course.stage, course.moves.last().reason) == (Stage.ON_HOLD, actions.PAUSED)


def test_nothing_is_reported_for_a_time_to_come(patient, therapist):
    later = timezone.now() + timedelta(hours=1)

    found = refused(reported, patient=patient, by=therapist, onset_at=later)

    assert found == ["The onset is still to come."]
    assert not AdverseEvent.objects.exists()


def test_a_change_keeps_what_was_said_and_judges_anew(patient, therapist):
    event = reported(patient, therapist)

    changed = actions.change(event=event, version=1, grade=3, words="Sick all night", by=therapist, role="therapist")

    was = EventAddition.objects.get(event=event).was
    assert (was["grade"], was["words"]) == (1, "Sick for an hour")
    assert (changed.version, changed.serious_why) == (2, ["Grade 3"])
    assert Task.objects.filter(source_ref=event.ref, flag="event-sign").exists()
    stale = refused(actions.change, event=event, version=1, grade=2, by=therapist, role="therapist")
    assert stale == ["Somebody changed this event meanwhile. Open it again and compare."]


def test_only_a_prescriber_signs_and_a_serious_event_has_a_plan(patient, therapist, prescriber):
    event = reported(patient, therapist, "seizure", 3)

    assert refused(actions.sign, event=event, plan=PLAN, by=therapist, role="therapist") == [
        "A prescriber signs an adverse event."
    ]
    assert refused(actions.sign, event=event, by=prescriber, role="prescriber") == [
        "Write what follows, in 20 characters or more: the event is serious."
    ]
    actions.sign(event=event, plan=PLAN, by=prescriber, role="prescriber")

    event.refresh_from_db()
    assert (event.signed_by, event.signed_name, event.plan) == (prescriber, prescriber.name, PLAN)
    assert selectors.is_whole(event)
    assert not selectors.open_serious(patient).exists()
    assert Task.objects.get(source_ref=event.ref, flag="event-sign").closed_at is not None


def test_an_ungraded_event_counts_as_serious_and_is_not_signed(patient, therapist, prescriber):
    event = reported(patient, therapist, grade=None)

    assert list(selectors.open_serious(patient)) == [event]
    assert "Grade the event first." in refused(actions.sign, event=event, plan=PLAN, by=prescriber, role="prescriber")


@pytest.mark.parametrize(
    "sql",
    [
        "update kap_sessions_adverseevent set grade = 1 where id = %s",
        "update kap_sessions_adverseevent set signed_at = null, signed_by_id = null where id = %s",
        "update kap_sessions_adverseevent set version = version + 1 where id = %s",
        "update kap_sessions_adverseevent set plan = 'other' where id = %s",
        "delete from kap_sessions_adverseevent where id = %s",
        "update kap_sessions_eventaddition set words = 'other' where event_id = %s",
    ],
)
def test_a_signed_event_is_sealed_by_the_database(patient, therapist, prescriber, sql):
    event = reported(patient, therapist, "seizure", 3)
    actions.sign(event=event, plan=PLAN, by=prescriber, role="prescriber")
    actions.amend(event=event, words="EEG was normal", by=prescriber, role="prescriber")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [event.pk])


def test_an_unsigned_event_changes_only_with_a_row_that_keeps_it(patient, therapist):
    event = reported(patient, therapist)

    with pytest.raises(IntegrityError), transaction.atomic():
        AdverseEvent.objects.filter(pk=event.pk).update(grade=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        AdverseEvent.objects.filter(pk=event.pk).update(grade=2, version=2)


def test_what_becomes_known_later_is_added_and_signed(patient, therapist, prescriber):
    event = reported(patient, therapist, "nausea", 2)
    assert refused(actions.amend, event=event, words="More", by=prescriber, role="prescriber") == [
        "This event is not signed. Change it instead."
    ]
    actions.sign(event=event, by=prescriber, role="prescriber")

    addition = actions.amend(event=event, words="It was the lozenge", by=prescriber, role="prescriber")

    assert (addition.name, len(addition.sha256)) == (prescriber.name, 64)
    assert refused(actions.change, event=event, version=1, grade=1, by=therapist, role="therapist") == [
        "This event is signed. Add to it instead."
    ]


# Boundary concerns


def concern(patient, officer, **fields):
    return reported(
        patient, officer, "boundary-concern", None, role="safety_officer", words="Hand on her knee, not asked", **fields
    )


def test_the_treating_team_does_not_write_a_boundary_concern(patient, therapist, prescriber, safety_officer):
    for by, role in ((therapist, "therapist"), (prescriber, "prescriber"), (therapist, "safety_officer")):
        assert refused(reported, patient=patient, by=by, code="boundary-concern", grade=None, role=role) == [
            actions.HIDDEN
        ]
    assert not AdverseEvent.objects.exists()


def test_a_boundary_concern_is_the_safety_officers_alone(client, patient, therapist, safety_officer):
    event = concern(patient, safety_officer)
    page = reverse("events:one", args=[patient.ref, event.ref])

    assert "Hand on her knee" in signed_in(client, safety_officer).get(page).text
    signed_in(client, therapist)
    assert client.get(page).status_code == 404
    assert "boundary" not in client.get(reverse("events:list", args=[patient.ref])).text.lower()
    assert not selectors.open_serious(patient).exists()
    assert not Task.objects.filter(source_ref=event.ref).exists()
    assert not AuditEvent.objects.filter(event="adverse_event.reported", patient_ref=str(patient.ref)).exists()


def test_a_safety_officer_of_the_team_does_not_see_it_either(client, patient, therapist, safety_officer):
    event = concern(patient, safety_officer)
    cover(patient=patient, by=safety_officer, why="Helps out")

    page = signed_in(client, safety_officer).get(reverse("events:one", args=[patient.ref, event.ref]))

    assert page.status_code in {403, 404}
    assert "Hand on her knee" not in page.text


def test_additions_of_a_boundary_concern_are_marked_with_it(patient, safety_officer):
    event = concern(patient, safety_officer)

    actions.change(event=event, version=1, words="More of it", by=safety_officer, role="safety_officer")

    assert EventAddition.objects.get(event=event).is_boundary_concern


# Pages


def typed(**changes):
    known = {
        "words": "Sick for an hour",
        "grade": "1",
        "onset_on": "2026-03-02",
        "onset_at": "09:30",
        "relation": "possible",
        "action": "observed",
        "outcome": "recovered",
    }
    return {**known, **changes}


@pytest.fixture
def noon(frozen):
    return frozen("2026-03-02T12:00-05:00")


def test_an_event_is_chosen_then_written(client, noon, patient, nurse):
    signed_in(client, nurse)
    choose = client.get(reverse("events:choose", args=[patient.ref]))
    new = reverse("events:new", args=[patient.ref, "nausea"])
    assert new in choose.text
    assert "boundary-concern" not in choose.text

    response = client.post(new, typed())

    event = AdverseEvent.objects.get()
    assert response.url == reverse("events:one", args=[patient.ref, event.ref])
    assert (event.grade, event.role, event.onset_at.isoformat()) == (1, "nurse", "2026-03-02T14:30:00+00:00")
    assert "Sick for an hour" in client.get(response.url).text


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("nausea", {"grade": ""}, "Choose how grave it was"),
        ("nausea", {"words": ""}, "Enter what happened"),
        ("nausea", {"onset_at": "25:00"}, "Enter a time, like 09:30"),
        ("nausea", {"onset_at": "12:30"}, "The onset is still to come."),
        ("nausea", {"ended_on": "2026-03-02"}, "Enter day and time of the end, or neither"),
        ("nausea", {"ended_on": "2026-03-02", "ended_at": "09:00"}, "It does not end before it begins."),
        ("nausea", {"action": "drug_given"}, "At least grade 2: a medicine was given."),
        ("seizure", {"grade": "2"}, "Select a valid choice"),
        ("medication-error", {"grade": "0", "dose_off_percent": "many"}, "Enter a whole number, like 25"),
    ],
)
def test_what_cannot_be_reported_is_said_and_kept(client, noon, patient, therapist, code, changes, words):
    signed_in(client, therapist)

    page = client.post(reverse("events:new", args=[patient.ref, code]), typed(**{"patient_words": "Ugh", **changes}))

    assert page.status_code == 422
    assert words in page.text
    assert "Ugh" in page.text
    assert not AdverseEvent.objects.exists()


def test_an_unknown_term_is_not_found(client, patient, therapist):
    signed_in(client, therapist)
    assert client.get(reverse("events:new", args=[patient.ref, "nonsense"])).status_code == 404


def test_a_prescriber_signs_on_a_page_and_adds(client, noon, patient, therapist, prescriber):
    event = reported(patient, therapist, "seizure", 3)
    signed_in(client, prescriber)
    page = reverse("events:sign", args=[patient.ref, event.ref])

    short = client.post(page, {"plan": "Later"})
    assert (short.status_code, "20 characters or more" in short.text) == (422, True)
    client.post(page, {"plan": PLAN})
    event.refresh_from_db()
    assert event.signed_by == prescriber

    client.post(reverse("events:add", args=[patient.ref, event.ref]), {"words": "EEG normal"})
    shown = client.get(reverse("events:one", args=[patient.ref, event.ref])).text
    assert "EEG normal" in shown
    assert event.sha256 in shown


def test_a_change_on_a_page_shows_what_it_said_before(client, noon, patient, therapist):
    event = reported(patient, therapist)
    signed_in(client, therapist)
    page = reverse("events:change", args=[patient.ref, event.ref])

    client.post(page, typed(grade="2", version="1"))
    stale = client.post(page, typed(grade="3", version="1"))

    assert stale.status_code == 422
    assert "Somebody changed this event meanwhile" in stale.text
    shown = client.get(reverse("events:one", args=[patient.ref, event.ref])).text
    assert "What it said before" in shown
    assert "2, moderate" in shown
