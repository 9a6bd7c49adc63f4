"""HTML becomes a PDF. Nothing is fetched: style sheets and fonts are handed over with the page (SEC-36).

WeasyPrint takes seconds to import, so only the worker does it, inside the call.
"""

import base64
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders

FACE = "npm/@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-{}-normal.woff2"


def render(html: str, *, variant: str = "pdf/ua-1") -> tuple[bytes, int]:
    """The PDF's bytes and its number of pages. The page carries its own styles; addresses other than data: fail."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    fetcher: Any = URLFetcher(allowed_protocols=["data"])
    document = HTML(string=html, url_fetcher=fetcher, base_url="about:blank").render(pdf_variant=variant)
    out = BytesIO()
    document.write_pdf(out, pdf_variant=variant)
    return out.getvalue(), len(document.pages)


@cache
def styles() -> str:
    """The style sheet of every paper, with the type face inside."""
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


def page_rules(*, footer: str, paper: str, draft: bool) -> str:
    """Margin boxes: page x of y, and DRAFT across anything unsigned."""
    text = escape(footer).replace("\\", "").replace('"', "'")
    mark = '@page{background:#fff}body::before{content:"DRAFT";}' if draft else "body::before{display:none}"
    return (
        f"@page{{size:{paper};margin:18mm 16mm 20mm;font:8.5pt 'Atkinson Hyperlegible Next',sans-serif;"
        f'@bottom-left{{content:"{text}";color:#444}}'
        '@bottom-right{content:"Page " counter(page) " of " counter(pages);color:#444}}'
        f"{mark}"
    )
