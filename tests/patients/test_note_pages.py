"""The pages of notes: who may, what they show, what happens when two windows meet, and that nothing typed is lost."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import set_clinic
from patients.breakglass.actions import break_glass
from patients.models import Note
from patients.notes import drafts
from patients.notes.terms import Event, NoteKind
from tests import factories
from tests.patients import notes
from tests.people import signed_in


@pytest.fixture
def at_work(client, therapist):
    return signed_in(client, therapist)


def base(patient):
    return f"/patients/{patient.ref}/notes/"


def one(row, what=""):
    return f"{base(row.patient)}{row.ref}/{what}"


def words(page):
    return page.content.decode()


# Writing


def test_a_note_is_written_read_once_more_and_signed(at_work, patient, therapist):
    new = f"{base(patient)}new/?kind=integration"
    assert "What came up" in words(at_work.get(new))

    said = notes.sections(NoteKind.INTEGRATION, themes="The sea\nand the shore") | {"title": "After a dose"}
    sent = at_work.post(new, said | {"version": 1, "sign": "1"})

    row = Note.objects.get()
    assert sent["Location"] == one(row, "signature/")
    page = words(at_work.get(sent["Location"]))
    assert "The sea" in page
    assert "I wrote this, and it is what happened" in page
    assert at_work.post(one(row, "signature/"), {"version": row.version})["Location"] == one(row)
    row.refresh_from_db()
    assert (row.signed_name, row.signed_role, row.signed_zone) == (therapist.name, "therapist", "America/New_York")
    page = words(at_work.get(one(row)))
    assert row.signed_sha256 in page
    assert "data-draft" not in page


def test_what_is_missing_is_said_before_anybody_is_asked_to_prove_who_they_are(at_work, patient, therapist):
    row = notes.draft(patient, by=therapist, plan="")

    assert "Plan is not written yet" in words(at_work.get(one(row)))
    page = words(at_work.get(one(row, "signature/")))
    assert "It can be signed once this is written." in page
    assert ">Sign</button>" not in page
    refused = at_work.post(one(row, "signature/"), {"version": row.version})
    assert refused.status_code == 422
    assert "Write “Plan”." in words(refused)


def test_signing_asks_for_a_fresh_proof(at_work, patient, therapist, frozen):
    row = notes.draft(patient, by=therapist)
    frozen(timezone.now() + timedelta(minutes=14), tick=True)

    for what in ("signature/", "addenda/"):
        asked = at_work.post(one(row, what), {"version": row.version})
        assert asked["Location"].startswith("/account/confirm/")
    assert Note.objects.get().signed_at is None


def test_too_long_a_text_is_refused_and_kept_on_the_page(at_work, patient, therapist):
    row = notes.draft(patient, by=therapist)

    refused = at_work.post(one(row, "text/"), {"version": row.version, "themes": "Much. " * 4_000, "title": "T"})

    assert refused.status_code == 422
    assert "Use 20000 characters or fewer" in words(refused)
    assert "Much. Much." in words(refused)
    assert Note.objects.get().version == row.version


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999", "2\0"])
def test_a_version_nobody_could_have_read_is_no_server_error(at_work, patient, therapist, version):
    row = notes.draft(patient, by=therapist)

    for what in ("text/", "signature/"):
        assert at_work.post(one(row, what), {"version": version, "themes": "x"}).status_code in {409, 422}
    assert Note.objects.get().sections == row.sections


@pytest.mark.parametrize("kind", ["x", "INTEGRATION", "private"])
def test_a_kind_there_is_not_is_not_found(at_work, patient, kind):
    assert at_work.get(f"{base(patient)}new/", {"kind": kind}).status_code == 404


# Two windows


@pytest.fixture
def two_windows(at_work, patient, therapist):
    """A note saved from one window after the other had opened it; what the other then sends."""
    row = notes.draft(patient, by=therapist, themes="First", plan="First plan")
    at_work.post(one(row, "text/"), {"version": 2, **row.sections, "themes": "From window one"})
    return row, {"version": 2, **row.sections, "themes": "From window two", "plan": "Plan of two"}


def test_an_old_version_is_refused_with_both_texts(at_work, two_windows):
    row, old = two_windows

    page = at_work.post(one(row, "text/"), old)

    assert page.status_code == 409
    assert "From window one" in words(page)
    assert "From window two" in words(page)
    choices = {choice.field: choice.take for choice in page.context["choices"]}
    assert choices == {"themes": "", "plan": "mine"}, "what only one of them touched is chosen already"
    assert Note.objects.get().sections["themes"] == "From window one"


def test_the_choice_is_saved_and_without_one_asked_for_again(at_work, two_windows):
    row, old = two_windows
    again = {**old, "version": 3, "settle": "1"}

    asked = at_work.post(one(row, "text/"), again)
    assert asked.status_code == 422
    assert "Choose one: What came up" in words(asked)

    chosen = at_work.post(one(row, "text/"), again | {"take_themes": "theirs", "take_plan": "mine"})
    assert chosen["Location"] == one(row)
    row.refresh_from_db()
    assert (row.sections["themes"], row.sections["plan"], row.version) == ("From window one", "Plan of two", 4)


def test_what_meets_a_signed_note_can_be_added_to_it(at_work, patient, therapist):
    row = notes.signed(patient, by=therapist, themes="As signed")

    page = at_work.post(one(row, "text/"), {"version": 2, **row.sections, "themes": "Typed in the other window"})

    assert page.status_code == 409
    assert "This note was signed meanwhile" in words(page)
    assert "What came up: Typed in the other window" in words(page)
    added = at_work.post(one(row, "addenda/"), {"text": "Typed in the other window"})
    assert added["Location"] == one(row)
    assert row.addenda.get().text == "Typed in the other window"


# What is typed


def type_into(client, place, **fields):
    sent = {"thing": place, "fields": {name: [value] for name, value in fields.items()}}
    assert client.post("/drafts/note/", json.dumps(sent), content_type="application/json").status_code == 200


def test_a_note_begun_and_never_saved_is_on_the_list(at_work, patient, client, prescriber):
    type_into(at_work, drafts.place("new", patient.ref, "call"), said="She is well")

    assert "Typed, not saved" in words(at_work.get(base(patient)))
    assert "Typed, not saved" not in words(signed_in(type(client)(), prescriber).get(base(patient)))


def test_saving_finishes_what_was_kept_while_typing(at_work, patient):
    type_into(at_work, drafts.place("new", patient.ref, "call"), said="She is well")
    page = words(at_work.get(f"{base(patient)}new/?kind=call"))
    key = page.partition('name="_draft" value="')[2].partition('"')[0]

    at_work.post(f"{base(patient)}new/?kind=call", {"version": 1, "said": "She is well", "_draft": key})

    assert "Typed, not saved" not in words(at_work.get(base(patient)))


def test_a_text_typed_on_an_old_version_is_offered_and_never_laid_over_the_new_one(at_work, patient, therapist):
    row = notes.draft(patient, by=therapist, themes="First")
    type_into(at_work, drafts.place(row.ref, 2), version="2", **{**row.sections, "themes": "From a closed window"})
    at_work.post(one(row, "text/"), {"version": 2, **row.sections, "themes": "Saved elsewhere"})

    page = words(at_work.get(one(row)))
    assert "You typed something else, and it is not in this note" in page
    assert "From a closed window" in page
    both = at_work.post(
        one(row, "text/"),
        {"version": 2, **row.sections, "themes": "From a closed window", "_draft": drafts.key(row.ref, 2)},
    )
    assert both.status_code == 409
    key = words(both).partition('name="_draft" value="')[2].partition('"')[0]
    sections = row.sections | {"themes": "From a closed window"}
    at_work.post(one(row, "text/"), {"version": 3, "settle": "1", **sections, "take_themes": "mine", "_draft": key})
    page = words(at_work.get(one(row)))
    assert "You typed something else" not in page
    assert "From a closed window" in page


# Who


def test_the_team_reads_what_is_signed_and_nobody_the_draft(client, patient, therapist, request):
    draft = notes.draft(patient, by=therapist, themes="Canarydraft")
    signed = notes.signed(patient, by=therapist, themes="Canarynote")
    factories.join_team(patient, director := request.getfixturevalue("medical_director"), by=therapist)
    answers = {
        "prescriber": (200, 403, 200), "medical_director": (200, 403, 200), "nurse": (403, 403, 403),
        "admin": (200, 403, 403), "front_desk": (403, 403, 403), "auditor": (403, 403, 403),
        "safety_officer": (403, 403, 403), "stranger": (404, 404, 404),
    }  # fmt: skip
    assert director

    for role, expected in answers.items():
        signed_in(client, request.getfixturevalue(role))
        pages = [client.get(url) for url in (base(patient), one(draft), one(signed))]
        assert tuple(page.status_code for page in pages) == expected, role
        assert not any("Canarydraft" in words(page) for page in pages)
        assert ("Canarynote" in words(pages[0])) == (expected[2] == 200), role


def test_the_admin_learns_that_there_is_a_note_and_whether_it_is_signed(client, admin, patient, therapist, frozen):
    clock = frozen("2026-03-02T12:00:00-05:00")
    notes.signed(patient, NoteKind.DOSING, by=therapist, title="Canarytitle")
    notes.draft(patient, NoteKind.CALL, by=therapist, title="Canarytitle")
    clock.shift(49 * 3600)

    page = words(signed_in(client, admin).get(base(patient)))

    assert page.count("Signed</span>") == 1
    assert "Not signed, overdue" in page
    assert "Canarytitle" not in page
    assert "Dosing" not in page
    assert "Phone call" not in page


def test_emergency_access_reads_what_is_signed(client, clinic, patient, therapist):
    on_call = factories.member(clinic, Role.PRESCRIBER, name="Dr O. Call")
    draft, signed = notes.draft(patient, by=therapist), notes.signed(patient, by=therapist, themes="Canarynote")
    break_glass(patient=patient, reason="On call, the patient phoned", by=on_call, role="prescriber")
    signed_in(client, on_call)

    assert "Canarynote" in words(client.get(one(signed)))
    assert client.get(one(draft)).status_code == 403
    assert client.get(f"{base(patient)}new/").status_code == 403
    assert client.post(one(signed, "cosignature/")).status_code == 403


def test_a_prescriber_cosigns_from_today(client, patient, therapist, prescriber):
    row = notes.signed(patient, NoteKind.DOSING, by=therapist, needs_cosign=True)
    signed_in(client, prescriber)
    assert "Notes to co-sign" in words(client.get("/"))

    client.post(one(row, "cosignature/"))

    row.refresh_from_db()
    assert (row.cosigned_name, row.cosigned_role) == (prescriber.name, "prescriber")
    assert "Notes to co-sign" not in words(client.get("/"))
    assert client.post(one(row, "cosignature/")).status_code == 422


def test_today_shows_ones_own_unsigned_notes_and_marks_what_is_overdue(at_work, patient, therapist, frozen):
    clock = frozen(timezone.now())
    notes.draft(patient, by=therapist, title="Canarytitle")
    page = words(at_work.get("/"))
    assert "My unsigned notes" in page
    assert "Overdue" not in page

    clock.shift(49 * 3600)
    page = words(signed_in(at_work, therapist).get("/"))
    assert "Overdue" in page


def test_a_note_struck_out_is_missing_but_for_who_may_see_voids(at_work, client, patient, therapist, prescriber):
    row = notes.signed(patient, by=therapist)
    assert at_work.post(one(row, "striking/"), {"why": ""}).status_code == 422

    assert at_work.post(one(row, "striking/"), {"why": "Another patient's"})["Location"] == base(patient)

    assert at_work.get(one(row)).status_code == 404
    page = signed_in(client, prescriber).get(one(row))
    assert page.status_code == 200
    assert "Another patient&#x27;s" in words(page)


def test_the_list_turns_pages_and_asks_the_same_number_of_questions(client, patient, therapist, prescriber):
    signed_in(client, prescriber)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(base(patient)).status_code == 200
        return len(seen)

    notes.signed(patient, by=therapist)
    statements()  # whatever is asked for once only
    few = statements()
    for _ in range(6):
        notes.signed(patient, by=therapist)
    assert statements() == few
    assert "Older notes" not in words(client.get(base(patient)))


def test_openings_and_deeds_are_in_the_trail(at_work, clinic, patient, therapist):
    row = notes.signed(patient, by=therapist)
    at_work.get(base(patient))
    at_work.get(one(row))
    at_work.post(one(row, "paper/"))

    set_clinic(clinic.pk)
    done = set(AuditEvent.objects.filter(actor_id=therapist.pk).values_list("event", flat=True))
    assert {Event.NOTES_OPENED, Event.NOTE_OPENED, Event.NOTE_STARTED, Event.NOTE_SAVED, Event.NOTE_SIGNED} <= done
    assert Event.NOTE_PRINTED in done
