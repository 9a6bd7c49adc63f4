"""People around the patient: contacts, escorts, and who looks after them."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms

from kap_clinic.accounts.models import User
from kap_clinic.web.forms import Segmented
from patients.record import phones
from patients.record.forms.fields import Name, Phone, RecordForm, Words
from patients.record.terms import ContactKind


class ContactForm(RecordForm):
    """Somebody to call, who takes the patient home, or who referred them."""

    kind = forms.ChoiceField(label="What for", choices=ContactKind.choices, widget=forms.RadioSelect)
    name = Name(label="Name", max_length=120)
    relation = Words(
        label="Who they are to the patient",
        max_length=60,
        required=False,
        help_text="Like spouse, friend, family doctor",
    )
    phone = Phone(label="Phone")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].country = phones.country_of(zone)  # type: ignore[attr-defined]
        self.helper.layout = Layout(Segmented("kind"), Row("name", "relation"), "phone")


class TeamForm(RecordForm):
    """Who joins the care team."""

    user = forms.ModelChoiceField(label="Who joins", queryset=User.objects.none(), empty_label="Choose")
    why = Words(label="Why", max_length=200, required=False, help_text="Like: covers for R. Vale until Friday")

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(pk__in=[person.pk for person in people])  # type: ignore[attr-defined]
