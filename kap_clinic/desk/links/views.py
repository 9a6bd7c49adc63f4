"""Pages of the links of one patient."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened, record
from kap_clinic.desk.links import selectors
from kap_clinic.desk.links.forms import NewLinkForm
from patients.links import actions, tokens
from patients.links import messages as post
from patients.links.models import PatientLink
from patients.links.terms import Event
from patients.record.models import Patient

JUST_MADE = "link_just_made"


@require_safe
@requires(Permission.LINK_VIEW)
def links(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The links of a patient: what for, how far, by whom."""
    patient = find(request, Patient, ref, Permission.LINK_VIEW)
    opened(request, Event.LINKS_OPENED, on=patient)
    context = {
        "patient": patient,
        "rows": selectors.rows(patient, request.member, timezone.now()),
        "may_make": may(request.member, Permission.LINK_MAKE, patient),
    }
    return render(request, "desk/links/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LINK_MAKE)
def new(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Choose what it is for and who looks; its address is shown on the page that follows."""
    patient = find(request, Patient, ref, Permission.LINK_MAKE)
    form = NewLinkForm(
        request.POST if request.method == "POST" else None,
        offered=selectors.choices(patient, request.member),
        people=selectors.watchers(patient),
        zone=request.member.zone,
    )
    if form.is_valid():
        try:
            with transaction.atomic():
                link, _ = actions.make(patient=patient, by=request.user, **form.wanted())
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            request.session[JUST_MADE] = str(link.ref)
            return redirect("desk:link", patient.ref, link.ref)
    if request.method != "POST":
        opened(request, Event.LINKS_OPENED, on=patient)
    return render(request, "desk/links/new.html", {"patient": patient, "form": form}, status=form.status)


@require_safe
@requires(Permission.LINK_MAKE)
def one(request: StaffRequest, ref: UUID, link: UUID) -> HttpResponse:
    """A link that was just made: its address and its picture, this once."""
    patient = find(request, Patient, ref, Permission.LINK_MAKE)
    row = find(request, PatientLink, link, Permission.LINK_MAKE, patient=patient)
    address = None
    if request.session.pop(JUST_MADE, None) == str(row.ref):
        try:
            address = selectors.address_of(row)
        except tokens.NotOurs:
            address = None
    record(Event.LINK_SHOWN if address else Event.LINKS_OPENED, by=request.user, on=row)
    return render(request, "desk/links/one.html", {"patient": patient, "link": row, "address": address})


@require_POST
@requires(Permission.LINK_MAKE)
def send(request: StaffRequest, ref: UUID, link: UUID) -> HttpResponse:
    """Into the patient's post, by the way they wish to be reached."""
    patient = find(request, Patient, ref, Permission.LINK_MAKE)
    row = find(request, PatientLink, link, Permission.LINK_MAKE, patient=patient)
    if post.send(row, request.user):
        messages.success(request, "The link is on its way. Messages shows when it was sent.")
    else:
        messages.warning(request, "This patient wants no messages: hand the link over in person.")
    return redirect("desk:links", patient.ref)


@require_POST
@requires(Permission.LINK_REVOKE)
def revoke(request: StaffRequest, ref: UUID, link: UUID) -> HttpResponse:
    """From now on it leads nowhere."""
    patient = find(request, Patient, ref, Permission.LINK_REVOKE)
    row = find(request, PatientLink, link, Permission.LINK_REVOKE, patient=patient)
    try:
        actions.revoke(link=row, by=request.user)
    except actions.NotOpen:
        messages.info(request, "This link was over already.")
    else:
        messages.success(request, "The link is taken back. Who has it open sees a closed page from now on.")
    return redirect("desk:links", patient.ref)
