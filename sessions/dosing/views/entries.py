"""Forms over the live sheet: vital signs, KAP-DR, what else is seen, touch, help, corrections."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from screening import measures
from sessions.dosing import actions
from sessions.dosing.forms import (
    ExplainForm,
    KapDrForm,
    ObserveForm,
    StrikeForm,
    TouchForm,
    VitalsForm,
    moment,
)
from sessions.dosing.models import DosingSession, Entry, VitalSigns
from sessions.dosing.rules.entries import CARDS, STAMPS
from sessions.dosing.selectors import Log, numbers_of, touch_now
from sessions.dosing.selectors.facts import stop_lines
from sessions.dosing.selectors.lines import said_of
from sessions.dosing.selectors.live import facts_for_ambulance
from sessions.dosing.terms import EntryKind
from sessions.dosing.views.common import add_reasons, done, form_part, role_of
from sessions.dosing.views.live import uuid_of

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@requires(Permission.VITALS_RECORD)
def vitals(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.VITALS_RECORD)
    data = request.POST if request.method == "POST" else None
    form = VitalsForm(data, hints=_hints(dosing), baseline=dosing.t0 is None)
    if form.is_valid():
        try:
            actions.record_vitals(
                dosing=dosing,
                values=form.values(),
                happened_at=moment(form.cleaned_data["ago"], timezone.now()),
                by=request.user,
                role=role_of(request, Permission.VITALS_RECORD, dosing),
                client_ref=form.ref,
            )
        except actions.NotReady as no:
            add_reasons(form, no)
        else:
            return done(request, dosing, say="Vital signs saved")
    return form_part(request, dosing, "_vitals_form.html", "Vital signs", form=form, status=form.status)


@require_http_methods(FORM)
@requires(Permission.VITALS_AMEND)
def correct_vitals(request: StaffRequest, ref: UUID, vitals_ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    row = find(request, VitalSigns, vitals_ref, Permission.VITALS_AMEND, dosing=dosing)
    data = request.POST if request.method == "POST" else None
    form = VitalsForm(data, hints=_hints(dosing), correcting=True, initial=VitalsForm.of(row))
    if form.is_valid():
        try:
            actions.record_vitals(
                dosing=dosing,
                values=form.values(),
                happened_at=row.happened_at,
                by=request.user,
                role=role_of(request, Permission.VITALS_AMEND, dosing),
                client_ref=form.ref,
                corrects=row,
                struck_why=form.cleaned_data["struck_why"],
            )
        except actions.NotReady as no:
            add_reasons(form, no)
        else:
            return done(request, dosing, say="Corrected")
    return form_part(request, dosing, "_vitals_form.html", "Correct vital signs", form=form, status=form.status)


def _hints(dosing: DosingSession) -> dict[str, str]:
    """Beside each number: baseline and this patient's line."""
    log, numbers, own = Log.of(dosing), numbers_of(dosing.clinic_id).limits, stop_lines(dosing.order)
    base = log.baseline

    def said(name: str, line: str) -> str:
        value = getattr(base, name) if base else None
        return ", ".join(filter(None, ["" if value is None else f"Baseline {value}", line]))

    pressure = f"Baseline {base.systolic}/{base.diastolic}, " if base and base.systolic else ""
    stop = f"{own.systolic or numbers.systolic_red}/{own.diastolic or numbers.diastolic_red}"
    return {
        "pressure": f"{pressure}stop {stop}. Like 138/86",
        "heart_rate": said("heart_rate", f"stop {own.heart_rate or numbers.pulse_red}"),
        "spo2": said("spo2", f"stop {numbers.spo2_red}"),
        "respiratory_rate": said("respiratory_rate", ""),
    }


@require_http_methods(FORM)
@requires(Permission.DOSING_RECORD)
def kap_dr(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    instrument = measures.instrument("kap-dr")
    items = [(item.link_id, item.text, [(o.value, o.label) for o in item.options]) for item in instrument.items]
    form = KapDrForm(request.POST if request.method == "POST" else None, items=items)
    if form.is_valid() and _wrote(request, dosing, form, [("kap_dr", "", {"answers": form.answers()})]):
        return done(request, dosing, say="KAP-DR saved")
    return form_part(
        request, dosing, "_form.html", "KAP-DR", form=form, status=form.status, say="Our own rating, not validated."
    )


@require_http_methods(FORM)
@requires(Permission.DOSING_RECORD)
def observe(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    form = ObserveForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _wrote(request, dosing, form, form.seen()):
        return done(request, dosing, say="Written")
    return form_part(request, dosing, "_form.html", "What I see, by its grade", form=form, status=form.status)


@require_http_methods(FORM)
@requires(Permission.DOSING_RECORD)
def touch(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    limits = touch_now(dosing, Log.of(dosing), timezone.now())
    form = TouchForm(request.POST if request.method == "POST" else None, touch=limits)
    if request.method == "POST" and (other := _other_touch(request)):
        if _wrote(request, dosing, form, [other]):
            return done(request, dosing, say="Written")
    elif form.is_valid() and _wrote(
        request, dosing, form, [("touch", "safety-touch", form.touched())], words=form.cleaned_data["words"]
    ):
        return done(request, dosing, say="Touch written")
    return form_part(request, dosing, "_touch_form.html", "Safety touch", form=form, touch=limits, status=form.status)


def _other_touch(request: StaffRequest) -> tuple[str, str, dict[str, Any]] | None:
    """The two buttons beside the form: touch is taken back, or more was asked for and declined."""
    if "stop" in request.POST:
        return "touch", "level", {"level": 0}
    return ("touch", "touch-request-declined", {}) if "declined" in request.POST else None


@require_http_methods(FORM)
@requires(Permission.DOSING_RECORD)
def explain(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Why a check was not made."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    data = request.POST if request.method == "POST" else None
    form = ExplainForm(data, initial={"due_at": request.GET.get("due", "")})
    if form.is_valid():
        due = {"due_at": form.cleaned_data["due_at"].isoformat()}
        line = ("note", "check-explained", due)
        if _wrote(request, dosing, form, [line], words=form.cleaned_data["words"]):
            return done(request, dosing, say="Written")
    return form_part(request, dosing, "_form.html", "A check that was not made", form=form, status=form.status)


@require_http_methods(FORM)
@requires(Permission.DOSING_EDIT)
def strike(request: StaffRequest, ref: UUID, entry_ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    entry = find(request, Entry, entry_ref, Permission.DOSING_EDIT, dosing=dosing)
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.strike(
                row=entry,
                why=form.cleaned_data["why"],
                by=request.user,
                role=role_of(request, Permission.DOSING_EDIT, dosing),
                client_ref=form.ref,
            )
        except actions.NotReady as no:
            add_reasons(form, no)
        else:
            return done(request, dosing, say="Struck through")
    said = said_of(entry)
    return form_part(
        request,
        dosing,
        "_form.html",
        "Strike through",
        form=form,
        status=form.status,
        say=" ".join(filter(None, [said.title, said.rest])),
        verb="Strike through",
    )


@require_http_methods(FORM)
@requires(Permission.DOSING_RECORD)
def get_help(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The cards of an emergency. A tap on one opens it and stamps the time; each button stamps its own."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    card = request.POST.get("card") or request.GET.get("card", "")
    reasons: list[str] = []
    if request.method == "POST":
        code, words = ("closed", request.POST.get("words", "")) if "close" in request.POST else (card, "")
        stamp = request.POST.get("stamp", "")
        try:
            actions.write_entry(
                dosing=dosing,
                kind=EntryKind.HELP,
                code=code,
                data={"stamp": stamp} if stamp else {},
                words=words,
                by=request.user,
                role=role_of(request, Permission.DOSING_RECORD, dosing),
                client_ref=uuid_of(request.POST.get("client_ref")),
            )
        except actions.NotReady as no:
            reasons = no.reasons
        else:
            if code == "closed":
                return done(request, dosing, say="Help ended")
    return form_part(
        request,
        dosing,
        "_help.html",
        "Get help",
        status=422 if reasons else 200,
        reasons=reasons,
        typed=request.POST.get("words", ""),
        **_help_context(request, dosing, card),
    )


def _help_context(request: StaffRequest, dosing: DosingSession, card: str) -> dict[str, Any]:
    log = Log.of(dosing)
    used = log.of_kind(EntryKind.HELP)
    own = values_of(["emergency_plan", "prescriber_phone", "crisis_contacts", "clinic_address"], dosing.clinic_id)
    return {
        "full": True,
        "cards": CARDS,
        "card": next((one for one in CARDS if one.code == card), None),
        "stamps": STAMPS,
        "stamped": {entry.data.get("stamp"): entry for entry in used if entry.data.get("stamp")},
        "used": used,
        "plan": own,
        "facts": facts_for_ambulance(log, timezone.now(), request.member.zone),
    }


def _wrote(
    request: StaffRequest,
    dosing: DosingSession,
    form: Any,
    lines: list[tuple[str, str, dict[str, Any]]],
    words: str = "",
) -> bool:
    """Write one or several lines, all or none; what stands in the way is said in the form."""
    said = getattr(form, "cleaned_data", {})
    at = moment(said.get("ago", ""), timezone.now()) if said.get("ago", "0") != "0" else None
    role = role_of(request, Permission.DOSING_RECORD, dosing)
    refs = [form.ref if place == 0 and said else None for place in range(len(lines))]
    try:
        with transaction.atomic():
            for (kind, code, data), client_ref in zip(lines, refs, strict=True):
                actions.write_entry(
                    dosing=dosing,
                    kind=kind,
                    code=code,
                    data=data,
                    words=words,
                    happened_at=at,
                    by=request.user,
                    role=role,
                    client_ref=client_ref,
                )
    except actions.NotReady as no:
        form.is_valid()
        add_reasons(form, no)
        return False
    return True
