"""Today: what is owed by the person who looks, by role."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.desk import today as selectors


@require_safe
@requires(Permission.TODAY_VIEW)
def today(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "now": now,
        "day": selectors.today(request.member, now),
        "may_read_notes": may(request.member, Permission.NOTE_VIEW),
        "may_register": may(request.member, Permission.PATIENT_REGISTER),
    }
    return render(request, "desk/today.html", context)
