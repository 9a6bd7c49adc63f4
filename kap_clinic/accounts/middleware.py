"""What a request passes through: one transaction, and the clinic's wall."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kap_clinic import wall
from kap_clinic.accounts import membership
from kap_clinic.audit.actions import Origin, origin

Answer = Callable[[HttpRequest], HttpResponse]


def one_transaction(get_response: Answer) -> Answer:
    """One request, one transaction (REL-01). A 5xx rolls back; so does a refusal that says it must."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        token = origin.set(Origin(request.request_id, _address(request)))  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                wall.set_clinic(None)
                response = get_response(request)
                if response.status_code >= 500 or getattr(response, "rolls_back", False):
                    transaction.set_rollback(True)
            for after in getattr(request, "after_rollback", []):
                after()
        finally:
            origin.reset(token)
        return response

    return middleware


def clinic_wall(get_response: Answer) -> Answer:
    """Find the signed-in person's membership and set the wall to its clinic, or to nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        request.member = None  # type: ignore[attr-defined]
        if user.is_authenticated:
            member = membership.live(user, chosen=request.session.get("clinic_id"))
            request.member = member and member.for_one_request()  # type: ignore[attr-defined]
            roles = ", ".join(sorted(request.member.roles)) if request.member else ""  # type: ignore[attr-defined]
            origin.set(replace(origin.get(), session_hash=session_hash(request), role=roles))
        if (member := request.member) is None:  # type: ignore[attr-defined]
            wall.set_clinic(None)
        else:
            wall.set_clinic(member.clinic_id, member.user_id)
        with timezone.override(request.member.zone if request.member else None):  # type: ignore[attr-defined]
            return get_response(request)

    return middleware


def _address(request: HttpRequest) -> str:
    """Where the request came from: behind a proxy, what the proxy itself wrote, which is the last of the list."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def session_hash(request: HttpRequest) -> str:
    """Tells sessions apart in the audit trail without giving one away (SEC-44)."""
    key = request.session.session_key
    return salted_hmac("kap_clinic.audit.session", key, algorithm="sha256").hexdigest() if key else ""
