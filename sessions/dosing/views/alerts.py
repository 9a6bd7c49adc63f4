"""Alerts: seen by name, closed by a value or a note."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from sessions.dosing import actions
from sessions.dosing.models import Alert, DosingSession
from sessions.dosing.views.common import done, role_at_alerts
from sessions.dosing.views.live import _refused as refused


@require_POST
@requires(Permission.EVENT_ACKNOWLEDGE)
def acknowledge(request: StaffRequest, ref: UUID, alert_ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    alert = find(request, Alert, alert_ref, Permission.EVENT_ACKNOWLEDGE, dosing=dosing)
    advice = request.POST.get("advice", "").replace("\0", "")
    try:
        actions.acknowledge(alert=alert, by=request.user, role=role_at_alerts(request, dosing), advice=advice)
    except actions.NotReady as no:
        return refused(request, dosing, no)
    return done(request, dosing, say="Acknowledged")


@require_POST
@requires(Permission.EVENT_ACKNOWLEDGE)
def close(request: StaffRequest, ref: UUID, alert_ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    alert = find(request, Alert, alert_ref, Permission.EVENT_ACKNOWLEDGE, dosing=dosing)
    words = request.POST.get("words", "")
    try:
        actions.close_alert(alert=alert, words=words, by=request.user, role=role_at_alerts(request, dosing))
    except actions.NotReady as no:
        return refused(request, dosing, no)
    return done(request, dosing, say="Closed")
