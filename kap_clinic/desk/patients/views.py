"""The list of patients, the search, and the chart."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kap_clinic.accounts import cipher
from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.desk.patients.chart import chart as read_chart
from kap_clinic.desk.patients.listing import FILTERS, listing
from kap_clinic.desk.patients.parts import parts
from kap_clinic.desk.patients.search import search
from patients.record.models import Patient
from patients.record.terms import Event


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PATIENT_FIND)
def patients(request: HttpRequest) -> HttpResponse:
    """The list, or what a search finds. What is asked for is posted, and stands sealed in the address it leads to."""
    if request.method == "POST":
        asked = request.POST.get("q", "").strip()
        return redirect(f"{reverse('desk:patients')}?{urlencode({'found': _seal(request, asked)}) if asked else ''}")
    text = request.GET.get("q", "").strip() or _unseal(request, request.GET.get("found", ""))
    return _found(request, text) if text else _listed(request)


def _found(request: HttpRequest, text: str) -> HttpResponse:
    found = search(request.member, text)  # type: ignore[attr-defined]
    opened(request, Event.PATIENTS_SEARCHED, by_what=found.asked.kinds, found=len(found.rows))
    return render(request, "patients/found.html", {"found": found, "q": text, **_new(request)})


def _listed(request: HttpRequest) -> HttpResponse:
    page = request.GET.get("page", "1")
    number = int(page[:6]) if page.isascii() and page.isdigit() else 1
    listed = listing(request.member, request.GET.get("show", ""), number)  # type: ignore[attr-defined]
    opened(request, Event.PATIENTS_LISTED, show=listed.filter.key, page=listed.page)
    address = reverse("desk:patients")
    tabs = [
        {"name": one.name, "url": f"{address}?show={one.key}", "count": None, "current": one == listed.filter}
        for one in FILTERS
    ]
    return render(request, "patients/list.html", {"listed": listed, "tabs": tabs, **_new(request)})


def _new(request: HttpRequest) -> dict[str, object]:
    return {"may_register": may(request.member, Permission.PATIENT_REGISTER)}  # type: ignore[attr-defined]


def _place(request: HttpRequest) -> str:
    return cipher.place("desk", "search", request.user.pk, request.member.clinic_id)  # type: ignore[attr-defined]


def _seal(request: HttpRequest, text: str) -> str:
    """What was asked for, readable by this person only: no name stands in an address, a log or a browser's history."""
    return cipher.seal(text[:300], at=_place(request))


def _unseal(request: HttpRequest, sealed: str) -> str:
    try:
        return cipher.unseal(sealed, at=_place(request)) if sealed else ""
    except cipher.Unreadable:
        return ""


@require_safe
@requires(Permission.PATIENT_VIEW)
def chart(request: StaffRequest, ref: UUID) -> HttpResponse:
    """One patient at a glance. Opening it is audited."""
    patient = find(request, Patient, ref, Permission.PATIENT_VIEW)
    opened(request, Event.CHART_OPENED, on=patient, page="Chart")
    shown = read_chart(patient, timezone.now(), member=request.member)
    bar = parts(patient, request.member, shown.course)
    return render(request, "patients/chart.html", {"patient": patient, "chart": shown, "parts": bar})
