"""What is asked for: the summaries of a course, letters about its end, receipts."""

from datetime import date

from django.db import transaction

from integration.papers import letters, rules
from integration.papers.models import Receipt
from integration.papers.selectors import receipts
from integration.papers.setting_keys import CURRENCY
from integration.papers.terms import Event, PaperKind
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.audit.actions import record
from kap_clinic.documents.models import StoredDocument
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.course.rules import CLOSED
from patients.course.terms import Ending, Stage
from patients.record.models import Patient

NOTHING = "No visit took place in these days. Choose other days"
NOT_ENDING = "The course is not ending: there is nothing to write about yet"
NO_READER = "The patient has died: no letter goes to the patient"


@transaction.atomic
def ask_for_summary(*, course: Course, by: User, plain: bool = False) -> StoredDocument:
    """Queue the summary of a course as it stands now: for the referrer, or `plain` for the patient."""
    course = _locked(course)
    kind = PaperKind.SUMMARY_PATIENT if plain else PaperKind.SUMMARY
    return letters.ask(course, kind, permission=Permission.NOTE_VIEW, by=by)


@transaction.atomic
def ask_for_end_letter(*, course: Course, by: User, to_patient: bool = False) -> StoredDocument:
    """Queue the letter about the end of a course; a draft while it is only closing.

    NotReady: the course is not ending, or the letter would go to somebody who has died.
    """
    course = _locked(course)
    if reasons := reasons_against_end_letter(course, to_patient=to_patient):
        raise NotReady(reasons)
    kind = PaperKind.ENDED_PATIENT if to_patient else PaperKind.ENDED
    return letters.ask(course, kind, permission=Permission.NOTE_VIEW, by=by)


def reasons_against_end_letter(course: Course, *, to_patient: bool = False) -> list[str]:
    """Why no such letter is written; nothing when it may be."""
    if course.stage not in {*CLOSED, Stage.CLOSING}:
        return [NOT_ENDING]
    return [NO_READER] if to_patient and course.ending == Ending.DECEASED else []


@transaction.atomic
def make_receipt(
    *, patient: Patient, from_on: date, until_on: date, by: User, course: Course | None = None, diagnosis: str = ""
) -> StoredDocument:
    """Write down what the visits of these days (the clinic's, both included) cost, and queue its paper.

    Lines are kept as they are now: a price changed later changes no receipt. `diagnosis` prints only when given; the
    paper then opens only to who may read a screening. NotReady: no visit took place in these days.
    """
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    took_place = receipts.took_place(patient, from_on, until_on, patient.clinic.zone)
    if not took_place:
        raise NotReady([NOTHING])
    lines = rules.lines(took_place, receipts.prices(patient.clinic_id))
    row = Receipt.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        course=course,
        from_on=from_on,
        until_on=until_on,
        lines=[_kept(line) for line in lines],
        currency=value_of(CURRENCY, patient.clinic_id),
        diagnosis=diagnosis,
        made_by=by,
    )
    record(Event.RECEIPT_MADE, by=by, on=row, visits=len(lines), complete=not rules.missing(lines))
    needs = Permission.SCREENING_VIEW if diagnosis else Permission.RECEIPT_VIEW
    return letters.ask(row, PaperKind.RECEIPT, permission=needs, by=by)


def _kept(line: rules.Line) -> dict[str, str]:
    amount = "" if line.amount is None else f"{line.amount:.2f}"
    return {"on": line.on.isoformat(), "service": line.service, "code": line.code, "amount": amount}


def _locked(course: Course) -> Course:
    """Patient, then course (REL-11)."""
    Patient.objects.select_for_update(of=("self",)).get(pk=course.patient_id)
    return Course.objects.select_for_update(of=("self",)).select_related("patient").get(pk=course.pk)
