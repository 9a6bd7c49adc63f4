"""What the portal asks: a birth date, and one answer at a time."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from kap_clinic.web.forms import ClinicForm, DateField
from screening.measures import Item


class BirthDateForm(ClinicForm):
    birth_date = DateField(
        label="Your date of birth",
        help_text="So that nobody but you can open this page",
        error_messages={"required": "Enter your date of birth"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["birth_date"].widget.attrs["autocomplete"] = "bday"

    def clean_birth_date(self) -> date:
        day = self.cleaned_data["birth_date"]
        if not date(1900, 1, 1) <= day <= timezone.localdate():
            raise forms.ValidationError("Enter your date of birth, like 14 March 1987")
        return day


class AnswerForm(ClinicForm):
    """One question of an instrument, its answers in their order and words. Nothing is chosen beforehand."""

    answer = forms.TypedChoiceField(
        coerce=int, widget=forms.RadioSelect, error_messages={"required": "Choose the answer that fits best"}
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["answer"]
        field.label = item.text
        field.choices = [(option.value, option.label) for option in item.options]
