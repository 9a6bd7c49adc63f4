"""What a stored paper says, read from its PDF."""

import re
from io import BytesIO
from typing import Any

import pypdf

from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import DocumentState
from kap_clinic.wall import as_clinic


def words(html: str) -> str:
    """What is read of a page, without tags."""
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("</head>")[2] or html))
    for sign, mark in (("&#x27;", "'"), ("&quot;", '"'), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&")):
        said = said.replace(sign, mark)
    return said


def made(task: Any, kind: str) -> tuple[StoredDocument, str]:
    """Let the task make what is due; the newest paper of a kind with its text."""
    asked = StoredDocument.objects.filter(kind=kind).order_by("-id")[0]
    task()
    with as_clinic(asked.clinic_id):
        asked.refresh_from_db()
    assert asked.state == DocumentState.STORED, asked.trouble
    return asked, text(asked)


def text(document: StoredDocument) -> str:
    """The text of all pages in one line; each page is numbered and the file is a tagged PDF."""
    read = pypdf.PdfReader(BytesIO(bytes(document.content)))
    pages = [page.extract_text() for page in read.pages]
    assert b"pdfuaid:part" in read.trailer["/Root"]["/Metadata"].get_data()
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
    return re.sub(r"\s+", " ", " ".join(pages))
