"""Ends a session after twelve hours and locks it when nobody was there; what was sent meanwhile is kept."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kap_clinic.accounts.lock import held, idle
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin import entry
from kap_clinic.accounts.signin.forms import ProofForm

LOCKED = 423
View = Callable[..., HttpResponse]


class IdleLockMiddleware:
    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: StaffRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        if idle.is_over(request):
            return _over(request)
        if not getattr(view, "login_required", True) or getattr(view, "while_locked", False):
            return None
        if idle.is_locked(request, quiet=getattr(view, "quiet", False)):
            return locked(request)
        return None


def locked(request: StaffRequest) -> HttpResponse:
    """A page gets the lock page with the same address behind it; a part of a page only hears that it is locked."""
    if is_part(request):
        response = HttpResponse("The screen is locked.", status=LOCKED, content_type="text/plain")
        response.headers["KAP-Locked"] = "1"
        return response
    form = ProofForm(user=request.user)
    return render(request, "account/locked.html", {"form": form, "next": come_back_to(request)}, status=LOCKED)


def come_back_to(request: StaffRequest, *, by_itself: bool = False) -> str:
    """Where to go on: the same page, or the form that was just sent."""
    if request.method == "POST":
        post = held.hold(request, by_itself=by_itself)
        return held.address(post) if post else request.get_full_path()
    return request.get_full_path()


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page asks for a sign-in. A part of a page is told, not led to the sign-in page: it would be swapped in."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        return signed_out_part() if is_part(request) else super().handle_no_permission(request, view_func)


def signed_out_part() -> HttpResponse:
    return HttpResponse("Sign in again.", status=401, content_type="text/plain")


def is_part(request: HttpRequest) -> bool:
    """Asked for by a script on a page that stays: by htmx or by fetch."""
    return "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Dest") == "empty"


def _over(request: StaffRequest) -> HttpResponse:
    if is_part(request):
        entry.signed_out(request)
        return signed_out_part()
    back = come_back_to(request)
    entry.signed_out(request)
    return redirect_to_login(back)
