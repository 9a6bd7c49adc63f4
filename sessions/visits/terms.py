"""The words of visits."""

from django.db.models import TextChoices


class VisitKind(TextChoices):
    PREPARATION = "preparation", "Preparation"
    DOSING = "dosing", "Dosing"
    INTEGRATION = "integration", "Integration"
    CONSULT = "consult", "Consult"


# What front desk, links, messages and calendar feeds call a visit (permissions.md, field level).
NEUTRAL = {
    VisitKind.PREPARATION: "Visit A",
    VisitKind.DOSING: "Visit B",
    VisitKind.INTEGRATION: "Visit C",
    VisitKind.CONSULT: "Visit D",
}

LETTERS = {
    VisitKind.PREPARATION: "P",
    VisitKind.DOSING: "D",
    VisitKind.INTEGRATION: "I",
    VisitKind.CONSULT: "C",
}


class Modality(TextChoices):
    IN_PERSON = "in_person", "In person"
    VIDEO = "video", "By video"
    PHONE = "phone", "By phone"


class VisitState(TextChoices):
    """protocol 3: planned -> in_progress -> completed, cancelled or no_show."""

    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "Did not come"


class Why(TextChoices):
    """Why a visit was moved, cancelled or did not take place."""

    PATIENT_ASKED = "patient_asked", "The patient asked"
    PATIENT_ILL = "patient_ill", "The patient is ill"
    CLINIC_ASKED = "clinic_asked", "The clinic had to"
    GATE = "gate", "A safety check did not pass"
    NOT_REACHED = "not_reached", "Did not come, not reached"
    NOT_READY = "not_ready", "Not ready yet"
    OTHER = "other", "Other"


# The parts of a safety plan: name of the part, its label, what to ask.
SAFETY_PLAN = {
    "warning_signs": ("Warning signs", "What tells the patient that it is getting hard"),
    "coping": ("What helps alone", "What the patient can do without anybody"),
    "people": ("People to turn to", "Who, and how to reach them"),
    "professionals": ("Professionals to call", "Clinic, therapist, crisis line"),
    "safe_place": ("Making the place safe", "What is put away, who keeps it"),
}


class Event(TextChoices):
    VISIT_BOOKED = "visit.booked", "booked a visit"
    VISIT_MOVED = "visit.moved", "moved a visit"
    VISIT_CANCELLED = "visit.cancelled", "cancelled a visit"
    VISIT_MISSED = "visit.missed", "recorded that the patient did not come"
    VISIT_ARRIVED = "visit.arrived", "recorded that the patient arrived"
    VISIT_STARTED = "visit.started", "started a visit"
    VISIT_COMPLETED = "visit.completed", "completed a visit"
    VISIT_OPENED = "visit.opened", "opened a visit"
    SCHEDULE_OPENED = "schedule.opened", "opened the schedule"
    PREPARATION_WRITTEN = "preparation.written", "wrote down a preparation"
