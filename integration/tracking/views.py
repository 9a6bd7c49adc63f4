"""How the patient is over the course."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integration.tracking.selectors import tracking as read
from integration.tracking.terms import Event
from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.record.models import Patient


@require_safe
@requires(Permission.MEASURE_VIEW)
def tracking(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What is due, the trajectories with the doses, and what each instrument came to."""
    patient = find(request, Patient, ref, Permission.MEASURE_VIEW)
    opened(request, Event.TRACKING_OPENED, on=patient)
    course = patient.courses.order_by("-number").first()
    shown = {
        "patient": patient,
        "found": read(patient, course, timezone.now(), request.member.zone),
        "may_record": may(request.member, Permission.MEASURE_RECORD, patient),
        "may_link": may(request.member, Permission.LINK_MAKE, patient),
    }
    return render(request, "tracking/tracking.html", shown)
