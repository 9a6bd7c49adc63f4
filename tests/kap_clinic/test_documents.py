"""Papers: asked for once, made once, sealed; what goes wrong is tried again, then shown; nothing is fetched."""

import hashlib
import socket
import time
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4

import pypdf
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic import bell
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents import actions, pdf, selectors
from kap_clinic.documents.models import LEASE, MOST_TRIES, StoredDocument
from kap_clinic.documents.terms import DocumentState
from kap_clinic.wall import as_clinic
from tests.people import signed_in

PAGE = (
    '<!doctype html><html lang="en"><head><title>A letter</title><meta name="dcterms.created"'
    ' content="2026-11-24T10:00:00Z"></head><body><h1>Hello</h1>{}</body></html>'
)
FILE = b"%PDF-1.7 a paper"


class Killed(BaseException):
    """The worker is gone: nothing after this point runs, no handler either."""


def asked(clinic, *, by=None, patient=None, kind="letter", version=1, permission=Permission.CONSENT_VIEW, ref=None):
    subject = SimpleNamespace(ref=ref or uuid4(), clinic_id=clinic.pk)
    return actions.ask_for(
        kind=kind,
        title="A letter",
        subject=subject,
        patient_ref=patient and patient.ref,
        permission=permission,
        by=by,
        version=version,
        task="patients.render_papers",
    )


@pytest.fixture
def quick(monkeypatch):
    """A renderer that takes no time, for tests about the queue."""
    monkeypatch.setattr(pdf, "render", lambda html: (FILE + html.encode(), 2))


def write(document):
    return str(document.ref)


def now_again(document):
    document.refresh_from_db()
    return document


# The queue


@pytest.mark.django_db
def test_a_paper_asked_for_twice_is_one_paper(clinic, therapist):
    ref = uuid4()
    first, second = asked(clinic, by=therapist, ref=ref), asked(clinic, by=therapist, ref=ref)

    assert first == second
    assert asked(clinic, ref=ref, version=2) != first
    assert AuditEvent.objects.filter(event="paper.asked").count() == 2


@pytest.mark.django_db
def test_a_due_paper_is_made_once_and_kept_with_its_hash(clinic, quick):
    document = asked(clinic)

    assert actions.make_due("letter", write) == 1
    assert actions.make_due("letter", write) == 0

    now_again(document)
    assert document.state == DocumentState.STORED
    assert bytes(document.content) == FILE + str(document.ref).encode()
    assert document.sha256 == hashlib.sha256(bytes(document.content)).hexdigest()
    assert (document.pages, document.tries, document.trouble) == (2, 1, "")
    assert AuditEvent.objects.get(event="paper.stored").facts["sha256"] == document.sha256


@pytest.mark.django_db
def test_only_papers_of_the_kind_are_made(clinic, quick):
    document = asked(clinic, kind="other")

    assert actions.make_due("letter", write) == 0
    assert now_again(document).state == DocumentState.QUEUED


@pytest.mark.django_db
def test_every_clinic_is_served_inside_its_own_wall(clinic, other_clinic, quick):
    ours = asked(clinic)
    with as_clinic(other_clinic.pk):
        theirs = asked(other_clinic)

    assert actions.make_due("letter", write) == 2
    assert now_again(ours).state == DocumentState.STORED
    with as_clinic(other_clinic.pk):
        assert StoredDocument.objects.get().ref == theirs.ref


@pytest.mark.django_db
def test_one_bad_paper_stops_no_other(clinic, quick):
    bad, good = asked(clinic), asked(clinic)

    def only_good(document):
        if document.ref == bad.ref:
            raise ValueError("no such row")
        return "fine"

    assert actions.make_due("letter", only_good) == 1
    assert now_again(good).state == DocumentState.STORED
    assert (now_again(bad).state, bad.tries, bad.trouble) == (DocumentState.QUEUED, 1, "ValueError")


@pytest.mark.django_db
def test_the_trouble_names_no_one_and_nothing(clinic, quick, caplog):
    document = asked(clinic)

    def with_a_name(document):
        raise ValueError("LINDQVIST, Maya has no address")

    actions.make_due("letter", with_a_name)

    assert now_again(document).trouble == "ValueError"
    assert "with_a_name" in caplog.text  # where it happened
    assert "LINDQVIST" not in caplog.text


def fails(document):
    raise ValueError


@pytest.mark.django_db
def test_the_waits_grow_until_it_is_shown_as_failed(clinic, quick, frozen):
    clock = frozen("2026-11-24T10:00-05:00")
    document = asked(clinic)
    waits = []
    for _ in range(MOST_TRIES - 1):
        actions.make_due("letter", fails)
        now_again(document)
        assert document.state == DocumentState.QUEUED
        waits.append((document.try_at - timezone.now()).total_seconds())
        assert actions.make_due("letter", write) == 0  # not due yet
        clock.shift(waits[-1] + 1)
    actions.make_due("letter", fails)

    now_again(document)
    assert (document.state, document.tries) == (DocumentState.FAILED, MOST_TRIES)
    assert waits == sorted(waits)
    assert 24 <= waits[0] <= 36
    assert waits[-1] >= 25 * 60
    assert AuditEvent.objects.get(event="paper.failed").facts["tries"] == MOST_TRIES
    clock.shift(timedelta(days=9).total_seconds())
    assert actions.make_due("letter", write) == 0


@pytest.mark.django_db
def test_a_failed_paper_is_made_when_somebody_asks_again(clinic, therapist, quick, frozen):
    clock = frozen("2026-11-24T10:00-05:00")
    document = asked(clinic)
    for _ in range(MOST_TRIES):
        actions.make_due("letter", fails)
        clock.shift(3 * 3600)

    actions.try_again(document=document, by=therapist)
    assert actions.make_due("letter", write) == 1
    assert now_again(document).state == DocumentState.STORED
    stored_at = document.stored_at
    assert actions.try_again(document=document, by=therapist).stored_at == stored_at  # a stored one stays


# A worker that dies at any named point


@pytest.mark.django_db
@pytest.mark.parametrize("point", ["after claim", "while rendering", "before storing"])
def test_a_worker_that_dies_leaves_a_paper_that_is_made_once_later(clinic, quick, monkeypatch, frozen, point):
    clock = frozen("2026-11-24T10:00-05:00")
    document = asked(clinic)
    with monkeypatch.context() as patch:

        def die(*given, **also):
            raise Killed

        if point == "while rendering":
            patch.setattr(pdf, "render", die)
        if point == "before storing":
            patch.setattr(actions, "_store", die)
        with pytest.raises(Killed):
            actions.make_due("letter", die if point == "after claim" else write)

    assert now_again(document).state == DocumentState.QUEUED
    assert actions.make_due("letter", write) == 0  # the lease still runs
    clock.shift(LEASE.total_seconds() + 1)
    assert actions.make_due("letter", write) == 1
    assert AuditEvent.objects.filter(event="paper.stored").count() == 1


@pytest.mark.django_db
def test_a_worker_that_dies_before_claiming_costs_no_try(clinic, quick, monkeypatch):
    document = asked(clinic)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "_claim", lambda *given: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            actions.make_due("letter", write)

    assert now_again(document).tries == 0
    assert actions.make_due("letter", write) == 1


@pytest.mark.django_db
def test_a_paper_that_kills_every_worker_ends_as_failed(clinic, quick, frozen):
    clock = frozen("2026-11-24T10:00-05:00")
    document = asked(clinic)

    def die(document):
        raise Killed

    for _ in range(MOST_TRIES):
        with pytest.raises(Killed):
            actions.make_due("letter", die)
        clock.shift(LEASE.total_seconds() + 1)

    assert actions.make_due("letter", die) == 0
    assert (now_again(document).state, document.trouble) == (DocumentState.FAILED, "The worker stopped each time")


@pytest.mark.django_db
def test_a_slow_worker_does_not_overwrite_what_a_quicker_one_stored(clinic, quick, monkeypatch):
    document = asked(clinic)

    def meanwhile(row):
        with monkeypatch.context() as patch:
            patch.setattr(pdf, "render", lambda html: (b"%PDF-1.7 the quick one", 1))
            StoredDocument.objects.filter(pk=row.pk).update(try_at=timezone.now())  # its lease is over
            assert actions.make_due("letter", lambda other: "quick") == 1
        return "slow"

    assert actions.make_due("letter", meanwhile) == 0
    assert bytes(now_again(document).content) == b"%PDF-1.7 the quick one"


def test_two_workers_at_once_make_a_paper_once(fresh_db, clinic, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    monkeypatch.setattr(pdf, "render", lambda html: (FILE, 1))
    with as_clinic(clinic.pk):
        for _ in range(20):
            asked(clinic)

    def work(_):
        try:
            return actions.make_due("letter", write, most=50)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        made = list(workers.map(work, range(4)))

    with as_clinic(clinic.pk):
        assert sum(made) == StoredDocument.objects.filter(state=DocumentState.STORED).count() == 20
        assert AuditEvent.objects.filter(event="paper.stored").count() == 20
        assert set(StoredDocument.objects.values_list("tries", flat=True)) == {1}


# Sealed


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"content": b"%PDF other"},
        {"sha256": "0" * 64},
        {"title": "Another"},
        {"state": DocumentState.QUEUED},
        {"subject_ref": uuid4()},
        {"permission": "patient.find"},
    ],
)
def test_a_stored_paper_does_not_change(clinic, quick, change):
    document = asked(clinic)
    actions.make_due("letter", write)

    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        StoredDocument.objects.filter(pk=document.pk).update(**change)


# The bell


def test_one_transaction_rings_once_for_a_task_and_not_at_all_when_it_is_quiet(
    db, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.TESTING, rung = False, []
    monkeypatch.setattr(bell.current_app, "send_task", lambda task, **how: rung.append(task))

    with django_capture_on_commit_callbacks(execute=True):
        for task in ("outbox.send_due", "outbox.send_due", "patients.render_papers", "outbox.send_due"):
            bell.ring(task)
        with bell.quiet():
            bell.ring("screening.render_papers")

    assert rung == ["outbox.send_due", "patients.render_papers"]


def test_the_bell_rings_after_the_commit_and_a_broker_that_is_down_costs_nothing(settings, monkeypatch, caplog):
    from kombu.exceptions import OperationalError

    rung = []

    def send(task, **options):
        rung.append(task)
        raise OperationalError("no broker")

    settings.TESTING = False
    monkeypatch.setattr(bell.current_app, "send_task", send)
    monkeypatch.setattr(bell.transaction, "on_commit", lambda ring: rung.append("committed") or ring())

    bell.ring("patients.render_papers")

    assert rung == ["committed", "patients.render_papers"]
    assert "could not be rung" in caplog.text


def test_a_broker_that_is_down_is_asked_once():
    from kombu.exceptions import OperationalError

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()

    with pytest.raises(OperationalError):
        _ = bell.current_app.connection_for_write(f"redis://127.0.0.1:{port}/0").default_channel

    assert time.perf_counter() - started < 2


def test_every_paper_task_is_polled_every_30_seconds_and_known_to_the_worker(settings):
    from kap_clinic.celery import app

    app.loader.import_default_modules()
    for name in ("patients.render_papers", "screening.render_papers"):
        assert name in app.tasks
        assert [e["schedule"] for e in settings.CELERY_BEAT_SCHEDULE.values() if e["task"] == name] == [30.0]


# The renderer


def test_a_page_becomes_a_tagged_pdf_with_a_title_and_a_language():
    content, pages = pdf.render(PAGE.format("<p>One paragraph.</p>"))

    read = pypdf.PdfReader(BytesIO(content))
    assert pages == len(read.pages) == 1
    assert read.metadata.title == "A letter"
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert read.trailer["/Root"]["/Lang"].startswith("en")
    assert b"pdfuaid:part" in read.trailer["/Root"]["/Metadata"].get_data()


def test_the_same_page_gives_the_same_bytes():
    assert pdf.render(PAGE.format("<p>x</p>")) == pdf.render(PAGE.format("<p>x</p>"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "file:///etc/hostname", "ftp://localhost/x"])
def test_nothing_is_fetched(address, caplog):
    content, _ = pdf.render(PAGE.format(f'<img src="{address}" alt="x"><link rel="stylesheet" href="{address}">'))

    assert b"/Subtype /Image" not in content
    assert any("allowed" in line or "Failed to load" in line for line in caplog.text.splitlines())


def test_the_type_face_comes_with_the_page():
    sheet = pdf.styles(paper="a4")

    assert sheet.count("@font-face") == 3
    assert "url(data:font/woff2;base64," in sheet
    assert "size:A4" in sheet
    assert "size:letter" in pdf.styles(paper="letter")


def test_rendering_is_stopped_after_its_time():
    with pytest.raises(pdf.TooLong), pdf.seconds_at_most(0.05):
        time.sleep(5)
    with pdf.seconds_at_most(0.05):
        pass
    time.sleep(0.06)  # no alarm is left behind


def test_rendering_is_stopped_at_its_memory():
    with pdf.memory_at_most(64 * 2**20):
        assert bytearray(2**20)
        with pytest.raises(MemoryError):
            bytearray(128 * 2**20)
    assert bytearray(128 * 2**20)


# Pages


@pytest.fixture
def stored(clinic, patient, therapist, quick):
    document = asked(clinic, by=therapist, patient=patient)
    actions.make_due("letter", write)
    return now_again(document)


@pytest.mark.django_db
def test_the_list_shows_the_state_and_fingerprint_of_each_paper(client, therapist, patient, stored):
    signed_in(client, therapist)

    page = client.get(reverse("desk:papers", args=[patient.ref]))

    assert page.status_code == 200
    assert stored.sha256 in page.text
    assert "Stored" in page.text
    assert reverse("desk:paper", args=[stored.ref]) in page.text
    assert AuditEvent.objects.filter(event="papers.opened", patient_ref=str(patient.ref)).count() == 1


@pytest.mark.django_db
def test_a_paper_of_something_one_may_not_see_is_not_even_listed(client, admin, clinic, patient, stored, quick):
    secret = asked(clinic, patient=patient, permission=Permission.SCREENING_VIEW)
    actions.make_due("letter", write)
    signed_in(client, admin)

    page = client.get(reverse("desk:papers", args=[patient.ref]))

    assert str(stored.ref) in page.text
    assert str(secret.ref) not in page.text
    assert client.get(reverse("desk:paper", args=[secret.ref])).status_code == 403


@pytest.mark.django_db
def test_a_paper_is_downloaded_as_it_was_stored_under_a_neutral_name(client, therapist, patient, stored):
    signed_in(client, therapist)

    page = client.get(reverse("desk:paper", args=[stored.ref]))

    assert page.status_code == 200
    assert page.content == bytes(stored.content)
    assert page.headers["Content-Type"] == "application/pdf"
    assert page.headers["Content-Disposition"] == f'attachment; filename="document-{str(stored.ref)[-8:]}.pdf"'
    assert page.headers["Cache-Control"] == "no-store"
    seen = AuditEvent.objects.get(event="paper.opened")
    assert (seen.patient_ref, seen.facts["sha256"]) == (str(patient.ref), stored.sha256)


@pytest.mark.django_db
def test_who_may_not_gets_no_paper(client, stored, stranger, front_desk, medical_director, patient):
    signed_in(client, stranger)
    assert client.get(reverse("desk:paper", args=[stored.ref])).status_code == 404
    assert client.get(reverse("desk:papers", args=[patient.ref])).status_code == 404
    assert client.post(reverse("desk:paper_again", args=[stored.ref])).status_code == 404

    for person in (front_desk, medical_director):  # no right, and not on the team
        signed_in(client, person)
        assert client.get(reverse("desk:paper", args=[stored.ref])).status_code == 403
        assert client.get(reverse("desk:papers", args=[patient.ref])).status_code == 403


@pytest.mark.django_db
def test_a_paper_that_is_not_made_yet_or_never_was_is_not_found(client, therapist, clinic, patient):
    waiting = asked(clinic, patient=patient)
    of_nobody = asked(clinic)
    signed_in(client, therapist)

    for ref in (waiting.ref, of_nobody.ref, uuid4()):
        assert client.get(reverse("desk:paper", args=[ref])).status_code == 404


@pytest.mark.django_db
def test_a_failure_is_shown_with_a_button_that_tries_again(client, therapist, clinic, patient):
    document = asked(clinic, patient=patient)
    StoredDocument.objects.filter(pk=document.pk).update(
        state=DocumentState.FAILED, tries=MOST_TRIES, trouble="ValueError"
    )
    signed_in(client, therapist)

    page = client.get(reverse("desk:papers", args=[patient.ref]))
    assert "Could not be made" in page.text
    assert "Tried 8 times (ValueError)" in page.text

    answer = client.post(reverse("desk:paper_again", args=[document.ref]))
    assert answer.url == reverse("desk:papers", args=[patient.ref])
    assert (now_again(document).state, document.tries) == (DocumentState.QUEUED, 0)


@pytest.mark.django_db
def test_without_papers_the_page_says_what_it_is_for(client, therapist, patient):
    signed_in(client, therapist)

    assert "No papers yet" in client.get(reverse("desk:papers", args=[patient.ref])).text


@pytest.mark.django_db
def test_lists_never_read_the_files(clinic, patient, stored, django_assert_num_queries):
    with django_assert_num_queries(1) as asked_for:
        selectors.of_patient(patient.ref)

    assert '"content"' not in asked_for.captured_queries[0]["sql"]
