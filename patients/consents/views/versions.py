"""The consent texts of the clinic: what holds, what waits, every version; writing one and approving one."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import duties, find, may, requires, role_used
from kap_clinic.accounts.clinic_settings import selectors as settings
from kap_clinic.accounts.clinic_settings.tabs import tabs
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.consents import actions, selectors, texts
from patients.consents.forms import ApprovalForm, TextForm
from patients.consents.models import ConsentText
from patients.consents.setting_keys import TOPIC
from patients.consents.terms import ConsentKind, Event


@require_safe
@requires(Permission.SETTINGS_VIEW)
def all_texts(request: StaffRequest) -> HttpResponse:
    """Every text with its versions, and the facts filled into them."""
    _not_only_hours(request)
    opened(request, Event.TEXTS_OPENED)
    clinic_id = request.member.clinic_id
    shown = {
        "tabs": tabs(request, TOPIC),
        "topic": TOPIC,
        "texts": selectors.all_texts(clinic_id),
        "held": settings.topic(TOPIC, clinic_id),
        "may_write": may(request.member, Permission.CONSENT_TEMPLATE_MAKE),
    }
    return render(request, "consents/texts.html", shown)


def _not_only_hours(request: StaffRequest) -> None:
    if "opening_hours" in duties(request.member, Permission.SETTINGS_VIEW):
        raise Refused(Permission.SETTINGS_VIEW)


@require_safe
@requires(Permission.SETTINGS_VIEW)
def text(request: StaffRequest, ref: UUID) -> HttpResponse:
    """One version, with what is new in it."""
    _not_only_hours(request)
    row = find(request, ConsentText, ref, Permission.SETTINGS_VIEW)
    opened(request, Event.TEXTS_OPENED, on=row)
    return _page(request, row, ApprovalForm())


def _page(request: StaffRequest, row: ConsentText, form: ApprovalForm) -> HttpResponse:
    before = selectors.text_before(row)
    may_approve = may(request.member, Permission.CONSENT_TEMPLATE_SECOND) and row.written_by_id != request.user.pk
    shown = {
        "tabs": tabs(request, TOPIC),
        "text": row,
        "parts": selectors.text_reading(row),
        "changed": texts.changed(before.sections, row.sections) if before else [],
        "before": before,
        "may_approve": may_approve and row.approved_at is None,
        "form": form,
    }
    return render(request, "consents/text.html", shown, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONSENT_TEMPLATE_MAKE)
@recently_confirmed
def write(request: StaffRequest, kind: str) -> HttpResponse:
    """A new version, from the one that holds, or from the text that came with the product."""
    if kind not in ConsentKind.values:
        raise Http404
    last = selectors.newest_text(request.member.clinic_id, kind)
    shipped = texts.shipped(kind)
    form = TextForm(
        request.POST if request.method == "POST" else None,
        sections=last.sections if last else shipped["sections"],
        title=last.title if last else shipped["title"],
        initial={} if last else {"why": "As it came with the product"},
    )
    if form.is_valid():
        try:
            row = actions.write_text(
                clinic_id=request.member.clinic_id,
                kind=ConsentKind(kind),
                title=form.cleaned_data["title"],
                sections=form.written(),
                why=form.cleaned_data["why"],
                by=request.user,
            )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, "Written. It counts once a second person approves it.")
            return redirect("consent_texts:one", row.ref)
    if request.method != "POST":
        opened(request, Event.TEXTS_OPENED, kind=kind)
    shown = {
        "tabs": tabs(request, TOPIC),
        "form": form,
        "kind": ConsentKind(kind),
        "last": last,
        "sections": form.in_pairs(),
    }
    return render(request, "consents/write_text.html", shown, status=form.status)


@require_POST
@requires(Permission.CONSENT_TEMPLATE_SECOND)
@recently_confirmed(both=True)
def approve(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Sign that it may be used."""
    row = find(request, ConsentText, ref, Permission.CONSENT_TEMPLATE_SECOND)
    form = ApprovalForm(request.POST)
    if form.is_valid():
        role = role_used(request.member, Permission.CONSENT_TEMPLATE_SECOND, row)
        try:
            actions.approve_text(text=row, by=request.user, role=role, zone=request.member.zone)
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"Approved: {row}. It holds from now on.")
            return redirect("consent_texts:all")
    return _page(request, row, form)
