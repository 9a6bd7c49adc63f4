"""Two answers about health: one word for supervisors, a page for people."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.desk.system import selectors
from kap_clinic.desk.system.terms import Event


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """`ready`, or 503: strangers hear no detail (REL-24)."""
    found = {check.name: check.works for check in selectors.health(timezone.now())}
    ready = all(found[name] for name in selectors.READY)
    return HttpResponse("ready" if ready else "not ready", status=200 if ready else 503, content_type="text/plain")


@require_safe
@requires(Permission.SYSTEM_VIEW)
def system(request: StaffRequest) -> HttpResponse:
    opened(request, Event.SYSTEM_OPENED)
    facts = {"checks": selectors.health(timezone.now()), "zone_data": selectors.zone_data()}
    return render(request, "desk/system/system.html", facts)
