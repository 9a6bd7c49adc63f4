"""What is filled into a consent, and the digests of what is signed."""

from typing import Any

from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.models import Clinic, Membership
from kap_clinic.accounts.terms import Role
from patients.consents import filling
from patients.consents.models import Consent, ConsentSignature

CLINIC_SETTINGS = (
    *("clinic_phone", "after_hours_phone", "crisis_contacts", "licensing_board", "reply_time", "part_2_program"),
    *("price_list", "cancel_hours", "cancel_fee", "gate_fee", "second_person"),
)


def clinic_values(clinic_id: int) -> dict[str, Any]:
    """The slots all patients of a clinic share."""
    held = values_of(CLINIC_SETTINGS, clinic_id)
    return {
        "clinic": Clinic.objects.get(pk=clinic_id).name,
        "phone": held["clinic_phone"],
        "after_hours": held["after_hours_phone"],
        "crisis": filling.crisis_in_words(held["crisis_contacts"]),
        "board": held["licensing_board"],
        "reply_time": held["reply_time"],
        "part_2": filling.PART_2[held["part_2_program"]],
        "prices": held["price_list"],
        "cancel_hours": held["cancel_hours"],
        "cancel_fee": held["cancel_fee"],
        "gate_fee": held["gate_fee"],
        "second_person": held["second_person"],
        "safety_officer": "; ".join(safety_officers(clinic_id)),
    }


def safety_officers(clinic_id: int) -> list[str]:
    rows = Membership.objects.filter(clinic_id=clinic_id, roles__contains=[Role.SAFETY_OFFICER], ended_at=None)
    return list(rows.order_by("user__name").values_list("user__name", flat=True))


def values(consent: Consent) -> dict[str, Any]:
    """Everything that is filled into this consent now."""
    talk = consent.talks.last()
    said = {"questions": talk.questions, "taught": talk.taught} if talk else None
    return filling.values(consent.kind, consent.details, clinic_values(consent.clinic_id), said)


def content_digest(consent: Consent) -> str:
    """Of all that is signed: whose it is, the exact text version, and every word of it."""
    return filling.digest(
        {
            "patient": consent.patient.ref,
            "course": consent.course.ref if consent.course else None,
            "kind": consent.kind,
            "text": consent.text.sha256,
            "version": consent.text.version,
            "details": consent.details,
            "sections": consent.sections,
        }
    )


def signature_digest(consent: Consent, signature: ConsentSignature) -> str:
    """What a signature is bound to; anybody can compute it again from what is kept."""
    return filling.signature_digest(
        content=consent.sha256,
        text=consent.text.sha256,
        version=consent.text.version,
        meaning=signature.meaning,
        name=signature.printed_name,
        at=signature.signed_at.isoformat() if signature.signed_at else "",
        answers=list(consent.answers.values_list("question", "chosen", "is_right")),
    )


def is_whole(consent: Consent) -> bool:
    """Whether what is kept is still what was signed: the content, and each signature."""
    signed = [one for one in consent.signatures.all() if one.signed_at]
    return content_digest(consent) == consent.sha256 and all(
        signature_digest(consent, one) == one.sha256 for one in signed
    )
