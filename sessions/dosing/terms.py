"""The words of a dosing session: its states, its log, its alerts."""

from django.db.models import IntegerChoices, TextChoices


class DosingState(TextChoices):
    """protocol 3"""

    PLANNED = "planned", "Planned"
    GATE_CHECK = "gate_check", "Checking"
    GATE_FAILED = "gate_failed", "Not today"
    READY = "ready", "Ready"
    DOSED = "dosed", "Dose given"
    MONITORING = "monitoring", "Monitoring"
    RECOVERY = "recovery", "Recovery"
    STOPPED_EARLY = "stopped_early", "Stopped early"  # no more drug; monitoring goes on
    DISCHARGE_CHECK = "discharge_check", "Discharge check"
    DISCHARGED = "discharged", "Went home"
    LEFT_AGAINST_ADVICE = "left_against_advice", "Left against advice"
    TRANSFERRED = "transferred", "Transferred"
    ABORTED = "aborted_before_dose", "Called off before the dose"
    CLOSED = "closed", "Closed"


class DoseKind(TextChoices):
    FIRST = "first", "Dose"
    BOOSTER = "booster", "Booster"


class Phase(TextChoices):
    BASELINE = "baseline", "Baseline"
    DURING = "during", "During"
    AFTER = "after", "After"
    HOME = "home", "Outside a session"


class EntryKind(TextChoices):
    """Lines of the log. What stands in `data` of each: see sessions.dosing.rules.entries."""

    EFFECT = "effect", "What I see"
    INTERVENTION = "intervention", "What we did"
    TOUCH = "touch", "Touch"
    MUSIC = "music", "Music"
    SCENT = "scent", "Scent"
    MOVEMENT = "movement", "Somatic movement"
    KAP_DR = "kap_dr", "KAP-DR"
    AGITATION = "agitation", "Agitation"
    VOMITING = "vomiting", "Vomiting"
    SYMPTOM = "symptom", "Symptom"
    HELP = "help", "Help"
    RATE = "rate", "Infusion"
    WORDS = "words", "Words of the patient"
    NOTE = "note", "Note"
    DOSE_CHECK = "dose_check", "Dose check"  # prepared, and looked at by a second person
    STRUCK = "struck", "Struck through"


class Level(IntegerChoices):
    """dosing-reference 3.2"""

    EXPECTED = 0, "Expected"
    AMBER = 1, "Amber"
    RED = 2, "Red"
    EMERGENCY = 3, "Emergency"


class Event(TextChoices):
    DOSING_OPENED = "dosing.opened", "opened a dosing session"
    DOSING_MOVED = "dosing.moved", "moved a dosing session on"
    DOSE_GIVEN = "dose.given", "gave a dose"
    DOSE_CORRECTED = "dose.corrected", "corrected the record of a dose"
    DOSE_REFUSED = "dose.refused", "was refused a dose"
    VITALS_RECORDED = "vitals.recorded", "recorded vital signs"
    ENTRY_WRITTEN = "entry.written", "wrote in the log"
    ENTRY_STRUCK = "entry.struck", "struck out an entry of the log"
    ALERT_OPENED = "alert.opened", "had an alert raised"
    ALERT_ACKNOWLEDGED = "alert.acknowledged", "acknowledged an alert"
    ALERT_ESCALATED = "alert.escalated", "had an alert escalated"
    ALERT_CLOSED = "alert.closed", "closed an alert"
    BOARD_OPENED = "board.opened", "opened the board"
    RECORD_SIGNED = "dosing_record.signed", "signed the record of a dosing session"
    RECORD_COSIGNED = "dosing_record.cosigned", "co-signed the record of a dosing session"
    SESSION_READ = "dosing.read", "opened a dosing session"
    LIVE_OPENED = "dosing.live", "opened the live sheet"
