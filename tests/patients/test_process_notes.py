"""Private notes: nobody but the author learns that there are any, by page, list, trail, export or SQL."""

import base64
import itertools

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from kap_clinic.accounts import cipher
from kap_clinic.accounts.rotation import rotate
from kap_clinic.accounts.terms import Role
from kap_clinic.documents.models import StoredDocument
from kap_clinic.wall import as_clinic, set_clinic
from patients.breakglass.actions import break_glass
from patients.models import ProcessNote, ProcessNoteText
from patients.notes.actions import NotPossible
from patients.process_notes import actions, selectors
from patients.process_notes.actions import Changed
from tests import factories
from tests.patients import notes
from tests.patients.notes import THERAPIST
from tests.people import signed_in

CANARY = "Canaryprivate"
OLD, NEW = (f"k{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))


@pytest.fixture
def own(clinic, therapist, patient):
    """The wall stands at the therapist, who has a private note."""
    note = notes.private(patient, by=therapist, title="Transference", text=CANARY)
    set_clinic(clinic.pk, therapist.pk)
    return note


def one(patient, note, what=""):
    return f"/patients/{patient.ref}/notes/private/{note.ref}/{what}"


# What the author does


def test_the_author_writes_saves_signs_and_adds(own, therapist):
    row = actions.save(note=own, by=therapist, version=1, title="Transference", text="More words")
    with pytest.raises(NotPossible, match="Read it once more"):
        actions.sign(note=row, by=therapist, version=1, proof=THERAPIST)
    actions.sign(note=row, by=therapist, version=2, proof=THERAPIST)
    actions.add(note=row, by=therapist, text="And later", proof=THERAPIST)

    read = selectors.read(ProcessNote.objects.get(pk=own.pk))
    [added] = selectors.addenda(ProcessNote.objects.get(pk=own.pk))
    assert (read.text, read.is_signed, read.is_sound) == ("More words", True, True)
    assert (added.text, added.is_signed, added.is_sound) == ("And later", True, True)
    assert added.signature.meaning == "I add this to what I signed"
    assert [each.ref for each in selectors.own(own.patient, therapist)] == [own.ref]


def test_an_old_version_overwrites_nothing(own, therapist):
    actions.save(note=own, by=therapist, version=1, title="", text="Newer")

    with pytest.raises(Changed) as changed:
        actions.save(note=own, by=therapist, version=1, title="", text="Older window")

    assert selectors.read(ProcessNote.objects.get(pk=own.pk)).text == "Newer"
    assert changed.value.mine["text"] == "Older window"
    assert changed.value.was["text"] == CANARY
    assert {selectors.opened(row).text for row in own.texts.all()} == {CANARY, "Newer", "Older window"}


@pytest.mark.parametrize(
    "statement",
    [
        "update patients_processnote set version = version + 1 where id = %(note)s",
        "update patients_processnote set signed_name = 'x' where id = %(note)s",
        "update patients_processnote set signed_sha256 = 'x' where id = %(note)s",
        "update patients_processnote set author_id = %(other)s where id = %(note)s",
        "update patients_processnote set adds_to_id = id where id = %(note)s",
        "update patients_processnotetext set sealed = 'x' where note_id = %(note)s",
        "delete from patients_processnote where id = %(note)s",
        "delete from patients_processnotetext where note_id = %(note)s",
    ],
)
def test_nothing_changes_a_signed_private_note(own, therapist, prescriber, statement):
    actions.sign(note=own, by=therapist, version=1, proof=THERAPIST)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"note": own.pk, "other": prescriber.pk})
    with pytest.raises(Changed):
        actions.save(note=own, by=therapist, version=1, title="", text="Too late")

    assert selectors.read(ProcessNote.objects.get(pk=own.pk)).is_sound


# Nobody else, by any page


@pytest.fixture
def colleagues(clinic, prescriber, medical_director, nurse, admin, auditor, front_desk, safety_officer, patient):
    """Everybody else of the clinic; therapist, prescriber, nurse and director on the team."""
    other = factories.member(clinic, Role.THERAPIST, name="Sam Field")
    for person in (other, medical_director):
        factories.join_team(patient, person, by=prescriber)
    return [prescriber, medical_director, nurse, admin, auditor, front_desk, safety_officer, other]


def test_for_everybody_else_it_is_not_there(client, own, patient, clinic, colleagues):
    for person in colleagues:
        signed_in(client, person)
        missing = client.get(f"/patients/{patient.ref}/notes/private/{patient.ref}/").status_code
        assert missing in {403, 404}
        for what, method in itertools.product(("", "text/", "signature/", "addenda/"), ("get", "post")):
            answer = getattr(client, method)(one(patient, own, what))
            assert answer.status_code in {missing, 405}, (person, what, method)
            assert CANARY not in answer.content.decode()


def pages_of(client, patient):
    answers = [
        client.get(url)
        for url in (
            "/", "/patients/", "/safety/", "/screening/reviews/",
            reverse("desk:own_trail"), reverse("desk:clinic_trail"),
            f"/patients/{patient.ref}/", f"/patients/{patient.ref}/notes/", f"/patients/{patient.ref}/papers/",
            f"/patients/{patient.ref}/history/", f"/patients/{patient.ref}/consents/",
            f"/patients/{patient.ref}/measures/",
        )
    ]  # fmt: skip
    return [b"".join(a) if a.streaming else a.content for a in answers]


def test_no_page_gives_away_that_there_is_one(client, own, patient, clinic, therapist, colleagues):
    actions.sign(note=own, by=therapist, version=1, proof=THERAPIST)
    for person in colleagues:
        signed_in(client, person)
        for page in map(bytes.decode, pages_of(client, patient)):
            assert CANARY not in page
            assert "Transference" not in page
            assert str(own.ref) not in page
        for asked in (CANARY, "Transference"):
            assert client.get("/patients/", {"q": asked}).status_code in {200, 403}
            assert not getattr((client.get("/patients/", {"q": asked}).context or {}).get("found"), "rows", [])
    assert not StoredDocument.objects.exists(), "no paper is ever made of it"


def test_a_colleague_sees_their_own_and_not_the_others(client, own, patient, clinic, prescriber):
    mine = notes.private(patient, by=prescriber, title="Mine alone", text="My words")

    page = signed_in(client, prescriber).get(f"/patients/{patient.ref}/notes/").content.decode()

    assert "Mine alone" in page
    assert str(mine.ref) in page
    assert "Transference" not in page
    assert client.get(one(patient, mine)).status_code == 200


def test_breaking_the_glass_opens_no_private_note(client, own, patient, clinic):
    on_call = factories.member(clinic, Role.PRESCRIBER, name="Dr O. Call")
    break_glass(patient=patient, reason="On call, the patient phoned", by=on_call, role="prescriber")
    signed_in(client, on_call)

    assert client.get(f"/patients/{patient.ref}/notes/").status_code == 200
    assert client.get(one(patient, own)).status_code == 404


def test_the_author_keeps_reading_after_leaving_the_team_without_the_record(
    client, own, patient, therapist, prescriber, clinic
):
    from patients.record import actions as record

    record.leave_team(member=patient.care_team.get(user=therapist, left_at=None), by=prescriber)
    signed_in(client, therapist)

    page = client.get(one(patient, own))

    assert page.status_code == 200
    assert CANARY in page.content.decode()
    assert "Allergies not asked yet" not in page.content.decode()
    assert client.get(f"/patients/{patient.ref}/notes/private/new/").status_code == 403


# Nobody else, by SQL


def read_raw():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from patients_processnote")
        [heads] = cursor.fetchone()
        cursor.execute("select count(*) from patients_processnotetext")
        [words] = cursor.fetchone()
    return heads, words


def test_raw_sql_as_another_author_or_as_nobody_sees_nothing(own, clinic, other_clinic, therapist, prescriber):
    set_clinic(clinic.pk, therapist.pk)
    assert read_raw() == (1, 1)

    for clinic_id, person_id in (
        (clinic.pk, prescriber.pk), (clinic.pk, None), (other_clinic.pk, therapist.pk), (None, therapist.pk),
        (None, None),
    ):  # fmt: skip
        set_clinic(clinic_id, person_id)
        assert read_raw() == (0, 0)


def test_nobody_writes_in_an_authors_name(own, clinic, patient, therapist, prescriber):
    set_clinic(clinic.pk, prescriber.pk)

    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        ProcessNote.objects.create(clinic=clinic, patient=patient, author=therapist)
    with pytest.raises(DatabaseError, match=r"own version|row-level security"), transaction.atomic():
        ProcessNoteText.objects.create(clinic=clinic, note_id=own.pk, author=prescriber, version=1, sealed="x")
    assert ProcessNote.objects.update(saved_at="2026-01-01T00:00Z") == 0


def test_the_person_is_gone_with_the_transaction_and_set_by_each_request(fresh_db, client, clinic, patient, therapist):
    note = notes.private(patient, by=therapist)
    assert read_raw() == (0, 0)
    signed_in(client, therapist)

    assert client.get(one(patient, note)).status_code == 200

    assert read_raw() == (0, 0)
    with as_clinic(clinic.pk):
        assert read_raw() == (0, 0)
    with as_clinic(clinic.pk, therapist.pk):
        assert read_raw() == (1, 1)


def test_the_words_are_sealed_and_so_is_what_is_being_typed(client, own, patient, therapist):
    signed_in(client, therapist)
    page = client.get(one(patient, own)).content.decode()
    thing = page.partition('<kap-autosave form="note" thing="')[2].partition('"')[0]
    client.post("/drafts/note/", {"thing": thing, "fields": {"text": [CANARY]}}, content_type="application/json")

    with connection.cursor() as cursor:
        cursor.execute("select sealed from patients_processnotetext")
        sealed = cursor.fetchall()
        cursor.execute("select form, thing, text from accounts_draft")
        [(form, place, text)] = cursor.fetchall()

    assert all(CANARY not in words and words.startswith("v1.") for (words,) in sealed)
    assert CANARY not in text
    assert form == "note", "as for any other note"
    assert str(own.ref) not in place


# Sealed for their place


def test_sealed_words_moved_to_another_note_do_not_open(own, patient, therapist, owner_connection):
    other = notes.private(patient, by=therapist, text="Other words")
    words = own.texts.get().sealed

    ProcessNoteText.objects.create(clinic=own.clinic, note=other, author=therapist, version=1, sealed=words)

    read = selectors.read(other)
    assert not read.is_sound
    assert CANARY not in read.text
    with pytest.raises(cipher.Unreadable):
        selectors.words_of(other)


def test_words_put_under_a_signature_are_found_out(own, therapist):
    actions.sign(note=own, by=therapist, version=1, proof=THERAPIST)
    forged = ProcessNoteText(clinic=own.clinic, note=own, author=therapist, version=1)
    forged.sealed = cipher.seal('{"title": "", "text": "Forged", "salt": "x"}', at=forged.place)
    forged.save()

    assert not selectors.read(ProcessNote.objects.get(pk=own.pk)).is_sound


def test_words_of_another_version_are_refused(own, therapist):
    with pytest.raises(IntegrityError, match="own version"), transaction.atomic():
        ProcessNoteText.objects.create(clinic=own.clinic, note=own, author=therapist, version=7, sealed="x")


def test_after_a_rotation_the_old_key_may_go(clinic, patient, therapist, prescriber, settings):
    settings.FIELD_KEYS = OLD
    rows = [notes.private(patient, by=person, text=f"Words of {person.name}") for person in (therapist, prescriber)]
    with as_clinic(clinic.pk, therapist.pk):
        actions.sign(note=rows[0], by=therapist, version=1, proof=THERAPIST)

    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert rotate()["private notes"] == 2
    assert rotate()["private notes"] == 0

    settings.FIELD_KEYS = NEW
    for row, person in zip(rows, (therapist, prescriber), strict=True):
        with as_clinic(clinic.pk, person.pk):
            read = selectors.read(ProcessNote.objects.get(pk=row.pk))
            assert (read.text, read.is_sound) == (f"Words of {person.name}", True)
