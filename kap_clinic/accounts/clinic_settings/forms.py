"""A form for each kind of setting, and one for rooms."""

from typing import Any

from django import forms

from kap_clinic.accounts.setting_keys import DAYS, Key, Kind, NotAllowed
from kap_clinic.web.forms import ClinicForm, WithUnit

SPARE_CONTACTS = 2
CONTACT_PARTS = {"name": "Name", "phone": "Phone", "note": "When, or for whom"}


class SettingForm(ClinicForm):
    """The value of one key, and why it is changed. `value()` is what the key made of it."""

    reason = forms.CharField(label="Why", max_length=300, required=False)

    def __init__(self, *args: Any, key: Key, value: Any, **kwargs: Any) -> None:
        self.key = key
        super().__init__(*args, **kwargs)
        fields = FIELDS.get(key.kind, _one_line)(key, value)
        reason = self.fields.pop("reason")
        reason.required = key.clinical
        reason.error_messages["required"] = "Enter why it is changed"
        self.fields.update(fields | {"reason": reason})
        self.helper.mark_optional = key.kind not in {Kind.HOURS, Kind.CONTACTS}
        self.helper.layout.fields = [_shown(name, key) for name in self.fields]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                self.value = self.key.cleaned(ENTERED.get(self.key.kind, _as_it_is)(given))
            except NotAllowed as no:
                self.add_error("value" if "value" in self.fields else None, str(no))
        return given


def _shown(name: str, key: Key) -> Any:
    return WithUnit(name, key.unit) if name == "value" and key.unit else name


Fields = dict[str, forms.Field]


def _one_line(key: Key, value: Any) -> Fields:
    return {"value": forms.CharField(label=key.label, initial=value, required=False, help_text=key.help)}


def _number(key: Key, value: Any) -> Fields:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return {"value": forms.CharField(label=key.label, initial=value, widget=widget, help_text=key.help)}


def _long(key: Key, value: Any) -> Fields:
    text = "\n".join(value) if isinstance(value, list) else value
    widget = forms.Textarea(attrs={"rows": 6})
    return {"value": forms.CharField(label=key.label, initial=text, required=False, widget=widget, help_text=key.help)}


def _choice(key: Key, value: Any) -> Fields:
    choices = list(key.choices.items()) if key.kind is Kind.CHOICE else [("yes", "Yes"), ("no", "No")]
    initial = value if key.kind is Kind.CHOICE else ("yes" if value else "no")
    return {
        "value": forms.ChoiceField(
            label=key.label, choices=choices, initial=initial, widget=forms.RadioSelect, help_text=key.help
        )
    }


def _hours(key: Key, value: Any) -> Fields:
    return {
        day: forms.CharField(
            label=name,
            required=False,
            max_length=60,
            initial=", ".join("-".join(span) for span in value.get(day, [])),
            help_text=key.help if day == "mon" else "",
        )
        for day, name in DAYS.items()
    }


def _contacts(key: Key, value: Any) -> Fields:
    rows = [*value, *[{} for _ in range(SPARE_CONTACTS)]]
    return {
        f"{part}_{number}": forms.CharField(
            label=f"{label}, {number}", required=False, max_length=200, initial=row.get(part, "")
        )
        for number, row in enumerate(rows, 1)
        for part, label in CONTACT_PARTS.items()
    }


FIELDS = {
    Kind.INTEGER: _number,
    Kind.NUMBER: _number,
    Kind.LONG_TEXT: _long,
    Kind.LINES: _long,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _choice,
    Kind.HOURS: _hours,
    Kind.CONTACTS: _contacts,
}


def _as_it_is(given: dict[str, Any]) -> Any:
    return given["value"]


def _entered_hours(given: dict[str, Any]) -> dict[str, list[list[str]]]:
    return {day: [_span(part, DAYS[day]) for part in given[day].split(",") if part.strip()] for day in DAYS}


def _span(text: str, day: str) -> list[str]:
    begin, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise NotAllowed(f"{day}: enter times like 09:00-17:00, or leave it empty when closed")
    return [begin.strip(), end.strip()]


def _entered_contacts(given: dict[str, Any]) -> list[dict[str, str]]:
    numbers = sorted({int(name.split("_")[1]) for name in given if "_" in name})
    return [{part: given[f"{part}_{number}"] for part in CONTACT_PARTS} for number in numbers]


ENTERED = {
    Kind.YES_NO: lambda given: given["value"] == "yes",
    Kind.HOURS: _entered_hours,
    Kind.CONTACTS: _entered_contacts,
}


class RoomForm(ClinicForm):
    name = forms.CharField(label="Name of the room", max_length=60)
    is_dosing_room = forms.BooleanField(label="Doses are given here", required=False)
