"""Courses of invented patients, begun the way the clinic does."""

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from patients.course.actions import move, note_enrolment, open_course
from patients.course.models import Course
from patients.course.terms import Stage
from patients.models import Patient


def begin(patient: Patient, *, by: User) -> Course:
    """A course at intake: identity checked today, the privacy consent signed on paper at the front desk."""
    course = open_course(patient=patient, by=by, role=Role.ADMIN)
    course = note_enrolment(course=course, by=by, identity_checked_on=timezone.localdate())
    facts = {"privacy_signed": True, "identity_checked": True}
    return move(course=course, to=Stage.INTAKE, by=by, role=Role.ADMIN, evidence=facts)
