"""A measure as staff record it: the form's own words and order for shipped ones, the scores alone for the others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from kap_clinic.web.forms import ClinicForm, NumberField, Stacked
from screening import measures
from screening.measures import Instrument
from screening.terms import MeasureEntry

ENTRIES = [(MeasureEntry.STAFF.value, MeasureEntry.STAFF.label), (MeasureEntry.PAPER.value, MeasureEntry.PAPER.label)]


class MeasureForm(ClinicForm):
    """Every answer may be left open: an unfinished form keeps its flags and has no total (instruments 2)."""

    entry = forms.ChoiceField(
        label="How were the answers given?", choices=ENTRIES, widget=forms.RadioSelect, initial=MeasureEntry.STAFF
    )
    answered_at = forms.DateTimeField(
        label="When",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "Enter day and time, like 2026-11-24 09:30", "required": "Enter day and time"},
    )

    def __init__(self, *args: Any, instrument: Instrument, **kwargs: Any) -> None:
        self.instrument = instrument
        super().__init__(*args, **kwargs)
        names = []
        for key, field in _fields(instrument):
            self.fields[key] = field
            names.append(Stacked(key) if instrument.items else key)
        self.helper.mark_optional = False
        self.helper.layout = Layout(*names, "entry", "answered_at")

    def clean_answered_at(self) -> datetime:
        when = self.cleaned_data["answered_at"]
        if when > timezone.now():
            raise forms.ValidationError("This is in the future; enter when the answers were given")
        return when

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.answers():
            raise forms.ValidationError("Nothing is answered yet. Choose at least one answer, or leave the page.")
        return data

    def answers(self) -> dict[str, Any]:
        """Link or field id -> value as the scorer reads it; open answers are left out."""
        given = {_id(name): value for name, value in self.cleaned_data.items() if name.startswith("a_")}
        return {key: _number(value) for key, value in given.items() if value not in (None, "")}


def _fields(instrument: Instrument) -> list[tuple[str, forms.Field]]:
    if instrument.items:
        return [
            (
                _name(item.link_id),
                forms.TypedChoiceField(
                    label=item.text,
                    choices=[(option.value, option.label) for option in item.options],
                    coerce=int,
                    empty_value=None,
                    widget=forms.RadioSelect,
                    required=False,
                ),
            )
            for item in instrument.items
        ]
    return [
        (
            _name(field.id),
            NumberField(
                label=field.label,
                required=field.required,
                min_value=field.low,
                max_value=field.high,
                help_text=f"From {field.low} to {field.high}",
                example=str(field.low),
            ),
        )
        for field in instrument.fields
    ]


def _name(key: str) -> str:
    return "a_" + key.replace(".", "__")


def _id(name: str) -> str:
    return name.removeprefix("a_").replace("__", ".")


def _number(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return int(value) if value == int(value) else float(value)


def form_for(instrument_id: str, data: Mapping[str, Any] | None, now: datetime) -> MeasureForm:
    """The form of an instrument. Raises measures.UnknownInstrument."""
    return MeasureForm(data, instrument=measures.instrument(instrument_id), initial={"answered_at": now})
