"""What somebody types is kept, sealed and theirs, and is gone for them once it was sent."""

import json

import pytest
from django.db import ProgrammingError, connection, transaction

from kap_clinic.accounts.models import Draft
from tests.people import signed_in

NOTE = {"thing": "course-1", "fields": {"text": ["She felt “held” at last."], "mood": ["calm", "open"]}}


@pytest.fixture
def at_work(client, therapist):
    return signed_in(client, therapist)


def keep(client, sent=NOTE, form="note"):
    return client.post(f"/drafts/{form}/", json.dumps(sent), content_type="application/json")


def brought_back(client, thing="course-1", form="note"):
    answer = client.get(f"/drafts/{form}/", {"thing": thing})
    return answer.json()["fields"] if answer.status_code == 200 else None


def test_what_was_typed_comes_back(at_work, frozen):
    frozen("2026-03-02T14:02:31+00:00")

    at = keep(at_work).json()["at"]

    assert at == "2026-03-02T09:02:31-05:00"  # as the clinic's clocks say it
    assert brought_back(at_work) == NOTE["fields"]
    assert "held" not in repr(list(Draft.objects.values_list("text", flat=True)))


def test_each_change_is_a_row_and_no_change_is_none(at_work):
    keep(at_work)
    keep(at_work)
    keep(at_work, {**NOTE, "fields": {"text": ["more"]}})

    assert Draft.objects.count() == 2
    assert brought_back(at_work) == {"text": ["more"]}


def test_revisions_cannot_be_changed_or_deleted(at_work):
    keep(at_work)

    for sql in ("update accounts_draft set text = ''", "delete from accounts_draft"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(sql)


def test_a_draft_belongs_to_its_writer_its_form_and_its_thing(at_work, client, prescriber):
    keep(at_work)

    assert brought_back(signed_in(type(client)(), prescriber)) is None
    assert brought_back(at_work, thing="course-2") is None
    assert brought_back(at_work, form="plan") is None


def test_once_the_form_was_sent_nothing_comes_back(at_work):
    look = {"theme": "dark", "text_size": "m", "_draft": "look|"}
    keep(at_work, {"thing": "", "fields": {"x": ["y"]}}, form="look")

    at_work.post("/account/look/", look)

    assert brought_back(at_work, thing="", form="look") is None
    assert Draft.objects.count() == 2, "what was typed is still there, marked as sent by a later row"


def test_a_form_that_was_not_taken_keeps_its_draft(client, admin):
    at_work = signed_in(client, admin)
    keep(at_work, {"thing": "", "fields": {"name": ["Blue"]}}, form="room")

    assert at_work.post("/settings/rooms/", {"name": "", "_draft": "room|"}).status_code == 422
    assert brought_back(at_work, thing="", form="room") == {"name": ["Blue"]}


@pytest.mark.parametrize("sent", ["", "{", "[]", "1", "null", '{"fields": 1}', '{"fields": []}', '{"thing": "x"}'])
def test_nonsense_is_refused(at_work, sent):
    assert at_work.post("/drafts/note/", sent, content_type="application/json").status_code == 400


def test_too_much_is_refused(at_work):
    assert keep(at_work, {"thing": "", "fields": {"text": ["x" * 600_000]}}).status_code == 413


@pytest.mark.parametrize("thing", ["x" * 61, "\0"])
def test_an_odd_thing_is_refused(at_work, thing):
    assert keep(at_work, {**NOTE, "thing": thing}).status_code == 400


def test_somebody_signed_out_keeps_nothing(client, clinic):
    assert keep(client)["Location"].startswith("/account/login/")
