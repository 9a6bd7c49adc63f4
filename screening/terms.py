"""The words of screening: states, decisions, judgements and audit events."""

from django.db.models import TextChoices

BASELINE_DAYS = 14  # oldest a baseline may be on the first dosing day, by the calendar, instruments.md 2


class ScreeningState(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for the prescriber"
    MORE_ASKED = "more_asked", "More asked"
    DECIDED = "decided", "Decided"
    DECLINED = "declined", "Declined"
    SUPERSEDED = "superseded", "Replaced by a newer version"


class Decision(TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", "Approve with conditions"
    ASK_FOR_MORE = "ask_for_more", "Ask for more"
    DECLINE = "decline", "Decline"


DECIDES = frozenset({Decision.APPROVE, Decision.APPROVE_WITH_CONDITIONS, Decision.DECLINE})  # asking for more does not


class Judgement(TextChoices):
    """What a prescriber says of one finding."""

    ACCEPT = "accept", "Accept"
    ACCEPT_WITH_CONDITION = "accept_with_condition", "Accept with a condition"
    SEEN = "seen", "Seen"
    NOT_SAFE_NOW = "not_safe_now", "Not safe now"


class ConditionKind(TextChoices):
    """What an approval hangs on. `IN_WORDS` is never a row: it stands in the review, or was said of a finding."""

    UPPER_MG = "upper_mg", "Upper mg"
    EXTRA_CHECK = "extra_check", "Extra check"
    MEDICINE_HOLD = "medicine_hold", "Medicine before the dose"
    CONFIRM_ON_DAY = "confirm_on_day", "Confirm on the day"
    IN_WORDS = "in_words", "In words"


class Disposition(TextChoices):
    """What happens to a medicine before a dose (screening-rules 4.2)."""

    HOLD = "hold", "Hold"
    TAPER = "taper", "Taper"
    CONTINUE = "continue", "Continue"


class Route(TextChoices):
    """Ways ketamine is given (dosing-reference 1), as staff say them; codes as in patients.consents.terms.Route."""

    IV = "iv", "IV infusion"
    IM = "im", "Intramuscular"
    SL = "sl", "Lozenge"
    IN = "in", "Intranasal"
    ESK = "esk", "Spravato (esketamine)"


class OverrideKind(TextChoices):
    """Who may set a stop aside (screening-rules 1.3). `none` and `retest` stops cannot be set aside by anybody."""

    SINGLE = "single", "One prescriber"
    DUAL = "dual", "A prescriber and a second"


class MeasureEntry(TextChoices):
    """How the answers got here."""

    STAFF = "staff", "Asked by staff"
    PAPER = "paper", "From paper"
    LINK = "link", "Answered by the patient"


class Event(TextChoices):
    MEASURE_RECORDED = "measure.recorded", "recorded a measure"
    MEASURE_CORRECTED = "measure.corrected", "corrected a measure"
    MEASURE_OPENED = "measure.opened", "opened a measure"
    SCREENING_STARTED = "screening.started", "started a screening"
    SCREENING_SAVED = "screening.saved", "saved a screening"
    SCREENING_SUBMITTED = "screening.submitted", "submitted a screening"
    SCREENING_OPENED = "screening.opened", "opened a screening"
    REVIEWS_OPENED = "reviews.opened", "opened the reviews"
    RULES_RERAN = "rules.reran", "had the rules run again"
    SCREENING_DECIDED = "screening.decided", "decided a screening"
    CONDITION_SET = "screening.condition_set", "set a condition of the approval"
    STOP_OVERRIDDEN = "stop.overridden", "set a stop aside"
    OVERRIDE_SECONDED = "override.seconded", "seconded an override"
    OVERRIDE_LAPSED = "override.lapsed", "let an override lapse"
