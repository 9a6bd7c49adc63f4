"""The words of orders."""

from django.db.models import TextChoices

from screening.terms import Route as Route  # dosing-reference 1


class Basis(TextChoices):
    MG = "mg", "mg"
    MG_PER_KG = "mg_per_kg", "mg/kg"


class OrderState(TextChoices):
    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waiting for a second signature"  # above a block limit: needs `dual`
    SIGNED = "signed", "Signed"
    ENDED = "ended", "Ended"


class Disposition(TextChoices):
    """What happens to a medicine before a dose."""

    CONTINUE = "continue", "Continue"
    HOLD = "hold", "Hold"
    TAPER = "taper", "Taper"


class Event(TextChoices):
    ORDER_DRAFTED = "order.drafted", "drafted a dose order"
    ORDER_CHANGED = "order.changed", "changed the draft of a dose order"
    ORDER_SIGNED = "order.signed", "signed a dose order"
    ORDER_SECONDED = "order.seconded", "signed a dose order as the second person"
    ORDER_ENDED = "order.ended", "ended a dose order"
    ORDER_OPENED = "order.opened", "opened the dose orders"
    HOLD_SET = "hold.set", "decided about a medicine before a dose"
    HOLD_ENDED = "hold.ended", "ended a medicine hold"
    OUTSIDE_DOSES_DECLARED = "outside_doses.declared", "wrote down doses given elsewhere"
    OUTSIDE_DOSES_STRUCK = "outside_doses.struck", "struck out doses given elsewhere"
