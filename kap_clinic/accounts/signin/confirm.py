"""Proving again who one is, before what cannot be taken back: signing, exporting, changing rights (SEC-22)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.lock.middleware import LOCKED, come_back_to, is_part
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.forms import ProofForm
from kap_clinic.accounts.signin.records import FRESH_MINUTES, confirmed_within
from kap_clinic.accounts.signin.second_factor import before_second_factor
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

View = Callable[..., HttpResponse]


def recently_confirmed(view: View | None = None, *, minutes: int = FRESH_MINUTES, both: bool = False) -> Any:
    """A view whose POST needs a fresh proof; without one the person is asked, and comes back with what they typed.

    `both`: for signatures, see `records.confirmed_within`. Reading the page with GET asks nothing.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in {"GET", "HEAD"} or confirmed_within(request, minutes, both=both):
                return view(request, *args, **kwargs)
            return ask(request, both=both)

        asked.recently_confirmed = True  # type: ignore[attr-defined]
        return asked

    return decorate(view) if view else decorate


def ask(request: StaffRequest, *, both: bool = False) -> HttpResponse:
    """A page is sent to confirm and comes back; a part of a page is told to ask on the spot (see static/js/lock.js)."""
    if is_part(request):
        response = HttpResponse("Confirm that it is you.", status=LOCKED, content_type="text/plain")
        response.headers["KAP-Confirm"] = "both" if both else "one"
        return response
    wanted = {"next": come_back_to(request, by_itself=True)} | ({"both": "1"} if both else {})
    response = redirect(f"{reverse('confirm')}?{urlencode(wanted)}")
    response.not_done = True  # type: ignore[attr-defined]  # sent again after the proof, the same form must still happen
    return response


@before_second_factor
@requires(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "POST"])
def confirm(request: StaffRequest) -> HttpResponse:
    """Password, code or passkey; then on to where the person was going."""
    given = request.POST if request.method == "POST" else request.GET
    both, after = given.get("both") == "1", given.get("next", "/")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, require_https=request.is_secure()):
        after = "/"
    form = ProofForm(request.POST if request.method == "POST" else None, user=request.user, both=both)
    if not form.is_valid():
        page = "account/_proof.html" if is_part(request) else "account/confirm.html"
        return render(request, page, {"form": form, "next": after, "both": both}, status=form.status)
    form.save()
    record(Event.CONFIRMED, by=request.user)
    return HttpResponse(status=204) if is_part(request) else redirect(after)
