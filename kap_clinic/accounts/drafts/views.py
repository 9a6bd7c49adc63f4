"""Where `<kap-autosave>` reads and writes."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.drafts import actions, selectors
from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest

LONGEST = 60  # characters of a form's name, and of a thing's reference


@require_http_methods(["GET", "POST"])
@requires(Permission.OWN_ACCOUNT_EDIT)
def draft(request: StaffRequest, form: str) -> HttpResponse:
    """GET: what was typed, 204 when nothing waits. POST {"thing", "fields"}: one more revision."""
    member = request.member
    if request.method == "GET":
        found = selectors.newest(member.clinic_id, request.user, form, request.GET.get("thing", ""))
        if found is None or not found.text:
            return HttpResponse(status=204)
        return JsonResponse({"fields": selectors.fields_of(found), "at": _at(found)})
    sent = _sent(request)
    if sent is None or len(form) > LONGEST:
        return JsonResponse({"error": "Send the form's fields."}, status=400)
    try:
        kept = actions.keep(clinic_id=member.clinic_id, by=request.user, form=form, **sent)
    except actions.TooLong:
        return JsonResponse({"error": "This is too long to keep."}, status=413)
    return JsonResponse({"at": _at(kept)})


def _sent(request: StaffRequest) -> dict[str, Any] | None:
    try:
        sent = json.loads(request.body)
        json.dumps(sent, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
        thing, fields = str(sent.get("thing", "")), sent["fields"]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, RawPostDataException):
        return None
    if not isinstance(fields, dict) or len(thing) > LONGEST or "\0" in thing:
        return None
    return {"thing": thing, "fields": fields}


def _at(draft: Draft) -> str:
    return timezone.localtime(draft.saved_at).isoformat(timespec="seconds")
