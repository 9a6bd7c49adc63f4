"""The ledger of messages, for who keeps it; a patient's own messages, for who looks after them."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.desk.messages.whose import with_patients
from kap_clinic.outbox import actions, selectors
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import Event
from patients.record.models import Patient


@require_safe
@requires(Permission.MESSAGE_RETRY)
def ledger(request: StaffRequest) -> HttpResponse:
    """The whole clinic's messages: for who may send again, since they see every patient's."""
    opened(request, Event.MESSAGES_OPENED)
    before = request.GET.get("before", "")
    rows = selectors.ledger(timezone.now(), before=int(before) if before.isdecimal() else None)
    return render(
        request,
        "desk/messages/ledger.html",
        {"ledger": rows, "troubles": with_patients(request.member, rows.troubled), "may_retry": True},
    )


@require_safe
@requires(Permission.MESSAGE_VIEW)
def of_patient(request: StaffRequest, ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MESSAGE_VIEW)
    opened(request, Event.MESSAGES_OPENED, on=patient)
    shown = {
        "patient": patient,
        "lines": selectors.of_patient(patient.ref),
        "may_retry": may(request.member, Permission.MESSAGE_RETRY),
    }
    return render(request, "desk/messages/patient.html", shown)


@require_POST
@requires(Permission.MESSAGE_RETRY)
def again(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Once more for a message that failed or was held."""
    message = find(request, Message, ref, Permission.MESSAGE_RETRY)
    return _done(request, lambda: actions.retry(message=message, by=request.user), "It goes out again.")


@require_POST
@requires(Permission.MESSAGE_RETRY)
def let_go(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A message that failed or was held is not sent any more."""
    message = find(request, Message, ref, Permission.MESSAGE_RETRY)
    return _done(request, lambda: actions.let_go(message=message, by=request.user), "It is not sent any more.")


@require_POST
@requires(Permission.MESSAGE_RETRY)
def settle(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Somebody looked after a message in doubt: it arrived, or it did not and goes once more."""
    message = find(request, Message, ref, Permission.MESSAGE_RETRY)
    arrived = request.POST.get("arrived") == "yes"
    said = "Settled: it arrived." if arrived else "It goes out once more."
    return _done(request, lambda: actions.settle(message=message, arrived=arrived, by=request.user), said)


def _done(request: StaffRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except actions.NotPossible as no:
        messages.error(request, " ".join(no.reasons))
    else:
        messages.success(request, said)
    return redirect("desk:messages")
