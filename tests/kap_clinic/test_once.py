"""A form that is sent twice happens once."""

import threading
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from kap_clinic.accounts.models import IdempotencyKey, Room
from kap_clinic.wall import as_clinic
from tests.people import signed_in

ROOMS = "/settings/rooms/"


@pytest.fixture
def at_work(client, admin):
    return signed_in(client, admin)


def form(key, **fields):
    return {"name": "Blue", "_once": str(key), **fields}


def test_sent_again_it_answers_as_before_and_happens_once(at_work):
    key = uuid4()

    first, second = (at_work.post(ROOMS, form(key)) for _ in range(2))

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"]) == (302, ROOMS)
    assert second["KAP-Once"] == "again"
    assert Room.objects.count() == 1


def test_other_content_under_the_same_key_is_refused(at_work):
    key = uuid4()
    at_work.post(ROOMS, form(key))

    answer = at_work.post(ROOMS, form(key, name="Green"))

    assert answer.status_code == 409
    assert "already sent" in answer.content.decode()
    assert [room.name for room in Room.objects.all()] == ["Blue"]


def test_the_same_content_for_another_address_is_other_content(at_work, admin):
    key = uuid4()
    at_work.post(ROOMS, form(key))
    room = Room.objects.get()

    assert at_work.post(reverse("settings:room", args=[room.ref]), form(key)).status_code == 409


def test_a_form_with_an_error_may_be_mended_under_its_key(at_work):
    key = uuid4()

    assert at_work.post(ROOMS, form(key, name="")).status_code == 422
    assert at_work.post(ROOMS, form(key)).status_code == 302


def test_a_new_csrf_token_is_no_other_content(at_work):
    key = uuid4()

    at_work.post(ROOMS, form(key, csrfmiddlewaretoken="a"))

    assert at_work.post(ROOMS, form(key, csrfmiddlewaretoken="b"))["KAP-Once"] == "again"


def test_keys_of_two_people_do_not_meet(at_work, client, medical_director, admin):
    key = uuid4()
    at_work.post("/account/look/", {"theme": "dark", "text_size": "m", "_once": str(key)})

    other = signed_in(type(client)(), medical_director)
    answer = other.post("/account/look/", {"theme": "light", "text_size": "m", "_once": str(key)})

    assert answer.status_code == 302
    medical_director.refresh_from_db()
    assert medical_director.theme == "light"


def test_files_belong_to_the_content(rf):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from kap_clinic.accounts.idempotency import digest_of

    def sent(content):
        return digest_of(rf.post("/", {"paper": SimpleUploadedFile("a.pdf", content)}))

    assert sent(b"one") == sent(b"one")
    assert sent(b"one") != sent(b"two")


@pytest.mark.parametrize("key", ["", "x", "1", "' or 1=1", "\0"])
def test_a_key_that_is_none_is_passed_over(at_work, key):
    assert at_work.post(ROOMS, form(key)).status_code == 302
    assert not IdempotencyKey.objects.exists()


def test_to_be_asked_who_one_is_does_not_use_up_the_key(at_work, frozen, admin):
    clock = frozen("2026-03-02T12:00:00-05:00")
    signed_in(at_work, admin)
    clock.shift(6 * 60)
    invitation = {"name": "Lee Hart", "email": "lee@example.org", "roles": ["nurse"], "_once": str(uuid4())}

    asked = at_work.post("/settings/staff/", invitation)
    signed_in(at_work, admin)
    done = at_work.post("/settings/staff/", invitation)

    assert asked["Location"].startswith("/account/confirm/")
    assert done["Location"] == "/settings/staff/"
    assert "KAP-Once" not in done


def test_twenty_at_the_same_moment_make_one_room(fresh_db, clinic, admin):
    key, answers = uuid4(), []
    clients = [signed_in(Client(), admin) for _ in range(4)]
    begin = threading.Barrier(len(clients))

    def send(client):
        from django.db import connection

        begin.wait()
        answers.extend(client.post(ROOMS, form(key)).status_code for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with as_clinic(clinic.pk):
        assert answers == [302] * 20
        assert Room.objects.count() == 1
        assert IdempotencyKey.objects.count() == 1
