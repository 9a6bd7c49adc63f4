"""Locking and unlocking the screen, and sending what was held."""

import time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.lock import held, idle
from kap_clinic.accounts.lock.marks import SEEN_AT, while_locked
from kap_clinic.accounts.lock.middleware import LOCKED, is_part, locked
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin import passkeys
from kap_clinic.accounts.signin.forms import ProofForm
from kap_clinic.accounts.signin.second_factor import before_second_factor


@require_POST
@before_second_factor
@requires(Permission.OWN_ACCOUNT)
@while_locked
def lock(request: StaffRequest) -> HttpResponse:
    """The page's own clock says nobody is there, or the person leaves the desk."""
    idle.lock(request)
    return HttpResponse(status=204) if is_part(request) else locked(request)


@require_POST
@before_second_factor
@requires(Permission.OWN_ACCOUNT)
@while_locked
def unlock(request: StaffRequest) -> HttpResponse:
    form = ProofForm(request.POST, user=request.user)
    after = safe_next(request, request.POST.get("next", "/"))
    if not form.is_valid():
        if is_part(request):
            return render(request, "account/_proof.html", {"form": form}, status=422)
        return render(request, "account/locked.html", {"form": form, "next": after}, status=422)
    form.save()
    idle.unlock(request)
    return HttpResponse(status=204) if is_part(request) else redirect(after)


@require_GET
@before_second_factor
@requires(Permission.OWN_ACCOUNT)
@while_locked
def passkey_question(request: StaffRequest) -> JsonResponse:
    """What the browser is asked to sign to unlock or to confirm."""
    return JsonResponse(passkeys.question(request.user))


@require_POST
@requires(Permission.OWN_ACCOUNT)
def here(request: StaffRequest) -> HttpResponse:
    """Somebody types or reads: the clock starts anew. The middleware has noted it."""
    request.session[SEEN_AT] = time.time()
    return HttpResponse(status=204)


@require_GET
@requires(Permission.OWN_ACCOUNT)
def held_post(request: StaffRequest, ref: Any) -> HttpResponse:
    """What was typed, ready to be sent again to where it was going."""
    post = held.mine(request, ref)
    if post is None:
        raise Http404
    fields, files = held.fields_of(post)
    context = {"post": post, "fields": fields, "files": files}
    return render(request, "account/held.html", context)


@require_POST
@requires(Permission.OWN_ACCOUNT)
def drop_held(request: StaffRequest, ref: Any) -> HttpResponse:
    """Not to be sent after all."""
    if post := held.mine(request, ref):
        post.delete()
        messages.info(request, "What you had typed was not sent.")
    return redirect("/")


def safe_next(request: StaffRequest, wanted: str) -> str:
    hosts = {request.get_host()}
    return wanted if url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure()) else "/"


__all__ = ["LOCKED", "drop_held", "held_post", "here", "lock", "passkey_question", "safe_next", "unlock"]
