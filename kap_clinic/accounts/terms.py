"""The words of accounts: roles and audit events."""

from django.db.models import TextChoices


class Role(TextChoices):
    THERAPIST = "therapist", "Therapist"
    PRESCRIBER = "prescriber", "Prescriber"
    NURSE = "nurse", "Nurse"
    MEDICAL_DIRECTOR = "medical_director", "Medical director"
    ADMIN = "admin", "Admin"
    FRONT_DESK = "front_desk", "Front desk"
    AUDITOR = "auditor", "Auditor"
    SAFETY_OFFICER = "safety_officer", "Safety officer"


class Event(TextChoices):
    CLINIC_OPENED = "clinic.opened", "opened the clinic"
    MEMBER_JOINED = "member.joined", "joined the clinic"
    SIGNED_IN = "signed.in", "signed in"
    SIGN_IN_FAILED = "sign_in.failed", "failed to sign in"
    SIGNED_OUT = "signed.out", "signed out"
    PAGE_DENIED = "page.denied", "was refused a page"
