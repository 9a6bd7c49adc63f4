"""Finding a link, and what a list of links shows."""

from dataclasses import dataclass
from datetime import datetime

from kap_clinic import wall
from kap_clinic.accounts import doors
from patients.links.models import LinkForm, PatientLink
from patients.links.terms import LinkState
from patients.record.models import Patient

KIND = "patient"  # of the doors in the wall


def by_token(token: str) -> PatientLink | None:
    """The link this token belongs to, in whatever state. From here on the wall stands at its clinic."""
    door = doors.behind(KIND, token)
    return inside(door.clinic_id, door.row_id) if door else None


def inside(clinic_id: int, link_id: int) -> PatientLink | None:
    """A link whose clinic is known already. From here on the wall stands there."""
    wall.set_clinic(clinic_id)
    rows = PatientLink.objects.select_related("clinic", "patient", "patient__clinic", "watcher")
    return rows.filter(pk=link_id, clinic_id=clinic_id).first()


@dataclass(frozen=True)
class Listed:
    """One link on the list of a patient."""

    link: PatientLink
    forms: list[LinkForm]
    state: LinkState

    @property
    def sent(self) -> int:
        return sum(form.sent_at is not None for form in self.forms)

    @property
    def is_open(self) -> bool:
        return self.state in {LinkState.OPEN, LinkState.CHECKED}


def of_patient(patient: Patient, now: datetime, *, most: int = 30) -> list[Listed]:
    """The newest links of a patient with what they ask for."""
    rows = patient.links.select_related("made_by", "revoked_by", "watcher").prefetch_related("forms")[:most]
    return [Listed(link, list(link.forms.all()), link.state(now)) for link in rows]


def newest(patient: Patient) -> PatientLink | None:
    return patient.links.order_by("-id").first()
