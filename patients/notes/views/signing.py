"""Signing what one has read, co-signing, adding to what is signed, and copies on paper."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import find, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.notes import actions, rules, selectors
from patients.notes.actions import NotPossible, Proof
from patients.notes.forms import AddendumForm
from patients.notes.models import Note
from patients.notes.terms import Event, Meaning
from patients.notes.views.reading import page

IDENTITY = "Own account; password and code, or a passkey, shown for this"


def proof(request: StaffRequest, permission: Permission, thing: object) -> Proof:
    """What a signature of somebody signed in can prove."""
    return Proof(role=role_used(request.member, permission, thing), zone=request.member.zone, identity=IDENTITY)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.NOTE_SIGN)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """The text as it will be signed, with what is missing; then the signature."""
    row = find(request, Note, note_ref, Permission.NOTE_SIGN, patient__ref=ref)
    if request.method != "POST":
        if row.signed_at is not None:
            return redirect(row)
        opened(request, Event.NOTE_OPENED, on=row, page="signing")
        return _to_sign(request, row, [])
    try:
        actions.sign(
            note=row,
            by=request.user,
            version=_seen(request),
            proof=proof(request, Permission.NOTE_SIGN, row),
            ask_cosign="ask_cosign" in request.POST,
        )
    except NotPossible as no:
        return _to_sign(request, row, no.reasons)
    messages.success(request, "Signed. What is to be added now goes into an addendum.")
    return redirect(row)


def _seen(request: StaffRequest) -> int:
    """The version whose text stood on the page that was signed; 0 if it does not say."""
    text = request.POST.get("version", "")
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def _to_sign(request: StaffRequest, row: Note, reasons: list[str]) -> HttpResponse:
    shown = {
        "patient": row.patient,
        "note": row,
        "reading": selectors.reading(row),
        "missing": [one.label for one in rules.missing(row.kind, row.sections)],
        "meaning": Meaning.AUTHOR.label,
        "role": role_used(request.member, Permission.NOTE_SIGN, row).replace("_", " "),
        "reasons": reasons,
    }
    return render(request, "notes/sign.html", shown, status=422 if reasons else 200)


@require_POST
@requires(Permission.NOTE_COSIGN)
@recently_confirmed(both=True)
def cosign(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """Somebody else signs what they have read."""
    row = find(request, Note, note_ref, Permission.NOTE_VIEW, patient__ref=ref)
    row = find(request, Note, row.ref, Permission.NOTE_COSIGN, patient__ref=ref)
    try:
        actions.cosign(note=row, by=request.user, proof=proof(request, Permission.NOTE_COSIGN, row))
    except NotPossible as no:
        return page(request, row, reasons=no.reasons)
    messages.success(request, "Co-signed.")
    return redirect(row)


@require_POST
@requires(Permission.NOTE_AMEND)
@recently_confirmed(both=True)
def add(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """Write and sign an addendum in one step."""
    row = find(request, Note, note_ref, Permission.NOTE_AMEND, patient__ref=ref)
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return page(request, row, add_form=form)
    try:
        actions.add(
            note=row,
            by=request.user,
            text=form.cleaned_data["text"],
            proof=proof(request, Permission.NOTE_AMEND, row),
        )
    except NotPossible as no:
        return page(request, row, reasons=no.reasons, add_form=form)
    messages.success(request, "Added and signed.")
    return redirect(row)


@require_POST
@requires(Permission.NOTE_VIEW)
def print_copy(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """Ask for a paper as the note stands now."""
    row = find(request, Note, note_ref, Permission.NOTE_VIEW, patient__ref=ref)
    try:
        actions.print_copy(note=row, by=request.user)
    except NotPossible as no:
        return page(request, row, reasons=no.reasons)
    messages.success(request, "The paper is being made. It appears below in a moment.")
    return redirect(row)
