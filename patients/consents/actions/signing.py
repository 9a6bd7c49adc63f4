"""Signing: the patient on their own device, then staff, each in their own place."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.consents import drawings, rules, selectors
from patients.consents.actions.common import PATIENT, Evidence, NotPossible, ask_for_paper, locked
from patients.consents.models import Consent, ConsentSignature
from patients.consents.terms import Event, Meaning, Signer, State


@transaction.atomic
def sign_as_patient(
    *,
    consent: Consent,
    signed_name: str,
    drawn_svg: str,
    evidence: Evidence,
    electronic: bool,
    clear_headed: bool,
    last_dose_at: datetime | None,
) -> ConsentSignature:
    """The patient agrees and signs, on their own device. `drawn_svg` is "" when the name was typed only.

    `electronic`: they agreed to sign on a screen, shown first. `last_dose_at` has no default on purpose: who calls this
    knows of doses, and nobody signs within 24 hours after one. NotPossible: every reason, worded for the patient.
    """
    consent, now = locked(consent), timezone.now()
    ready = selectors.readiness(consent, electronic=electronic, clear_headed=clear_headed, printed_name=signed_name)
    sober_for = timedelta(hours=value_of("sober_hours", consent.clinic_id))
    reasons = rules.reasons_against_signing(
        consent.kind, ready, now=now, last_dose_at=last_dose_at, sober_for=sober_for
    )
    drawing = _drawing(drawn_svg, reasons)
    if reasons:
        raise NotPossible(reasons)
    signature = _sign(
        _patients_place(consent),
        consent,
        name=signed_name,
        meaning=Meaning.CONSENT,
        role=PATIENT,
        drawing=drawing,
        electronic=electronic,
        evidence=evidence,
        at=now,
    )
    record(Event.CONSENT_SIGNED, by=PATIENT, on=signature, role=PATIENT, sha256=signature.sha256)
    _after_signature(consent, by=None)
    return signature


@transaction.atomic
def refuse_as_patient(*, consent: Consent, signed_name: str, why: str, evidence: Evidence) -> ConsentSignature:
    """The patient says no; a signature of its own, with or without a reason."""
    consent = locked(consent)
    if consent.state != State.PRESENTED or selectors.signed_by_patient(consent):
        raise NotPossible(["This page is not open any more."])
    if not signed_name.strip():
        raise NotPossible(["Type your full name."])
    signature = _sign(
        _patients_place(consent),
        consent,
        name=signed_name,
        meaning=Meaning.REFUSAL,
        role=PATIENT,
        words=why,
        evidence=evidence,
        at=timezone.now(),
    )
    consent.state = State.REFUSED
    consent.save(update_fields=["state"])
    record(Event.CONSENT_REFUSED, by=PATIENT, on=signature, role=PATIENT)
    ask_for_paper(consent, by=None)
    return signature


@transaction.atomic
def countersign(
    *, signature: ConsentSignature, by: User, role: str, evidence: Evidence, drawn_svg: str = ""
) -> ConsentSignature:
    """A member of staff signs their own place: prescriber, therapist, or witness of the talk."""
    consent = locked(signature.consent)
    signature = ConsentSignature.objects.select_for_update(of=("self",)).get(pk=signature.pk)
    reasons = rules.reasons_against_countersigning(
        state=consent.state,
        patient_signed=selectors.signed_by_patient(consent),
        signed=signature.signed_at is not None,
    )
    if signature.user_id != by.pk:
        reasons.append("This is somebody else's place to sign.")
    drawing = _drawing(drawn_svg, reasons)
    if reasons:
        raise NotPossible(reasons)
    signature = _sign(
        signature,
        consent,
        name=by.name,
        meaning=rules.MEANING[signature.signer],
        role=role,
        drawing=drawing,
        electronic=True,
        evidence=evidence,
        at=timezone.now(),
    )
    record(Event.CONSENT_SIGNED, by=by, on=signature, role=role, sha256=signature.sha256)
    _after_signature(consent, by=by)
    return signature


def _patients_place(consent: Consent) -> ConsentSignature:
    return ConsentSignature.objects.select_for_update(of=("self",)).get(consent=consent, signer=Signer.PATIENT)


def _drawing(svg: str, reasons: list[str]) -> str:
    try:
        return drawings.tidy(svg)
    except drawings.NotADrawing as no:
        reasons.append(str(no))
        return ""


def _sign(
    signature: ConsentSignature,
    consent: Consent,
    *,
    name: str,
    meaning: Meaning,
    role: str,
    evidence: Evidence,
    at: datetime,
    **also: Any,
) -> ConsentSignature:
    signature.signed_at, signature.zone = at, evidence.zone
    signature.printed_name = " ".join(name.split())[:120]
    signature.meaning, signature.role_used = meaning, role
    signature.identity, signature.address = evidence.identity[:120], evidence.address[:45]
    signature.device, signature.session_hash = evidence.device[:200], evidence.session_hash
    signature.link_ref = evidence.link_ref
    for field, value in also.items():
        setattr(signature, field, value)
    signature.sha256 = selectors.signature_digest(consent, signature)
    signature.save()
    return signature


def _after_signature(consent: Consent, *, by: User | None) -> None:
    """Once all have signed it holds, and takes the place of the one before."""
    if not consent.signatures.filter(signed_at=None).exists():
        for old in Consent.objects.select_for_update().filter(
            patient_id=consent.patient_id, kind=consent.kind, state=State.SIGNED
        ):
            old.state = State.SUPERSEDED
            old.save(update_fields=["state"])
            record(Event.CONSENT_REPLACED, by=by or PATIENT, on=old)
        consent.state, consent.completed_at = State.SIGNED, timezone.now()
        consent.save(update_fields=["state", "completed_at"])
        record(Event.CONSENT_COMPLETED, by=by or PATIENT, on=consent, kind=consent.kind, sha256=consent.sha256)
    ask_for_paper(consent, by=by)
