"""What a patient is told of their visits: written with the change, unique by version, asked again before it goes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from kap_clinic.accounts.terms import Role
from kap_clinic.outbox import actions as outbox
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.rules import clinical_words
from kap_clinic.outbox.words import preview
from patients.links import actions as links
from patients.links import messages as link_messages
from patients.links.rules import Ask
from patients.links.terms import FormKind
from patients.record.terms import MessageWish
from sessions.visits import actions, messages
from sessions.visits.terms import VisitKind, VisitState, Why
from tests import factories

BY = {"role": Role.THERAPIST}


@pytest.fixture
def mailed(patient):
    """The patient wants e-mail, and lives three hours west of the clinic."""
    patient.message_wish, patient.email, patient.zone = MessageWish.EMAIL, "mia@example.org", "America/Los_Angeles"
    patient.save()
    return patient


@pytest.fixture
def visit(mailed, therapist, frozen):
    frozen("2026-11-23 15:00+00:00")
    return factories.booked(mailed, VisitKind.PREPARATION, by=therapist)


def told(visit, **where):
    return list(Message.objects.filter(about_ref=visit.ref, **where).order_by("due_at", "id"))


def test_booking_tells_at_once_and_reminds_a_day_before_in_the_patients_zone(visit):
    booked, reminder = told(visit)

    assert (booked.kind, booked.key) == ("visit_booked", f"visit_booked:{visit.ref}:1")
    assert reminder.key == f"visit_reminder:{visit.ref}:1:24h"
    local = reminder.due_at.astimezone(ZoneInfo("America/Los_Angeles"))
    assert 8 <= local.hour < 20, "quiet hours are the patient's"
    assert reminder.due_at <= visit.starts_at - timedelta(hours=20)


def test_a_visit_far_off_has_both_reminders(mailed, therapist, frozen):
    frozen("2026-11-10 15:00+00:00")
    visit = factories.booked(mailed, by=therapist, starts=datetime.fromisoformat("2026-11-24T12:00"))

    assert [message.key.rpartition(":")[2] for message in told(visit, kind="visit_reminder")] == ["72h", "24h"]


def test_the_words_are_neutral_and_in_the_patients_time(visit):
    subject, body = preview(told(visit, kind="visit_reminder")[0])

    assert clinical_words(subject + body) == []
    assert "06:00 (PST)" in body, "nine o'clock in New York"


@pytest.mark.parametrize("wish", [MessageWish.NONE, MessageWish.NOT_ASKED, MessageWish.PHONE])
def test_who_wants_no_messages_gets_none(patient, therapist, wish):
    patient.message_wish = wish
    patient.save()

    assert told(factories.booked(patient, by=therapist)) == []


def test_moving_voids_what_was_to_be_said_and_says_the_new_time(visit, therapist):
    to = datetime.fromisoformat(visit.wall_start) + timedelta(days=5)

    moved = actions.move_visit(appointment=visit, starts=to, why=Why.PATIENT_ASKED, by=therapist, **BY)

    assert {message.state for message in told(moved, about_version=1)} == {"void"}
    assert [message.kind for message in told(moved, about_version=2)] == ["visit_moved", *["visit_reminder"] * 2]


def test_cancelling_voids_the_rest_and_says_so(visit, therapist):
    gone = actions.cancel(appointment=visit, why=Why.PATIENT_ILL, by=therapist, **BY)

    assert {message.kind for message in told(gone, state="planned")} == {"visit_cancelled"}
    assert messages.facts_for(told(gone, state="planned")[0]) == {}


def test_just_before_it_goes_the_visit_is_asked_again(visit):
    reminder = told(visit, kind="visit_reminder")[0]
    assert messages.facts_for(reminder) == {}

    type(visit).objects.filter(pk=visit.pk).update(version=2)

    assert messages.facts_for(reminder) is None


def test_a_new_address_gets_the_same_words(visit, mailed):
    reminder = told(visit, kind="visit_reminder")[0]
    mailed.email = "new@example.org"
    mailed.save()

    assert messages.facts_for(reminder) is None
    assert messages.facts_for(reminder) is None, "asked twice it is still one message"

    [again] = told(visit, to="new@example.org")
    assert (again.facts, again.not_after) == (reminder.facts, reminder.not_after)


def test_no_word_for_who_changed_their_mind(visit, mailed):
    mailed.message_wish = MessageWish.NONE
    mailed.save()

    assert messages.facts_for(told(visit, kind="visit_reminder")[0]) is None


def test_a_patient_who_did_not_come_is_not_reminded(visit, therapist, frozen):
    frozen(visit.starts_at + timedelta(hours=1))
    missed = actions.miss(appointment=visit, why=Why.NOT_REACHED, by=therapist, **BY)

    assert missed.state == VisitState.NO_SHOW
    assert {message.state for message in told(missed)} == {"void"}


# Links


@pytest.fixture
def link(mailed, therapist):
    made, _ = links.make(patient=mailed, asks=[Ask(FormKind.MEASURE, "gad-7", False)], by=therapist)
    return made


def test_a_link_is_sent_once_and_the_row_does_not_hold_its_token(link, therapist):
    message, again = link_messages.send(link, therapist), link_messages.send(link, therapist)

    assert message == again
    address = link_messages.facts_for(message)["address"]
    assert "/p/" in address
    assert address.rsplit("/", 2)[1] not in str(message.facts)


def test_a_link_that_is_over_is_not_sent(link, therapist):
    message = link_messages.send(link, therapist)
    links.revoke(link=link, by=therapist)

    assert link_messages.facts_for(message) is None


def test_staff_send_a_link_from_its_page(client, link, therapist):
    from tests.people import signed_in

    signed_in(client, therapist)
    client.post(reverse("desk:send_link", args=[link.patient.ref, link.ref]))

    assert Message.objects.filter(about_ref=link.ref).exists()


def test_a_message_that_waits_for_a_visit_goes_when_it_is_due(visit):
    """What `outbox` asks through the wiring is this room."""
    from kap_clinic import wiring

    assert wiring.facts_for(told(visit)[0]) == {}
    assert outbox.TASK == "outbox.send_due"
