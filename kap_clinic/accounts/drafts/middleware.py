"""Once a form was sent for good, its draft and its held copy have done their work."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from kap_clinic.accounts.drafts import actions
from kap_clinic.accounts.lock import held
from kap_clinic.accounts.requests import StaffRequest

FAILED = 400


def sent(get_response: Callable[[Any], HttpResponse]) -> Callable[[StaffRequest], HttpResponse]:
    """In the same transaction as what the form did."""

    def middleware(request: StaffRequest) -> HttpResponse:
        response = get_response(request)
        member = getattr(request, "member", None)
        if request.method != "POST" or member is None or response.status_code >= FAILED or not is_done(response):
            return response
        if key := request.POST.get("_draft"):
            form, _, thing = key.partition("|")
            actions.finish(clinic_id=member.clinic_id, by=request.user, form=form, thing=thing)
        if post := _held(request):
            post.delete()
        return response

    return middleware


def is_done(response: HttpResponse) -> bool:
    """Whether the answer means that it happened; being asked to confirm first does not."""
    return not getattr(response, "not_done", False)


def _held(request: StaffRequest) -> held.HeldPost | None:
    try:
        ref = UUID(request.POST.get("_held", ""))
    except ValueError:
        return None
    return held.mine(request, ref)
