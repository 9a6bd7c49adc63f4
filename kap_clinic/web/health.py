"""Is the process alive? Asked by supervisors before anything else is touched (REL-24)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def livez(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /livez without database, session or host check; everything else goes on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return HttpResponse("ok", content_type="text/plain")
        return get_response(request)

    return middleware
