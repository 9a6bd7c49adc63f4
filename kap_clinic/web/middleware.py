"""What every answer carries, and what no question brings in."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

ALWAYS = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Headers (SEC-33): no page of a signed-in person is kept by a browser or a proxy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


NUL, UNREADABLE = "\x00", "\ufffd"


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The database holds no NUL in a text: one that is sent becomes the sign for what cannot be read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            request.POST = _without(request.POST)
        return get_response(request)

    return middleware


def _without(sent: QueryDict) -> Any:
    if not any(NUL in text for pair in sent.lists() for text in (pair[0], *pair[1])):
        return sent
    cleaned = QueryDict(mutable=True)
    for name, values in sent.lists():
        cleaned.setlist(name.replace(NUL, UNREADABLE), [value.replace(NUL, UNREADABLE) for value in values])
    return cleaned
