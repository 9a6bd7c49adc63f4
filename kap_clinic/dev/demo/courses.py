"""Courses of invented patients, begun the way the clinic does."""

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.consents import sign_privacy
from patients.course.actions import note_enrolment, open_course
from patients.course.models import Course
from patients.course.terms import Stage
from patients.models import Patient
from patients.record.days import today_in
from screening.actions import move_course


def inquire(patient: Patient, *, therapist: User, why_now: str) -> Course:
    """A course of somebody who has called."""
    return open_course(patient=patient, by=therapist, role=Role.THERAPIST, why_now=why_now)


def begin(patient: Patient, *, therapist: User, admin: User) -> Course:
    """A course at intake: the privacy consent signed, the identity checked today."""
    today = today_in(patient.clinic.zone)
    course = open_course(patient=patient, by=therapist, role=Role.THERAPIST)
    sign_privacy(patient, by=therapist)
    course = note_enrolment(course=course, by=admin, identity_checked_on=today)
    return move_course(course=course, to=Stage.INTAKE, by=admin, role=Role.ADMIN, on=today)
