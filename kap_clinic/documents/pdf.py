"""HTML becomes a PDF. Nothing is fetched: style sheets and fonts are handed over with the page (SEC-36).

WeasyPrint takes seconds to import, so only the worker does it, inside the call.
"""

import base64
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString

FACE = "npm/@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-{}-normal.woff2"
SECONDS, MEMORY = 30.0, 512 * 2**20  # SEC-36
STATM = Path("/proc/self/statm")


class TooLong(Exception):
    """A paper took longer to make than any paper should."""


def render(html: str, *, variant: str = "pdf/ua-1") -> tuple[bytes, int]:
    """The PDF's bytes and its number of pages. The page carries its own styles; addresses other than data: fail.

    TooLong, MemoryError: it went over 30 seconds or 512 MB.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    fetcher: Any = URLFetcher(allowed_protocols=["data"])
    out = BytesIO()
    with seconds_at_most(SECONDS), memory_at_most(MEMORY):
        document = HTML(string=html, url_fetcher=fetcher, base_url="about:blank").render(pdf_variant=variant)
        document.write_pdf(out, pdf_variant=variant)
    return out.getvalue(), len(document.pages)


@contextmanager
def seconds_at_most(seconds: float) -> Iterator[None]:
    """TooLong when the block takes longer. Signals reach the main thread only, where a worker's child does its work."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"Longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def memory_at_most(more: int) -> Iterator[None]:
    """MemoryError when the block takes more than so many bytes on top of what the process has (on Linux)."""
    if not STATM.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = int(STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + more
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def styles(*, paper: str) -> SafeString:
    """The style sheet of every paper, with the type face inside; `paper` is the clinic's size, letter or a4."""
    return SafeString(f"{_sheet()}\n@page{{size:{ {'letter': 'letter', 'a4': 'A4'}[paper] }}}")


@cache
def _sheet() -> str:
    sheet = (settings.BASE_DIR / "static" / "css" / "paper.css").read_text()
    return "\n".join([*(_face(weight) for weight in (400, 600, 700)), sheet])


def _face(weight: int) -> str:
    path = finders.find(FACE.format(weight))
    if not path:
        return ""
    data = base64.b64encode(Path(str(path)).read_bytes()).decode()
    return (
        f"@font-face{{font-family:'Atkinson Hyperlegible Next';font-weight:{weight};"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )
