"""What a patient agreed to, when; and one consent, section by section."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from kap_clinic.documents import selectors as papers
from patients.consents import rules, selectors
from patients.consents.actions.common import PAPER
from patients.consents.forms import CountersignForm, TalkForm
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, Event, State
from patients.record.days import today_in
from patients.record.models import Patient


@require_safe
@requires(Permission.CONSENT_VIEW, Permission.CONSENT_STATUS)
def overview(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Every kind of consent and whether it holds; for the front desk whether it does, and nothing else."""
    permission = _reading(request)
    patient = find(request, Patient, ref, permission)
    opened(request, Event.CONSENTS_OPENED, on=patient)
    chapters = selectors.chapters(patient, today_in(request.member.zone))
    shown = {
        "patient": patient,
        "chapters": chapters,
        "touch": next(selectors.limits_of(one.standing) for one in chapters if one.kind == ConsentKind.TOUCH),
        "status_only": permission == Permission.CONSENT_STATUS,
        "may_make": may(request.member, Permission.CONSENT_MAKE, patient),
    }
    return render(request, "consents/overview.html", shown)


def _reading(request: StaffRequest) -> Permission:
    if may(request.member, Permission.CONSENT_VIEW):
        return Permission.CONSENT_VIEW
    return Permission.CONSENT_STATUS


@require_safe
@requires(Permission.CONSENT_VIEW)
def consent(request: StaffRequest, ref: UUID, consent_ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.CONSENT_VIEW)
    row = find(request, Consent, consent_ref, Permission.CONSENT_VIEW, patient=patient)
    opened(request, Event.CONSENT_OPENED, on=row)
    return page(request, row)


def page(request: StaffRequest, row: Consent, *, reasons: list[str] | None = None, **forms: Any) -> HttpResponse:
    """One consent with what this person may do about it; `reasons` say why something just asked did not happen."""
    member = request.member
    places = selectors.signed(row)
    mine = [place for place in row.signatures.all() if may(member, Permission.CONSENT_SIGN, place)]
    open_places = {place.ref for place in mine if place.signed_at is None} if row.state == State.PRESENTED else set()
    patient_signed = selectors.signed_by_patient(row)
    shown = {
        "patient": row.patient,
        "consent": row,
        "reading": selectors.reading(row),
        "standing": selectors.standing(row.patient, today_in(member.zone))[ConsentKind(row.kind)],
        "places": places,
        "mine": open_places,
        "patient_signed": patient_signed,
        "may_make": may(member, Permission.CONSENT_MAKE, row.patient),
        "may_talk": bool(mine) and row.state == State.PRESENTED and not patient_signed,
        "needs_talk": row.kind in rules.TALKED_THROUGH,
        "may_withdraw": may(member, Permission.CONSENT_REVOKE, row.patient)
        and not rules.reasons_against_withdrawing(row.state),
        "may_print": may(member, Permission.CONSENT_EXPORT, row.patient),
        "talks": row.talks.select_related("talked_by"),
        "papers": papers.of_subject(PAPER, row.ref),
        "sign_form": CountersignForm(),
        "talk_form": TalkForm(kind=row.kind),
        "reasons": reasons or [],
        **forms,
    }
    status = 422 if reasons or any(getattr(form, "status", 200) == 422 for form in forms.values()) else 200
    return render(request, "consents/consent.html", shown, status=status)
