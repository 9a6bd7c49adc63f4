"""The pages of results and papers: what they take, what they say, who may, and how a paper leaves."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from kap_clinic.web.uploads import LARGEST
from patients.models import LabResult, OutsideDocument
from patients.outside import actions, selectors
from patients.outside.files.intake import CleanFile
from patients.outside.rules import Result
from patients.outside.terms import LabKind
from tests import factories
from tests.patients import uploads
from tests.people import signed_in
from tests.signin import signed_in_browser

pytestmark = pytest.mark.django_db
ALT = {"value": "42", "unit": "U/L", "upper_limit": "40", "source": "report", "taken_on": "2026-03-02"}
LETTER = {"kind": "referral", "title": "Letter of Dr Ames", "dated": "2 March 2026"}


@pytest.fixture(autouse=True)
def today(frozen):
    return frozen("2026-03-09T10:00-05:00", tick=True)


def url(name, patient, *more):
    return reverse(f"outside:{name}", args=[patient.ref, *more])


def page_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def post(client, who, page, patient, /, *more, **said):
    return signed_in(client, who).post(url(page, patient, *more), said)


def upload(client, who, patient, *files, **said):
    sent = [SimpleUploadedFile(name, data, "application/octet-stream") for name, data in files]
    return post(client, who, "add_document", patient, **(LETTER | said), file=sent)


def a_lab(patient, by):
    result = Result(LabKind.OTHER, finding="5.6 %", name="HbA1c")
    day = timezone.localdate() - timedelta(days=3)
    return actions.record_lab(patient=patient, by=by, result=result, taken_on=day, source="told")


def a_paper(patient, by, title="Letter of Dr Ames", content=b"Dear colleague"):
    file = CleanFile("text/plain", content, 1)
    return actions.add_document(patient=patient, by=by, kind="referral", title=title, dated=None, file=file)


# Results


def test_a_result_is_recorded_and_listed(client, nurse, patient):
    response = post(client, nurse, "record_lab", patient, "alt", **ALT | {"value": "62,5"})

    assert response["Location"] == url("list", patient)
    page = page_of(client.get(response["Location"]))
    assert "62.5 U/L" in page
    assert "1.57 x upper limit" in page
    assert "2 Mar 2026" in page


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": ""}, "A sample the laboratory could not use is no result"),
        ({"value": "haemolysed"}, "Enter the result as a number, like 42 or &lt;0.01"),
        ({"value": "-4"}, "Enter the result as a number"),
        ({"value": "99999"}, "99999 U/L is not between 1 and 20000"),
        ({"value": ">40"}, "Enter the number itself"),
        ({"value": "1\u0661"}, "Enter the result as a number"),
        ({"unit": ""}, "Choose the unit on the report"),
        ({"unit": "mg/dL"}, "Select a valid choice"),
        ({"upper_limit": ""}, "Enter the upper limit of normal"),
        ({"upper_limit": "4000"}, "An upper limit of 4000 U/L is not between"),
        ({"upper_limit": "NaN"}, "upper limit"),
        ({"taken_on": "2026-03-10"}, "Enter a day that is not in the future"),
        ({"taken_on": "1987-03-13"}, "after the patient&#x27;s birth"),
        ({"taken_on": "soon"}, "Enter a date"),
        ({"source": ""}, "Choose the from"),
        ({"note": "x" * 301}, "Use 300 characters or fewer"),
    ],
)
def test_a_result_that_cannot_be_used_is_explained_and_what_was_typed_stays(client, therapist, patient, change, error):
    response = post(client, therapist, "record_lab", patient, "alt", **ALT | {"note": "By fax"} | change)

    page = page_of(response)
    assert response.status_code == 422
    assert error in page
    assert "By fax" in page or "note" in change
    assert not LabResult.objects.exists()


@pytest.mark.parametrize(
    ("kind", "said", "shown"),
    [
        ("tsh", {"value": "<0.01"}, "&lt;0.01 mIU/L"),
        ("egfr", {"value": "> 90"}, "&gt;90 mL/min/1.73 m²"),
        ("qtc", {"value": "438"}, "438 ms"),
        ("urine", {"finding": "blood"}, "Blood"),
        ("pregnancy", {"finding": "positive"}, "Positive"),
        ("other", {"name": "HbA1c", "finding": "5.6 %"}, "5.6 %"),
        ("free-t4", {"value": "1.2", "unit": "ng/dL"}, "1.2 ng/dL"),
    ],
)
def test_each_test_asks_for_what_its_report_says(client, prescriber, patient, kind, said, shown):
    post(client, prescriber, "record_lab", patient, kind, taken_on="2026-03-02", source="letter", **said)

    assert LabResult.objects.get().kind == kind
    assert shown in page_of(client.get(url("list", patient)))


@pytest.mark.parametrize("kind", list(LabKind))
def test_every_test_can_be_chosen_and_has_its_form(client, nurse, patient, kind):
    signed_in(client, nurse)

    assert url("record_lab", patient, kind.value) in page_of(client.get(url("choose_lab", patient)))
    assert client.get(url("record_lab", patient, kind.value)).status_code == 200
    assert post(client, nurse, "record_lab", patient, kind.value).status_code == 422


def test_a_test_that_is_not_there_is_not_found(client, nurse, patient):
    assert signed_in(client, nurse).get(url("record_lab", patient, "hope")).status_code == 404


def test_a_result_is_corrected_with_what_it_said_before(client, prescriber, patient):
    post(client, prescriber, "record_lab", patient, "alt", **ALT | {"value": "420"})
    lab = LabResult.objects.get()

    form = page_of(client.get(url("correct_lab", patient, lab.ref)))
    without = post(client, prescriber, "correct_lab", patient, lab.ref, **ALT)
    done = post(client, prescriber, "correct_lab", patient, lab.ref, **ALT, why="Read the wrong line")

    assert 'value="420"' in form
    assert "Say what was wrong" in page_of(without)
    page = page_of(client.get(done["Location"]))
    assert "<s>420 U/L</s>" in page
    assert "Corrected by a newer entry" in page
    assert "Read the wrong line" in page


def test_two_corrections_at_once_are_explained(client, prescriber, nurse, patient):
    post(client, prescriber, "record_lab", patient, "alt", **ALT)
    lab = LabResult.objects.get()
    post(client, nurse, "correct_lab", patient, lab.ref, **ALT, why="One")

    response = post(client, prescriber, "correct_lab", patient, lab.ref, **ALT, why="Two")

    assert response.status_code == 422
    assert "Somebody corrected this result meanwhile" in page_of(response)


def test_struck_out_is_seen_by_who_may_and_missing_for_others(client, therapist, prescriber, patient):
    lab, paper = a_lab(patient, therapist), a_paper(patient, therapist)

    unsaid = post(client, therapist, "strike_out_lab", patient, lab.ref)
    post(client, therapist, "strike_out_lab", patient, lab.ref, why="Another patient's")
    post(client, therapist, "strike_out_document", patient, paper.ref, why="Sent in error")

    assert (unsaid.status_code, "Say why this is struck out" in page_of(unsaid)) == (422, True)
    mine = page_of(client.get(url("list", patient)))
    assert "HbA1c" not in mine
    assert "Letter of Dr Ames" not in mine
    assert client.get(url("document", patient, paper.ref)).status_code == 404
    theirs = page_of(signed_in(client, prescriber).get(url("list", patient)))
    assert "<s>5.6 %</s>" in theirs
    assert "<s>Letter of Dr Ames</s>" in theirs
    assert "Struck out by Alex Moreno: Sent in error" in theirs
    assert client.get(url("document", patient, paper.ref)).status_code == 200


def test_another_patients_rows_are_not_reached_through_this_one(client, clinic, therapist, patient):
    other = factories.patient(clinic, by=therapist, team=(therapist,))
    lab, paper = a_lab(other, therapist), a_paper(other, therapist)
    signed_in(client, therapist)

    for name, row in [
        ("correct_lab", lab),
        ("strike_out_lab", lab),
        ("document", paper),
        ("strike_out_document", paper),
    ]:
        assert client.get(url(name, patient, row.ref)).status_code == 404


# Papers: adding


def test_a_letter_is_added_under_any_name(client, therapist, patient):
    response = upload(client, therapist, patient, ("Überweisung 患者.exe", uploads.pdf(2, change=uploads.script)))

    paper = OutsideDocument.objects.get()
    page = page_of(client.get(response["Location"]))
    assert (paper.file_type, paper.pages, paper.title) == ("application/pdf", 2, "Letter of Dr Ames")
    assert "Left out: scripts and actions." in page
    assert "2 Mar 2026" in page
    assert "患者" not in page


def test_several_files_are_added_together_and_numbered(client, nurse, patient):
    upload(client, nurse, patient, ("1.jpg", uploads.jpeg()), ("2.png", uploads.png()), ("3.txt", b"Dear colleague"))

    titles = OutsideDocument.objects.order_by("id").values_list("title", "file_type")
    assert list(titles) == [
        ("Letter of Dr Ames (1 of 3)", "image/jpeg"),
        ("Letter of Dr Ames (2 of 3)", "image/png"),
        ("Letter of Dr Ames (3 of 3)", "text/plain"),
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ([], "Choose a file"),
        ([("a.pdf", b"")], "The file is empty"),
        ([("a.pdf", uploads.HTML)], "This is a web page"),
        ([("a.png", uploads.SVG)], "This is a web page, a drawing"),
        ([("a.docx", uploads.ZIP)], "Save it as PDF and add that"),
        ([("a.pdf", uploads.pdf()), ("b.pdf", uploads.pdf()[:-99])], "File 2: The PDF cannot be read"),
        ([("a.pdf", uploads.pdf(120)), ("b.pdf", uploads.pdf(81))], "Together these are more than 200 pages"),
        ([(f"{number}.txt", b"Dear colleague") for number in range(11)], "Choose at most 10 files at once"),
        ([("a.txt", b"x" * (LARGEST + 1))], "The file is larger than 20 MB"),
    ],
    ids=["none", "empty", "html", "svg", "word", "second cut off", "201 pages", "eleven", "20 MB and one"],
)
def test_what_is_not_taken_is_explained_and_what_was_typed_stays(client, therapist, patient, files, error):
    response = upload(client, therapist, patient, *files, note="By fax")

    page = page_of(response)
    assert response.status_code == 422
    assert error in page
    assert 'value="Letter of Dr Ames"' in page
    assert 'value="By fax"' in page
    assert not OutsideDocument.objects.exists()


def test_a_file_of_exactly_20_mb_is_taken(client, therapist, patient):
    response = upload(client, therapist, patient, ("a.txt", b"x" * LARGEST))

    assert response.status_code == 302
    assert OutsideDocument.objects.get().size == LARGEST


def test_what_is_too_large_is_never_kept_and_the_file_beside_it_is_not_lost_silently(client, therapist, patient):
    response = upload(client, therapist, patient, ("a.txt", b"Dear colleague"), ("b.txt", b"x" * (LARGEST + 1)))

    assert response.status_code == 422
    assert not OutsideDocument.objects.exists()


def test_a_broken_form_is_no_server_error(client, therapist, patient):
    signed_in(client, therapist)

    response = client.post(
        url("add_document", patient), b"--x\r\nnothing", content_type="multipart/form-data; boundary=x"
    )

    assert response.status_code in {400, 422}


@pytest.mark.parametrize("change", [{"kind": ""}, {"kind": "secret"}, {"title": ""}, {"dated": "2026-03-10"}])
def test_a_paper_says_what_it_is(client, therapist, patient, change):
    response = upload(client, therapist, patient, ("a.txt", b"Dear colleague"), **change)

    assert response.status_code == 422
    assert "Choose the file again" in page_of(response)
    assert not OutsideDocument.objects.exists()


def test_sent_twice_it_is_kept_once(client, therapist, patient):
    once = "0192f0a0-0000-7000-8000-000000000001"

    for _ in range(2):
        response = upload(client, therapist, patient, ("a.txt", b"Dear colleague"), _once=once)

    assert response.status_code == 302
    assert OutsideDocument.objects.count() == 1


# Papers: leaving


def test_a_paper_is_saved_never_shown(client, therapist, patient):
    paper = a_paper(patient, therapist, title="Cirrhosis")

    response = signed_in(client, therapist).get(url("document", patient, paper.ref))

    assert response.content == b"Dear colleague"
    assert response["Content-Disposition"] == f'attachment; filename="document-{str(paper.ref)[-8:]}.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    event = AuditEvent.objects.get(event="outside_paper.opened")
    assert (event.actor_id, event.thing_ref) == (therapist.pk, str(paper.ref))


@pytest.mark.parametrize("who", ["admin", "front_desk", "auditor", "safety_officer", "medical_director"])
def test_who_does_not_treat_the_patient_opens_nothing(client, request, patient, therapist, who):
    person, paper = request.getfixturevalue(who), a_paper(patient, therapist)
    signed_in(client, person)

    assert client.get(url("list", patient)).status_code == 403
    assert client.get(url("document", patient, paper.ref)).status_code == 403
    assert not AuditEvent.objects.filter(event="outside_paper.opened").exists()


def test_another_clinic_finds_nothing(client, stranger, patient, therapist):
    paper = a_paper(patient, therapist)

    assert signed_in(client, stranger).get(url("document", patient, paper.ref)).status_code == 404


def test_words_of_a_paper_are_text_in_the_page(client, therapist, patient):
    a_paper(patient, therapist, title="<script>alert(1)</script>")

    page = page_of(signed_in(client, therapist).get(url("list", patient)))

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_the_empty_list_does_not_say_that_all_is_well(client, therapist, patient):
    page = page_of(signed_in(client, therapist).get(url("list", patient)))

    assert "No result on file. That does not mean they are normal." in page
    assert "No letter or report yet." in page


def test_the_list_costs_the_same_for_one_row_and_for_fifty(client, therapist, patient, django_assert_max_num_queries):
    signed_in(client, therapist)
    a_lab(patient, therapist), a_paper(patient, therapist)
    with django_assert_max_num_queries(60) as few:
        client.get(url("list", patient))
    for _ in range(49):
        a_lab(patient, therapist), a_paper(patient, therapist)

    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url("list", patient))


def test_the_card_of_the_chart_shows_the_newest_and_where_the_rest_is(client, patient, therapist):
    shown = {"outside": selectors.card(patient), "patient": patient, "may_add": True}
    before = render_to_string("patients/outside/_card.html", shown)
    a_lab(patient, therapist), a_paper(patient, therapist)

    after = render_to_string("patients/outside/_card.html", shown | {"outside": selectors.card(patient)})

    assert "No result on file" in before
    assert "HbA1c 5.6 %" in after
    assert "1 letter and report, all results" in after


# In a browser


@pytest.mark.browser
def test_a_letter_is_added_in_a_browser_and_every_page_is_for_everybody(
    page, context, live_server, clinic, axe, frozen
):
    nurse = factories.member(clinic, Role.NURSE, name="Jo Winter")
    patient = factories.patient(clinic, by=nurse, team=(nurse,), family_name="Ames")
    with as_clinic(clinic.pk):
        a_lab(patient, nurse)
    signed_in_browser(context, live_server.url, nurse)

    page.goto(live_server.url + url("add_document", patient))
    axe(page)
    page.get_by_role("button", name="Add").click()
    expect(page.locator("main")).to_contain_text("Choose a file")
    axe(page)
    page.get_by_label("Referral letter").check()
    page.get_by_label("Title").fill("Letter of Dr Ames")
    page.get_by_label("File").set_input_files({"name": "a.bin", "mimeType": "text/html", "buffer": uploads.pdf(2)})
    page.get_by_role("button", name="Add").click()

    expect(page.locator("#papers")).to_contain_text("PDF, 2 pages")
    axe(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save Letter of Dr Ames").click()
    assert saved.value.suggested_filename.startswith("document-")
    for name in ("choose_lab", "record_lab"):
        page.goto(live_server.url + url(name, patient, *(["alt"] if name == "record_lab" else [])))
        axe(page)
