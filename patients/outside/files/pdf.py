"""PDFs: the pages are written into a new file, with what is drawn on them and nothing that acts."""

import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from patients.outside.files.jpeg import without_remarks
from patients.outside.files.kinds import Refused

MOST_PAGES = 200
MOST_UNPACKED = 400 * 2**20  # bytes of all streams together: a page scanned in colour at 300 dpi is 26 MB
BROKEN = "The PDF cannot be read: it may be cut off. Open it, print it to a new PDF and add that"
AGAIN = "Open it, print it to a new PDF and add that"
END, END_WITHIN = b"%%EOF", 1024

PAGE = {"/Type", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group", "/Annots"}
# Marks people put on a page, and what of them is drawn.
MARKS = {"/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline"}
MARKS |= {"/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink"}
OF_A_MARK: tuple[str, ...] = (
    "/Rect",
    "/F",
    "/C",
    "/Contents",
    "/QuadPoints",
    "/BS",
    "/Border",
    "/InkList",
    "/L",
    "/Vertices",
    "/IC",
)
OF_A_MARK += ("/CA", "/AS", "/DA")
# What a stream may carry beside what it draws: whose program made it, and data that lies elsewhere.
BESIDE: tuple[str, ...] = (
    "/Metadata",
    "/PieceInfo",
    "/LastModified",
    "/OPI",
    "/Ref",
    "/F",
    "/FFilter",
    "/FDecodeParms",
    "/Alternates",
)
BESIDE += ("/AF", "/Measure", "/PtData", "/Name", "/StructParent", "/StructParents")


def clean(data: bytes) -> tuple[bytes, int, list[str]]:
    """The same pages in a new file, how many there are, and what was left out, in words.

    Refused: locked, cut off, more than 200 pages, a bundle of files, a form that only its own program draws, or
    streams that unpack to more than 400 MB.
    """
    try:
        return _clean(data)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as no:
        raise Refused(BROKEN) from no


def _clean(data: bytes) -> tuple[bytes, int, list[str]]:
    if END not in data[-END_WITHIN:]:
        raise Refused(BROKEN)
    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted:
        raise Refused(f"The PDF is locked. {AGAIN}")
    root = _dict(reader.trailer["/Root"])
    _refuse_what_would_be_lost(root)
    if (count := int(str(_dict(root["/Pages"])["/Count"]))) > MOST_PAGES:
        raise Refused(f"The PDF has {count} pages, more than {MOST_PAGES}. Add the pages that matter")
    pages = list(reader.pages)
    if not pages or len(pages) != count:
        raise Refused(BROKEN)
    left_out = _acts(root, pages)
    writer = PdfWriter()
    for page in pages:
        _keep_what_is_drawn(page)
        writer.add_page(page)
    writer.metadata = None
    _tidy_streams(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue(), count, left_out


def _dict(value: Any) -> DictionaryObject:
    """What a reference leads to, or nothing when that is no dictionary."""
    found = value.get_object() if value is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _array(value: Any) -> list[Any]:
    found = value.get_object() if value is not None else None
    return list(found) if isinstance(found, ArrayObject) else []


def _refuse_what_would_be_lost(root: DictionaryObject) -> None:
    if "/Collection" in root:
        raise Refused("The PDF is a bundle of files. Take the papers out of it and add them one by one")
    if _dict(root.get("/AcroForm")).get("/NeedsRendering") or root.get("/NeedsRendering"):
        raise Refused(f"The PDF is a form that only its own program shows. {AGAIN}")


def _acts(root: DictionaryObject, pages: Iterable[PageObject]) -> list[str]:
    """What the file would do, or brings along, beside its pages."""
    names = _dict(root.get("/Names"))
    marks = [_dict(mark) for page in pages for mark in _array(page.get("/Annots"))]
    scripts = "/JavaScript" in names or "/OpenAction" in root or "/AA" in root or any("/AA" in page for page in pages)
    links = any(mark.get("/Subtype") == "/Link" for mark in marks)
    actions = scripts or any(mark.get("/Subtype") != "/Link" and ("/A" in mark or "/AA" in mark) for mark in marks)
    brought = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
    files = "/EmbeddedFiles" in names or "/AF" in root or any(mark.get("/Subtype") in brought for mark in marks)
    said = {"files attached to it": files, "scripts and actions": actions, "links": links}
    return [words for words, is_there in said.items() if is_there]


def _keep_what_is_drawn(page: PageObject) -> None:
    for key in [key for key in page if key not in PAGE]:
        del page[key]
    marks = [kept for mark in _array(page.get("/Annots")) if (kept := _mark(_dict(mark)))]
    if marks:
        page[NameObject("/Annots")] = ArrayObject(marks)
    elif "/Annots" in page:
        del page["/Annots"]


def _mark(mark: DictionaryObject) -> DictionaryObject | None:
    """A mark as it is drawn. An answer in a form becomes a stamp: drawn the same, and nothing to fill in."""
    subtype, drawing = mark.get("/Subtype"), _dict(mark.get("/AP")).get("/N")
    if subtype == "/Widget":
        if drawing is None:
            _refuse_an_answer_not_drawn(mark)
            return None
        subtype = "/Stamp"
    if subtype not in MARKS:
        return None
    kept = {key: mark.raw_get(key) for key in OF_A_MARK if key in mark}
    if drawing is not None:
        kept["/AP"] = DictionaryObject({NameObject("/N"): _dict(mark["/AP"]).raw_get("/N")})
    kept |= {"/Type": NameObject("/Annot"), "/Subtype": NameObject(str(subtype))}
    return DictionaryObject({NameObject(key): value for key, value in kept.items()})


def _refuse_an_answer_not_drawn(mark: DictionaryObject) -> None:
    answer = mark.get("/V", _dict(mark.get("/Parent")).get("/V"))
    if answer not in (None, "", "/Off"):
        raise Refused(f"The PDF is a form whose answers only its own program draws. {AGAIN}")


def _tidy_streams(writer: PdfWriter) -> None:
    left = MOST_UNPACKED
    for thing in writer._objects:
        if not isinstance(thing, StreamObject):
            continue
        for key in BESIDE:
            if key in thing:
                del thing[key]
        filters = _filters(thing)
        if filters == ["/DCTDecode"]:
            thing._data = without_remarks(thing._data)
        left = _count_unpacked(thing._data, filters, left)


def _filters(stream: StreamObject) -> list[str]:
    named = stream.get("/Filter")
    return [str(one) for one in named] if isinstance(named, ArrayObject) else [str(named)] if named else []


def _count_unpacked(data: bytes, filters: list[str], left: int) -> int:
    """How much may still be unpacked after this stream. Packed twice, or packed too well, is refused."""
    packed = [name for name in filters if name in {"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode"}]
    if len(packed) > 1:
        raise Refused(f"The PDF is packed in a way that is not taken. {AGAIN}")
    if not filters or filters[0] not in {"/FlateDecode", "/Fl"}:
        return left
    unpack, rest = zlib.decompressobj(), data
    try:
        while rest and not unpack.eof:
            left -= len(unpack.decompress(rest, 2**20))
            if left < 0:
                raise Refused(f"The PDF unpacks to more than {MOST_UNPACKED // 2**20} MB. {AGAIN}")
            rest = unpack.unconsumed_tail
    except zlib.error as no:
        raise ValueError("a stream that cannot be unpacked") from no
    return left
