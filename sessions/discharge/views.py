"""Leaving, on a tablet: the thirteen items, the one signature, and the other ways to go."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.membership import live
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened, record
from kap_clinic.documents import selectors as papers
from patients.course.actions import NotReady
from sessions.discharge import actions, letters, rules, selectors
from sessions.discharge.forms import (
    FORMS,
    BackForm,
    DrugForm,
    EscortForm,
    HandOverForm,
    ItemForm,
    LeftForm,
    ScoreForm,
    SignForm,
)
from sessions.discharge.models import Discharge
from sessions.discharge.rules import Result
from sessions.discharge.terms import DischargeItem, Event
from sessions.dosing import actions as dose_day
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.dosing.views.session import tabs

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])
ICONS = {rules.MET: "check", rules.NOT_MET: "stop", rules.NOT_CHECKED: "clock"}
CLASSES = {rules.MET: "met", rules.NOT_MET: "stop", rules.NOT_CHECKED: "open"}


@dataclass(frozen=True)
class Row:
    """One item with its form; measured ones have none."""

    number: int
    found: Result
    icon: str
    css: str
    form: ItemForm | None
    is_open: bool  # its form is shown: the one that was refused, else the first still to be looked at


@require_safe
@requires(Permission.DOSE_VIEW)
def page(request: StaffRequest, ref: UUID) -> HttpResponse:
    """May this patient go home? Each item with its value, time and person."""
    dosing = find(request, DosingSession, ref, Permission.DOSE_VIEW)
    opened(request, Event.DISCHARGE_OPENED, on=dosing)
    return _page(request, dosing)


def _page(
    request: StaffRequest,
    dosing: DosingSession,
    *,
    tried: ItemForm | None = None,
    sign_form: SignForm | None = None,
    score_form: ScoreForm | None = None,
    back_form: BackForm | None = None,
    refused: list[str] | None = None,
) -> HttpResponse:
    dosing = selectors.with_people(dosing)
    member, now = request.member, timezone.now()
    found = selectors.leaving(dosing, now)
    writes = may(member, Permission.DOSING_RECORD, dosing)
    is_asked = dosing.state in selectors.ASKED
    shown = {
        "dosing": dosing,
        "patient": dosing.patient,
        "tabs": tabs(dosing, "After"),
        "zone": member.zone,
        "found": found,
        "minutes": int((now - dosing.t0).total_seconds() // 60) if dosing.t0 else None,
        "rows": _rows(dosing, found, tried, writes and is_asked),
        "end": selectors.end_of(dosing),
        "is_asked": is_asked,
        "begins": writes and dosing.state == DosingState.RECOVERY,
        "checks": writes and dosing.state == DosingState.DISCHARGE_CHECK,
        "may_sign": may(member, Permission.DISCHARGE_SIGN, dosing),
        "may_write": writes,
        "sign_form": sign_form or SignForm(zone=member.zone, is_long=found.is_long),
        "back_form": back_form or BackForm(),
        "scores": selectors.scores(dosing),
        "score_forms": _score_forms(score_form) if writes and is_asked else [],
        "papers": papers.of_subject(letters.PAPER, dosing.ref),
        "meaning": selectors.MEANING,
        "refused": refused or [],
    }
    forms = [one for one in (tried, sign_form, score_form, back_form) if one is not None]
    failed = bool(refused) or any(form.errors for form in forms)
    return render(request, "discharge/page.html", shown | {"failed": failed}, status=422 if failed else 200)


def _rows(dosing: DosingSession, found: selectors.Leaving, tried: ItemForm | None, asks: bool) -> list[Row]:
    rows = []
    for number, one in enumerate(found.found.items, start=1):
        is_tried = tried is not None and tried.item == one.item
        form = tried if is_tried else None
        if form is None and asks and one.item not in rules.MEASURED:
            form = _form_of(one.item, dosing, None)
        rows.append(Row(number, one, ICONS[one.state], CLASSES[one.state], form, is_tried))
    first = next((row for row in rows if row.form and not row.found.is_met), None)
    return rows if tried else [replace(row, is_open=row is first) for row in rows]


def _form_of(item: DischargeItem, dosing: DosingSession, sent: Any) -> ItemForm:
    kind = FORMS.get(item, ItemForm)
    if kind is EscortForm:
        return EscortForm(sent, item=item, named=selectors.escort_of(dosing))
    if kind is DrugForm:
        return DrugForm(sent, item=item, given=selectors.given_mg(dosing), witnesses=_witnesses(dosing))
    return kind(sent, item=item)


def _witnesses(dosing: DosingSession) -> list[tuple[int, str]]:
    """Who may witness: the team of this patient, by the table of rights."""
    people = User.objects.filter(memberships__clinic_id=dosing.clinic_id, memberships__ended_at=None).distinct()
    found = []
    for person in people.order_by("name"):
        member = live(person, chosen=dosing.clinic_id)
        if member is not None and may(member, Permission.DOSE_WITNESS, dosing):
            found.append((person.pk, person.name))
    return found


def _score_forms(tried: ScoreForm | None) -> list[ScoreForm]:
    return [tried if tried is not None and tried.name == name else ScoreForm(name=name) for name in rules.SCORES]


# Moves of the check


@require_POST
@requires(Permission.DOSING_RECORD)
def begin(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The earliest time is reached: the check begins."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    return _try(
        request,
        dosing,
        lambda: dose_day.to_discharge_check(dosing=dosing, by=request.user, role=_role(request, dosing)),
    )


@require_POST
@requires(Permission.DOSING_RECORD)
def back(request: StaffRequest, ref: UUID) -> HttpResponse:
    """An item fails: the patient stays, and is looked at again in a quarter of an hour."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = BackForm(request.POST)
    if not form.is_valid():
        return _page(request, dosing, back_form=form)
    reason = form.cleaned_data["reason"]
    return _try(
        request,
        dosing,
        lambda: dose_day.back_to_recovery(dosing=dosing, reason=reason, by=request.user, role=_role(request, dosing)),
        said="Back to recovery. Look again in 15 minutes.",
    )


def _role(request: StaffRequest, dosing: DosingSession) -> str:
    """The role through which this person lets go, else the one in which they write."""
    signs = role_used(request.member, Permission.DISCHARGE_SIGN, dosing)
    return signs or role_used(request.member, Permission.DOSING_RECORD, dosing)


def _try(request: StaffRequest, dosing: DosingSession, act: Callable[[], Any], *, said: str = "") -> HttpResponse:
    try:
        act()
    except NotReady as no:
        return _page(request, dosing, refused=no.reasons)
    if said:
        messages.success(request, said)
    return redirect("discharge:page", dosing.ref)


# Items and scores


@require_POST
@requires(Permission.DOSING_RECORD)
def item(request: StaffRequest, ref: UUID, item: str) -> HttpResponse:
    """One item as found now, or not so with words."""
    if item not in DischargeItem.values or DischargeItem(item) in rules.MEASURED:
        raise Http404
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    asked = DischargeItem(item)
    form = _form_of(asked, dosing, request.POST)
    if form.is_valid():
        try:
            actions.tick(
                dosing=dosing,
                item=asked,
                met=form.is_met,
                data=form.answer() if form.is_met else {},
                words=form.cleaned_data["words"],
                witness=_witness(form, dosing),
                by=request.user,
                role=role_used(request.member, Permission.DOSING_RECORD, dosing),
            )
        except NotReady as no:
            _add(form, no.reasons)
        else:
            response = redirect("discharge:page", dosing.ref)
            response["Location"] += f"#item-{asked}"
            return response
    return _page(request, dosing, tried=form)


def _witness(form: ItemForm, dosing: DosingSession) -> User | None:
    chosen = form.cleaned_data.get("witness")
    return User.objects.filter(pk=chosen, memberships__clinic_id=dosing.clinic_id).first() if chosen else None


@require_POST
@requires(Permission.DOSING_RECORD)
def score(request: StaffRequest, ref: UUID, name: str) -> HttpResponse:
    """PADSS or Aldrete, beside the list."""
    if name not in rules.SCORES:
        raise Http404
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = ScoreForm(request.POST, name=name)
    if form.is_valid():
        try:
            role = role_used(request.member, Permission.DOSING_RECORD, dosing)
            actions.score(dosing=dosing, name=name, points=form.cleaned_data, by=request.user, role=role)
        except NotReady as no:
            _add(form, no.reasons)
        else:
            return redirect("discharge:page", dosing.ref)
    return _page(request, dosing, score_form=form)


# Leaving


@require_POST
@requires(Permission.DISCHARGE_SIGN)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The one signature. Everything is asked once more in its transaction."""
    dosing = find(request, DosingSession, ref, Permission.DISCHARGE_SIGN)
    is_long = selectors.leaving(dosing, timezone.now()).is_long
    form = SignForm(request.POST, zone=request.member.zone, is_long=is_long)
    if form.is_valid():
        try:
            actions.discharge(
                dosing=dosing,
                examined=form.cleaned_data.get("examined", ""),
                left_at=form.moment,
                by=request.user,
                role=role_used(request.member, Permission.DISCHARGE_SIGN, dosing),
            )
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, "Signed. The patient went home; the call of tomorrow is in the list of tasks.")
            return redirect("discharge:page", dosing.ref)
    return _page(request, dosing, sign_form=form)


@shows_and_takes
@requires(Permission.DOSING_RECORD)
@recently_confirmed
def left(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The patient insists on leaving."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = LeftForm(_sent(request), zone=request.member.zone)

    def save() -> Discharge:
        names = ("words", "escort", "prescriber")
        said = {name: form.cleaned_data[name] for name in names}
        role = _role(request, dosing)
        return actions.leave_against_advice(dosing=dosing, left_at=form.moment, by=request.user, role=role, **said)

    return _ask(request, dosing, form, save, title="Leaving against advice", template="discharge/left.html")


@shows_and_takes
@requires(Permission.DOSING_RECORD)
@recently_confirmed
def hand_over(request: StaffRequest, ref: UUID) -> HttpResponse:
    """A transferred patient: where to, what was told."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = HandOverForm(_sent(request), zone=request.member.zone)

    def save() -> Discharge:
        said = {name: form.cleaned_data[name] for name in ("where_to", "words")}
        return actions.hand_over(
            dosing=dosing, left_at=form.moment, by=request.user, role=_role(request, dosing), **said
        )

    return _ask(request, dosing, form, save, title="Handed over", template="discharge/handed.html")


def _ask(
    request: StaffRequest, dosing: DosingSession, form: Any, save: Callable[[], Discharge], *, title: str, template: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, "Written down and signed.")
            return redirect("discharge:page", dosing.ref)
    if request.method != "POST":
        opened(request, Event.DISCHARGE_OPENED, on=dosing, page=title)
    dosing = selectors.with_people(dosing)
    named = selectors.escort_of(dosing)
    shown = {"dosing": dosing, "patient": dosing.patient, "form": form, "title": title, "named": named}
    return render(request, template, shown, status=form.status)


# After-care


@require_safe
@requires(Permission.DOSE_VIEW)
def advice(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The sheet the patient takes home, to print from the browser."""
    dosing = selectors.with_people(find(request, DosingSession, ref, Permission.DOSE_VIEW))
    opened(request, Event.DISCHARGE_OPENED, on=dosing, page="after-care")
    shown = {
        "dosing": dosing,
        "patient": dosing.patient,
        "sheet": letters.sheet(dosing),
        "papers": papers.of_subject(letters.PAPER, dosing.ref),
        "zone": request.member.zone,
        "may_print": may(request.member, Permission.DOSING_RECORD, dosing),
    }
    return render(request, "discharge/advice.html", shown)


@require_POST
@requires(Permission.DOSING_RECORD)
def print_advice(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The sheet as a stored paper."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    with transaction.atomic():
        dosing = dose_day.locked(dosing)
        letters.ask(dosing, by=request.user)
        record(Event.ADVICE_PRINTED, by=request.user, on=dosing)
    messages.success(request, "The paper is being made. It stands below in a moment.")
    return redirect("discharge:advice", dosing.ref)


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _add(form: Any, reasons: list[str]) -> None:
    for reason in reasons:
        form.add_error(None, reason)
