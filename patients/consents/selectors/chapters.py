"""The page of a patient's consents: what was agreed, when, and who may be named in a draft."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kap_clinic.accounts.terms import Role
from patients.consents.models import Consent, ConsentSignature
from patients.consents.selectors.standing import Standing, standing
from patients.consents.terms import ConsentKind, Signer, State
from patients.record import selectors as records
from patients.record.models import Patient

ASKED_ANEW = ("prices", "routes", "level", "techniques", "trained")  # nothing clinical is ticked beforehand (ux 5)


@dataclass(frozen=True)
class Chapter:
    """One kind of consent of a patient: how it stands, and every one there was, newest first."""

    standing: Standing
    all: list[Consent]

    @property
    def kind(self) -> ConsentKind:
        return self.standing.kind

    @property
    def chip(self) -> tuple[str, str]:
        """Colour and word."""
        return chip_of(self.standing)

    @property
    def open(self) -> Consent | None:
        """The one being prepared or waiting for signatures."""
        return next((one for one in self.all if one.state in {State.DRAFT, State.PRESENTED}), None)


def chip_of(held: Standing) -> tuple[str, str]:
    """Colour and word for how a consent stands."""
    if held.valid:
        return "ok", "Holds"
    if held.state is None:
        return "warn", "Not yet"
    kind = "danger" if held.state in {State.REVOKED, State.REFUSED, State.EXPIRED} else "warn"
    return kind, str(held.state.label)


def chapters(patient: Patient, on: date) -> list[Chapter]:
    """Every kind of consent of a patient, in the order they are needed."""
    held = standing(patient, on)
    rows = list(Consent.objects.filter(patient=patient).select_related("text", "made_by").order_by("-id"))
    return [Chapter(held[kind], [row for row in rows if row.kind == kind]) for kind in ConsentKind]


@dataclass(frozen=True)
class Nameable:
    """Somebody on the care team a draft may name, with the licence they were named with last."""

    user_id: int
    name: str
    licence: str


def nameable(patient: Patient, zone: str, roles: Iterable[Role]) -> list[Nameable]:
    """The people of the care team with one of these roles."""
    wanted = set(roles)
    team = [carer for carer in records.care_team(patient, zone) if carer.roles & wanted]
    licences = _licences([carer.user_id for carer in team])
    return [Nameable(carer.user_id, carer.name, licences.get(carer.user_id, "")) for carer in team]


def prescribers(patient: Patient, zone: str) -> list[Nameable]:
    return nameable(patient, zone, (Role.PRESCRIBER, Role.MEDICAL_DIRECTOR))


def therapists(patient: Patient, zone: str) -> list[Nameable]:
    return nameable(patient, zone, (Role.THERAPIST,))


def may_touch(patient: Patient, zone: str) -> list[Nameable]:
    return nameable(patient, zone, (Role.THERAPIST, Role.NURSE))


def _licences(user_ids: Sequence[int]) -> dict[int, str]:
    """The licence each was last named with in a treatment consent."""
    rows = ConsentSignature.objects.filter(
        user_id__in=user_ids, consent__kind=ConsentKind.TREATMENT, signer__in=[Signer.PRESCRIBER, Signer.WITNESS]
    )
    found = {}
    for signer, user_id, details in rows.order_by("id").values_list("signer", "user_id", "consent__details"):
        place = "prescriber" if signer == Signer.PRESCRIBER else "therapist"
        found[user_id] = details.get(place, {}).get("licence", "")
    return found


def suggested(patient: Patient, kind: str, *, clinical: bool) -> dict[str, Any]:
    """What a draft starts from: what the last one of the kind said, and what the course says. To be read over."""
    last = Consent.objects.filter(patient=patient, kind=kind).order_by("-id").first()
    found: dict[str, Any] = dict(last.details) if last else {}
    for name in ASKED_ANEW:
        found.pop(name, None)
    course = patient.courses.live().first()
    if kind != ConsentKind.TREATMENT or course is None or not clinical:
        return found
    planned = {
        "reason": course.indication,
        "tried": course.tried_before,
        "preparation": course.planned_preparations,
        "sessions": course.planned_doses,
    }
    return {name: value for name, value in planned.items() if value} | found
