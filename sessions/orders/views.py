"""Pages of orders: the list with its ledger, a new one with its range as it is typed, signing, seconding, holds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from kap_clinic.documents import selectors as papers
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.medicines.models import Medicine
from patients.record.days import today_in
from patients.record.models import Patient
from patients.record.rules import in_words
from sessions.orders import actions, letters, rules, selectors
from sessions.orders.forms import EndForm, HoldForm, OrderForm, OutsideForm, SignForm, StrikeForm
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.orders.terms import Event, OrderState

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])
NO_COURSE = "There is no course yet. Start one, and let the prescriber decide the screening first."
CHIPS = {OrderState.DRAFT: "plain", OrderState.WAITING: "warn", OrderState.SIGNED: "ok", OrderState.ENDED: "plain"}


@require_safe
@requires(Permission.ORDER_VIEW)
def overview(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The order in force, what is left of it, medicines before a dose, and what came before."""
    patient = find(request, Patient, ref, Permission.ORDER_VIEW)
    opened(request, Event.ORDER_OPENED, on=patient)
    now, member = timezone.now(), request.member
    course = selectors.newest_course(patient)
    shown: dict[str, Any] = {
        "patient": patient,
        "course": course,
        "outside": selectors.outside(patient),
        "zone": member.zone,
        "may_order": may(member, Permission.ORDER_DRAFT, patient) and course is not None and course.is_live,
        "may_decide": may(member, Permission.MEDICINE_DECIDE, patient) and course is not None and course.is_live,
        "may_declare": may(member, Permission.MEDICINE_RECORD, patient),
        "may_strike": may(member, Permission.MEDICINE_AMEND, patient),
    }
    if course is not None:
        shown |= _of_course(course, now, member)
    return render(request, "orders/overview.html", shown)


def _of_course(course: Course, now: Any, member: Any) -> dict[str, Any]:
    orders = [(order, CHIPS[OrderState(order.state)], letters.headline(order)) for order in selectors.of_course(course)]
    order = next((row for row, _, _ in orders if row.state == OrderState.SIGNED), None)
    sees_medicines = may(member, Permission.MEDICINE_VIEW, course.patient)
    return {
        "order": order,
        "headline": letters.headline(order) if order else "",
        "facts": letters.ordered(order) if order else [],
        "reasons": selectors.reasons_not_valid(course, today_in(member.zone)) if order else [],
        "others": [row for row in orders if row[0] != order],
        "ledger": selectors.ledger(course),
        "medicines": selectors.to_decide(course, now) if sees_medicines else [],
        "visit": selectors.next_dosing(course.patient, now),
        "conditions": selectors.conditions(course.patient, today_in(member.zone)),
    }


# A new order


@shows_and_takes
@requires(Permission.ORDER_DRAFT)
def new(request: StaffRequest, ref: UUID) -> HttpResponse:
    """An order as it is written; kept as a draft, then signed on its own page."""
    patient = find(request, Patient, ref, Permission.ORDER_DRAFT)
    course = selectors.newest_course(patient)
    if course is None:
        return _nothing_to_order_in(request, patient)
    form = _order_form(request, course, initial={"valid_from": today_in(request.member.zone)})

    def save(values: dict[str, Any]) -> DoseOrder:
        role = role_used(request.member, Permission.ORDER_DRAFT, patient)
        return actions.draft(patient=patient, course=course, by=request.user, role=role, **values)

    return _ask_for_order(request, course, form, save, title="New dose order")


@shows_and_takes
@requires(Permission.ORDER_EDIT)
def change(request: StaffRequest, ref: UUID, order_ref: UUID) -> HttpResponse:
    """A draft, as long as nobody has signed it."""
    patient = find(request, Patient, ref, Permission.ORDER_EDIT)
    order = find(request, DoseOrder, order_ref, Permission.ORDER_EDIT, patient=patient)
    form = _order_form(request, order.course, initial=OrderForm.initial_of(order))

    def save(values: dict[str, Any]) -> DoseOrder:
        role = role_used(request.member, Permission.ORDER_EDIT, order)
        return actions.change(order=order, by=request.user, role=role, **values)

    return _ask_for_order(request, order.course, form, save, title="Change the draft", order=order)


def _order_form(request: StaffRequest, course: Course, **more: Any) -> OrderForm:
    today, settings = today_in(request.member.zone), selectors.settings(course.clinic_id)
    latest = in_words(today + timedelta(days=settings.order_days))
    return OrderForm(_sent(request), settings=settings, today=today, latest=latest, **more)


def _ask_for_order(
    request: StaffRequest,
    course: Course,
    form: OrderForm,
    save: Callable[[dict[str, Any]], DoseOrder],
    *,
    title: str,
    order: DoseOrder | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.order())
        except NotReady as no:
            _add(form, no.reasons)
        else:
            return redirect("orders:sign", course.patient.ref, saved.ref)
    if request.method != "POST":
        opened(request, Event.ORDER_OPENED, on=course.patient, page=title)
    shown = {
        "patient": course.patient,
        "course": course,
        "form": form,
        "title": title,
        "echo": _echo(course, form, order),
        "weight": selectors.weight(course.patient),
        "zone": request.member.zone,
        "conditions": selectors.conditions(course.patient, today_in(request.member.zone)),
        "read_at": reverse("orders:read", args=[course.patient.ref]),
    }
    return render(request, "orders/new.html", shown, status=form.status)


def _nothing_to_order_in(request: StaffRequest, patient: Patient) -> HttpResponse:
    if request.method != "POST":
        opened(request, Event.ORDER_OPENED, on=patient, page="New dose order")
    shown = {"patient": patient, "title": "New dose order", "reasons": [NO_COURSE]}
    return render(request, "orders/no_course.html", shown, status=422 if request.method == "POST" else 200)


@require_POST
@requires(Permission.ORDER_DRAFT)
def read(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What a dose comes to while it is typed: a part of the page, nothing is kept."""
    patient = find(request, Patient, ref, Permission.ORDER_DRAFT)
    course = selectors.newest_course(patient)
    if course is None:
        return render(request, "orders/_echo.html", {"echo": None})
    form = _order_form(request, course)
    form.is_valid()
    return render(request, "orders/_echo.html", {"echo": _echo(course, form)})


def _echo(course: Course, form: OrderForm, order: DoseOrder | None = None) -> selectors.Echo | None:
    """Of what was typed; of a draft that is only opened, of what it says."""
    if form.is_bound:
        return selectors.echo(course, form.order(selectors.kg(course.patient)), timezone.now())
    return selectors.echo(course, selectors.values_of_order(order), timezone.now()) if order else None


# One order


@require_safe
@requires(Permission.ORDER_VIEW)
def one(request: StaffRequest, ref: UUID, order_ref: UUID) -> HttpResponse:
    """An order with its signatures and its papers."""
    patient = find(request, Patient, ref, Permission.ORDER_VIEW)
    order = find(request, DoseOrder, order_ref, Permission.ORDER_VIEW, patient=patient)
    opened(request, Event.ORDER_OPENED, on=order)
    member = request.member
    shown = {
        **_order(order),
        "zone": member.zone,
        "may_sign": may(member, Permission.ORDER_SIGN, order),
        "may_change": order.state == OrderState.DRAFT and may(member, Permission.ORDER_EDIT, order),
        "may_second": order.state == OrderState.WAITING
        and order.signed_by_id != request.user.pk
        and (may(member, Permission.ORDER_SIGN, order) or may(member, Permission.OVERRIDE_SECOND, order)),
        "is_whole": selectors.is_whole(order) if order.signed_at else True,
        "papers": papers.of_subject(letters.PAPER, order.ref),
    }
    return render(request, "orders/order.html", shown)


def _order(order: DoseOrder) -> dict[str, Any]:
    return {
        "patient": order.patient,
        "order": order,
        "chip": CHIPS[OrderState(order.state)],
        "headline": letters.headline(order),
        "facts": letters.ordered(order),
    }


@shows_and_takes
@requires(Permission.ORDER_SIGN)
@recently_confirmed(both=True)
def sign(request: StaffRequest, ref: UUID, order_ref: UUID) -> HttpResponse:
    """What the prescriber reads, confirms and signs."""
    patient = find(request, Patient, ref, Permission.ORDER_SIGN)
    order = find(request, DoseOrder, order_ref, Permission.ORDER_SIGN, patient=patient)
    found = rules.checks(selectors.asked(order.course, selectors.values_of_order(order), timezone.now()))
    form = SignForm(_sent(request), checks=found)
    if request.method == "POST" and form.is_valid():
        try:
            signed = actions.sign(
                order=order,
                by=request.user,
                role=role_used(request.member, Permission.ORDER_SIGN, order),
                reason=form.cleaned_data.get("reason", ""),
                confirmed=form.cleaned_data.get("confirmed", []),
                instead_of=_instead_of(request),
            )
        except NotReady as no:
            _add(form, no.reasons)
        else:
            waits = signed.state == OrderState.WAITING
            messages.success(request, "Signed. It waits for a second person." if waits else "Signed. It is in force.")
            return redirect("orders:one", patient.ref, order.ref)
    return _to_sign(request, order, form, found)


def _to_sign(request: StaffRequest, order: DoseOrder, form: SignForm, found: rules.Checks) -> HttpResponse:
    if request.method != "POST":
        opened(request, Event.ORDER_OPENED, on=order, page="to sign")
    today = today_in(request.member.zone)
    former = selectors.in_force(order.course)
    shown = {
        **_order(order),
        "form": form,
        "checks": found,
        "blocked": actions.reasons_against_order(order, timezone.now()),
        "former": former,
        "former_headline": letters.headline(former) if former else "",
        "covers": selectors.consent_covers(order.patient, order.route, today),
        "conditions": selectors.conditions(order.patient, today),
        "held": selectors.holds(order.course),
    }
    return render(request, "orders/sign.html", shown, status=form.status)


def _instead_of(request: StaffRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("instead_of", ""))
    except ValueError:
        return None


@shows_and_takes
@requires(Permission.ORDER_SIGN, Permission.OVERRIDE_SECOND)
@recently_confirmed(both=True)
def second(request: StaffRequest, ref: UUID, order_ref: UUID) -> HttpResponse:
    """The second signature under an order above a limit: another prescriber of the team, or the medical director."""
    order, permission = _second_find(request, ref, order_ref)
    reasons: list[str] = []
    if request.method == "POST":
        try:
            actions.second(order=order, by=request.user, role=role_used(request.member, permission, order))
        except NotReady as no:
            reasons = no.reasons
        else:
            messages.success(request, "Signed as the second person. The order is in force.")
            return redirect("desk:today")
    else:
        opened(request, Event.ORDER_OPENED, on=order, page="to second")
    shown = {**_order(order), "reasons": reasons, "conditions": selectors.conditions(order.patient, order.valid_from)}
    return render(request, "orders/second.html", shown, status=422 if reasons else 200)


def _second_find(request: StaffRequest, ref: UUID, order_ref: UUID) -> tuple[DoseOrder, Permission]:
    """The order, and the right through which this person may second it."""
    try:
        order = find(request, DoseOrder, order_ref, Permission.ORDER_SIGN, patient__ref=ref)
    except Refused:
        permission = Permission.OVERRIDE_SECOND
        return find(request, DoseOrder, order_ref, permission, patient__ref=ref), permission
    return order, Permission.ORDER_SIGN


@shows_and_takes
@requires(Permission.ORDER_SIGN)
def end(request: StaffRequest, ref: UUID, order_ref: UUID) -> HttpResponse:
    """An order holds no more, or a draft is dropped."""
    patient = find(request, Patient, ref, Permission.ORDER_SIGN)
    order = find(request, DoseOrder, order_ref, Permission.ORDER_SIGN, patient=patient)
    form = EndForm(_sent(request))

    def save(form: Any) -> str:
        actions.end(order=order, why=form.cleaned_data["why"], by=request.user)
        return "The order has ended."

    say = f"{letters.headline(order)}. No dose is given on it any more; it stays in the list."
    return _ask(request, patient, form, save, title="End the order", say=say, verb="End the order")


# Medicines before a dose, and doses elsewhere


@shows_and_takes
@requires(Permission.MEDICINE_DECIDE)
def hold(request: StaffRequest, ref: UUID, medicine_ref: UUID) -> HttpResponse:
    """Continue, hold or taper a medicine before a dose."""
    patient = find(request, Patient, ref, Permission.MEDICINE_DECIDE)
    medicine = find(request, Medicine, medicine_ref, Permission.MEDICINE_DECIDE, patient=patient)
    course = selectors.newest_course(patient)
    form = HoldForm(_sent(request))

    def save(form: Any) -> str:
        if course is None:
            raise NotReady([NO_COURSE])
        role = role_used(request.member, Permission.MEDICINE_DECIDE, patient)
        actions.set_hold(
            patient=patient, course=course, medicine=medicine, by=request.user, role=role, **form.cleaned_data
        )
        return f"Decided: {medicine.text}"

    said, title = selectors.said_of(medicine.text), f"Before a dose: {medicine.text}"
    return _ask(request, patient, form, save, title=title, template="orders/hold.html", said=said)


@require_POST
@requires(Permission.MEDICINE_DECIDE)
def end_hold(request: StaffRequest, ref: UUID, hold_ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MEDICINE_DECIDE)
    row = find(request, MedicineHold, hold_ref, Permission.MEDICINE_DECIDE, patient=patient)
    role = role_used(request.member, Permission.MEDICINE_DECIDE, patient)
    try:
        actions.end_hold(hold=row, by=request.user, role=role)
    except NotReady as no:
        messages.error(request, " ".join(no.reasons))
    else:
        messages.success(request, f"Nothing is decided of {row.name} any more.")
    return redirect("orders:list", patient.ref)


@shows_and_takes
@requires(Permission.MEDICINE_RECORD)
def declare_outside(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Ketamine the patient had elsewhere."""
    patient = find(request, Patient, ref, Permission.MEDICINE_RECORD)
    form = OutsideForm(_sent(request), today=today_in(request.member.zone))

    def save(form: Any) -> str:
        actions.declare_outside(patient=patient, by=request.user, **form.cleaned_data)
        return "Written down. It counts towards the lifetime."

    return _ask(request, patient, form, save, title="Ketamine given elsewhere")


@shows_and_takes
@requires(Permission.MEDICINE_AMEND)
def strike_outside(request: StaffRequest, ref: UUID, outside_ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MEDICINE_AMEND)
    row = find(request, OutsideDoses, outside_ref, Permission.MEDICINE_AMEND, patient=patient)
    form = StrikeForm(_sent(request))

    def save(form: Any) -> str:
        actions.strike_outside(doses=row, why=form.cleaned_data["why"], by=request.user)
        return "Struck out. It counts no more."

    say = f"{row}, declared by {row.declared_by}, will not count any more."
    return _ask(request, patient, form, save, title="Strike out doses given elsewhere", say=say, verb="Strike out")


def _sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _add(form: Any, reasons: list[str]) -> None:
    for reason in reasons:
        form.add_error(None, reason)


def _ask(
    request: StaffRequest,
    patient: Patient,
    form: Any,
    save: Callable[[Any], str],
    *,
    title: str,
    template: str = "orders/form.html",
    **more: Any,
) -> HttpResponse:
    """Show a form; when it is answered, save it, say what happened and go back to the orders."""
    if request.method == "POST" and form.is_valid():
        try:
            said = save(form)
        except NotReady as no:
            _add(form, no.reasons)
        else:
            messages.success(request, said)
            return redirect("orders:list", patient.ref)
    if request.method != "POST":
        opened(request, Event.ORDER_OPENED, on=patient, page=title)
    back = reverse("orders:list", args=[patient.ref])
    shown = {"patient": patient, "form": form, "title": title, "back": back, **more}
    return render(request, template, shown, status=form.status)
