"""Notes: a draft is its author's, a signature seals it, and nothing that was typed is lost."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.utils import timezone

from kap_clinic.accounts.access import may, visible
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents.models import StoredDocument
from kap_clinic.wall import as_clinic, set_clinic
from patients.course import actions as courses
from patients.models import Note, NoteAddendum, NoteRevision
from patients.notes import actions, letters, rules, selectors
from patients.notes.actions import Changed, NotPossible
from patients.notes.tasks import render_papers
from patients.notes.terms import Event, NoteKind
from tests import factories
from tests.patients import notes
from tests.patients.notes import PRESCRIBER, THERAPIST
from tests.people import member_of

RACES = 100  # the soak runs 1,000


# Rules


@pytest.mark.parametrize("kind", NoteKind)
def test_a_note_of_each_kind_says_what_it_needs(kind):
    needed = [part for part in rules.sections_of(kind) if part.needed]
    assert needed

    assert rules.missing(kind, {}) == needed
    assert rules.missing(kind, {needed[0].key: "  \n "}) == needed, "blanks are nothing"
    assert rules.missing(kind, notes.sections(kind)) == []


def on_chart(patient, user):
    return [selectors.Line(*row) for row in selectors.on_chart_read(patient, member_of(user)).now()]


def test_what_the_kind_does_not_have_is_left_out():
    assert rules.tidy(NoteKind.OTHER, {"text": "So", "plan": "Else", "clinic_id": "1"}) == {"text": "So"}


# Starting and saving


def test_a_note_of_a_visit_is_started_once_by_each_author(patient, therapist, prescriber):
    visit = uuid4()
    asked = {"patient": patient, "course": None, "kind": NoteKind.DOSING, "about_ref": visit}

    first = actions.start(**asked, by=therapist)
    again = actions.start(**asked, by=therapist, needs_cosign=True)
    other = actions.start(**asked, by=prescriber)

    assert again.pk == first.pk
    assert again.needs_cosign
    assert other.pk != first.pk
    assert AuditEvent.objects.filter(event=Event.NOTE_STARTED).count() == 2


def test_once_the_note_of_a_visit_is_signed_another_may_follow(patient, therapist):
    visit = uuid4()
    first = notes.signed(patient, NoteKind.DOSING, by=therapist, start={"about_ref": visit})

    second = notes.draft(patient, NoteKind.DOSING, by=therapist, start={"about_ref": visit})

    assert second.pk != first.pk
    assert selectors.signed(visit).ref == first.ref
    assert [one.ref for one in selectors.standings([visit, uuid4()])[visit]] == [second.ref, first.ref]


def test_no_note_is_started_in_a_closed_course_or_anothers(patient, therapist, clinic):
    course = courses.open_course(patient=patient, by=therapist, role="therapist")
    somebody = factories.patient(clinic, by=therapist)

    with pytest.raises(NotPossible, match="another patient"):
        actions.start(patient=somebody, course=course, kind=NoteKind.CALL, by=therapist)
    with pytest.raises(IntegrityError, match="course of a note"), transaction.atomic():
        Note.objects.create(clinic=clinic, patient=somebody, course=course, kind=NoteKind.CALL, author=therapist)
    course.stage = "declined"
    with pytest.raises(NotPossible, match="closed"):
        actions.start(patient=patient, course=course, kind=NoteKind.CALL, by=therapist)


def test_each_save_is_a_version_and_no_change_is_none(patient, therapist):
    row = notes.draft(patient, by=therapist, themes="Held")
    assert row.version == 2

    same = actions.save(note=row, by=therapist, version=2, title="", sections=row.sections)
    assert same.version == 2

    later = actions.save(note=row, by=therapist, version=2, title="After", sections=row.sections)
    assert later.version == 3
    assert [(r.version, r.title, r.taken) for r in row.revisions.all()] == [(2, "", True), (3, "After", True)]


def test_saving_an_old_version_overwrites_nothing_and_loses_nothing(patient, therapist):
    row = notes.draft(patient, by=therapist, themes="First")
    sections = notes.sections(NoteKind.INTEGRATION)
    actions.save(note=row, by=therapist, version=2, title="", sections=sections | {"themes": "Newer"})

    with pytest.raises(Changed) as changed:
        actions.save(note=row, by=therapist, version=2, title="", sections=sections | {"themes": "Older window"})

    row.refresh_from_db()
    assert row.sections["themes"] == changed.value.note.sections["themes"] == "Newer"
    assert (changed.value.was["themes"], changed.value.mine["themes"]) == ("First", "Older window")
    kept = row.revisions.get(taken=False)
    assert (kept.sections["themes"], kept.version) == ("Older window", 2)


def test_the_same_words_from_an_old_window_are_no_alarm(patient, therapist):
    row = notes.draft(patient, by=therapist, themes="First")
    now = actions.save(note=row, by=therapist, version=2, title="T", sections=row.sections)

    assert actions.save(note=row, by=therapist, version=1, title="T", sections=row.sections).version == now.version


def test_of_two_that_save_at_once_one_is_told_and_no_text_is_lost(fresh_db, clinic, patient, therapist):
    faults = []
    for number in range(RACES):
        row = notes.draft(patient, NoteKind.OTHER, by=therapist, text=f"Race {number}")
        outcomes = race(clinic, row, therapist, [f"One {number}", f"Two {number}"])
        with as_clinic(clinic.pk):
            now = Note.objects.get(pk=row.pk)
            texts = {r.sections["text"] for r in now.revisions.all()}
        if sorted(outcomes) != ["refused", "saved"] or now.version != 3:
            faults.append((number, outcomes, now.version))
        if texts != {f"Race {number}", f"One {number}", f"Two {number}"}:
            faults.append((number, texts))

    assert not faults


def race(clinic, row, by, texts):
    outcomes, gate = [], threading.Barrier(len(texts))

    def save(text):
        try:
            gate.wait(timeout=10)
            with as_clinic(clinic.pk):
                try:
                    actions.save(note=row, by=by, version=2, title="", sections={"text": text})
                    outcomes.append("saved")
                except Changed:
                    outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


# Who sees what


def test_a_draft_is_its_authors_and_a_signed_note_the_teams(patient, therapist, prescriber, nurse, medical_director):
    row = notes.draft(patient, by=therapist)
    readers = [therapist, prescriber, nurse, medical_director]

    assert [may(member_of(one), Permission.NOTE_VIEW, row) for one in readers] == [True, False, False, False]
    assert on_chart(patient, prescriber) == []
    assert [line.ref for line in on_chart(patient, therapist)] == [row.ref]

    signed = notes.signed(patient, by=therapist)
    assert [may(member_of(one), Permission.NOTE_VIEW, signed) for one in readers] == [True, True, False, False]
    assert [line.ref for line in on_chart(patient, prescriber)] == [signed.ref]


def test_the_charts_list_is_one_statement(patient, therapist, prescriber, django_assert_num_queries):
    for number in range(7):
        notes.signed(patient, by=therapist, title=f"Note {number}")
    member = member_of(prescriber)

    with django_assert_num_queries(1):
        lines = [selectors.Line(*row) for row in selectors.on_chart_read(patient, member).now()]

    assert [line.name for line in lines] == [f"Note {number}" for number in (6, 5, 4, 3, 2)]
    assert lines[0].gist == "What came up: as it was."


def test_unsigned_notes_are_overdue_after_the_clinics_hours(patient, clinic, therapist, prescriber, frozen, admin):
    clock = frozen("2026-03-02T12:00:00-05:00")
    notes.draft(patient, by=therapist, title="Monday")

    def owed():
        return [(one.name, one.is_overdue) for one in selectors.unsigned_of(member_of(therapist), timezone.now())]

    assert owed() == [("Monday", False)]
    clock.shift(timedelta(hours=48) - timedelta(seconds=1))
    assert owed() == [("Monday", False)]
    clock.shift(1)
    assert owed() == [("Monday", True)]
    change_setting(clinic=clinic, key="note_sign_hours", value=72, by=admin)
    assert owed() == [("Monday", False)]
    assert selectors.unsigned_of(member_of(prescriber), timezone.now()) == []
    assert selectors.unsigned_of(member_of(admin), timezone.now()) == []


# Signing


def test_a_signature_says_who_what_when_and_binds_the_version(patient, therapist, frozen):
    frozen("2026-12-01T03:30:15+00:00")  # the evening before, in New York
    row = notes.signed(patient, by=therapist, themes="Held")
    read = selectors.reading(row)

    [one] = read.signatures
    assert (one.name, one.role, one.identity) == (therapist.name, "therapist", THERAPIST.identity)
    assert one.when == "30 Nov 2026, 22:30:15 EST (America/New_York)"
    assert one.when_utc == "2026-12-01 03:30:15 UTC"
    assert one.meaning == "I wrote this, and it is what happened"
    assert one.sha256 == selectors.content_digest(Note.objects.get(pk=row.pk))
    assert read.is_untouched
    event = AuditEvent.objects.get(event=Event.NOTE_SIGNED)
    assert (event.role, event.facts["sha256"], event.facts["version"]) == ("therapist", one.sha256, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"sections": {"themes": "Another"}},
        {"version": 9},
        {"kind": "call"},
        {"signed_name": "Somebody"},
        {"signed_role": "prescriber"},
        {"signed_zone": "UTC"},
        {"about_ref": uuid4()},
        {"started_at": timezone.now() - timedelta(days=9)},
        {"cosigned_name": "Somebody"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_covers_each_part_of_what_is_signed(patient, therapist, prescriber, change):
    row = notes.signed(patient, by=therapist, needs_cosign=True)
    row = actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)
    assert selectors.reading(row).is_untouched

    for name, value in change.items():
        setattr(row, name, value)

    assert not selectors.reading(row).is_untouched


def test_nobody_signs_what_is_not_whole_not_read_or_not_theirs(patient, therapist, prescriber):
    empty = actions.start(patient=patient, course=None, kind=NoteKind.INTEGRATION, by=therapist)
    with pytest.raises(NotPossible) as no:
        actions.sign(note=empty, by=therapist, version=1, proof=THERAPIST)
    assert no.value.reasons == ["Write “What came up”.", "Write “How the patient is”.", "Write “Plan”."]

    row = notes.draft(patient, by=therapist)
    with pytest.raises(NotPossible, match="Read it once more"):
        actions.sign(note=row, by=therapist, version=1, proof=THERAPIST)
    with pytest.raises(NotPossible, match="Only its author"):
        actions.sign(note=row, by=prescriber, version=2, proof=PRESCRIBER)
    actions.sign(note=row, by=therapist, version=2, proof=THERAPIST)
    with pytest.raises(NotPossible, match="signed already"):
        actions.sign(note=row, by=therapist, version=2, proof=THERAPIST)


def test_what_is_typed_after_the_signature_is_kept_and_changes_nothing(patient, therapist):
    row = notes.signed(patient, by=therapist, themes="As signed")

    with pytest.raises(Changed) as changed:
        actions.save(note=row, by=therapist, version=2, title="", sections={"themes": "Too late"})

    assert changed.value.note.sections["themes"] == "As signed"
    assert row.revisions.get(taken=False).sections["themes"] == "Too late"


WAYS = {
    "title": "update patients_note set title = 'x' where id = %(note)s",
    "text": "update patients_note set sections = '{}' where id = %(note)s",
    "one word": "update patients_note set sections = jsonb_set(sections, '{themes}', '\"x\"') where id = %(note)s",
    "version": "update patients_note set version = version + 1 where id = %(note)s",
    "text as a next version": "update patients_note set sections = '{}', version = version + 1 where id = %(note)s",
    "time": "update patients_note set signed_at = now() where id = %(note)s",
    "name": "update patients_note set signed_name = 'x' where id = %(note)s",
    "role": "update patients_note set signed_role = 'prescriber' where id = %(note)s",
    "hash": "update patients_note set signed_sha256 = 'x' where id = %(note)s",
    "unsigned again": (
        "update patients_note set signed_at = null, signed_by_id = null, signed_name = '', signed_role = '',"
        " signed_zone = '', signed_identity = '', signed_sha256 = '', needs_cosign = false where id = %(note)s"
    ),
    "co-signature": "update patients_note set cosigned_name = 'x' where id = %(note)s",
    "co-signature gone": (
        "update patients_note set cosigned_at = null, cosigned_by_id = null, cosigned_name = '', cosigned_role = '',"
        " cosigned_zone = '', cosigned_identity = '', cosigned_sha256 = '' where id = %(note)s"
    ),
    "not needed": "update patients_note set needs_cosign = false where id = %(note)s",
    "kind": "update patients_note set kind = 'call' where id = %(note)s",
    "author": "update patients_note set author_id = %(other)s where id = %(note)s",
    "patient": "update patients_note set patient_id = patient_id + 1 where id = %(note)s",
    "visit": "update patients_note set about_ref = gen_random_uuid() where id = %(note)s",
    "deleted": "delete from patients_note where id = %(note)s",
    "addendum": "update patients_noteaddendum set text = 'x' where note_id = %(note)s",
    "addendum deleted": "delete from patients_noteaddendum where note_id = %(note)s",
    "revision": "update patients_noterevision set sections = '{}' where note_id = %(note)s",
    "revision deleted": "delete from patients_noterevision where note_id = %(note)s",
    "trigger off": "alter table patients_note disable trigger note_guard",
    "triggers off": "set session_replication_role = replica",
    "emptied": "truncate patients_note cascade",
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_changes_a_signed_note(patient, therapist, prescriber, way):
    row = notes.signed(patient, by=therapist, themes="Held", needs_cosign=True)
    row = actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)
    actions.add(note=row, by=therapist, text="She called the next day", proof=THERAPIST)
    before = state(row)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WAYS[way], {"note": row.pk, "other": prescriber.pk})

    assert state(row) == before


def state(row):
    models = (Note.objects.filter(pk=row.pk), NoteAddendum.objects.filter(note=row), row.revisions.all())
    return [list(rows.values()) for rows in models]


def test_the_orm_changes_a_signed_note_no_more_than_sql_does(patient, therapist):
    row = notes.signed(patient, by=therapist)
    row.sections = {"themes": "Another"}

    for change in (
        row.save,
        lambda: row.save(update_fields=["sections"]),
        lambda: Note.objects.filter(pk=row.pk).update(title="x"),
        lambda: Note.objects.bulk_update([row], ["sections"]),
        row.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_note_does_not_begin_signed_and_is_not_signed_with_another_text(patient, therapist):
    with pytest.raises(IntegrityError, match="begins as a draft"), transaction.atomic():
        Note.objects.create(
            clinic=patient.clinic, patient=patient, kind=NoteKind.OTHER, author=therapist, signed_at=timezone.now(),
            signed_by=therapist, signed_name="x", signed_role="x", signed_zone="x", signed_identity="x",
            signed_sha256="x",
        )  # fmt: skip
    row = notes.draft(patient, by=therapist)
    with pytest.raises(IntegrityError, match="next version"), transaction.atomic():
        Note.objects.filter(pk=row.pk).update(
            sections={"themes": "Slipped in"}, signed_at=timezone.now(), signed_by=therapist, signed_name="x",
            signed_role="x", signed_zone="x", signed_identity="x", signed_sha256="x", version=row.version + 1,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="next version"), transaction.atomic():
        Note.objects.filter(pk=row.pk).update(title="Without a version")


# Co-signing, adding, striking out


def test_somebody_else_cosigns_a_signed_note_that_needs_it(patient, therapist, prescriber):
    draft = notes.draft(patient, by=therapist, start={"needs_cosign": True})
    assert selectors.to_cosign(member_of(prescriber)) == []
    with pytest.raises(NotPossible, match="not signed this note yet"):
        actions.cosign(note=draft, by=prescriber, proof=PRESCRIBER)

    row = actions.sign(note=draft, by=therapist, version=draft.version, proof=THERAPIST)
    assert [one.ref for one in selectors.to_cosign(member_of(prescriber))] == [row.ref]
    assert selectors.to_cosign(member_of(therapist)) == []
    assert not row.is_complete
    with pytest.raises(NotPossible, match="their own note"):
        actions.cosign(note=row, by=therapist, proof=THERAPIST)

    row = actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)
    assert row.is_complete
    assert selectors.to_cosign(member_of(prescriber)) == []
    with pytest.raises(NotPossible, match="co-signed already"):
        actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)


def test_a_cosignature_can_be_asked_for_later_and_not_given_unasked(patient, therapist, prescriber):
    visit = uuid4()
    row = notes.signed(patient, by=therapist, start={"about_ref": visit})
    assert selectors.signed(visit).is_complete
    with pytest.raises(NotPossible, match="Nobody asked"):
        actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)

    actions.ask_cosign(note=row, by=prescriber)

    assert not selectors.signed(visit).is_complete
    actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)
    assert selectors.signed(visit).is_complete


def test_a_prescriber_who_wrote_it_does_not_cosign_it_in_the_database_either(patient, prescriber):
    row = notes.signed(patient, by=prescriber, needs_cosign=True)

    with pytest.raises(IntegrityError, match="cosigned_by_another"), transaction.atomic():
        Note.objects.filter(pk=row.pk).update(
            cosigned_at=timezone.now(), cosigned_by=prescriber, cosigned_name="x", cosigned_role="x",
            cosigned_zone="x", cosigned_identity="x", cosigned_sha256="x",
        )  # fmt: skip


def test_an_addendum_has_its_own_signature_and_leaves_the_note_as_it_is(patient, therapist, prescriber):
    row = notes.signed(patient, by=therapist)
    before = row.signed_sha256

    actions.add(note=row, by=therapist, text="  It was Tuesday, not Monday.  ", proof=THERAPIST)

    [added] = selectors.reading(Note.objects.get(pk=row.pk)).addenda
    assert (added.text, added.signature.name, added.is_as_signed) == (
        "It was Tuesday, not Monday.", therapist.name, True,
    )  # fmt: skip
    assert Note.objects.get(pk=row.pk).signed_sha256 == before
    with pytest.raises(NotPossible, match="Write what you want to add"):
        actions.add(note=row, by=therapist, text=" ", proof=THERAPIST)
    with pytest.raises(NotPossible, match="not signed yet"):
        actions.add(note=notes.draft(patient, by=therapist), by=therapist, text="x", proof=THERAPIST)
    with pytest.raises(IntegrityError, match="author's"), transaction.atomic():
        actions.add(note=row, by=prescriber, text="Not mine to add", proof=PRESCRIBER)


def test_a_note_struck_out_leaves_the_lists_and_stays_for_who_may_see_it(patient, therapist, prescriber):
    row = notes.signed(patient, by=therapist, start={"about_ref": (visit := uuid4())})
    with pytest.raises(NotPossible, match="Say why"):
        actions.void(note=row, by=therapist, why=" ")

    actions.void(note=row, by=therapist, why="Another patient's")

    assert on_chart(patient, therapist) == []
    assert selectors.signed(visit) is None
    assert Note.objects.get(pk=row.pk).voided_why == "Another patient's"
    for act in (
        lambda: actions.void(note=row, by=therapist, why="Again"),
        lambda: actions.add(note=row, by=therapist, text="x", proof=THERAPIST),
        lambda: actions.print_copy(note=row, by=prescriber),
    ):
        with pytest.raises(NotPossible):
            act()
    with pytest.raises(IntegrityError, match="struck out"), transaction.atomic():
        Note.objects.filter(pk=row.pk).update(voided_why="Changed my mind")


# Paper


def test_a_signed_note_is_stored_as_a_paper_with_its_signatures(fresh_db, clinic, patient, therapist, prescriber):
    row = notes.signed(
        patient, by=therapist, themes="Held by the sea", title="After the second dose", needs_cosign=True
    )
    with as_clinic(clinic.pk):
        actions.cosign(note=row, by=prescriber, proof=PRESCRIBER)
        actions.add(note=row, by=therapist, text="She called.", proof=THERAPIST)

    render_papers()

    with as_clinic(clinic.pk):
        first, second, third = StoredDocument.objects.filter(kind="note").order_by("id")
        assert {paper.state for paper in (first, second, third)} == {"stored"}
        assert {paper.permission for paper in (first, second, third)} == {"note.view"}
        assert "LINDQVIST" not in first.file_name + first.title
        htmls = [letters.note(paper) for paper in (first, second, third)]
    assert all("Held by the sea" in html and 'class="draft"' not in html for html in htmls)
    assert ["Not co-signed yet" in html for html in htmls] == [True, False, False]
    assert ["She called." in html for html in htmls] == [False, False, True]
    assert [html.count("SHA-256 of what is signed") for html in htmls] == [1, 1, 1]


def test_a_draft_makes_no_paper_and_would_say_draft(patient, therapist):
    row = notes.draft(patient, by=therapist, themes="Held")
    with pytest.raises(NotPossible, match="Only a signed note"):
        actions.print_copy(note=row, by=therapist)
    assert not StoredDocument.objects.exists()

    signed = actions.sign(note=row, by=therapist, version=row.version, proof=THERAPIST)
    paper = StoredDocument.objects.get(subject_ref=signed.ref)
    paper.asked_at = signed.signed_at - timedelta(minutes=1)
    assert 'class="draft"' in letters.note(paper)


# The wall


def test_another_clinic_reads_no_note(patient, therapist, other_clinic, stranger):
    row = notes.signed(patient, by=therapist)

    set_clinic(other_clinic.pk, stranger.pk)

    assert not Note.objects.exists()
    assert not NoteRevision.objects.exists()
    assert not visible(member_of(stranger), Permission.NOTE_VIEW, Note.objects.all()).exists()
    assert not may(member_of(stranger), Permission.NOTE_VIEW, row)


def test_who_left_the_team_finishes_their_draft_within_thirty_days(patient, therapist, prescriber, clinic):
    from patients.record import actions as record

    row = notes.draft(patient, by=therapist)
    place = patient.care_team.get(user=therapist, left_at=None)
    record.leave_team(member=place, by=prescriber)
    member = member_of(therapist)

    assert [one.ref for one in selectors.unsigned_of(member, timezone.now())] == [row.ref]
    assert may(member, Permission.NOTE_SIGN, row)
    assert not may(member, Permission.NOTE_WRITE, patient)

    type(place).objects.filter(pk=place.pk).update(left_at=timezone.now() - timedelta(days=31))
    assert selectors.unsigned_of(member_of(therapist), timezone.now()) == []
    assert not may(member_of(therapist), Permission.NOTE_VIEW, row)


def test_a_colleague_off_the_team_reads_nothing(patient, therapist, clinic):
    notes.signed(patient, by=therapist)
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")

    assert on_chart(patient, colleague) == []
