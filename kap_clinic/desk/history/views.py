"""The history pages: load, ask, show; and the file somebody takes away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened, record
from kap_clinic.desk.history import selectors
from kap_clinic.desk.history.forms import ExportForm, FilterForm, Filters
from kap_clinic.desk.history.selectors import Row, Trail
from kap_clinic.desk.history.terms import Event
from kap_clinic.web.tables import csv_line, csv_lines
from patients.models import Patient

ROWS = 50  # on a page, ux 16
HEAD = (
    *("When", "Who", "Role", "Did", "Event", "Outcome", "Reason", "Changed"),
    *("Patient", "Patient reference", "Object", "Object reference", "Address", "Request"),
)


@dataclass(frozen=True)
class Kind:
    """One of the trails: how it is read, and what the trail itself says when somebody reads it."""

    template: str
    trail: Callable[[Filters], Trail]
    opened: Event
    patient: Patient | None = None
    export_url: str = ""
    is_own: bool = False


@require_GET
@requires(Permission.AUDIT_VIEW)
def history(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Who saw and changed what of one patient."""
    return _page(request, _of_patient(request, find(request, Patient, ref, Permission.AUDIT_VIEW)))


@require_POST
@requires(Permission.AUDIT_EXPORT)
@recently_confirmed
def export_history(request: HttpRequest, ref: UUID) -> HttpResponse:
    """The same rows as a file."""
    return _export(
        request, _of_patient(request, find(request, Patient, ref, Permission.AUDIT_EXPORT)), Event.HISTORY_EXPORTED
    )


@require_GET
@requires(Permission.AUDIT_VIEW)
def own_trail(request: HttpRequest) -> HttpResponse:
    """What I did."""
    trail = partial(selectors.of_oneself, request.member)  # type: ignore[attr-defined]
    return _page(request, Kind("desk/history/own.html", trail, Event.OWN_TRAIL_OPENED, is_own=True))


@require_GET
@requires(Permission.AUDIT_VIEW)
def clinic_trail(request: HttpRequest) -> HttpResponse:
    """What everybody did."""
    if not selectors.may_see_all(request.member):  # type: ignore[attr-defined]
        raise Refused(Permission.AUDIT_VIEW)
    return _page(request, _of_clinic(request))


@require_POST
@requires(Permission.AUDIT_EXPORT)
@recently_confirmed
def export_clinic_trail(request: HttpRequest) -> HttpResponse:
    """The same rows as a file."""
    return _export(request, _of_clinic(request), Event.TRAIL_EXPORTED)


def _of_patient(request: HttpRequest, patient: Patient) -> Kind:
    trail = partial(selectors.of_patient, patient, request.member)  # type: ignore[attr-defined]
    export_url = reverse("desk:history_export", args=[patient.ref])
    return Kind("desk/history/patient.html", trail, Event.HISTORY_OPENED, patient, export_url)


def _of_clinic(request: HttpRequest) -> Kind:
    trail = partial(selectors.of_clinic, request.member)  # type: ignore[attr-defined]
    return Kind("desk/history/clinic.html", trail, Event.TRAIL_OPENED, export_url=reverse("desk:clinic_trail_export"))


def _page(request: HttpRequest, kind: Kind) -> HttpResponse:
    response = _show(request, kind, _filter_form(request, kind), ExportForm())
    opened(request, kind.opened, kind.patient)  # after reading, so that the page does not begin with its own opening
    return response


def _show(request: HttpRequest, kind: Kind, form: FilterForm, export_form: ExportForm) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    rows: Any = kind.trail(form.filters()) if form.is_valid() else []
    shown = {
        "form": form,
        "export_form": export_form,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "patient": kind.patient,
        "names_patients": kind.patient is None,
        "export_url": kind.export_url,
        "may_open_record": may(member, Permission.PATIENT_VIEW, kind.patient) if kind.patient else False,
        "tabs": [_tab(request, "Mine", "desk:own_trail"), _tab(request, "The clinic's", "desk:clinic_trail")],
        "may_see_all": selectors.may_see_all(member),
        "may_export": may(member, Permission.AUDIT_EXPORT, kind.patient),
    }
    return render(request, kind.template, shown, status=max(form.status, export_form.status))


def _tab(request: HttpRequest, name: str, view: str) -> dict[str, object]:
    url = reverse(view)
    return {"name": name, "url": url, "current": request.path == url, "count": None}


def _filter_form(request: HttpRequest, kind: Kind) -> FilterForm:
    member = request.member  # type: ignore[attr-defined]
    people = [] if kind.is_own else selectors.people(member)
    return FilterForm(request.GET, people=people, zone=member.zone, is_own=kind.is_own)


def _export(request: HttpRequest, kind: Kind, event: Event) -> HttpResponse:
    form, export_form = _filter_form(request, kind), ExportForm(request.POST)
    if not (form.is_valid() and export_form.is_valid()):
        return _show(request, kind, form, export_form)
    filters = form.filters()
    trail, count = kind.trail(filters).so_far()
    reason = export_form.cleaned_data["reason"]
    record(event, by=request.user, on=kind.patient, reason=reason, rows=count, filter=filters.in_words)
    made = f"Exported by {request.user} on {timezone.now():%Y-%m-%d %H:%M} UTC: {filters.in_words}; {count} rows"
    response = StreamingHttpResponse(_file(trail, made), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="history-{timezone.now():%Y-%m-%d}.csv"'
    return response  # type: ignore[return-value]  # Django's two kinds of answer share only a base


def _file(trail: Trail, made: str) -> Iterator[str]:
    """The rows, and below them who took them away and what was asked for: a file without it was cut off."""
    yield from csv_lines(HEAD, map(_cells, trail.stream()))
    yield csv_line([made])


def _cells(row: Row) -> list[str]:
    return [
        *(row.at.isoformat(timespec="seconds"), row.who, row.role, row.verb, row.event, row.outcome, row.reason),
        *(row.changes_in_words, row.patient, row.patient_ref, row.thing, row.thing_ref, row.address, row.request_id),
    ]
