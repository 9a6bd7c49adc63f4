"""The words of the patient record."""

from django.db.models import TextChoices

from kap_clinic.accounts.terms import Role

# Roles that look after patients: who may stand on a care team.
CARE_ROLES = frozenset({Role.THERAPIST, Role.PRESCRIBER, Role.NURSE, Role.MEDICAL_DIRECTOR})


class Sex(TextChoices):
    """Asked only where a score needs it (AUDIT-C)."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other or not said"


class MessageWish(TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"
    PHONE = "phone", "Phone call"
    NONE = "none", "No messages"
    NOT_ASKED = "not_asked", "Not asked yet"  # nothing is sent until it has been asked


class ContactKind(TextChoices):
    EMERGENCY = "emergency", "Emergency contact"
    ESCORT = "escort", "Escort home"
    REFERRER = "referrer", "Referring clinician"


class Reader(TextChoices):
    """Whom a letter is for."""

    REFERRER = "referrer", "the referrer"
    PATIENT = "patient", "the patient"


class WeightUnit(TextChoices):
    KG = "kg", "kg"
    LB = "lb", "lb"


class AllergyState(TextChoices):
    NOT_ASKED = "not_asked", "Allergies not asked yet"
    NONE_KNOWN = "none_known", "No known allergies"
    LISTED = "listed", "Allergies listed"


class Event(TextChoices):
    PATIENT_REGISTERED = "patient.registered", "registered the patient"
    PATIENT_CHANGED = "patient.changed", "changed the record"
    CHART_OPENED = "chart.opened", "opened the chart"
    PATIENTS_LISTED = "patients.listed", "opened the list of patients"
    PATIENTS_SEARCHED = "patients.searched", "searched for patients"
    TEAM_JOINED = "team.joined", "joined the care team"
    TEAM_LEFT = "team.left", "left the care team"
    ALLERGIES_ASKED = "allergies.asked", "recorded allergies"
    WEIGHT_MEASURED = "weight.measured", "recorded a weight"
    CONTACT_ADDED = "contact.added", "added a contact"
    CONTACT_ENDED = "contact.ended", "ended a contact"
    CONDITION_ADDED = "condition.added", "added a condition"
    CONDITION_ENDED = "condition.ended", "ended a condition"
    MEDICINE_ADDED = "medicine.added", "added a medicine"
    MEDICINE_DATED = "medicine.dated", "recorded when a medicine was last taken"
    MEDICINE_STOPPED = "medicine.stopped", "recorded that a medicine stopped"
