"""Does a consent hold on a day? What the moves of a course and the gate before a dose ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from kap_clinic.accounts.clinic_settings.selectors import values_of
from patients.consents import rules
from patients.consents.models import Consent, ConsentSignature, ConsentText
from patients.consents.rules import Asked, Held
from patients.consents.terms import ConsentKind, Meaning, Signer, State
from patients.course.models import CourseMove
from patients.course.terms import Stage
from patients.record.models import Patient


@dataclass(frozen=True)
class Standing:
    """Whether a consent holds on a day, and if not, each reason. `until`: the last day it holds, None: no end."""

    kind: ConsentKind
    valid: bool
    reasons: list[str]
    state: State | None = None  # None: there is none
    since: date | None = None
    until: date | None = None
    version: int | None = None
    consent: Consent | None = field(default=None, repr=False)


def standing(
    patient: Patient,
    on: date,
    *,
    t0: datetime | None = None,
    route: str = "",
    staff: Mapping[int, str] | None = None,
    zone: str = "",
) -> dict[ConsentKind, Standing]:
    """How each kind of consent stands on a day (in the clinic's zone); 7 queries, however many there are.

    The gate gives more to ask: `t0` (signed before it), `route` (covered by the treatment consent), `staff` (id ->
    name of who will be in the room, named in the touch consent). Unknown is never valid.
    """
    zone = zone or patient.clinic.zone
    course = patient.courses.live().first()
    asked = Asked(on, t0=t0, route=route, course=course.number if course else None, staff=staff or {})
    current = dict(ConsentText.objects.current().filter(clinic_id=patient.clinic_id).values_list("kind", "version"))
    settings = values_of(["treatment_consent_months", "price_list"], patient.clinic_id)
    newest = _newest(patient)
    return {kind: _standing(kind, newest.get(kind), asked, current.get(kind), settings, zone) for kind in ConsentKind}


def _newest(patient: Patient) -> dict[str, Consent]:
    """Of each kind the one that counts: a signed one, else the last that is more than a draft, else a draft."""
    rows = Consent.objects.filter(patient=patient).select_related("text", "course").order_by("id")
    rows = rows.prefetch_related(Prefetch("signatures", ConsentSignature.objects.order_by("id")))
    found: dict[str, Consent] = {}
    for row in rows:
        held = found.get(row.kind)
        if held is None or _weight(row) >= _weight(held):
            found[row.kind] = row
    return found


def _weight(consent: Consent) -> int:
    if consent.state == State.SIGNED:
        return 3
    if consent.state == State.PRESENTED:
        return 2
    return 0 if consent.presented_at is None else 1


def _standing(
    kind: ConsentKind, consent: Consent | None, asked: Asked, current: int | None, settings: Any, zone: str
) -> Standing:
    held = _held(consent, current, settings, zone) if consent else None
    reasons = rules.reasons_not_valid(kind, held, asked)
    if consent is None or held is None:
        return Standing(kind, False, reasons)
    return Standing(
        kind,
        valid=not reasons,
        reasons=reasons,
        state=rules.state_now(held, asked.on),
        since=held.signed_on,
        until=rules.renew_on(held),
        version=consent.text.version,
        consent=consent,
    )


def _held(consent: Consent, current: int | None, settings: Mapping[str, Any], zone: str) -> Held:
    places = list(consent.signatures.all())
    patients = next((one for one in places if one.signer == Signer.PATIENT), None)
    signed_at = consent.completed_at
    approved_at = consent.text.approved_at
    months = settings["treatment_consent_months"] if consent.kind in rules.RENEW_MONTHS else None
    ended_at = consent.revoked_at or (patients.signed_at if patients and patients.meaning == Meaning.REFUSAL else None)
    return Held(
        kind=consent.kind,
        state=consent.state,
        version=consent.text.version,
        current_version=current,
        approved=bool(approved_at and patients and patients.signed_at and approved_at <= patients.signed_at),
        waits_for=tuple(one.signer for one in places if one.signed_at is None),
        signed_at=signed_at,
        signed_on=_day(signed_at, zone),
        ended_on=_day(ended_at, zone),
        renew_months=months,
        routes=frozenset(consent.details.get("routes", [])),
        course=consent.course.number if consent.course else None,
        prices_changed=consent.kind == ConsentKind.FINANCIAL
        and consent.details.get("prices") != settings["price_list"],
        named=frozenset(one["user"] for one in consent.details.get("named", [])),
    )


def _day(moment: datetime | None, zone: str) -> date | None:
    return moment.astimezone(ZoneInfo(zone)).date() if moment else None


def evidence(patient: Patient, on: date) -> dict[str, bool]:
    """What the moves of a course ask of consents, by the keys of `patients.course.rules.NEEDS`."""
    held = standing(patient, on)
    treatment = held[ConsentKind.TREATMENT].consent
    talked = (
        treatment is not None
        and treatment.state in {State.PRESENTED, State.SIGNED}
        and treatment.course is not None
        and treatment.course.is_live
        and treatment.talks.exists()
    )
    return {
        "privacy_signed": held[ConsentKind.PRIVACY].valid,
        "financial_talk": held[ConsentKind.FINANCIAL].valid,
        "treatment_talk": talked,
        "treatment_valid": held[ConsentKind.TREATMENT].valid,
        "touch_valid": held[ConsentKind.TOUCH].valid,
        "consent_renewed": held[ConsentKind.TREATMENT].valid and _renewed(treatment),
    }


def _renewed(consent: Consent | None) -> bool:
    """Whether the treatment consent was signed after its course began to close (protocol 2, maintenance)."""
    if consent is None or consent.completed_at is None:
        return False
    closing = CourseMove.objects.filter(course=consent.course, after=Stage.CLOSING).order_by("-id").first()
    return closing is not None and consent.completed_at > closing.moved_at
