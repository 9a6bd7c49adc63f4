"""What every page of the portal carries: the clinic's name, where to find help, and headers that give nothing away."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.models import Clinic

SETTINGS = ("crisis_contacts", "clinic_phone")


def show(
    request: HttpRequest, template: str, clinic: Clinic | None, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of the portal; without a clinic it names none and shows the numbers that hold everywhere."""
    return quietly(render(request, template, {**_frame(clinic), **(context or {})}, status=status))


def _frame(clinic: Clinic | None) -> dict[str, Any]:
    default = setting_keys.known("crisis_contacts").default
    values = values_of(SETTINGS, clinic.pk) if clinic else {"crisis_contacts": default, "clinic_phone": ""}
    contacts = values["crisis_contacts"] or default  # a page without a number helps nobody
    return {
        "clinic": clinic,
        "clinic_name": clinic.name if clinic else "",
        "demo": bool(clinic and clinic.is_demo),
        "clinic_phone": values["clinic_phone"],
        "crisis_contacts": contacts,
        "own_crisis_contacts": contacts != default,
    }


def quietly(response: HttpResponse) -> HttpResponse:
    """Not kept, not indexed, not told to anybody else (SEC-29).

    Under `no-referrer` a browser posts with the origin "null", and the check against forged forms would refuse every
    answer; so only the answer to a token, which holds no form, says `no-referrer` (see `without_trace`).
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def without_trace(response: HttpResponse) -> HttpResponse:
    """The same for an address with a token in it: where it leads to does not learn of it either."""
    quietly(response).headers["Referrer-Policy"] = "no-referrer"
    return response
