"""The papers somebody may ask for on a patient's page: what each is, for whom, and why it cannot be made yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from integration.papers.actions import reasons_against_end_letter
from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.course.models import Course
from patients.record.models import Patient
from patients.record.terms import Reader
from screening.models import Review
from screening.terms import DECIDES

SUMMARIES = {
    Reader.REFERRER: ("Course summary", "For the referrer: approval, doses, measures, integration, what is open"),
    Reader.PATIENT: ("Course summary in plain words", "For the patient: what was done, what comes next, whom to call"),
}
ENDS = {
    Reader.REFERRER: ("Letter about the end, to the referrer", "How the course ended, and who goes on"),
    Reader.PATIENT: ("Letter about the end, to the patient", "In plain words"),
}
DECISIONS = {
    Reader.REFERRER: ("Letter about the decision, to the referrer", "Approved or declined, with the conditions"),
    Reader.PATIENT: ("Letter about the decision, to the patient", "In plain words"),
}


@dataclass(frozen=True)
class Offer:
    """One paper that can be asked for. `why_not`: why it cannot be made; empty when it can."""

    name: str
    note: str
    url: str
    why_not: str = ""


def offers(patient: Patient, member: Member) -> list[Offer]:
    """What this person may ask for about the newest course and the newest decision."""
    course = patient.courses.select_related("patient").order_by("-number").first()
    found: list[Offer] = []
    if course is not None and may(member, Permission.MEASURE_EXPORT, course):
        found += [_offer(words, "papers:summary", course, to) for to, words in SUMMARIES.items()]
    if may(member, Permission.SCREENING_RECORD, patient):
        found += _about_decision(patient)
    if course is not None and may(member, Permission.COURSE_END, course):
        found += _about_end(course)
    return found


def _about_decision(patient: Patient) -> Iterator[Offer]:
    rows = Review.objects.filter(screening__patient=patient, decision__in=DECIDES)
    review = rows.order_by("-id").first()
    for to, words in DECISIONS.items():
        if review is None:
            yield Offer(*words, url="", why_not="Nothing is decided yet. A prescriber decides under Reviews.")
        else:
            yield _offer(words, "screening:letter", review, to)


def _about_end(course: Course) -> Iterator[Offer]:
    for to, words in ENDS.items():
        reasons = reasons_against_end_letter(course, to_patient=to == Reader.PATIENT)
        yield (
            Offer(*words, url="", why_not=f"{reasons[0]}.")
            if reasons
            else _offer(words, "papers:end_letter", course, to)
        )


def _offer(words: tuple[str, str], address: str, about: Course | Review, to: Reader) -> Offer:
    return Offer(*words, url=reverse(address, args=[about.ref, to.value]))
