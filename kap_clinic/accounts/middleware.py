"""What a request passes through: one transaction, and the clinic's wall."""

import hashlib
import uuid
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from kap_clinic import wall
from kap_clinic.accounts import membership
from kap_clinic.audit.actions import Origin, origin

Answer = Callable[[HttpRequest], HttpResponse]


def one_transaction(get_response: Answer) -> Answer:
    """One request, one transaction (REL-01). A 5xx rolls back; so does a refusal that says it must."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        token = origin.set(Origin(request.request_id, request.META.get("REMOTE_ADDR", "")))  # type: ignore[attr-defined]
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
            request.member = membership.live(user, chosen=request.session.get("clinic_id"))  # type: ignore[attr-defined]
            session_hash = hashlib.sha256((request.session.session_key or "").encode()).hexdigest()
            origin.set(Origin(origin.get().request_id, origin.get().address, session_hash))
        wall.set_clinic(request.member.clinic_id if request.member else None)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
