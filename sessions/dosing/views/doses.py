"""The dose in two steps and by two people."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import record
from kap_clinic.audit.terms import Outcome
from sessions.dosing import actions
from sessions.dosing.forms import GiveForm, PrepareForm, moment
from sessions.dosing.models import DosingSession, Entry
from sessions.dosing.rules.doses import SECOND_LOOK
from sessions.dosing.selectors.facts import newest_weight, order_in_force
from sessions.dosing.terms import DoseKind, DosingState, Event
from sessions.dosing.views.common import add_reasons, done, form_part, role_of
from sessions.orders.models import DoseOrder


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DOSE_GIVE)
def dose(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What waits to be done: prepare, or give what was prepared."""
    dosing = find(request, DosingSession, ref, Permission.DOSE_GIVE)
    prepared = actions.newest_prepared(dosing, timezone.now())
    if prepared is None or "anew" in request.GET:
        return _prepare(request, dosing)
    return _give(request, dosing, prepared)


@require_safe
@requires(Permission.DOSE_GIVE)
def seen(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Asked by step two while it waits: nothing until a second person has looked, then the step as it is now."""
    dosing = find(request, DosingSession, ref, Permission.DOSE_GIVE)
    prepared = actions.newest_prepared(dosing, timezone.now())
    if prepared is None or actions.witness_of(prepared) is None:
        return HttpResponse(status=204)
    return _give(request, dosing, prepared)


seen.quiet = True  # type: ignore[attr-defined]  # asked by the page itself: nobody is there because of it


def _prepare(request: StaffRequest, dosing: DosingSession) -> HttpResponse:
    order = order_in_force(dosing.course_id)
    if order is None or dosing.state not in {DosingState.READY, DosingState.MONITORING}:
        why = "No dose order is in force." if order is None else "The gate is not signed as ready."
        return form_part(request, dosing, "_dose_waits.html", "Dose", why=why)
    weight = newest_weight(dosing.patient_id)
    most = _most(dosing, order)
    data = request.POST if request.method == "POST" else None
    form = PrepareForm(data, order=order, most=most, kg=weight.kg if weight else None)
    if form.is_valid():
        role = role_of(request, Permission.DOSE_GIVE, dosing)
        try:
            actions.prepare_dose(dosing=dosing, data=form.prepared(), by=request.user, role=role)
        except actions.NotReady as no:
            add_reasons(form, no)
        else:
            prepared = actions.newest_prepared(dosing, timezone.now())
            assert prepared is not None
            return _give(request, dosing, prepared, fresh=True)
    return form_part(
        request, dosing, "_prepare_form.html", _title(dosing), form=form, order=order, weight=weight, status=form.status
    )


def _most(dosing: DosingSession, order: DoseOrder) -> Decimal:
    return (order.booster_mg or Decimal(0)) if dosing.state == DosingState.MONITORING else order.first_mg


def _title(dosing: DosingSession) -> str:
    return "Booster" if dosing.state == DosingState.MONITORING else "Dose"


def _give(request: StaffRequest, dosing: DosingSession, prepared: Entry, *, fresh: bool = False) -> HttpResponse:
    seen = actions.witness_of(prepared)
    booster = dosing.state == DosingState.MONITORING
    data = request.POST if request.method == "POST" and not fresh else None
    form = GiveForm(data, witnessed=seen is not None, booster=booster)
    if form.is_valid():
        try:
            actions.give_dose(dosing=dosing, **_given(request, dosing, prepared, seen, form))
        except actions.NotReady as no:
            record(
                Event.DOSE_REFUSED,
                by=request.user,
                on=dosing,
                reason="; ".join(no.reasons),
                outcome=Outcome.REFUSED,
            )
            add_reasons(form, no)
        else:
            return done(request, dosing, say="Dose given")
    opens = prepared.entered_at + SECOND_LOOK
    return form_part(
        request,
        dosing,
        "_give_form.html",
        _title(dosing),
        form=form,
        prepared=prepared,
        witnessed=seen,
        opens_at=opens.isoformat(),
        is_open=seen is not None or timezone.now() >= opens,
        status=form.status,
    )


def _given(
    request: StaffRequest, dosing: DosingSession, prepared: Entry, seen: Entry | None, form: GiveForm
) -> dict[str, Any]:
    now, said, data = timezone.now(), form.cleaned_data, prepared.data
    expected = DoseKind.BOOSTER if dosing.state == DosingState.MONITORING else DoseKind.FIRST
    return {
        **{name: data.get(name, "") for name in ("site", "lot", "pharmacy", "strength")},
        "mg": Decimal(data["mg"]),
        "given_at": moment(said["ago"], now),
        "by": request.user,
        "role": role_of(request, Permission.DOSE_GIVE, dosing),
        "witness": seen.entered_by if seen else None,
        "second_look_at": now if said["looked_again"] and not seen else None,
        "client_ref": form.ref,
        "says_yes": said["says_yes"],
        "set_back_why": said["set_back_why"],
        "kind": expected,
    }


@require_POST
@requires(Permission.DOSE_WITNESS)
def witness(request: StaffRequest, ref: UUID, entry_ref: UUID) -> HttpResponse:
    """The second person, on their own sign-in, has looked at what was prepared."""
    dosing = find(request, DosingSession, ref, Permission.DOSE_WITNESS)
    prepared = find(request, Entry, entry_ref, Permission.DOSING_VIEW, dosing=dosing)
    role = role_of(request, Permission.DOSE_WITNESS, dosing)
    try:
        actions.witness_dose(dosing=dosing, prepared=prepared, by=request.user, role=role)
    except actions.NotReady as no:
        return form_part(request, dosing, "_dose_waits.html", "Dose", why=" ".join(no.reasons), status=422)
    return done(request, dosing, say="Witnessed")
