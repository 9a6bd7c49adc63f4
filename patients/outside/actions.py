"""What is done with results and papers from outside: add, correct, strike out. Nothing is changed or deleted."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.audit.actions import record
from kap_clinic.wiring import tell
from patients.outside import rules
from patients.outside.files.intake import CleanFile
from patients.outside.models import LabResult, OutsideDocument
from patients.outside.rules import Result
from patients.outside.terms import DocumentKind, Event, Source
from patients.record.days import today_in
from patients.record.models import Patient


class NotUsable(NotPossible):
    """A result that cannot be kept as it is: `reasons` says for each field what to do."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__(". ".join(words for _, words in reasons))
        self.reasons = reasons


@transaction.atomic
def record_lab(*, patient: Patient, by: User, result: Result, taken_on: date, source: Source | str) -> LabResult:
    """A result as a report says it. NotUsable: the value, unit, limit or day cannot be kept, and what to do."""
    lab = _write(patient, by, result, taken_on, source)
    record(Event.LAB_RECORDED, by=by, on=lab, kind=lab.kind)
    tell("patients.facts_changed", patient=patient, by=by, why=f"New result: {lab}")
    return lab


@transaction.atomic
def correct_lab(
    *, lab: LabResult, by: User, result: Result, taken_on: date, source: Source | str, why: str
) -> LabResult:
    """The same test as it should have been written. The wrong row stays, marked, and counts no more.

    NotPossible: it was struck out or corrected already. NotUsable: as in `record_lab`.
    """
    was = _locked(LabResult, lab)
    if was.voided_at:
        raise NotPossible("This result was struck out. Record the right one as a new result")
    if LabResult.objects.filter(corrects=was).exists():
        raise NotPossible("Somebody corrected this result meanwhile. Open the list and correct the newer one")
    if not why:
        raise NotPossible("Say what was wrong")
    if result.kind != was.kind:
        raise NotPossible("A correction is of the same test. Strike this result out and record the other test")
    lab = _write(was.patient, by, result, taken_on, source, corrects=was, why=why)
    record(Event.LAB_CORRECTED, by=by, on=lab, reason=why, corrects=str(was.ref))
    tell("patients.facts_changed", patient=lab.patient, by=by, why=f"Corrected result: {lab}")
    return lab


def _write(patient: Patient, by: User, result: Result, taken_on: date, source: Source | str, **more: Any) -> LabResult:
    today = today_in(patient.clinic.zone)
    days = rules.reasons_against_the_day(taken_on, today=today, born=patient.birth_date)
    if reasons := [*rules.reasons_not_usable(result), *(("taken_on", words) for words in days)]:
        raise NotUsable(reasons)
    return LabResult.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        kind=result.kind,
        name=result.name,
        value=result.value,
        comparator=result.comparator,
        unit=result.unit,
        upper_limit=result.upper_limit,
        finding=result.finding,
        note=result.note,
        taken_on=taken_on,
        source=Source(source),
        recorded_by=by,
        **more,
    )


@transaction.atomic
def strike_out_lab(*, lab: LabResult, by: User, why: str) -> LabResult:
    """The result is not this patient's, or never was. It stays readable to who may see struck-out entries."""
    lab, done = _strike_out(LabResult, lab, by, why)
    if done:
        record(Event.LAB_VOIDED, by=by, on=lab, reason=why)
        tell("patients.facts_changed", patient=lab.patient, by=by, why=f"Result struck out: {lab}")
    return lab


@transaction.atomic
def add_document(
    *,
    patient: Patient,
    by: User,
    kind: DocumentKind | str,
    title: str,
    dated: date | None,
    file: CleanFile,
    note: str = "",
) -> OutsideDocument:
    """Keep the clean copy of a paper somebody else wrote, with its hash. NotPossible: its date cannot be."""
    if dated and (reasons := _against(patient, dated)):
        raise NotPossible(reasons[0])
    paper = OutsideDocument.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        kind=DocumentKind(kind),
        title=title,
        dated=dated,
        note=note,
        file_type=file.kind,
        content=file.content,
        sha256=hashlib.sha256(file.content).hexdigest(),
        size=len(file.content),
        pages=file.pages,
        left_out=", ".join(file.left_out),
        received_by=by,
    )
    record(
        Event.OUTSIDE_PAPER_ADDED,
        by=by,
        on=paper,
        kind=paper.kind,
        sha256=paper.sha256,
        size=paper.size,
        pages=paper.pages,
    )
    return paper


def _against(patient: Patient, day: date) -> list[str]:
    """A paper may be older than the patient: of the mother, of the birth."""
    today = today_in(patient.clinic.zone)
    return list(rules.reasons_against_the_day(day, today=today, born=date.min))


@transaction.atomic
def strike_out_document(*, paper: OutsideDocument, by: User, why: str) -> OutsideDocument:
    """The paper is another person's, or was added by mistake. It stays readable to who may see struck-out entries."""
    paper, done = _strike_out(OutsideDocument, paper, by, why)
    if done:
        record(Event.OUTSIDE_PAPER_VOIDED, by=by, on=paper, reason=why)
    return paper


def _strike_out(model: type[Any], row: Any, by: User, why: str) -> tuple[Any, bool]:
    """Strike a row out once, and whether it was now; struck out again it stays as it was."""
    if not why:
        raise NotPossible("Say why this is struck out")
    row = _locked(model, row)
    if row.voided_at:
        return row, False
    row.voided_at, row.voided_by, row.voided_why = timezone.now(), by, why
    row.save(update_fields=["voided_at", "voided_by", "voided_why"])
    return row, True


def _locked(model: type[Any], row: Any) -> Any:
    return model.objects.select_for_update(of=("self",)).select_related("patient").get(pk=row.pk)
