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
    ("Consents", "consents:overview", Permission.CONSENT_VIEW),
    ("Labs and letters", "outside:list", Permission.VITALS_VIEW),
    ("Papers", "desk:papers", Permission.CONSENT_VIEW),
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
    links: list[Part]


def parts(patient: Patient, member: Member) -> Parts:
    course = Course.objects.filter(patient=patient).order_by("-number").only("ref", "stage").first()
    here = None
    if course is not None and may(member, Permission.COURSE_VIEW, patient):
        here = Part("Course", reverse("desk:course", args=[course.ref]), course.get_stage_display())
    live = course is not None and course.is_live
    return Parts(
        course=here,
        may_open=not live and may(member, Permission.COURSE_OPEN, patient),
        links=[
            Part(name, reverse(address, args=[patient.ref]))
            for name, address, permission in PARTS
            if may(member, permission, patient)
        ],
    )
