"""The words of adverse events (dosing-reference 4)."""

from django.db.models import IntegerChoices, TextChoices


class Grade(IntegerChoices):
    """CTCAE v5 scale (S35)"""

    NONE = 0, "0, no harm"  # of a medication error only
    MILD = 1, "1, mild"
    MODERATE = 2, "2, moderate"
    SEVERE = 3, "3, severe"
    LIFE_THREATENING = 4, "4, life-threatening"
    DEATH = 5, "5, death"


class Relation(TextChoices):
    UNRELATED = "unrelated", "Unrelated"
    POSSIBLE = "possible", "Possible"
    PROBABLE = "probable", "Probable"
    DEFINITE = "definite", "Definite"


class Action(TextChoices):
    NONE = "none", "None"
    OBSERVED = "observed", "Observed"
    DRUG_HELD = "drug_held", "Ketamine held"
    DRUG_GIVEN = "drug_given", "A medicine given"
    TRANSFER = "transfer", "Transferred"


class Outcome(TextChoices):
    RECOVERED = "recovered", "Recovered"
    RECOVERING = "recovering", "Recovering"
    ONGOING = "ongoing", "Not recovered"
    SEQUELAE = "sequelae", "Recovered with lasting effects"
    FATAL = "fatal", "Fatal"
    UNKNOWN = "unknown", "Not known"


class Event(TextChoices):
    EVENT_REPORTED = "adverse_event.reported", "reported an adverse event"
    EVENT_CHANGED = "adverse_event.changed", "changed an adverse event"
    EVENT_SIGNED = "adverse_event.signed", "signed an adverse event"
    EVENT_AMENDED = "adverse_event.amended", "added to an adverse event"
    EVENTS_OPENED = "adverse_events.opened", "opened the adverse events"
    EVENT_OPENED = "adverse_event.opened", "opened an adverse event"
