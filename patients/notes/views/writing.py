"""Writing a note: a new one, the next version of a draft, two versions side by side, striking one out."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from patients.notes import actions, drafts, selectors
from patients.notes.actions import Changed, NotPossible
from patients.notes.forms import AddendumForm, NoteForm, StrikeForm
from patients.notes.models import Note
from patients.notes.terms import Event, NoteKind
from patients.notes.views import reading
from patients.record.models import Patient

MINE, THEIRS = "mine", "theirs"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.NOTE_WRITE)
def new(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A new note of the kind in the address. It is started when it is first saved; until then what is typed is kept."""
    patient = find(request, Patient, ref, Permission.NOTE_WRITE)
    kind = request.GET.get("kind", "")
    if not kind:
        opened(request, Event.NOTES_OPENED, on=patient, page="choose a kind")
        return render(request, "notes/kinds.html", {"patient": patient, "kinds": list(NoteKind)})
    if kind not in NoteKind.values:
        raise Http404
    form = NoteForm(request.POST if request.method == "POST" else None, kind=kind, initial={"version": 1})
    if form.is_valid():
        return _begin(request, patient, NoteKind(kind), form)
    if request.method != "POST":
        opened(request, Event.NOTES_OPENED, on=patient, page="new note")
    shown = {
        "patient": patient,
        "form": form,
        "kind": NoteKind(kind),
        "draft_place": drafts.place("new", patient.ref, kind),
        "post_to": f"{reverse('notes:new', args=[ref])}?kind={kind}",
    }
    return render(request, "notes/new.html", shown, status=form.status)


def _begin(request: StaffRequest, patient: Patient, kind: NoteKind, form: NoteForm) -> HttpResponse:
    row = actions.start(patient=patient, course=selectors.live_course(patient), kind=kind, by=request.user)
    row = actions.save(
        note=row, by=request.user, version=row.version, title=form.text()["title"], sections=form.sections_said()
    )
    return _onward(request, row)


@require_POST
@requires(Permission.NOTE_EDIT)
def save(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """The next version of a draft; one written on an old version meets the newer one side by side."""
    row = find(request, Note, note_ref, Permission.NOTE_VIEW, patient__ref=ref)
    if not _was_signed_meanwhile(request, row):
        row = find(request, Note, note_ref, Permission.NOTE_EDIT, patient__ref=ref)
    form = NoteForm(request.POST, kind=row.kind)
    if not form.is_valid():
        return reading.page(request, row, form=form)
    mine, unsettled = _settled(request, row, form.text())
    if unsettled:
        return side_by_side(request, row, was={}, mine=mine, status=422)
    try:
        sections = {key: said for key, said in mine.items() if key != "title"}
        row = actions.save(
            note=row, by=request.user, version=form.cleaned_data["version"], title=mine["title"], sections=sections
        )
    except Changed as changed:
        return side_by_side(request, changed.note, was=changed.was, mine=changed.mine)
    return _onward(request, row)


def _was_signed_meanwhile(request: StaffRequest, row: Note) -> bool:
    """One's own, signed in another window: what is typed now can still become an addendum."""
    return row.signed_at is not None and may(request.member, Permission.NOTE_AMEND, row)


def _onward(request: StaffRequest, row: Note) -> HttpResponse:
    if "sign" in request.POST:
        return redirect("notes:sign", row.patient.ref, row.ref)
    messages.success(request, "Saved. Only you see it until it is signed.")
    return redirect(row)


# Two versions side by side (REL-13)


@dataclass(frozen=True)
class Choice:
    """One part of a note as it stands and as it met it; `take` is what is chosen, "" while nobody has chosen."""

    field: str
    label: str
    theirs: str
    mine: str
    take: str

    @property
    def differs(self) -> bool:
        return self.theirs != self.mine


def _settled(request: StaffRequest, row: Note, mine: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The text to save after a choice was made, and the parts nobody chose for."""
    if "settle" not in request.POST:
        return mine, []
    now = selectors.text_of(row)
    take = {name: request.POST.get(f"take_{name}", "") for name in mine}
    unsettled = [name for name in mine if now[name] != mine[name] and take[name] not in {MINE, THEIRS}]
    if unsettled:
        return mine, unsettled
    return {name: now[name] if take[name] == THEIRS else said for name, said in mine.items()}, []


def side_by_side(
    request: StaffRequest, row: Note, *, was: Mapping[str, str], mine: Mapping[str, str], status: int = 409
) -> HttpResponse:
    """Nothing was overwritten; both texts are on the page. A part only one of them touched is chosen already."""
    now = selectors.text_of(row)
    labels = {"title": "Title", **{part.key: part.label for part in selectors.parts_of(row.kind, now)}}
    choices = [_choice(request, name, label, was, now[name], mine[name]) for name, label in labels.items()]
    shown = {
        "patient": row.patient,
        "note": row,
        "choices": [choice for choice in choices if choice.differs],
        "mine": mine,
        "open": [choice for choice in choices if choice.differs and not choice.take] if status == 422 else [],
        "draft_key": request.POST.get("_draft", ""),
        "may_add": row.signed_at is not None and row.voided_at is None,
        "add_form": AddendumForm(initial={"text": _in_one(choices)}),
    }
    return render(request, "notes/side_by_side.html", shown, status=status)


def _choice(request: StaffRequest, name: str, label: str, was: Mapping[str, str], theirs: str, mine: str) -> Choice:
    chosen = request.POST.get(f"take_{name}", "")
    suggested = ""
    if name in was:
        suggested = THEIRS if mine == was[name] else MINE if theirs == was[name] else ""
    return Choice(name, label, theirs, mine, chosen if chosen in {MINE, THEIRS} else suggested)


def _in_one(choices: list[Choice]) -> str:
    """What was typed into a note that was signed meanwhile, as the beginning of an addendum."""
    return "\n\n".join(f"{one.label}: {one.mine}" for one in choices if one.differs and one.mine)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.NOTE_AMEND)
def strike_out(request: StaffRequest, ref: UUID, note_ref: UUID) -> HttpResponse:
    """The author's note does not belong here."""
    row = find(request, Note, note_ref, Permission.NOTE_AMEND, patient__ref=ref)
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.void(note=row, by=request.user, why=form.cleaned_data["why"])
        except NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, "Struck out.")
            return redirect("notes:all", ref)
    if request.method != "POST":
        opened(request, Event.NOTE_OPENED, on=row, page="striking out")
    return render(request, "notes/strike.html", {"patient": row.patient, "note": row, "form": form}, status=form.status)
