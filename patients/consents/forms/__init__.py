"""What is asked about consents: of staff who prepare them, of patients who sign, of admins who write the texts."""

from patients.consents.forms.patient import (
    QuestionForm,
    RefusalForm,
    SignForm,
    TakeBackForm,
    WishesForm,
)
from patients.consents.forms.preparing import DETAIL_FORMS, DetailForm, TouchForm, TreatmentForm
from patients.consents.forms.staff import CountersignForm, TalkForm, WithdrawalForm
from patients.consents.forms.versions import ApprovalForm, TextForm

__all__ = [
    "DETAIL_FORMS",
    "ApprovalForm",
    "CountersignForm",
    "DetailForm",
    "QuestionForm",
    "RefusalForm",
    "SignForm",
    "TakeBackForm",
    "TalkForm",
    "TextForm",
    "TouchForm",
    "TreatmentForm",
    "WishesForm",
    "WithdrawalForm",
]
