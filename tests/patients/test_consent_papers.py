"""Consents on paper: every section, the answers, the signatures, the evidence; DRAFT across what is not signed."""

import re
from io import BytesIO

import pypdf
import pytest

from kap_clinic.accounts.actions import change_setting
from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import DocumentState
from kap_clinic.wall import as_clinic
from patients.consents import actions, letters, texts
from patients.consents.models import Consent
from patients.consents.tasks import render_papers
from patients.consents.terms import ConsentKind, Way
from tests.patients import consents

TREATMENT, PRIVACY = ConsentKind.TREATMENT, ConsentKind.PRIVACY


@pytest.fixture
def staff(prescriber, therapist):
    return {"prescriber": prescriber, "therapist": therapist}


@pytest.fixture
def ready(clinic, admin, medical_director, safety_officer):
    with as_clinic(clinic.pk):
        consents.ready(clinic, admin=admin, director=medical_director)


def paper(consent, number):
    return StoredDocument.objects.get(subject_ref=consent.ref, subject_version=number)


def words(html):
    """What is read, without tags."""
    body = html.partition("</head>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("&#x27;", "'"))


# What is written


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ConsentKind)
def test_the_paper_holds_every_section_answer_and_signature(ready, patient, staff, kind):
    consent = consents.signed(patient, kind, **staff)
    last = paper(consent, consent.papers)

    html = letters.consent(last)

    said = words(html)
    for section in consent.sections:
        for line in texts.lines(section):
            assert re.sub(r"\s+", " ", line) in said, section["id"]
    for question in consent.text.questions:
        assert question["ask"] in said
        assert question["answers"][question["right"]] in said
    for place in consent.signatures.all():
        assert f"{place.printed_name}" in said
        assert place.get_meaning_display() in said
        assert place.sha256 in said
        assert place.identity in said
    assert consent.sha256 in said
    assert consent.text.sha256 in said
    assert "Text approved by Dr L. Sato" in said
    assert 'class="draft"' not in html


@pytest.mark.django_db
def test_times_are_printed_with_their_zone_and_in_utc(ready, patient, staff, frozen):
    frozen("2026-12-01T03:30:15+00:00")  # the evening before, in New York
    consent = consents.signed(patient, PRIVACY, **staff)

    said = words(letters.consent(paper(consent, 1)))

    assert "Signed 30 Nov 2026, 22:30:15 EST (America/New_York)." in said
    assert "2026-12-01 03:30:15 UTC" in said
    assert "Printed by the system, 30 Nov 2026, 22:30 EST." in said


@pytest.mark.django_db
def test_each_paper_shows_what_was_signed_when_it_was_asked_for(ready, patient, staff):
    consent = consents.signed(patient, TREATMENT, **staff)
    first, third = (letters.consent(paper(consent, number)) for number in (1, 3))

    assert 'class="draft"' in first
    assert "Not complete, waits for prescriber, therapist" in words(first)
    assert "Not signed yet: Dr N. Okafor" in words(first)
    assert 'class="draft"' not in third
    assert "Not signed yet" not in words(third)

    actions.withdraw(consent=consent, by=staff["therapist"], way=Way.PHONE, reason="It is too much")
    fourth = words(letters.consent(paper(consent, 4)))
    assert "The patient took this back on" in fourth
    assert "by phone, written down by Alex Moreno. Reason given: It is too much" in fourth
    assert letters.consent(paper(consent, 3)) == third  # what was printed before does not change


@pytest.mark.django_db
def test_a_draft_prints_draft_with_what_is_open(ready, patient, staff):
    consent = consents.drafted(patient, TREATMENT, **staff)
    actions.print_copy(consent=consent, by=staff["therapist"])

    html = letters.consent(paper(consent, 1))

    assert 'class="draft"' in html
    assert "Nobody can sign it yet" in words(html)
    assert "Printed by Alex Moreno" in words(html)


@pytest.mark.django_db
def test_an_unapproved_text_prints_draft(clinic, admin, patient, staff):
    consents.written_text(clinic, PRIVACY, by=admin)
    consent = consents.drafted(patient, PRIVACY, **staff)
    actions.print_copy(consent=consent, by=staff["therapist"])

    html = letters.consent(paper(consent, 1))

    assert 'class="draft"' in html
    assert "not approved: it does not count" in words(html)


@pytest.mark.django_db
def test_a_refusal_is_printed_as_one(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    actions.refuse_as_patient(
        consent=consent, signed_name="Maya Lindqvist", why="I want to wait", evidence=consents.ON_A_PHONE
    )

    html = letters.consent(paper(consent, 1))

    assert "Refused" in words(html)
    assert "I do not agree" in words(html)
    assert "In their words: I want to wait" in words(html)
    assert 'class="draft"' not in html


@pytest.mark.django_db
def test_what_was_typed_is_never_markup(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff, reason="<script>alert(1)</script> & <b>low</b>")
    actions.print_copy(consent=consent, by=staff["therapist"])

    html = letters.consent(paper(consent, 1))

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;low&lt;/b&gt;" in html


@pytest.mark.django_db
def test_paper_and_letterhead_are_the_clinics_choice(ready, clinic, admin, patient, staff):
    consent = consents.signed(patient, PRIVACY, **staff)
    assert "size:letter" in letters.consent(paper(consent, 1))

    change_setting(clinic=clinic, key="paper_size", value="a4", by=admin)
    change_setting(clinic=clinic, key="letterhead_name", value="Harbour Clinic, LLC", by=admin)

    html = letters.consent(paper(consent, 1))
    assert "size:A4" in html
    assert "Harbour Clinic, LLC" in words(html)


# What is stored: a real file, made by the task


@pytest.fixture
def stored(fresh_db, clinic, ready, patient, staff):
    """A treatment consent signed by all, with a drawn name; its papers made by the task."""
    with as_clinic(clinic.pk):
        consent = consents.presented(patient, TREATMENT, **staff)
        consents.talked(consent, staff["therapist"])
        consents.answered(consent)
        consents.patient_signs(consent, drawn_svg=consents.DRAWN)
        consents.staff_sign(consent)
    render_papers()
    with as_clinic(clinic.pk):
        consent = Consent.objects.select_related("patient").get(pk=consent.pk)
        return consent, list(StoredDocument.objects.order_by("subject_version"))


def test_the_task_makes_a_tagged_pdf_that_is_stored_once_with_its_hash(stored, clinic):
    consent, papers = stored
    last = papers[-1]
    read = pypdf.PdfReader(BytesIO(bytes(last.content)))
    pages = [page.extract_text() for page in read.pages]

    assert [row.state for row in papers] == [DocumentState.STORED] * 3
    assert len(pages) == last.pages
    assert read.metadata.title == "Consent to ketamine-assisted psychotherapy"
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in read.trailer["/Root"]["/Metadata"].get_data()
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
        assert "LINDQVIST, Maya" in text
        assert "DRAFT" not in text
    said = " ".join(pages)
    for name in ("Maya Lindqvist", "Dr N. Okafor", "Alex Moreno"):
        assert name in said
    assert "Evidence" in pages[-1]
    assert consent.sha256 in said.replace("\n", "")

    before = bytes(last.content)
    render_papers()
    with as_clinic(clinic.pk):
        assert bytes(StoredDocument.objects.get(pk=last.pk).content) == before


def test_a_paper_that_is_not_complete_has_draft_on_every_page(stored):
    _, papers = stored
    pages = pypdf.PdfReader(BytesIO(bytes(papers[0].content))).pages

    assert all("DRAFT" in page.extract_text() for page in pages)
