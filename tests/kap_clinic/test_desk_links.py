"""Links on the staff's side: choose, name who looks, show the address once, take it back."""

import re
from datetime import timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from kap_clinic.accounts.models import IdempotencyKey
from kap_clinic.audit.models import AuditEvent
from patients.consents.terms import ConsentKind
from patients.links import actions
from patients.links.models import PatientLink
from patients.links.terms import Event
from tests.patients.consents import presented, ready
from tests.patients.links import come_in, link
from tests.people import WalledClient, signed_in


def text(response):
    return response.content.decode()


@pytest.fixture
def pages(patient):
    return f"/patients/{patient.ref}/links/"


def tomorrow():
    return (timezone.localtime() + timedelta(days=1)).date().isoformat()


def make(client, pages, *asks, **more):
    return client.post(f"{pages}new/", {"asks": list(asks), **more})


def test_a_therapist_makes_a_link_and_sees_its_address_once(client, therapist, patient, pages):
    signed_in(client, therapist)

    made = make(client, pages, "measure:gad-7", "measure:pcl-5")
    first, second = client.get(made["Location"]), client.get(made["Location"])

    row = PatientLink.objects.get()
    address = re.search(r'value="(http://[^"]+/p/([\w-]{43})/)"', text(first))
    assert made["Location"] == f"{pages}{row.ref}/"
    assert "It is shown this once" in text(first)
    assert address[2] not in text(second)
    assert "This address was shown before" in text(second)
    assert come_in(WalledClient(), f"/p/{address[2]}/")["Location"] == "/p/a/"
    events = AuditEvent.objects.filter(thing_ref=str(row.ref), actor_id=therapist.pk).order_by("id")
    assert [event.event for event in events] == [Event.LINK_MADE, Event.LINK_SHOWN, Event.LINKS_OPENED]


def test_the_picture_is_the_address_without_styles(client, therapist, pages):
    signed_in(client, therapist)

    page = text(client.get(make(client, pages, "measure:gad-7")["Location"]))
    picture = unquote(re.search(r'src="data:image/svg\+xml;charset=utf-8,([^"]+)"', page)[1])

    assert picture.startswith("<svg xmlns=")
    assert "style" not in picture


def test_a_watched_form_needs_somebody_who_looks_and_until_when(client, therapist, nurse, pages):
    signed_in(client, therapist)

    refused = make(client, pages, "measure:phq-9")
    assert refused.status_code == 422
    assert "Name the person who looks at them, and until when" in text(refused)
    assert not PatientLink.objects.exists()

    when = {"until_day": tomorrow(), "until_time": "18:00"}
    assert make(client, pages, "measure:phq-9", watcher=str(nurse.ref), **when).status_code == 302
    row = PatientLink.objects.get()
    assert row.watcher == nurse
    assert row.expires_at == row.watch_until
    assert row.watch_until.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == "18:00"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"until_day": "2999-01-01", "until_time": "18:00"}, "within 7 days"),
        ({"until_day": "2001-01-01", "until_time": "18:00"}, "Choose a time from now on"),
        ({"until_time": "18:00"}, "Enter both the day and the time"),
        ({"until_day": "soon", "until_time": "later"}, "Enter a date"),
        ({}, "Say both who looks at the answers and until when"),
    ],
)
def test_until_when_somebody_looks_is_a_time_within_the_life_of_a_link(client, therapist, nurse, pages, more, words):
    signed_in(client, therapist)

    response = make(client, pages, "measure:phq-9", watcher=str(nurse.ref), **more)

    assert response.status_code == 422
    assert words in text(response)


def test_who_looks_is_on_the_care_team_and_may_work_on_tasks(client, therapist, admin, medical_director, pages):
    signed_in(client, therapist)

    page = text(client.get(f"{pages}new/"))
    offered = page.partition('name="watcher"')[2].partition("</select>")[0]

    assert [name for name in ("Alex Moreno", "Dr N. Okafor", "Jo Winter") if name in offered] == [
        "Alex Moreno",
        "Dr N. Okafor",
        "Jo Winter",
    ]
    assert "Ines Brandt" not in offered
    assert "Dr L. Sato" not in offered
    when = {"until_day": tomorrow(), "until_time": "18:00"}
    assert make(client, pages, "measure:phq-9", watcher=str(medical_director.ref), **when).status_code == 422


@pytest.mark.parametrize("asks", [[], ["measure:cgi-s"], ["measure:madrs"], ["consent:x"], ["again"]])
def test_what_cannot_be_asked_for_is_refused(client, therapist, pages, asks):
    signed_in(client, therapist)

    assert make(client, pages, *asks).status_code == 422
    assert not PatientLink.objects.exists()


def test_a_link_posted_twice_is_made_once(client, therapist, pages):
    signed_in(client, therapist)
    once = re.search(r'name="_once" value="([^"]+)"', text(client.get(f"{pages}new/")))[1]

    answers = [make(client, pages, "measure:gad-7", _once=once)["Location"] for _ in range(2)]

    assert len(set(answers)) == 1
    assert PatientLink.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


def test_the_front_desk_sends_consents_and_the_last_forms_again_without_reading_their_names(
    client, front_desk, therapist, prescriber, patient, clinic, admin, medical_director, pages
):
    ready(clinic, admin=admin, director=medical_director)
    consent = presented(patient, ConsentKind.PRIVACY, prescriber=prescriber, therapist=therapist)
    old, _ = link(patient, "gad-7", "pcl-5", by=therapist)
    signed_in(client, front_desk)

    listed, new = text(client.get(pages)), text(client.get(f"{pages}new/"))

    for page in (listed, new):
        assert "GAD" not in page
        assert "PCL" not in page
    assert "Questionnaire" in listed
    assert "The 2 questionnaires of the last link" in new
    assert make(client, pages, "again", f"consent:{consent.ref}").status_code == 302
    made = PatientLink.objects.first()
    assert [form.what for form in made.forms.all()] == ["gad-7", "pcl-5", str(consent.ref)]
    old.refresh_from_db()
    assert old.revoked_why == actions.REPLACED
    assert make(client, pages, "measure:gad-7").status_code == 422


def test_the_list_says_how_far_each_link_came_and_that_a_new_one_is_asked_for(client, therapist, patient, pages):
    made, address = link(patient, "gad-7", by=therapist)
    actions.revoke(link=made, by=therapist)
    phone = WalledClient()
    phone.get(address)
    phone.post("/p/expired/")
    signed_in(client, therapist)

    page = text(client.get(pages))

    assert "Taken back" in page
    assert "New one asked for" in page
    assert "GAD-7" in page


def test_a_link_is_taken_back_and_leads_nowhere_from_then_on(client, therapist, patient, pages):
    made, address = link(patient, "gad-7", by=therapist)
    phone = WalledClient()
    come_in(phone, address)
    signed_in(client, therapist)

    answer = client.post(f"{pages}{made.ref}/revoke/")

    assert answer["Location"] == pages
    assert phone.get("/p/a/")["Location"] == "/p/expired/"
    assert "Taken back" in text(client.get(pages))
    assert client.post(f"{pages}{made.ref}/revoke/", follow=True).status_code == 200


def test_a_link_of_another_patient_is_not_found_here(client, therapist, patient, other_patient, stranger, pages):
    theirs, _ = link(other_patient, "gad-7", by=stranger)
    signed_in(client, therapist)

    assert client.get(f"{pages}{theirs.ref}/").status_code == 404
    assert client.post(f"{pages}{theirs.ref}/revoke/").status_code == 404
