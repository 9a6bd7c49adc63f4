"""Kinds of answers: words, names, phones, days. Each says what to do when it cannot be read."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from kap_clinic.web.forms import ClinicForm, DateField
from patients.record import phones, rules

YES_NO = (("yes", "Yes"), ("no", "No"))


class RecordForm(ClinicForm):
    """Says how long a text may be, and drops what nobody can see."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.disable_csrf = True  # the page writes the token, beside the form's key
        self.say_lengths()

    def say_lengths(self) -> None:
        for field in self.fields.values():
            for validator in field.validators:
                if isinstance(validator, MaxLengthValidator):
                    validator.message = "Use %(limit_value)d characters or fewer (now %(show_value)d)"  # type: ignore[assignment]


class Words(forms.CharField):
    """One line of text: unseen signs dropped, white space made one space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")  # the browser would offer the last patient's

    def to_python(self, value: Any) -> str:
        return rules.seen(super().to_python(value) or "")


class Name(Words):
    """A name as it is written: at least one letter, in any script."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not any(map(str.isalpha, value)):
            raise forms.ValidationError("Write the name in letters")


class Lines(forms.CharField):
    """Text of several lines."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"rows": rows, "autocomplete": "off"}

    def to_python(self, value: Any) -> str:
        return "\n".join(map(rules.seen, (super().to_python(value) or "").splitlines()))


class Phone(Words):
    """A phone number the way people of the clinic's country write it; kept as E.164."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.country = phones.COUNTRY
        self.widget.input_type = "tel"

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return phones.read(text, self.country) if text else ""
        except phones.NotAPhone as no:
            raise forms.ValidationError(str(no)) from None

    def prepare_value(self, value: Any) -> Any:
        return phones.shown(value, self.country) if isinstance(value, str) and value.startswith("+") else value


class BirthDate(DateField):
    """A day in the past, at most 120 years ago (screening-rules 2)."""

    today: date

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value > self.today:
            raise forms.ValidationError("Enter a date of birth that is not in the future")
        if value and rules.age(value, self.today) > rules.OLDEST_YEARS:
            raise forms.ValidationError(f"Check the year: this would be {rules.age(value, self.today)} years old")


class Past(DateField):
    """A day up to today, with the oldest year anybody would mean."""

    today: date

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value > self.today:
            raise forms.ValidationError("Enter a day that is not in the future")
        if value and value.year < self.today.year - rules.OLDEST_YEARS:
            raise forms.ValidationError("Check the year")


def yes_no(label: str, **kwargs: Any) -> forms.TypedChoiceField:
    """Yes, no, or nothing said (None)."""
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        widget=forms.RadioSelect,
        required=False,
        empty_value=None,
        coerce=_is_yes,
        **kwargs,
    )


def _is_yes(value: str) -> bool:
    return value == "yes"
