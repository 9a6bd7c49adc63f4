"""Where `<kap-autosave>` reads and writes."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.drafts import actions, selectors
from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.permissions import Permission

LONGEST_THING = Draft._meta.get_field("thing").max_length


@require_http_methods(["GET", "POST"])
@requires(Permission.OWN_ACCOUNT_EDIT)
def draft(request: HttpRequest, form: str) -> HttpResponse:
    """GET: what was typed, 204 when nothing waits. POST {"thing", "fields"}: one more revision."""
    member = request.member  # type: ignore[attr-defined]
    if request.method == "GET":
        found = selectors.newest(member.clinic_id, request.user, form, request.GET.get("thing", ""))
        if found is None or not found.text:
            return HttpResponse(status=204)
        return JsonResponse({"fields": selectors.fields_of(found), "at": _at(found)})
    sent = _sent(request)
    if sent is None or len(form) > Draft._meta.get_field("form").max_length:
        return JsonResponse({"error": "Send the form's fields."}, status=400)
    try:
        kept = actions.keep(clinic_id=member.clinic_id, by=request.user, form=form, **sent)
    except actions.TooLong:
        return JsonResponse({"error": "This is too long to keep."}, status=413)
    return JsonResponse({"at": _at(kept)})


def _sent(request: HttpRequest) -> dict[str, Any] | None:
    try:
        sent = json.loads(request.body)
        thing, fields = str(sent.get("thing", "")), sent["fields"]
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    if not isinstance(fields, dict) or len(thing) > LONGEST_THING or "\0" in thing:
        return None
    return {"thing": thing, "fields": fields}


def _at(draft: Draft) -> str:
    return timezone.localtime(draft.saved_at).isoformat(timespec="seconds")
