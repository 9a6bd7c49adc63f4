"""What is asked about a patient, and what is said when an answer cannot be used."""

from patients.record.forms.allergies import AllergiesForm
from patients.record.forms.fields import Lines, Name, Past, Phone, RecordForm, Words
from patients.record.forms.identity import LANGUAGES, ChangeForm, RegisterForm
from patients.record.forms.people import ContactForm, TeamForm
from patients.record.forms.small import ConditionForm, ReasonForm
from patients.record.forms.weight import WeightForm

__all__ = [
    "LANGUAGES",
    "AllergiesForm",
    "ChangeForm",
    "ConditionForm",
    "ContactForm",
    "Lines",
    "Name",
    "Past",
    "Phone",
    "ReasonForm",
    "RecordForm",
    "RegisterForm",
    "TeamForm",
    "WeightForm",
    "Words",
]
