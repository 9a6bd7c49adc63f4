"""Letters about a decision: asked for by who works on screenings."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from patients.record.terms import Reader
from screening import actions
from screening.models import Review


@require_POST
@requires(Permission.SCREENING_RECORD)
def ask(request: StaffRequest, ref: UUID, reader: str) -> HttpResponse:
    """The letter about this decision, to the referrer or to the patient."""
    if reader not in Reader.values:
        raise Http404
    review = find(request, Review, ref, Permission.SCREENING_RECORD)
    try:
        actions.print_letter(review=review, reader=reader, by=request.user)
    except actions.NotPossible as no:
        messages.error(request, " ".join(no.reasons))
    else:
        messages.success(request, "The letter is being made. It stands here in a moment.")
    return redirect("desk:papers", review.patient.ref)
