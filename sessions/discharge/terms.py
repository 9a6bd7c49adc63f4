"""The words of leaving."""

from django.db.models import TextChoices


class DischargeItem(TextChoices):
    """dosing-reference 5, in order"""

    TIME = "time", "Earliest time reached, every check done or explained"
    BLOOD_PRESSURE = "blood_pressure", "Blood pressure back, on two readings"
    PULSE_AND_OXYGEN = "pulse_and_oxygen", "Pulse and oxygen"
    AWAKE = "awake", "Awake, on two checks"
    ORIENTED = "oriented", "Oriented to person, place and time"
    WALKS = "walks", "Walks steadily"
    AT_EASE = "at_ease", "Back from the experience"
    DRINKS = "drinks", "No vomiting, drinks and keeps it down"
    SAFE = "safe", "No new or worse suicidal thoughts"
    ESCORT = "escort", "Escort here in person"
    ADVICE = "advice", "Written advice given"
    DRUG_COUNTED = "drug_counted", "Remaining drug counted"
    NEXT_CONTACT = "next_contact", "Next contact booked"


class Way(TextChoices):
    READY = "ready", "Fit to leave"
    AGAINST_ADVICE = "against_advice", "Against advice"
    TRANSFERRED = "transferred", "Transferred"


class Event(TextChoices):
    DISCHARGE_OPENED = "discharge.opened", "opened the discharge"
    ITEM_TICKED = "discharge.ticked", "ticked an item of the discharge"
    DISCHARGED = "discharge.signed", "signed that the patient may leave"
    SCORED = "discharge.scored", "rated a score of going home"
    LONG_STAY = "discharge.long_stay", "had four hours pass since the dose"
    ADVICE_PRINTED = "discharge.advice_printed", "had the after-care advice printed"
    LEFT = "discharge.left", "recorded that the patient left against advice"
