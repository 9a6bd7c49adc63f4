"""All rows of the sessions app, gathered for Django."""

from sessions.discharge.models import Discharge, DischargeTick
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession, Entry, VitalSigns
from sessions.events.models import AdverseEvent, EventAddition
from sessions.gate.models import CheckAnswer, GateOverride
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.visits.models import Appointment, AppointmentMove, AppointmentStaff, Preparation

__all__ = [
    "AdverseEvent",
    "Alert",
    "Appointment",
    "AppointmentMove",
    "AppointmentStaff",
    "CheckAnswer",
    "Discharge",
    "DischargeTick",
    "Dose",
    "DoseOrder",
    "DosingMove",
    "DosingSession",
    "Entry",
    "EventAddition",
    "GateOverride",
    "MedicineHold",
    "OutsideDoses",
    "Preparation",
    "VitalSigns",
]
