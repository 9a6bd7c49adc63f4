"""Does a consent hold on a day? What the moves of a course and the gate before a dose ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kap_clinic.accounts.clinic_settings.selectors import values_in, values_read
from kap_clinic.reads import Read, ReadModels, Rows, compiled, together
from patients.consents import rules
from patients.consents.models import Consent, ConsentSignature, ConsentTalk, ConsentText
from patients.consents.rules import Asked, Held
from patients.consents.terms import ConsentKind, Meaning, Signer, State
from patients.course.models import Course, CourseMove
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


SETTINGS = ("treatment_consent_months", "price_list")
CONSENT = (
    *("id", "ref", "clinic_id", "patient_id", "course_id", "kind", "text_id", "state", "details"),
    *("presented_at", "completed_at", "revoked_at", "text__kind", "text__version", "text__title", "text__approved_at"),
    *("text__superseded_at", "course__number", "course__stage"),
)
PLACE = ("id", "consent_id", "signer", "user_id", "signed_at", "meaning")


def reads(patient: Patient) -> dict[str, Read]:
    """What `standing` and `evidence` need of a patient, to be read together with other things."""
    settings = values_read(SETTINGS, patient.clinic_id)
    return {**_given(patient), "current_texts": _texts(patient.clinic_id), "consent_settings": settings}


@compiled
def _texts(clinic: int) -> Read:
    return Read(ConsentText.objects.current().filter(clinic=clinic), ("kind", "version"))


@compiled
def _given(patient: Patient) -> dict[str, Read]:
    return {
        "live_course": Read(Course.objects.live().filter(patient=patient), ("number",)),
        "consents": ReadModels(Consent.objects.filter(patient=patient).order_by("id"), CONSENT),
        "consent_places": ReadModels(ConsentSignature.objects.filter(patient=patient).order_by("id"), PLACE),
        "consent_talks": Read(ConsentTalk.objects.filter(patient=patient), ("consent_id",)),
        "closings": Read(
            CourseMove.objects.filter(patient=patient, after=Stage.CLOSING).order_by("-id"), ("course_id", "moved_at")
        ),
    }


def standing(
    patient: Patient,
    on: date,
    *,
    t0: datetime | None = None,
    route: str = "",
    staff: Mapping[int, str] | None = None,
    zone: str = "",
    read: Rows | None = None,
) -> dict[ConsentKind, Standing]:
    """How each kind of consent stands on a day (in the clinic's zone); one query, however many there are.

    The gate gives more to ask: `t0` (signed before it), `route` (covered by the treatment consent), `staff` (id ->
    name of who will be in the room, named in the touch consent). Unknown is never valid. `read`: the rows of `reads`
    where the page has them.
    """
    zone = zone or patient.clinic.zone
    rows = together(reads(patient)) if read is None else read
    course = next((number for (number,) in rows["live_course"]), None)
    asked = Asked(on, t0=t0, route=route, course=course, staff=staff or {})
    held = _Known(dict(rows["current_texts"]), _by_consent(rows), values_in(rows["consent_settings"], SETTINGS), zone)
    newest = _newest(rows["consents"])
    return {kind: _standing(kind, newest.get(kind), asked, held) for kind in ConsentKind}


@dataclass(frozen=True)
class _Known:
    """What is the same for every kind: the versions that hold, each consent's places to sign, the settings."""

    current: Mapping[str, int]
    places: Mapping[int, list[ConsentSignature]]
    settings: Mapping[str, Any]
    zone: str


def _by_consent(rows: Rows) -> dict[int, list[ConsentSignature]]:
    found: dict[int, list[ConsentSignature]] = {}
    for place in rows["consent_places"]:
        found.setdefault(place.consent_id, []).append(place)
    return found


def _newest(rows: Iterable[Consent]) -> dict[str, Consent]:
    """Of each kind the one that counts: a signed one, else the last that is more than a draft, else a draft."""
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


def _standing(kind: ConsentKind, consent: Consent | None, asked: Asked, known: _Known) -> Standing:
    held = _held(consent, known) if consent else None
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


def _held(consent: Consent, known: _Known) -> Held:
    places, settings, zone = known.places.get(consent.pk, []), known.settings, known.zone
    patients = next((one for one in places if one.signer == Signer.PATIENT), None)
    signed_at = consent.completed_at
    approved_at = consent.text.approved_at
    months = settings["treatment_consent_months"] if consent.kind in rules.RENEW_MONTHS else None
    ended_at = consent.revoked_at or (patients.signed_at if patients and patients.meaning == Meaning.REFUSAL else None)
    return Held(
        kind=consent.kind,
        state=consent.state,
        version=consent.text.version,
        current_version=known.current.get(consent.kind),
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


def evidence(patient: Patient, on: date, *, zone: str = "", read: Rows | None = None) -> dict[str, bool]:
    """What the moves of a course ask of consents, by the keys of `patients.course.rules.NEEDS`."""
    rows = together(reads(patient)) if read is None else read
    return evidence_of(standing(patient, on, zone=zone, read=rows), rows)


def evidence_of(held: Mapping[ConsentKind, Standing], rows: Rows) -> dict[str, bool]:
    """The same from how the consents stand."""
    treatment = held[ConsentKind.TREATMENT].consent
    talked = (
        treatment is not None
        and treatment.state in {State.PRESENTED, State.SIGNED}
        and treatment.course is not None
        and treatment.course.is_live
        and (treatment.pk,) in rows["consent_talks"]
    )
    return {
        "privacy_signed": held[ConsentKind.PRIVACY].valid,
        "financial_talk": held[ConsentKind.FINANCIAL].valid,
        "treatment_talk": talked,
        "treatment_valid": held[ConsentKind.TREATMENT].valid,
        "touch_valid": held[ConsentKind.TOUCH].valid,
        "consent_renewed": held[ConsentKind.TREATMENT].valid and _renewed(treatment, rows["closings"]),
    }


def _renewed(consent: Consent | None, closings: Iterable[tuple[int, datetime]]) -> bool:
    """Whether the treatment consent was signed after its course began to close (protocol 2, maintenance)."""
    if consent is None or consent.completed_at is None:
        return False
    closed_at = next((at for course_id, at in closings if course_id == consent.course_id), None)
    return closed_at is not None and consent.completed_at > closed_at
