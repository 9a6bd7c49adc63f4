"""What is kept of an uploaded file: the corpus of SEC-37, without a database."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from patients.outside.files import intake, kinds, wash
from patients.outside.files.jpeg import without_remarks
from patients.outside.files.kinds import JPEG, PDF, PNG, TEXT, Refused
from tests.patients import uploads
from tests.patients.uploads import CANARY

WORDS = ("JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "EmbeddedFile", "/URI", "/Metadata", "/PieceInfo", "/A ")


def kept(data):
    kind, copy, pages, left_out = wash.clean(data)
    return kind, copy, pages, left_out


def words_of(copy):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(copy)).pages)


def gives_away(copy):
    """Words that may not be in the copy, packed or not."""
    reader = PdfReader(BytesIO(copy))
    bare = [copy]
    for number in range(1, len(reader.xref[0]) + 1 if 0 in reader.xref else 1):
        thing = reader.get_object(number)
        bare += [
            repr(thing).encode(),
            thing.get_data() if hasattr(thing, "get_data") and "/Width" not in thing else b"",
        ]
    return [word for word in (*WORDS, CANARY) if word.encode() in b"\n".join(bare)]


# What is taken


@pytest.mark.parametrize(
    ("data", "kind", "pages"),
    [
        (uploads.pdf(3), PDF, 3),
        (uploads.png(), PNG, 1),
        (uploads.jpeg(), JPEG, 1),
        (uploads.TEXT.encode(), TEXT, 1),
        ("ALT 42 U/L, TSH <0.01, Größe 1,70 m, 患者".encode(), TEXT, 1),
    ],
)
def test_papers_and_pictures_are_known_by_their_content(data, kind, pages):
    assert (kept(data)[0], kept(data)[2]) == (kind, pages)


def test_a_pdf_reads_as_before():
    _, copy, pages, left_out = kept(uploads.pdf(2, words="Dear colleague"))

    assert words_of(copy) == "Dear colleague\nDear colleague"
    assert (pages, left_out) == (2, [])


def test_a_text_loses_its_mark_and_its_line_ends_and_nothing_else():
    assert kept(b"\xef\xbb\xbfone\r\ntwo\rthree")[1] == b"one\ntwo\nthree"


# What a PDF loses


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        (uploads.script, ["scripts and actions"]),
        (uploads.launch, ["scripts and actions", "links"]),
        (uploads.attachment, ["files attached to it"]),
        (uploads.author, []),
    ],
)
def test_nothing_that_acts_or_hides_is_in_the_copy(change, left_out):
    data = uploads.pdf(words="Letter", change=change)
    assert CANARY.encode() in data or gives_away(data)

    _, copy, _, said = kept(data)

    assert gives_away(copy) == []
    assert words_of(copy) == "Letter"
    assert said == left_out


def test_a_photograph_in_a_pdf_keeps_its_pixels_and_not_its_place():
    _, copy, _, _ = kept(uploads.pdf(change=uploads.photographed))

    assert CANARY.encode() not in copy
    picture = PdfReader(BytesIO(copy)).pages[0].images[0].image
    assert (picture.size, picture.getpixel((5, 5))) == ((40, 20), (255, 255, 255))


def test_an_answer_in_a_form_is_drawn_and_can_no_longer_be_changed():
    def change(writer):
        uploads.mark(writer, "Widget", FT=uploads.name("Tx"), V=uploads.text("yes"), AP=uploads.drawing(writer, "yes"))

    _, copy, _, _ = kept(uploads.pdf(change=change))

    mark = PdfReader(BytesIO(copy)).pages[0]["/Annots"][0].get_object()
    assert mark["/Subtype"] == "/Stamp"
    assert b"(yes)" in mark["/AP"]["/N"].get_object().get_data()
    assert not {"/FT", "/V", "/A", "/AA", "/Parent"} & set(mark)


def test_a_remark_somebody_put_on_the_page_stays():
    def change(writer):
        uploads.mark(writer, "Text", Contents=uploads.text("Please repeat"), A=uploads.named(S=uploads.name("Launch")))

    _, copy, _, left_out = kept(uploads.pdf(change=change))

    mark = PdfReader(BytesIO(copy)).pages[0]["/Annots"][0].get_object()
    assert mark["/Contents"] == "Please repeat"
    assert "/A" not in mark
    assert left_out == ["scripts and actions"]


def test_a_second_file_behind_a_pdf_is_gone():
    _, copy, _, _ = kept(uploads.pdf() + uploads.ZIP + uploads.HTML)

    assert b"PK\x03\x04" not in copy
    assert b"<html" not in copy


# What a picture loses


@pytest.mark.parametrize("data", [uploads.jpeg(), uploads.png()], ids=["jpeg", "png"])
def test_place_camera_and_remarks_are_not_in_the_copy(data):
    assert CANARY.encode() in data

    copy = kept(data)[1]

    picture = Image.open(BytesIO(copy))
    picture.load()
    assert CANARY.encode() not in copy
    assert picture.size == (40, 20)
    assert not picture.getexif()
    assert not {"comment", "Comment", "exif", "icc_profile", "xmp"} & set(picture.info)


def test_a_picture_taken_sideways_stands_upright():
    assert Image.open(BytesIO(kept(uploads.jpeg(turned=6))[1])).size == (20, 40)


@pytest.mark.parametrize("data", [uploads.jpeg(), uploads.png()], ids=["jpeg", "png"])
def test_what_hangs_on_the_end_of_a_picture_is_gone(data):
    copy = kept(data + uploads.ZIP + uploads.HTML)[1]

    assert b"PK\x03\x04" not in copy
    assert b"<script" not in copy


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_kind_keep_their_look(mode):
    before = Image.new(mode, (12, 9))
    out = BytesIO()
    before.save(out, "PNG")

    after = Image.open(BytesIO(kept(out.getvalue())[1]))

    assert (after.size, after.mode) == (before.size, before.mode)


# What is refused, and what it says


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty"),
        (b" \n\t ", "The file is empty"),
        (uploads.HTML, "web page"),
        (b"  \n" + uploads.SVG, "web page, a drawing"),
        (b"Hello <script>alert(1)</script>", "web page"),
        (b"#!/bin/sh\nrm -rf /", "a program"),
        (b"%!PS-Adobe-3.0\nshowpage", "a program"),
        (uploads.ZIP, "Word, Excel or ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word"),
        (b"II*\x00\x08\x00\x00\x00", "TIFF"),
        (uploads.GIF_AND_SCRIPT, "GIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"MZ\x90\x00\x03", "not taken"),
        (b"\xff\xfea\x00b\x00", "not taken"),  # UTF-16
        (b"plain \x00 text", "not taken"),
        (b"plain \x1b[2J text", "not taken"),
        (b"%PDF-1.7\nnothing else\n%%EOF", "cannot be read"),
        (b"%PDF-1.7\n" + uploads.HTML, "cannot be read"),
        (uploads.pdf(3)[:-300], "cut off"),
        (b"GIF89a" + uploads.pdf(), "GIF"),
        (uploads.pdf(change=uploads.locked), "locked"),
        (uploads.pdf(change=uploads.bundle), "bundle of files"),
        (uploads.pdf(201), "201 pages, more than 200"),
        (uploads.pdf(change=uploads.bomb(401)), "unpacks to more than 400 MB"),
        (uploads.pdf(change=uploads.packed_twice), "packed in a way"),
        (uploads.jpeg()[:-200], "cut off"),
        (uploads.png()[:-20], "cut off"),
        (b"\xff\xd8\xff" + uploads.HTML, "cut off"),
        (b"\x89PNG\r\n\x1a\n" + uploads.HTML, "cut off"),
        (uploads.png(frames=3), "moves"),
        (uploads.png_that_claims(7_001, 7_143), "50 million pixels"),
        (uploads.png_that_claims(60_000, 60_000), "50 million pixels"),
    ],
)
def test_everything_else_is_refused_in_words(data, says):
    with pytest.raises(Refused, match=says):
        wash.clean(data)


def test_a_form_whose_answers_are_not_drawn_is_refused_before_they_are_lost():
    def change(writer):
        uploads.mark(writer, "Widget", FT=uploads.name("Tx"), V=uploads.text("penicillin"))

    with pytest.raises(Refused, match="answers only its own program draws"):
        wash.clean(uploads.pdf(change=change))


def test_a_form_left_blank_is_taken():
    def change(writer):
        uploads.mark(writer, "Widget", FT=uploads.name("Tx"))

    assert kept(uploads.pdf(change=change))[2] == 1


def test_a_picture_that_grows_too_large_when_drawn_anew_is_refused(monkeypatch):
    monkeypatch.setattr(kinds, "LARGEST_KEPT", 10)

    with pytest.raises(Refused, match="Written anew it is larger than"):
        wash.clean(uploads.png())


def test_no_piece_of_a_file_breaks_the_reader():
    """Cut anywhere, with any byte changed: a copy or a refusal, never anything else."""
    for data in (uploads.pdf(change=uploads.script), uploads.jpeg(), uploads.png()):
        for at in range(8, len(data), max(len(data) // 60, 1)):
            for broken in (data[:at], data[:at] + b"\xff" + data[at + 1 :], data[:at] + data[at + 9 :]):
                try:
                    copy = wash.clean(broken)[1]
                except Refused:
                    continue
                assert CANARY.encode() not in copy


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x00", b"\xff\xd8\x00\x00\x00\x00", b"GIF8"])
def test_what_is_no_jpeg_is_not_walked_through(data):
    with pytest.raises(ValueError, match=r".+"):
        without_remarks(data)


# The process of its own


def test_the_copy_comes_back_from_the_process_that_made_it():
    copy = intake.clean(uploads.pdf(2, change=uploads.script))

    assert (copy.kind, copy.pages, copy.left_out) == (PDF, 2, ("scripts and actions",))
    assert copy.content.startswith(b"%PDF-")
    assert gives_away(copy.content) == []


def test_why_a_file_is_refused_comes_back_too():
    with pytest.raises(Refused, match="The file is empty"):
        intake.clean(b"")


def test_a_file_that_takes_too_long_is_given_up():
    with pytest.raises(Refused, match="took too long"):
        intake.clean(uploads.pdf(), until=0.0)


@pytest.mark.parametrize("fault", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)", "x = bytearray(2**40)"])
def test_a_file_that_breaks_its_reader_is_refused(monkeypatch, fault):
    monkeypatch.setattr(intake, "CHILD", [intake.CHILD[0], "-c", fault])

    with pytest.raises(Refused, match="took too long or too much memory"):
        intake.clean(b"anything")


def test_the_process_that_reads_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("FIELD_KEYS", CANARY)
    tell = "import os, json, sys; sys.stdout.write(json.dumps({'refused': ' '.join(os.environ.values())}) + '\\n')"
    monkeypatch.setattr(intake, "CHILD", [intake.CHILD[0], "-c", tell])

    with pytest.raises(Refused) as no:
        intake.clean(b"anything")

    assert CANARY not in str(no.value)
