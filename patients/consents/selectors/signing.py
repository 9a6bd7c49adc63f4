"""Places to sign: who has signed what, when and how, and what somebody still owes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from kap_clinic.accounts.models import User
from patients.consents import rules
from patients.consents.drawings import as_image
from patients.consents.models import Consent, ConsentSignature
from patients.consents.terms import Signer
from patients.record.models import Patient


@dataclass(frozen=True)
class Signed:
    """One place to sign, as it is shown on screen and paper."""

    ref: UUID
    place: Signer
    signer: str  # in words
    name: str  # whose place it is, or the printed name
    meaning: str
    at: datetime | None
    zone: str
    role: str
    picture: str  # address of the drawing, "" when typed
    words: str
    identity: str
    address: str
    device: str
    electronic: bool
    sha256: str
    user_id: int | None

    @property
    def own_meaning(self) -> str:
        """What signing this place will mean."""
        return str(rules.MEANING[self.place].label)

    @property
    def role_in_words(self) -> str:
        return self.role.replace("_", " ")

    @property
    def when(self) -> str:
        """Date and time where it was signed: 24 Nov 2026, 14:42:32 EST (America/New_York)."""
        if self.at is None:
            return ""
        local = self.at.astimezone(ZoneInfo(self.zone))
        return f"{rules.day_in_words(local.date())}, {local:%H:%M:%S %Z} ({self.zone})"

    @property
    def when_utc(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if self.at else ""


def signed(consent: Consent, *, before: datetime | None = None) -> list[Signed]:
    """Every place to sign of a consent; with `before`, what was signed after it counts as not signed yet."""
    rows = consent.signatures.select_related("user").order_by("id")
    return [_signed(row, consent.patient, before) for row in rows]


def _signed(row: ConsentSignature, patient: Patient, before: datetime | None) -> Signed:
    is_there = row.signed_at is not None and (before is None or row.signed_at <= before)
    whose = row.user.name if row.user else f"{patient.given_name} {patient.family_name}"
    return Signed(
        ref=row.ref,
        place=Signer(row.signer),
        signer=row.get_signer_display(),
        name=row.printed_name if is_there else whose,
        meaning=row.get_meaning_display() if is_there else "",
        at=row.signed_at if is_there else None,
        zone=row.zone,
        role=row.role_used,
        picture=as_image(row.drawing) if is_there else "",
        words=row.words if is_there else "",
        identity=row.identity,
        address=row.address,
        device=row.device,
        electronic=row.electronic,
        sha256=row.sha256,
        user_id=row.user_id,
    )


def owed_by(user: User) -> list[ConsentSignature]:
    """What somebody on the staff still has to sign, oldest first."""
    rows = ConsentSignature.objects.owed_by(user).select_related("consent", "consent__text", "patient")
    return list(rows.order_by("id"))


def signed_by_patient(consent: Consent) -> bool:
    return consent.signatures.filter(signer=Signer.PATIENT, signed_at__isnull=False).exists()
