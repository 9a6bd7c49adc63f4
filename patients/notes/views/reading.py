"""The story of a patient in notes, and one note."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.documents import selectors as papers
from patients.notes import drafts, rules, selectors
from patients.notes.forms import AddendumForm, NoteForm
from patients.notes.letters import PAPER
from patients.notes.models import Note
from patients.notes.terms import Event, NoteKind
from patients.process_notes import selectors as private
from patients.record.models import Patient


@require_safe
@requires(Permission.NOTE_VIEW, Permission.NOTE_STATUS)
def notes(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Signed notes, one's own drafts, and apart one's own private notes; for the desk whether they are signed."""
    member = request.member
    if not may(member, Permission.NOTE_VIEW):
        return _statuses(request, ref)
    patient = find(request, Patient, ref, Permission.NOTE_VIEW)
    opened(request, Event.NOTES_OPENED, on=patient)
    page = _number(request.GET.get("page", "1"))
    lines, has_older = selectors.listed(patient, member, page=page)
    keeps_private = may(member, Permission.PROCESS_NOTE_WRITE)
    shown = {
        "patient": patient,
        "lines": lines,
        "page": page,
        "has_older": has_older,
        "drafts": selectors.own_drafts(patient, member),
        "begun": selectors.begun(patient, request.user),
        "kinds": list(NoteKind),
        "may_write": may(member, Permission.NOTE_WRITE, patient),
        "keeps_private": keeps_private,
        "private_notes": private.own(patient, request.user) if keeps_private else [],
        "private_begun": keeps_private and private.has_begun(patient, request.user),
        "may_write_private": may(member, Permission.PROCESS_NOTE_WRITE, patient),
    }
    return render(request, "notes/list.html", shown)


def _statuses(request: StaffRequest, ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.NOTE_STATUS)
    opened(request, Event.NOTES_OPENED, on=patient, page="status")
    shown = {"patient": patient, "statuses": selectors.statuses(patient, timezone.now())}
    return render(request, "notes/statuses.html", shown)


def _number(text: str) -> int:
    return int(text[:6]) if text.isascii() and text.isdigit() else 1


@require_safe
@requires(Permission.NOTE_VIEW)
def note(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """One note: a draft to write on for its author, what was signed for everybody on the team."""
    row = find(request, Note, note_ref, Permission.NOTE_VIEW, patient__ref=ref)
    opened(request, Event.NOTE_OPENED, on=row)
    return page(request, row)


def page(request: StaffRequest, row: Note, *, reasons: list[str] | None = None, **forms: Any) -> HttpResponse:
    """A note with what this person may do about it; `reasons` say why something just asked did not happen."""
    if row.signed_at is None and row.author_id == request.member.user_id:
        return _draft(request, row, reasons=reasons or [], **forms)
    member = request.member
    waits = row.signed_at is not None and row.needs_cosign and row.cosigned_at is None and row.voided_at is None
    shown = {
        "patient": row.patient,
        "note": row,
        "reading": selectors.reading(row),
        "waits": waits,
        "may_cosign": waits and may(member, Permission.NOTE_COSIGN, row),
        "cosign_role": role_used(member, Permission.NOTE_COSIGN, row).replace("_", " "),
        "may_add": row.voided_at is None and may(member, Permission.NOTE_AMEND, row),
        "draft_place": drafts.place("addendum", row.ref),
        "add_form": AddendumForm(),
        "papers": papers.of_subject(PAPER, row.ref),
        "reasons": reasons or [],
        **forms,
    }
    status = 422 if reasons or any(getattr(form, "status", 200) == 422 for form in forms.values()) else 200
    return render(request, "notes/note.html", shown, status=status)


def _draft(
    request: StaffRequest, row: Note, *, reasons: list[str], form: NoteForm | None = None, **_: Any
) -> HttpResponse:
    text = selectors.text_of(row)
    form = form or NoteForm(kind=row.kind, initial={**text, "version": row.version})
    left = selectors.left_over(row, request.user)
    shown = {
        "patient": row.patient,
        "note": row,
        "form": form,
        "missing": [one.label for one in rules.missing(row.kind, row.sections)],
        "due_at": selectors.due_at(row),
        "is_overdue": selectors.due_at(row) <= timezone.now(),
        "draft_place": drafts.place(row.ref, row.version),
        "left": left and {"version": left[0], "text": left[1], "key": drafts.key(row.ref, left[0])},
        "left_parts": selectors.parts_of(row.kind, left[1]) if left else [],
        "may_edit": may(request.member, Permission.NOTE_EDIT, row),
        "may_sign": may(request.member, Permission.NOTE_SIGN, row),
        "post_to": reverse("notes:save", args=[row.patient.ref, row.ref]),
        "reasons": reasons,
    }
    return render(request, "notes/draft.html", shown, status=422 if reasons else form.status)
