"""A form that is sent twice happens once (REL-03).

The form carries `{% once %}`, a script the header `KAP-Once`: a UUID made with the page. The same content again gets
the first answer, other content under the same key 409. Two at the same moment wait for each other.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kap_clinic.accounts.drafts.middleware import is_done
from kap_clinic.accounts.models import IdempotencyKey
from kap_clinic.accounts.requests import StaffRequest

FIELD, HEADER = "_once", "KAP-Once"
NOT_CONTENT = {FIELD, "csrfmiddlewaretoken", "_held", "_draft"}
REDIRECT, FAILED = 300, 400
WHERE_TO = ("Location", "HX-Redirect", "HX-Location")
View = Callable[..., HttpResponse]


class OnceMiddleware:
    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: StaffRequest) -> HttpResponse:
        response = self.get_response(request)
        if (asked := getattr(request, "once", None)) and response.status_code < FAILED and is_done(response):
            _remember(request, response, *asked)
        return response

    def process_view(self, request: StaffRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Runs inside the request's transaction, after sign-in and lock."""
        key, member = key_of(request), getattr(request, "member", None)
        if key is None or member is None:
            return None
        _wait_for_twin(member.clinic_id, member.user_id, key)
        digest = digest_of(request)
        before = IdempotencyKey.objects.filter(clinic_id=member.clinic_id, user=request.user, key=key).first()
        if before is None:
            request.once = (key, digest)  # type: ignore[attr-defined]
            return None
        return again(request, before) if before.digest == digest else _other_content(request)


def key_of(request: HttpRequest) -> UUID | None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    try:
        return UUID(request.headers.get(HEADER) or request.POST.get(FIELD, ""))
    except ValueError:
        return None


def digest_of(request: HttpRequest) -> str:
    """Where it goes and all that was entered, files by their content."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "application/json":
        digest.update(request.body)
    fields = sorted((name, request.POST.getlist(name)) for name in request.POST if name not in NOT_CONTENT)
    digest.update(json.dumps(fields).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"{name} {file.name} {file.size}\n".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def again(request: HttpRequest, before: IdempotencyKey) -> HttpResponse:
    """The first answer: where it led to, or that it is done and the page should look again."""
    response = HttpResponse(status=before.status)
    response.headers["KAP-Once"] = "again"
    if before.location and before.status >= REDIRECT:
        response.headers["Location"] = before.location
    elif before.location:
        response.headers["HX-Redirect"] = before.location
    elif "HX-Request" in request.headers:
        response.headers["HX-Refresh"] = "true"
    return response


def _other_content(request: HttpRequest) -> HttpResponse:
    return render(request, "account/sent_before.html", status=409)


def _remember(request: StaffRequest, response: HttpResponse, key: UUID, digest: str) -> None:
    location = next((response.headers[name] for name in WHERE_TO if name in response.headers), "")
    IdempotencyKey.objects.create(
        clinic_id=request.member.clinic_id,
        user=request.user,
        key=key,
        digest=digest,
        status=response.status_code,
        location=location[:300],
    )


def _wait_for_twin(clinic_id: int, user_id: int, key: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"once {clinic_id} {user_id} {key}"])
