"""The words of a course."""

from django.db.models import TextChoices


class Stage(TextChoices):
    INQUIRY = "inquiry", "Inquiry"
    INTAKE = "intake", "Intake"
    SCREENING_REVIEW = "screening_review", "Screening review"
    ENROLLED = "enrolled", "Enrolled"
    PREPARATION = "preparation", "Preparation"
    DOSING_SERIES = "dosing_series", "Dosing series"
    ON_HOLD = "on_hold", "On hold"
    CLOSING = "closing", "Closing"
    COMPLETED = "completed", "Completed"
    MAINTENANCE = "maintenance", "Maintenance"
    DECLINED = "declined", "Declined"
    ENDED_EARLY = "ended_early", "Ended early"


class Ending(TextChoices):
    """Reason codes of protocol 7."""

    GOALS_MET = "completed-goals-met", "Completed, goals met"
    PARTIAL = "completed-partial", "Completed, partly"
    NO_BENEFIT_AT_END = "completed-no-benefit", "Completed, no benefit"
    PATIENT_CHOICE = "patient-choice", "The patient's own choice"
    NO_BENEFIT = "no-benefit", "No benefit"
    ADVERSE_EVENT = "adverse-event", "An adverse event"
    NEW_CONTRAINDICATION = "new-contraindication", "A new contraindication"
    HIGHER_CARE = "suicide-risk-higher-care", "Suicide risk, higher level of care"
    PSYCHOSIS_OR_MANIA = "psychosis-or-mania", "Psychosis or mania"
    PREGNANCY = "pregnancy", "Pregnancy"
    BLADDER_OR_LIVER = "bladder-or-liver", "Bladder or liver"
    MISUSE = "misuse-or-diversion", "Misuse or diversion"
    NONADHERENCE = "nonadherence", "Three missed gates or sessions"
    CONSENT_WITHDRAWN = "consent-withdrawn", "Consent withdrawn"
    CONDUCT = "boundary-or-conduct", "Boundary or conduct"
    COST = "cost", "Cost"
    LOST_CONTACT = "moved-or-lost-contact", "Moved, or contact lost"
    PROVIDER_DECISION = "provider-decision", "The clinic's decision"
    DECEASED = "deceased", "Died"
    SUPPLY = "legal-or-supply", "Law or supply"


class Event(TextChoices):
    COURSE_OPENED = "course.opened", "opened a course"
    COURSE_READ = "course.read", "opened the course"
    COURSE_MOVED = "course.moved", "moved the course on"
    COURSE_PLANNED = "course.planned", "wrote down the plan of the course"
    ENROLMENT_NOTED = "course.enrolment_noted", "noted what enrolment needs"
    GOAL_SET = "goal.set", "set a goal"
    GOAL_CLOSED = "goal.closed", "closed a goal"
