"""Drafting a consent, giving it to the patient, and what happens while they have it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.consents import rules, selectors, texts
from patients.consents.actions.common import PATIENT, Evidence, NotPossible, freeze, locked, refreeze
from patients.consents.models import Consent, ConsentAnswer, ConsentSignature, ConsentTalk
from patients.consents.terms import ConsentKind, Event, Signer, State
from patients.record.models import Patient


@transaction.atomic
def draft(*, patient: Patient, kind: ConsentKind, details: Mapping[str, Any], by: User) -> Consent:
    """A draft from the text that holds now, or else from the newest. One nobody has signed yet is replaced.

    NotPossible: no text, no live course where one is needed, or the patient has signed one that waits for others.
    """
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    text = selectors.text_for(patient.clinic_id, kind)
    if text is None:
        raise NotPossible(["There is no text of this kind yet. An admin takes one over under Settings, Consents."])
    course = patient.courses.live().first()
    if course is None and kind in rules.OF_A_COURSE:
        raise NotPossible(["Open a course first."])
    _replace_open(patient, kind, by=by)
    consent = Consent.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=course if kind in rules.OF_A_COURSE else None,
        kind=kind,
        text=text,
        details=dict(details),
        made_by=by,
    )
    record(Event.CONSENT_DRAFTED, by=by, on=consent, kind=str(kind), version=text.version)
    return consent


def _replace_open(patient: Patient, kind: str, *, by: User) -> None:
    for consent in Consent.objects.select_for_update().filter(
        patient=patient, kind=kind, state__in=[State.DRAFT, State.PRESENTED]
    ):
        if selectors.signed_by_patient(consent):
            raise NotPossible(["The patient has signed one that waits for others. If it must change, take it back."])
        consent.state = State.SUPERSEDED
        consent.save(update_fields=["state"])
        record(Event.CONSENT_REPLACED, by=by, on=consent)


@transaction.atomic
def change_draft(*, consent: Consent, details: Mapping[str, Any], by: User) -> Consent:
    """Other details, while the patient has not been given it."""
    consent = locked(consent)
    if consent.state != State.DRAFT:
        raise NotPossible(["The patient has this consent already. Draft a new one to change it."])
    consent.details = dict(details)
    consent.save(update_fields=["details"])
    record(Event.CONSENT_DRAFTED, by=by, on=consent, kind=consent.kind, version=consent.text.version)
    return consent


@transaction.atomic
def present(*, consent: Consent, by: User) -> Consent:
    """Give it to the patient: the text is filled in, and everybody who must sign gets a place to."""
    consent = locked(consent)
    consent.text = selectors.text_for(consent.clinic_id, consent.kind) or consent.text
    if consent.kind == ConsentKind.FINANCIAL:
        consent.details = {**consent.details, "prices": value_of("price_list", consent.clinic_id)}
    values = selectors.values(consent)
    if reasons := rules.reasons_against_presenting(
        kind=consent.kind,
        state=consent.state,
        approved=consent.text.is_current,
        gaps=texts.gaps(consent.text.sections, values),
    ):
        raise NotPossible(reasons)
    for signer, user_id in signers(consent):
        ConsentSignature.objects.create(
            clinic_id=consent.clinic_id,
            patient_id=consent.patient_id,
            consent=consent,
            signer=signer,
            user_id=user_id,
        )
    consent.state, consent.presented_at, consent.presented_by = State.PRESENTED, timezone.now(), by
    freeze(consent, values)
    consent.save(update_fields=["text", "state", "presented_at", "presented_by", "details", "sections", "sha256"])
    record(Event.CONSENT_PRESENTED, by=by, on=consent, kind=consent.kind, sha256=consent.sha256)
    return consent


def signers(consent: Consent) -> list[tuple[Signer, int | None]]:
    """Who must sign this consent (consent-elements 1), with the account of those who have one."""
    details = consent.details
    named = {
        Signer.PATIENT: [None],
        Signer.PRESCRIBER: [details.get("prescriber", {}).get("user")],
        Signer.WITNESS: [details.get("therapist", {}).get("user")],
        Signer.THERAPIST: [one["user"] for one in details.get("named", [])],
    }
    return [(signer, user_id) for signer in rules.SIGNERS[consent.kind] for user_id in named[signer]]


@transaction.atomic
def note_talk(
    *, consent: Consent, questions: str, taught: Sequence[str], sober: bool, by: User, role: str
) -> ConsentTalk:
    """Write down the talk about it; from now on the text says so."""
    consent = locked(consent)
    reasons = rules.reasons_against_talk(kind=consent.kind, state=consent.state, taught=taught, sober=sober)
    if selectors.signed_by_patient(consent):
        reasons.append("The patient has signed it already; what was signed does not change.")
    if reasons:
        raise NotPossible(reasons)
    talk = ConsentTalk.objects.create(
        clinic_id=consent.clinic_id,
        patient_id=consent.patient_id,
        consent=consent,
        questions=questions,
        taught=list(taught),
        sober=sober,
        role_used=role,
        talked_by=by,
    )
    refreeze(consent)
    record(Event.CONSENT_TALKED, by=by, on=talk, role=role)
    return talk


@transaction.atomic
def note_wishes(*, consent: Consent, wishes: Mapping[str, Any], by: User | None) -> Consent:
    """Other wishes about touch, before anybody has signed; `by` is None when the patient says them on their device."""
    consent = locked(consent)
    if consent.kind != ConsentKind.TOUCH or consent.state != State.PRESENTED or selectors.signed_by_patient(consent):
        raise NotPossible(["These wishes can no longer be changed here."])
    consent.details = {**consent.details, **wishes}
    if gaps := texts.gaps(consent.text.sections, selectors.values(consent)):
        raise NotPossible([f"Not filled in: {gap}." for gap in gaps])
    consent.save(update_fields=["details"])
    refreeze(consent)
    record(Event.CONSENT_WISHES, by=by or PATIENT, on=consent)
    return consent


@transaction.atomic
def answer(*, consent: Consent, question: str, chosen: int, evidence: Evidence) -> ConsentAnswer:
    """The patient's answer to a question of understanding; every try is kept.

    NotPossible: the question or the answer is not one of this text, or the consent is not open.
    """
    consent = locked(consent)
    asked = next((one for one in consent.text.questions if one["id"] == question), None)
    if consent.state != State.PRESENTED or asked is None or not 0 <= chosen < len(asked["answers"]):
        raise NotPossible(["Choose one of the answers."])
    given = ConsentAnswer.objects.create(
        clinic_id=consent.clinic_id,
        patient_id=consent.patient_id,
        consent=consent,
        question=question,
        chosen=chosen,
        is_right=chosen == asked["right"],
        link_ref=evidence.link_ref,
    )
    record(Event.CONSENT_ANSWERED, by=PATIENT, on=consent, role=PATIENT, question=question, right=given.is_right)
    return given
