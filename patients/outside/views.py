"""The pages of what comes from outside: the list, a result, a paper, and the paper itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.web.uploads import too_much
from patients.outside import actions, selectors
from patients.outside.forms import DocumentForm, LabForm, StrikeForm, initial_of
from patients.outside.models import LabResult, OutsideDocument
from patients.outside.terms import Event, FileType, LabKind
from patients.record.days import today_in
from patients.record.models import Patient


@require_safe
@requires(Permission.VITALS_VIEW)
def outside(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Results and papers from outside, newest first."""
    patient = find(request, Patient, ref, Permission.VITALS_VIEW)
    opened(request, Event.OUTSIDE_OPENED, on=patient)
    member = request.member
    shown = {
        "patient": patient,
        "labs": selectors.labs(patient, member),
        "papers": selectors.papers(patient, member),
        "at_most": selectors.AT_MOST,
        "zone": member.zone,
        "may_add": may(member, Permission.VITALS_RECORD, patient),
        "may_amend": may(member, Permission.VITALS_AMEND, patient),
    }
    return render(request, "patients/outside/outside.html", shown)


@require_safe
@requires(Permission.VITALS_RECORD)
def choose_lab(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Which test the result is of."""
    patient = find(request, Patient, ref, Permission.VITALS_RECORD)
    opened(request, Event.OUTSIDE_OPENED, on=patient, page="choose a test")
    return render(request, "patients/outside/choose_lab.html", {"patient": patient, "kinds": list(LabKind)})


@requires(Permission.VITALS_RECORD)
def record_lab(request: StaffRequest, ref: UUID, kind: str) -> HttpResponse:
    """One result of a test."""
    patient = find(request, Patient, ref, Permission.VITALS_RECORD)
    if kind not in LabKind.values:
        raise Http404
    test = LabKind(kind)
    form = LabForm(_sent(request), kind=test, today=today_in(request.member.zone), born=patient.birth_date)

    def save(form: Any) -> str:
        actions.record_lab(
            patient=patient,
            by=request.user,
            result=form.result(),
            taken_on=form.cleaned_data["taken_on"],
            source=form.cleaned_data["source"],
        )
        return "Result recorded"

    return ask(request, patient, form, save, title=f"Record a result: {test.label}")


@requires(Permission.VITALS_AMEND)
def correct_lab(request: StaffRequest, ref: UUID, lab_ref: UUID) -> HttpResponse:
    """The same result as it should have been written."""
    patient = find(request, Patient, ref, Permission.VITALS_AMEND)
    lab = find(request, LabResult, lab_ref, Permission.VITALS_AMEND, patient=patient)
    form = LabForm(
        _sent(request),
        kind=LabKind(lab.kind),
        today=today_in(request.member.zone),
        born=patient.birth_date,
        again=True,
        initial=initial_of(lab.result, lab.taken_on, lab.source),
    )

    def save(form: Any) -> str:
        actions.correct_lab(
            lab=lab,
            by=request.user,
            result=form.result(),
            taken_on=form.cleaned_data["taken_on"],
            source=form.cleaned_data["source"],
            why=form.cleaned_data["why"],
        )
        return "Result corrected. What it was before stays in the list."

    say = f"It says {lab} now. That stays readable, marked as corrected."
    return ask(request, patient, form, save, title=f"Correct a result: {lab.get_kind_display()}", say=say)


@requires(Permission.VITALS_AMEND)
def strike_out_lab(request: StaffRequest, ref: UUID, lab_ref: UUID) -> HttpResponse:
    """The result does not belong here."""
    patient = find(request, Patient, ref, Permission.VITALS_AMEND)
    lab = find(request, LabResult, lab_ref, Permission.VITALS_AMEND, patient=patient)
    form = StrikeForm(_sent(request))

    def save(form: Any) -> str:
        actions.strike_out_lab(lab=lab, by=request.user, why=form.cleaned_data["why"])
        return "Result struck out. It counts no more."

    say = f"{lab} will not count any more. To mend a slip of the pen, correct it instead."
    return ask(request, patient, form, save, title="Strike out a result", say=say, verb="Strike out")


@requires(Permission.VITALS_RECORD)
def add_document(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A paper somebody else wrote, as one or several files."""
    patient = find(request, Patient, ref, Permission.VITALS_RECORD)
    today = today_in(request.member.zone)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent, today=today, too_much=too_much(request))

    def save(form: Any) -> str:
        said = form.cleaned_data
        common = {"patient": patient, "by": request.user, "kind": said["kind"], "dated": said["dated"]}
        kept = [
            actions.add_document(**common, title=title, file=file, note=said["note"]) for title, file in form.named()
        ]
        left_out = sorted({words for paper in kept for words in paper.left_out.split(", ") if words})
        added = "Paper added" if len(kept) == 1 else f"{len(kept)} papers added"
        return f"{added}. Left out: {', '.join(left_out)}." if left_out else added

    template = "patients/outside/add_document.html"
    return ask(request, patient, form, save, title="Add a paper", verb="Add", template=template)


@require_GET
@requires(Permission.VITALS_VIEW)
def document(request: StaffRequest, ref: UUID, document_ref: UUID) -> HttpResponse:
    """The paper itself: always to be saved, never shown by the browser as a page of ours."""
    patient = find(request, Patient, ref, Permission.VITALS_VIEW)
    paper = find(request, OutsideDocument, document_ref, Permission.VITALS_VIEW, patient=patient)
    opened(request, Event.OUTSIDE_PAPER_OPENED, on=paper, sha256=paper.sha256)
    charset = "; charset=utf-8" if paper.file_type == FileType.TEXT else ""
    response = HttpResponse(bytes(paper.content), content_type=f"{paper.file_type}{charset}")
    response["Content-Disposition"] = f'attachment; filename="{paper.file_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(Permission.VITALS_AMEND)
def strike_out_document(request: StaffRequest, ref: UUID, document_ref: UUID) -> HttpResponse:
    """The paper does not belong here."""
    patient = find(request, Patient, ref, Permission.VITALS_AMEND)
    paper = find(request, OutsideDocument, document_ref, Permission.VITALS_AMEND, patient=patient)
    form = StrikeForm(_sent(request))

    def save(form: Any) -> str:
        actions.strike_out_document(paper=paper, by=request.user, why=form.cleaned_data["why"])
        return "Paper struck out"

    say = f"“{paper.title}” will be struck through. Who may see struck-out entries can still open it."
    return ask(request, patient, form, save, title="Strike out a paper", say=say, verb="Strike out")


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def ask(
    request: StaffRequest,
    patient: Patient,
    form: Any,
    save: Callable[[Any], str],
    *,
    title: str,
    template: str = "patients/outside/form.html",
    **more: Any,
) -> HttpResponse:
    """Show a form; when it is answered, save it, say what happened and go back to the list.

    Opening it is audited; showing it again with what was typed is not.
    """
    back = reverse("outside:list", args=[patient.ref])
    if request.method == "POST" and form.is_valid():
        try:
            said = save(form)
        except actions.NotPossible as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, said)
            return redirect(back)
    if request.method != "POST":
        opened(request, Event.OUTSIDE_OPENED, on=patient, page=title)
    shown = {"patient": patient, "form": form, "title": title, "back": back, **more}
    return render(request, template, shown, status=form.status)
