"""What the pages of one record have in common: the form, its heading, and the way back to the chart."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kap_clinic.audit.actions import opened
from patients.record import actions
from patients.record.models import Patient
from patients.record.terms import Event

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent; None while the page is only looked at."""
    return request.POST if request.method == "POST" else None


def page(
    request: HttpRequest, template: str, patient: Patient, form: Any, *, title: str, status: int = 0, **more: Any
) -> HttpResponse:
    """A page about one patient. Opening it is audited; showing a form again is not."""
    if request.method != "POST":
        opened(request, Event.CHART_OPENED, on=patient, page=title)
    shown = {"patient": patient, "form": form, "title": title, **more}
    return render(request, template, shown, status=status or form.status)


def ask(
    request: HttpRequest,
    patient: Patient,
    form: Any,
    save: Callable[[Any], str],
    *,
    title: str,
    card: str,
    template: str = "patients/form.html",
    **more: Any,
) -> HttpResponse:
    """Show a form; when it is answered, save it, say what happened and go back to its card on the chart.

    `save` gets the form and gives back what to say; what it cannot do it raises as NotPossible.
    """
    status = 0
    if request.method == "POST" and form.is_valid():
        try:
            said = save(form)
        except actions.NotPossible as no:
            form.add_error(None, str(no))
            status = 409 if isinstance(no, actions.Overtaken) else 422
        else:
            messages.success(request, said)
            return redirect(f"{patient.get_absolute_url()}#{card}")
    return page(request, template, patient, form, title=title, status=status, card=card, **more)
