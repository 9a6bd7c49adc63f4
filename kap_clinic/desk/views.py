"""Staff pages that span the pathway."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import requires
from kap_clinic.accounts.permissions import Permission


@require_safe
@requires(Permission.TODAY_VIEW)
def today(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/today.html")
