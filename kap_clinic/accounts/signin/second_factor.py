"""No page before the second factor (SEC-16): the views that may be reached without one name themselves."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from kap_clinic.accounts.signin import entry, records
from kap_clinic.accounts.signin.factors import has_factor

View = Callable[..., HttpResponse]


def before_second_factor(view: View) -> View:
    """Mark a view that a session without a second factor may reach: setting one up, and the way out."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


class SecondFactorMiddleware:
    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        entry.keep_device(request, response)
        return response

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or not needs_one(view) or records.passed_second_factor(request):
            return None
        if has_factor(request.user):  # made in another browser since: this session has never shown it
            entry.signed_out(request)
            return redirect_to_login(request.get_full_path())
        return redirect("second_factor")


def needs_one(view: View) -> bool:
    return getattr(view, "login_required", True) and not getattr(view, "before_second_factor", False)
