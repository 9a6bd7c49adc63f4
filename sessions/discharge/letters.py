"""The after-care sheet a patient takes home, as a page and as a stored paper."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record.letterhead import Letterhead
from sessions.discharge import advice, selectors
from sessions.discharge.advice import Part
from sessions.dosing.models import DosingSession
from sessions.orders.selectors import holds
from sessions.orders.terms import Disposition
from sessions.visits.selectors import integration_after

PAPER, PAPERS_TASK = "after_care", "sessions.render_advice"


@dataclass(frozen=True)
class Sheet:
    """Everything the sheet says. Phones are empty where the clinic has entered none."""

    parts: list[Part]
    call_us: tuple[str, ...]
    call_911: tuple[str, ...]
    crisis: str
    next: str
    visit: str
    phone: str
    after_hours: str
    escort: str


@dataclass(frozen=True)
class AdviceLetter(Letterhead):
    sheet: Sheet


def sheet(dosing: DosingSession) -> Sheet:
    """What this patient takes home today. Names no drug: others at home read it, too."""
    zone = ZoneInfo(dosing.clinic.zone)
    phones = values_of(["clinic_phone", "after_hours_phone"], dosing.clinic_id)
    until = advice.no_driving_before(dosing.t0 or dosing.opened_at).astimezone(zone)
    visit = integration_after(dosing.appointment)
    named = selectors.escort_of(dosing)
    return Sheet(
        parts=advice.parts(f"{until:%H:%M on %A, %-d %B}", _held(dosing)),
        call_us=advice.CALL_US,
        call_911=advice.CALL_911,
        crisis=advice.CRISIS,
        next=advice.NEXT,
        visit=f"{visit.starts_at.astimezone(zone):%A, %-d %B, %H:%M}" if visit else "",
        phone=phones["clinic_phone"],
        after_hours=phones["after_hours_phone"],
        escort=named.name if named else "",
    )


def _held(dosing: DosingSession) -> list[str]:
    kept_back = {Disposition.HOLD, Disposition.TAPER}
    return [one.hold.name for one in holds(dosing.course) if one.hold.disposition in kept_back]


def ask(dosing: DosingSession, *, by: User) -> StoredDocument:
    """Queue a paper of the sheet. The caller holds the session's row."""
    before = StoredDocument.objects.filter(kind=PAPER, subject_ref=dosing.ref).count()
    return ask_for(
        kind=PAPER,
        title="After your session",
        subject=dosing,
        patient_ref=dosing.patient.ref,
        permission=Permission.DOSE_VIEW,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )


def after_care(document: StoredDocument) -> str:
    """The HTML of the sheet this paper prints."""
    people = ("patient", "clinic", "course__patient", "appointment", "order")
    dosing = DosingSession.objects.select_related(*people).get(ref=document.subject_ref)
    head = letterhead.head(document, dosing.patient, status="to take home", draft=False, facts=[])
    letter = AdviceLetter(**head, sheet=sheet(dosing))
    return letterhead.page("letters/after_care.html", letter, document.clinic_id)
