"""A weight as it was read off the scale."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Layout
from django import forms

from kap_clinic.web.forms import Segmented
from patients.record import rules
from patients.record.forms.fields import Past, RecordForm, Words
from patients.record.terms import WeightUnit

WEIGHT = re.compile(
    r"([0-9]{1,4}(?:[.,][0-9]{1,2})?)\s*(kg|kgs|kilo|kilos|kilograms?|lb|lbs|pounds?)?\.?", re.IGNORECASE
)


class WeightForm(RecordForm):
    """A weight with its unit. One far from the last is asked about once more."""

    weight = Words(label="Weight", max_length=20, help_text="With its unit here or below, like 68.4 kg or 151 lb")
    unit = forms.ChoiceField(
        label="Unit, unless typed above", choices=WeightUnit.choices, widget=forms.RadioSelect, required=False
    )
    measured_on = Past(label="Measured on")
    is_right = forms.BooleanField(label="I have checked the number and the unit", required=False)

    def __init__(self, *args: Any, today: date, last_kg: Decimal | None, last_words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, initial={"measured_on": today}, **kwargs)
        self.last_kg, self.last_words = last_kg, last_words
        self.fields["measured_on"].today = today  # type: ignore[attr-defined]
        self.fields["measured_on"].widget.attrs["max"] = today.isoformat()
        self.fields["weight"].error_messages["required"] = "Enter the weight in kg, like 68.4"
        self.asks_again = bool(self.data.get("is_right"))
        self._lay_out()

    def _lay_out(self) -> None:
        again = ["is_right"] if self.asks_again else []
        self.helper.layout = Layout("weight", Segmented("unit"), "measured_on", *again)

    def clean_weight(self) -> str:
        text = self.cleaned_data["weight"]
        if not WEIGHT.fullmatch(text):
            raise forms.ValidationError("Enter the weight in kg, like 68.4")
        return text

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "weight" not in said:
            return said
        number, typed_unit = WEIGHT.fullmatch(said["weight"]).groups()  # type: ignore[union-attr]
        unit = {"k": "kg", "l": "lb", "p": "lb"}.get((typed_unit or "")[:1].lower(), "")
        if unit and said.get("unit") and unit != said["unit"]:
            self.add_error("unit", f"You typed {unit} and chose {said['unit']}. Choose the one on the scale")
        elif not unit and not said.get("unit"):
            self.add_error("unit", "Choose kg or lb")
        else:
            self._weigh(said, Decimal(number.replace(",", ".")), unit or said["unit"])
        return said

    def _weigh(self, said: dict[str, Any], value: Decimal, unit: str) -> None:
        kg = rules.kilograms(value, unit)
        if not rules.is_usable_weight(kg):
            as_kg = f"{value} {unit}" if unit == "kg" else f"{value} {unit} ({rules.to_one_decimal(kg)} kg)"
            self.add_error("weight", f"{as_kg} is not between 30 and 300 kg. Check the number and the unit")
        elif rules.is_jump(kg, self.last_kg) and not said.get("is_right"):
            self.asks_again = True
            self._lay_out()
            self.add_error(
                "is_right", f"This is {rules.to_one_decimal(kg)} kg; {self.last_words}. Tick this if it is right"
            )
        said["value"], said["in_unit"] = value, unit

    def measured_at(self, now: datetime, zone: str) -> datetime:
        """The moment it stands for: now when it is today's, else noon of that day at the clinic."""
        on = self.cleaned_data["measured_on"]
        if on == now.astimezone(ZoneInfo(zone)).date():
            return now
        return datetime.combine(on, time(12), ZoneInfo(zone))
