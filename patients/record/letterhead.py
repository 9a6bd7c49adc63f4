"""What every paper about a patient carries: whose it is, whether it counts, for whom it was printed and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from kap_clinic.accounts.clinic_settings.selectors import value_of, values_of
from kap_clinic.accounts.models import Clinic
from kap_clinic.documents import pdf
from kap_clinic.documents.models import StoredDocument
from patients.record import rules
from patients.record.models import Contact, Patient
from patients.record.terms import ContactKind, Reader

SENDER = ("letterhead_name", "letterhead_lines", "clinic_address", "clinic_phone")
UNKNOWN_READER = "To whom it may concern"
NO_PHONE = "The clinic's phone number"


@dataclass(frozen=True)
class Person:
    """The banner of a paper: SURNAME, Given and the facts beside it."""

    name: str
    facts: list[str]


@dataclass(frozen=True)
class Letterhead:
    """`created` is when it was asked for: making it again gives the same bytes. Times are in the clinic's zone."""

    title: str
    clinic: str
    person: Person
    status: str
    draft: bool
    created: str
    printed_by: str
    printed_at: str


@dataclass(frozen=True)
class Passage:
    """A heading and what stands under it: sentences, or a list."""

    heading: str
    lines: list[str]
    listed: bool = False


@dataclass(frozen=True)
class Letter(Letterhead):
    """A letter that leaves the house: from whom, to whom, of which day. `missing`: settings it waits for.

    `heading` is the title without for whom, which the address says.
    """

    heading: str
    sender: list[str]
    addressed: list[str]
    greeting: str
    dated: str
    signed_by: str
    foot: str
    missing: list[str]


def head(document: StoredDocument, patient: Patient, *, status: str, draft: bool, facts: list[str]) -> dict[str, Any]:
    """The fields of a Letterhead, for a letter that adds its own."""
    clinic = Clinic.objects.get(pk=document.clinic_id)
    return {
        "title": document.title,
        "clinic": value_of("letterhead_name", clinic.pk) or clinic.name,
        "person": person(patient, facts),
        "status": status,
        "draft": draft,
        "created": f"{document.asked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "printed_by": document.asked_by.name if document.asked_by else "the system",
        "printed_at": moment(document.asked_at, clinic.zone),
    }


def letter(
    document: StoredDocument, patient: Patient, reader: Reader, *, status: str, draft: bool, facts: list[str]
) -> dict[str, Any]:
    """The fields of a Letter. A letter to the patient needs a number to call: without one it is a draft."""
    clinic = Clinic.objects.get(pk=document.clinic_id)
    held = values_of(("clinic_phone", "letterhead_footer"), clinic.pk)
    missing = [NO_PHONE] if reader == Reader.PATIENT and not held["clinic_phone"] else []
    addressed = _addressed(document, patient, reader)
    return head(document, patient, status=status, draft=draft or bool(missing), facts=facts) | {
        "heading": document.title.partition(", letter to")[0],
        "sender": sender(clinic),
        "addressed": addressed,
        "greeting": f"Dear {_called(patient, reader, addressed)}," if addressed else UNKNOWN_READER,
        "dated": rules.in_words(document.asked_at.astimezone(ZoneInfo(clinic.zone)).date()),
        "signed_by": document.asked_by.name if document.asked_by else "",
        "foot": held["letterhead_footer"],
        "missing": missing,
    }


def sender(clinic: Clinic) -> list[str]:
    """The clinic's name, what it set to stand under it, address and phone."""
    held = values_of(SENDER, clinic.pk)
    lines = [*held["letterhead_lines"], *held["clinic_address"].splitlines(), held["clinic_phone"]]
    return [held["letterhead_name"] or clinic.name, *filter(None, lines)]


def _addressed(document: StoredDocument, patient: Patient, reader: Reader) -> list[str]:
    """Name and address: the referrer who was on the record when the letter was asked for."""
    if reader == Reader.PATIENT:
        return [f"{patient.given_name} {patient.family_name}", *patient.address.splitlines()]
    then = document.asked_at
    rows = Contact.objects.filter(patient=patient, kind=ContactKind.REFERRER, added_at__lte=then)
    referrer = rows.exclude(ended_at__lte=then).order_by("-id").first()
    return list(filter(None, [referrer.name, referrer.relation])) if referrer else []


def _called(patient: Patient, reader: Reader, addressed: list[str]) -> str:
    return patient.preferred_name or patient.given_name if reader == Reader.PATIENT else addressed[0]


def moment(at: datetime, zone: str) -> str:
    """A time as papers say it: 24 Nov 2026, 14:42 EST. In words, since a template would turn it into UTC."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{rules.in_words(local.date())}, {local:%H:%M %Z}"


def person(patient: Patient, more: list[str]) -> Person:
    goes_by = [f"goes by {patient.preferred_name}"] if patient.preferred_name else []
    born = f"Born {rules.in_words(patient.birth_date)}"
    return Person(str(patient), [*goes_by, born, f"Record {patient.record_label}", *more])


def page(template: str, letter: Any, clinic_id: int) -> str:
    """The HTML of a paper, styles and type face inside."""
    styles = pdf.styles(paper=value_of("paper_size", clinic_id))
    return render_to_string(template, {"letter": letter, "styles": styles})
