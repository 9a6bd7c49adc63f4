"""Papers of a course are asked for here, each with one button; receipts have a page of their own."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from integration.papers import actions, rules
from integration.papers.forms import ReceiptForm
from integration.papers.selectors import receipts as selectors
from integration.papers.terms import Event, PaperKind
from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.documents import selectors as papers
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.record.days import today_in
from patients.record.models import Patient
from patients.record.terms import Reader

BEING_MADE = "The paper is being made. It stands here in a moment."


@require_POST
@requires(Permission.MEASURE_EXPORT)
def summary(request: StaffRequest, ref: UUID, reader: str) -> HttpResponse:
    """The summary of a course, for the referrer or in plain words for the patient."""
    plain = _to_patient(reader)
    row = find(request, Course, ref, Permission.MEASURE_EXPORT)
    actions.ask_for_summary(course=row, by=request.user, plain=plain)
    messages.success(request, BEING_MADE)
    return redirect("desk:papers", row.patient.ref)


@require_POST
@requires(Permission.COURSE_END)
def end_letter(request: StaffRequest, ref: UUID, reader: str) -> HttpResponse:
    """The letter about the end of a course."""
    to_patient = _to_patient(reader)
    row = find(request, Course, ref, Permission.COURSE_END)
    try:
        actions.ask_for_end_letter(course=row, by=request.user, to_patient=to_patient)
    except NotReady as no:
        messages.error(request, f"{'; '.join(no.reasons)}.")
    else:
        messages.success(request, BEING_MADE)
    return redirect("desk:papers", row.patient.ref)


def _to_patient(reader: str) -> bool:
    if reader not in Reader.values:
        raise Http404
    return reader == Reader.PATIENT


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RECEIPT_VIEW)
def receipts(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Receipts of a patient, and a form for a new one."""
    member = request.member
    needs = Permission.RECEIPT_MAKE if request.method == "POST" else Permission.RECEIPT_VIEW
    patient = find(request, Patient, ref, needs)
    may_name = may(member, Permission.SCREENING_VIEW, patient)
    form = ReceiptForm(
        request.POST if request.method == "POST" else None,
        courses=list(patient.courses.order_by("-number")),
        today=today_in(member.zone),
        zone=member.zone,
        may_name=may_name,
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_receipt(patient=patient, by=request.user, **form.asked())
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, BEING_MADE)
            return redirect("papers:receipts", patient.ref)
    if request.method != "POST":
        opened(request, Event.RECEIPTS_OPENED, on=patient)
    prices = selectors.prices(member.clinic_id)
    unset = [one for one in rules.SERVICES if not prices[one].amount]
    shown = {
        "patient": patient,
        "form": form if may(member, Permission.RECEIPT_MAKE, patient) else None,
        "papers": _receipts(patient, may_name=may_name),
        "unset": selectors.missing_in_words(unset),
        "may_set": may(member, Permission.SETTINGS_EDIT),
    }
    return render(request, "integration/receipts.html", shown, status=form.status if form.is_bound else 200)


def _receipts(patient: Patient, *, may_name: bool) -> list[papers.Paper]:
    """Those this person may open: with a diagnosis on it, a receipt needs more."""
    open_to = {Permission.RECEIPT_VIEW, *({Permission.SCREENING_VIEW} if may_name else ())}
    return [row for row in papers.of_patient(patient.ref, PaperKind.RECEIPT) if row.needs in open_to]
