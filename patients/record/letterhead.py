"""What every paper about a patient carries: whose it is, whether it counts, for whom it was printed and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import Clinic
from kap_clinic.documents import pdf
from kap_clinic.documents.models import StoredDocument
from patients.record import rules
from patients.record.models import Patient


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
