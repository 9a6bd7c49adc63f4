"""Pages of adverse events: the list of a patient, a new one by its term, one with its versions, signing, adding."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used, visible
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.course.actions import NotReady
from patients.record.models import Patient
from sessions.events import actions, rules, selectors
from sessions.events.forms import AddForm, EventForm, SignForm
from sessions.events.models import AdverseEvent
from sessions.events.terms import Event

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])
MOST_SESSIONS = 20


@require_safe
@requires(Permission.EVENT_VIEW)
def overview(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What went wrong with this patient, newest first; what is open stands on top."""
    patient = find(request, Patient, ref, Permission.EVENT_VIEW)
    opened(request, Event.EVENTS_OPENED, on=patient)
    rows = list(visible(request.member, Permission.EVENT_VIEW, selectors.of_patient(patient)))
    shown = {
        "patient": patient,
        "open": [_row(event) for event in rows if not event.signed_at],
        "signed": [_row(event) for event in rows if event.signed_at],
        "zone": request.member.zone,
        "may_report": may(request.member, Permission.EVENT_RECORD, patient),
    }
    return render(request, "events/overview.html", shown)


def _row(event: AdverseEvent) -> tuple[AdverseEvent, rules.Term]:
    return event, selectors.term_of(event)


# A new one


@require_safe
@requires(Permission.EVENT_RECORD)
def choose(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Which event? The whole vocabulary in groups; of a boundary concern how it is told."""
    patient = find(request, Patient, ref, Permission.EVENT_RECORD)
    opened(request, Event.EVENTS_OPENED, on=patient, page="new")
    groups = groupby(sorted(rules.TERMS.values(), key=lambda term: term.group), key=lambda term: term.group)
    officer = may(request.member, Permission.EVENT_RECORD, selectors.concern_of(patient))
    found = [(name, [term for term in terms if officer or term.is_graded]) for name, terms in groups]
    session = request.GET.get("session", "")
    return render(
        request,
        "events/choose.html",
        {"patient": patient, "groups": found, "session": session, "told": "" if officer else actions.HIDDEN},
    )


@shows_and_takes
@requires(Permission.EVENT_RECORD)
def new(request: StaffRequest, ref: UUID, code: str) -> HttpResponse:
    """One event of one term, with the grades of that term in words."""
    patient = find(request, Patient, ref, Permission.EVENT_RECORD)
    term = _term(code)
    about = patient if term.is_graded else selectors.concern_of(patient)
    role = role_used(request.member, Permission.EVENT_RECORD, about)
    sessions = list(visible(request.member, Permission.DOSING_VIEW, selectors.sessions_of(patient))[:MOST_SESSIONS])
    form = EventForm(
        _sent(request),
        term=term,
        zone=request.member.zone,
        sessions=sessions,
        initial={"dosing": request.GET.get("session", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            event = actions.report(
                patient=patient,
                dosing=form.session,
                by=request.user,
                role=role,
                pause=form.cleaned_data.get("pause", False),
                **form.event(),
            )
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, _said(event))
            return redirect("events:one", patient.ref, event.ref)
    if request.method != "POST":
        opened(request, Event.EVENTS_OPENED, on=patient, page="new")
    return _form(request, patient, form, term, title=f"New event: {term.term}", back="events:choose")


def _said(event: AdverseEvent) -> str:
    if event.is_boundary_concern:
        return "Written down. The treating team does not see it."
    if event.serious:
        return "Written down. It is serious: no dose is given until a prescriber has signed it."
    return "Written down."


def _term(code: str) -> rules.Term:
    if code not in rules.TERMS:
        raise Http404
    return rules.TERMS[code]


def _form(
    request: StaffRequest, patient: Patient, form: EventForm, term: rules.Term, *, title: str, back: str, **more: Any
) -> HttpResponse:
    shown = {"patient": patient, "form": form, "term": term, "title": title, "back": reverse(back, args=[patient.ref])}
    return render(request, "events/form.html", {**shown, **more}, status=form.status)


# One event


@require_safe
@requires(Permission.EVENT_VIEW)
def one(request: StaffRequest, ref: UUID, event_ref: UUID) -> HttpResponse:
    """An event with what it said before, its signature and what was added."""
    patient = find(request, Patient, ref, Permission.EVENT_VIEW)
    event = find(request, AdverseEvent, event_ref, Permission.EVENT_VIEW, patient=patient)
    opened(request, Event.EVENT_OPENED, on=selectors.named_in_the_trail(event))
    return _show(request, patient, event, AddForm())


def _show(request: StaffRequest, patient: Patient, event: AdverseEvent, form: AddForm) -> HttpResponse:
    member, additions = request.member, list(event.additions.select_related("added_by"))
    shown = {
        **_event(event),
        "patient": patient,
        "zone": member.zone,
        "before": [(row, _before(row.was)) for row in additions if row.was],
        "added": [row for row in additions if not row.was],
        "form": form,
        "is_whole": selectors.is_whole(event) if event.signed_at else True,
        "may_change": may(member, Permission.EVENT_EDIT, event),
        "may_sign": not event.signed_at and may(member, Permission.EVENT_SIGN, event),
        "may_add": bool(event.signed_at) and may(member, Permission.EVENT_AMEND, event),
        "sees_session": event.dosing is not None and may(member, Permission.DOSING_VIEW, event.dosing),
    }
    return render(request, "events/event.html", shown, status=form.status)


def _event(event: AdverseEvent) -> dict[str, Any]:
    return {"event": event, "term": selectors.term_of(event), "details": selectors.details_of(event)}


def _before(was: dict[str, Any]) -> list[tuple[str, str]]:
    """What an event said before, as names and words."""
    names = {"grade": "Grade", "words": "What happened", "relation": "Caused by ketamine", "action": "Done"}
    names |= {"outcome": "How it was", "plan": "What follows"}
    return [(name, str(was[key])) for key, name in names.items() if was.get(key) not in ("", None)]


@shows_and_takes
@requires(Permission.EVENT_EDIT)
def change(request: StaffRequest, ref: UUID, event_ref: UUID) -> HttpResponse:
    """An event nobody has signed yet; what it said before stays."""
    patient = find(request, Patient, ref, Permission.EVENT_EDIT)
    event = find(request, AdverseEvent, event_ref, Permission.EVENT_EDIT, patient=patient)
    term, zone = selectors.term_of(event), request.member.zone
    form = EventForm(
        _sent(request), term=term, zone=zone, sessions=[], changes=True, initial=EventForm.initial_of(event, zone)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(
                event=event,
                version=_version(request),
                by=request.user,
                role=role_used(request.member, Permission.EVENT_EDIT, event),
                **form.event(),
            )
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, "Changed. What it said before stays below.")
            return redirect("events:one", patient.ref, event.ref)
    if request.method != "POST":
        opened(request, Event.EVENT_OPENED, on=selectors.named_in_the_trail(event), page="change")
    return _form(request, patient, form, term, title=f"Change: {term.term}", back="events:list", event=event)


def _version(request: StaffRequest) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 9 else 0


@shows_and_takes
@requires(Permission.EVENT_SIGN)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID, event_ref: UUID) -> HttpResponse:
    """Read, plan what follows, sign. From then on only additions."""
    patient = find(request, Patient, ref, Permission.EVENT_SIGN)
    event = find(request, AdverseEvent, event_ref, Permission.EVENT_SIGN, patient=patient)
    form = SignForm(_sent(request), initial={"plan": event.plan})
    if request.method == "POST" and form.is_valid():
        try:
            role = role_used(request.member, Permission.EVENT_SIGN, event)
            actions.sign(event=event, plan=form.cleaned_data["plan"], by=request.user, role=role)
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, "Signed. What becomes known later is added to it.")
            return redirect("events:one", patient.ref, event.ref)
    if request.method != "POST":
        opened(request, Event.EVENT_OPENED, on=selectors.named_in_the_trail(event), page="to sign")
    shown = {**_event(event), "patient": patient, "form": form, "zone": request.member.zone}
    return render(request, "events/sign.html", {**shown, "meaning": selectors.MEANING}, status=form.status)


@require_http_methods(["POST"])
@requires(Permission.EVENT_AMEND)
@recently_confirmed
def add(request: StaffRequest, ref: UUID, event_ref: UUID) -> HttpResponse:
    """What became known after signing, with its own signature."""
    patient = find(request, Patient, ref, Permission.EVENT_AMEND)
    event = find(request, AdverseEvent, event_ref, Permission.EVENT_AMEND, patient=patient)
    form = AddForm(request.POST)
    if form.is_valid():
        try:
            role = role_used(request.member, Permission.EVENT_AMEND, event)
            actions.amend(event=event, words=form.cleaned_data["words"], by=request.user, role=role)
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, "Added and signed.")
            return redirect("events:one", patient.ref, event.ref)
    return _show(request, patient, event, form)


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _add(form: Any, reasons: list[str]) -> None:
    for reason in reasons:
        form.add_error(None, reason)
