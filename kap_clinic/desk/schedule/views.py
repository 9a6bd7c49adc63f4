"""Whom a visit is booked for: the search, leading to the booking form."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.desk.patients.search import search
from patients.record.terms import Event

KEPT = ("on", "at", "room", "kind")  # what of the address goes along to the booking form
LONGEST = 300


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SCHEDULE_BOOK)
def book_for_whom(request: StaffRequest) -> HttpResponse:
    """What is searched for is posted and stands in no address."""
    text = request.POST.get("q", "").strip()[:LONGEST] if request.method == "POST" else ""
    found = search(request.member, text) if text else None
    if found:
        opened(request, Event.PATIENTS_SEARCHED, by_what=found.asked.kinds, found=len(found.rows))
    along = {name: request.GET[name][:40] for name in KEPT if name in request.GET}
    shown = {"found": found, "q": text, "along": urlencode(along)}
    return render(request, "desk/schedule/book_for_whom.html", shown)
