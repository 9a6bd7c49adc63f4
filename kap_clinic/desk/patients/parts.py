"""The parts of a patient's record beside the chart, as links this person may follow; none asks the database anew."""

from dataclasses import dataclass

from django.urls import reverse

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.course.models import Course
from patients.record.models import Patient

PARTS = (
    ("Measures", "screening:measures", Permission.MEASURE_VIEW),
    ("Over the course", "tracking:tracking", Permission.MEASURE_VIEW),
    ("Consents", "consents:overview", Permission.CONSENT_VIEW),
    ("Orders", "orders:list", Permission.ORDER_VIEW),
    ("Notes", "notes:all", Permission.NOTE_VIEW),
    ("Labs and letters", "outside:list", Permission.VITALS_VIEW),
    ("Papers", "desk:papers", Permission.CONSENT_VIEW),
    ("Receipts", "papers:receipts", Permission.RECEIPT_VIEW),
    ("Book a visit", "visits:book", Permission.SCHEDULE_BOOK),
    ("Links", "desk:links", Permission.LINK_VIEW),
    ("History", "desk:history", Permission.AUDIT_VIEW),
)


@dataclass(frozen=True)
class Part:
    """One link of the bar under the banner."""

    name: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Parts:
    """The bar: the course with its stage, or that one can be opened; then the other parts."""

    course: Part | None
    may_open: bool
    is_first: bool
    links: list[Part]


def parts(patient: Patient, member: Member, course: Course | None) -> Parts:
    """The bar for this person; `course` is the newest."""
    here = None
    if course is not None and may(member, Permission.COURSE_VIEW, patient):
        here = Part("Course", reverse("desk:course", args=[course.ref]), course.get_stage_display())
    live = course is not None and course.is_live
    links = [
        Part(name, reverse(address, args=[patient.ref]))
        for name, address, permission in PARTS
        if may(member, permission, patient)
    ]
    if may(member, Permission.BREAK_GLASS_REVIEW) or may(member, Permission.TEAM_VIEW, patient):
        links.append(Part("Emergency access", reverse("breakglass:waiting")))
    may_open = not live and may(member, Permission.COURSE_OPEN, patient)
    return Parts(here, may_open, is_first=course is None, links=links)
