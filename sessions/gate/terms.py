"""The words of the pre-dose check and the gate."""

from django.db.models import TextChoices


class GateItem(TextChoices):
    """protocol 4, in order"""

    SCREENING_CURRENT = "screening-current", "Screening is current"
    CHANGES_SINCE_LAST = "changes-since-last", "Changes since the last visit"
    MEDICATIONS_RECONCILED = "medications-reconciled", "Medicines confirmed"
    SUICIDE_CHECK = "suicide-check", "Suicide risk asked today"
    VITALS_TODAY = "vitals-today", "Vital signs today"
    WEIGHT_CURRENT = "weight-current", "Weight is current"
    PREGNANCY_CURRENT = "pregnancy-current", "Pregnancy ruled out"
    CONSENTS_VALID = "consents-valid", "Consents are valid"
    CONSENT_TODAY = "consent-today", "Says yes today"
    PREPARATION_DONE = "preparation-done", "Preparation is done"
    INTEGRATION_DONE = "integration-done", "Last dose is integrated"
    ORDER_VALID = "order-valid", "Order is valid"
    INTERVAL_OK = "interval-ok", "Time since the last dose"
    FASTING_OK = "fasting-ok", "Fasting"
    SUBSTANCES_OK = "substances-ok", "No alcohol or cannabis"
    ESCORT_CONFIRMED = "escort-confirmed", "Escort home"
    STAFF_READY = "staff-ready", "Staff and equipment"
    NO_OPEN_SERIOUS_EVENT = "no-open-serious-event", "No open serious event"
    LABS_OK = "labs-ok", "Tests are back"
    TELEHEALTH_LAW_OK = "telehealth-law-ok", "Remote prescribing is lawful"
    REMS_OK = "rems-ok", "REMS"
    COURSE_OPEN = "course-open", "Course is in its dosing series"
    NO_OPEN_CRITICAL_TASK = "no-open-critical-task", "No open critical task"


class ItemState(TextChoices):
    PASS = "pass", "Met"
    FAIL = "fail", "Not met"
    NOT_CHECKED = "not_checked", "Not checked"  # counts as fail
    OVERRIDDEN = "overridden", "OVERRIDE"


class Check(TextChoices):
    """What is asked on the day. The newest answer of a code holds, for an hour (PD)."""

    IDENTITY = "identity", "Identity"
    CHANGES = "changes", "Anything new since the last visit"
    MEDICINES = "medicines", "Medicines"
    ASQ = "asq", "ASQ"  # the answers are a MeasureResponse; the row points to it
    FASTING = "fasting", "Food and drink"
    SUBSTANCES = "substances", "Alcohol, cannabis and other substances"
    ESCORT = "escort", "Escort"
    STAFF = "staff", "Staff"
    EQUIPMENT = "equipment", "Equipment"
    CONSENT_TODAY = "consent_today", "Consent today"
    INTENTION = "intention", "Intention"
    CONDITIONS = "conditions", "Conditions of the approval"
    COMFORT = "comfort", "Toilet, jewellery, lenses, dentures"
    VITALS_SEEN = "vitals_seen", "Vital signs seen by the prescriber"
    WAIVER = "waiver", "Integration waived"


class Topic(TextChoices):
    """What may be new since the last visit (protocol 4 item 2, and the events of protocol 5)."""

    ILLNESS = "illness", "Illness, fever or infection"
    HOSPITAL = "hospital", "New diagnosis, hospital, emergency visit, surgery or head injury"
    MEDICINE = "medicine", "A new, changed or restarted medicine"
    PREGNANCY = "pregnancy", "Pregnancy possible, or breastfeeding"
    BLADDER = "bladder", "Bladder symptoms"
    SLEEP = "sleep", "Sleep much worse, or needing far less"
    SUBSTANCES = "substances", "Alcohol or drug use, new or back"
    MIND = "mind", "Signs of mania, psychosis or paranoia, as you see it"


class Identifier(TextChoices):
    """How somebody is known to be who they are: two of these."""

    NAME = "name", "Full name, said by the patient"
    BIRTH_DATE = "birth_date", "Date of birth, said by the patient"
    RECORD_NUMBER = "record_number", "Record number"
    PHOTO = "photo", "Photo identification"


class EquipmentPart(TextChoices):
    """dosing-reference 9"""

    CUFF = "cuff", "Cuff"
    OXIMETER = "oximeter", "Oximeter"
    OXYGEN = "oxygen", "Oxygen and bag-valve-mask"
    SUCTION = "suction", "Suction"
    AIRWAY = "airway", "Airway adjuncts"
    AED = "aed", "AED"
    GLUCOSE = "glucose", "Glucose meter"
    DRUGS = "drugs", "Emergency drugs under standing orders"
    NAUSEA = "nausea", "Anti-nausea drug"
    PHONE = "phone", "Phone"


class Comfort(TextChoices):
    """dosing-reference 1.2"""

    TOILET = "toilet", "Toilet"
    JEWELLERY = "jewellery", "Jewellery off"
    LENSES = "lenses", "Contact lenses out"
    DENTURES = "dentures", "Dentures out"


class Event(TextChoices):
    CHECK_OPENED = "check.opened", "opened the pre-dose check"
    CHECK_ANSWERED = "check.answered", "answered an item of the pre-dose check"
    GATE_OVERRIDDEN = "gate.overridden", "overrode an item of the gate"
    GATE_OVERRIDE_OPENED = "gate.override_opened", "opened the override of an item of the gate"
    DAY_SHEET_OPENED = "day_sheet.opened", "opened the day sheet of a dose"
    GATE_SIGNED = "gate.signed", "signed that a dose may start"
