"""Pages of private notes. Nobody but the author reaches a row: others are told that there is none."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.notes import drafts
from patients.notes.actions import NotPossible, Proof
from patients.process_notes import actions, selectors
from patients.process_notes.actions import Changed
from patients.process_notes.forms import AddendumForm, PrivateForm
from patients.process_notes.models import ProcessNote
from patients.process_notes.terms import Event
from patients.record.models import Patient

IDENTITY = "Own account; password and code, or a passkey, shown for this"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_NOTE_WRITE)
def new(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A private note of this patient. What is typed is kept from the first second on."""
    patient = find(request, Patient, ref, Permission.PROCESS_NOTE_WRITE)
    form = PrivateForm(request.POST if request.method == "POST" else None, initial={"version": 1})
    if form.is_valid():
        row = actions.start(patient=patient, by=request.user, **form.text_and_title())
        messages.success(request, "Saved. Only you can read it.")
        return redirect("process_notes:one", ref, row.ref)
    shown = {
        "patient": patient,
        "form": form,
        "draft_place": drafts.place("private", patient.ref),
        "post_to": reverse("process_notes:new", args=[ref]),
    }
    return render(request, "process_notes/new.html", shown, status=form.status)


@require_safe
@requires(Permission.PROCESS_NOTE_VIEW)
def note(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """One's own private note: to write on, or as it was signed."""
    row = find(request, ProcessNote, note_ref, Permission.PROCESS_NOTE_VIEW, patient__ref=ref, adds_to=None)
    opened(request, Event.PROCESS_NOTE_OPENED, on=row)
    return page(request, row)


def page(request: StaffRequest, row: ProcessNote, *, reasons: list[str] | None = None, **forms: Any) -> HttpResponse:
    read = selectors.read(row)
    shown = {
        "patient": row.patient,
        "sees_patient": may(request.member, Permission.PATIENT_VIEW, row.patient),
        "note": read,
        "addenda": selectors.addenda(row),
        "form": PrivateForm(initial={"title": read.title, "text": read.text, "version": row.version}),
        "add_form": AddendumForm(),
        "draft_place": drafts.place(row.ref, row.version),
        "add_place": drafts.place("addendum", row.ref),
        "post_to": reverse("process_notes:save", args=[row.patient.ref, row.ref]),
        "reasons": reasons or [],
        **forms,
    }
    status = 422 if reasons or any(getattr(form, "status", 200) == 422 for form in forms.values()) else 200
    return render(request, "process_notes/note.html", shown, status=status)


@require_POST
@requires(Permission.PROCESS_NOTE_EDIT)
def save(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """The next version; words written on an old one meet the newer side by side."""
    row = find(request, ProcessNote, note_ref, Permission.PROCESS_NOTE_VIEW, patient__ref=ref, adds_to=None)
    form = PrivateForm(request.POST)
    if not form.is_valid():
        return page(request, row, form=form)
    try:
        actions.save(note=row, by=request.user, version=form.cleaned_data["version"], **form.text_and_title())
    except Changed as changed:
        return _side_by_side(request, changed)
    if "sign" in request.POST:
        return redirect("process_notes:sign", ref, row.ref)
    messages.success(request, "Saved. Only you can read it.")
    return redirect("process_notes:one", ref, row.ref)


def _side_by_side(request: StaffRequest, changed: Changed) -> HttpResponse:
    """Both texts; what is saved then is what stands in the field."""
    row = changed.note
    shown = {
        "patient": row.patient,
        "sees_patient": may(request.member, Permission.PATIENT_VIEW, row.patient),
        "note": selectors.read(row),
        "mine": changed.mine,
        "form": PrivateForm(initial={**changed.mine, "version": row.version}),
        "add_form": AddendumForm(initial={"text": changed.mine["text"]}),
        "draft_key": request.POST.get("_draft", ""),
        "post_to": reverse("process_notes:save", args=[row.patient.ref, row.ref]),
    }
    return render(request, "process_notes/side_by_side.html", shown, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_NOTE_SIGN)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """The words as they will be signed; then the signature."""
    row = find(request, ProcessNote, note_ref, Permission.PROCESS_NOTE_SIGN, patient__ref=ref, adds_to=None)
    reasons: list[str] = []
    if request.method == "POST":
        seen = request.POST.get("version", "")
        version = int(seen[:9]) if seen.isascii() and seen.isdigit() else 0
        try:
            actions.sign(
                note=row, by=request.user, version=version, proof=_proof(request, Permission.PROCESS_NOTE_SIGN, row)
            )
        except NotPossible as no:
            reasons = no.reasons
        else:
            messages.success(request, "Signed. What is to be added now goes into an addendum.")
            return redirect("process_notes:one", ref, row.ref)
    elif row.signed_at is not None:
        return redirect("process_notes:one", ref, row.ref)
    else:
        opened(request, Event.PROCESS_NOTE_OPENED, on=row)
    shown = {
        "patient": row.patient,
        "sees_patient": may(request.member, Permission.PATIENT_VIEW, row.patient),
        "note": selectors.read(row),
        "reasons": reasons,
    }
    return render(request, "process_notes/sign.html", shown, status=422 if reasons else 200)


@require_POST
@requires(Permission.PROCESS_NOTE_AMEND)
@recently_confirmed(both=True)
def add(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """Write and sign an addendum in one step."""
    row = find(request, ProcessNote, note_ref, Permission.PROCESS_NOTE_AMEND, patient__ref=ref, adds_to=None)
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return page(request, row, add_form=form)
    try:
        actions.add(
            note=row,
            by=request.user,
            text=form.cleaned_data["text"],
            proof=_proof(request, Permission.PROCESS_NOTE_AMEND, row),
        )
    except NotPossible as no:
        return page(request, row, reasons=no.reasons, add_form=form)
    messages.success(request, "Added and signed.")
    return redirect("process_notes:one", ref, row.ref)


def _proof(request: StaffRequest, permission: Permission, row: ProcessNote) -> Proof:
    return Proof(role=role_used(request.member, permission, row), zone=request.member.zone, identity=IDENTITY)
