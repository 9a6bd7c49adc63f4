"""The intake in sections. Everything may be left open while it is a draft; what is typed must be usable."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from kap_clinic.web.forms import ClinicForm, DateField, NumberField, Stacked
from screening import rules
from screening.policies import MEDICINES, VITALS, asked_in
from screening.rules import Question

PRESSURE = re.compile(r"^\s*(\d{2,3})\s*[/ ]\s*(\d{2,3})\s*$")
WHEN = [
    ("", "Choose"),
    ("current", "Takes it now, as-needed included"),
    ("date", "Last dose on"),
    ("never", "Never took it"),
]
BLANK_ROWS = 3


class SectionForm(ClinicForm):
    """Questions of one section, as the rules ask them."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        self.section = section
        super().__init__(*args, **kwargs)
        self.questions = asked_in(section)
        for question in self.questions:
            self.fields[question.key] = _field(question)
        self.helper.mark_optional = False
        long = [q.key for q in self.questions if len(q.options) > 3]
        self.helper.layout = Layout("seen", *(Stacked(q.key) if q.key in long else q.key for q in self.questions))

    def values(self) -> dict[str, Any]:
        """Question key -> answer as the rules read it; None where it is open."""
        return {question.key: _plain(self.cleaned_data.get(question.key)) for question in self.questions}


def _field(question: Question) -> forms.Field:
    shared: dict[str, Any] = {"label": question.wording, "help_text": question.hint, "required": False}
    if question.options:
        return forms.ChoiceField(choices=question.choices, widget=forms.RadioSelect, **shared)
    if question.kind == "date":
        return DateField(**shared)
    bounds: dict[str, Any] = {"min_value": question.minimum, "max_value": question.maximum}
    if question.kind == "int":
        error = f"Enter a whole number from {question.minimum} to {question.maximum}"
        messages = {"invalid": error, "min_value": error, "max_value": error}
        return forms.IntegerField(
            **shared, **bounds, error_messages=messages, widget=forms.TextInput(attrs={"inputmode": "numeric"})
        )
    return NumberField(**shared, **bounds, example="1.2")


def _plain(value: Any) -> Any:
    if value in ("", None):
        return None
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


class VitalsForm(ClinicForm):
    """Vital signs at screening. Blood pressure in one field, 138/86; a weight never without its unit."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    blood_pressure = forms.CharField(
        label="Blood pressure",
        required=False,
        max_length=20,
        help_text="After 5 minutes of rest, like 138/86",
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )
    heart_rate = forms.IntegerField(
        label="Pulse, beats a minute",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Enter the pulse as a whole number, like 72"},
    )
    spo2 = NumberField(label="Oxygen saturation, %", required=False, example="98")
    temperature_c = NumberField(label="Temperature, °C", required=False, example="36.7")
    weight = NumberField(label="Weight", required=False, example="68.4", max_digits=6, decimal_places=2)
    weight_unit = forms.ChoiceField(
        label="Unit of the weight", choices=[("kg", "kg"), ("lb", "lb")], widget=forms.RadioSelect, required=False
    )
    height_cm = NumberField(label="Height, cm", required=False, example="171")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.mark_optional = False
        for key in rules.VITALS.keys() & self.fields.keys():
            self.fields[key].help_text = rules.VITALS[key].hint

    @staticmethod
    def initial_of(vitals: Mapping[str, Any]) -> dict[str, Any]:
        weight = vitals.get("weight") or {}
        pressure = [vitals.get("systolic"), vitals.get("diastolic")]
        return {
            **{key: vitals.get(key) for key in ("heart_rate", "spo2", "temperature_c", "height_cm")},
            "blood_pressure": "/".join("" if half is None else str(half) for half in pressure) if any(pressure) else "",
            "weight": weight.get("value"),
            "weight_unit": weight.get("unit"),
        }

    def clean_blood_pressure(self) -> tuple[int, int] | None:
        typed = self.cleaned_data["blood_pressure"]
        if not typed:
            return None
        match = PRESSURE.match(typed)
        if not match:
            raise forms.ValidationError("Enter the blood pressure as upper and lower number, like 138/86")
        upper, lower = int(match[1]), int(match[2])
        if lower >= upper:
            raise forms.ValidationError(f"The upper number must be above the lower one: {upper}/{lower}")
        if not (60 <= upper <= 260 and 30 <= lower <= 160):  # screening-rules 3
            raise forms.ValidationError(f"{upper}/{lower} cannot be right: 60 to 260 over 30 to 160")
        return upper, lower

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for key in ("heart_rate", "spo2", "temperature_c", "height_cm"):
            sign, value = rules.VITALS[key], data.get(key)
            if value is not None and not sign.minimum <= value <= sign.maximum:
                self.add_error(key, f"Enter a {sign.label.lower()} from {sign.minimum} to {sign.maximum} {sign.unit}")
        self._clean_weight(data)
        return data

    def _clean_weight(self, data: dict[str, Any]) -> None:
        value, unit = data.get("weight"), data.get("weight_unit")
        if value is None:
            return
        if not unit:
            self.add_error("weight_unit", "Choose kg or lb: a wrong unit is a 2.2-fold dose error")
            return
        kg = float(value) * (1 if unit == "kg" else rules.KG_PER_LB)
        if not 30 <= kg <= 300:  # screening-rules 3
            self.add_error("weight", f"{value} {unit} is {kg:.1f} kg, which cannot be right: 30 to 300 kg")

    def values(self) -> dict[str, Any]:
        """Vitals as the rules read them; what is open is left out."""
        data = self.cleaned_data
        vitals = {key: _plain(data.get(key)) for key in ("heart_rate", "spo2", "temperature_c", "height_cm")}
        if data.get("blood_pressure"):
            vitals["systolic"], vitals["diastolic"] = data["blood_pressure"]
        if data.get("weight") is not None:
            vitals["weight"] = {"value": _plain(data["weight"]), "unit": data["weight_unit"]}
        return {key: value for key, value in vitals.items() if value is not None}


class MedicineForm(ClinicForm):
    """One line of the medicine list: the text as told, and when it was last taken."""

    text = forms.CharField(
        label="Medicine, supplement or drug", required=False, max_length=300, help_text="As the patient says it"
    )
    when = forms.ChoiceField(label="Last taken", choices=WHEN, required=False)
    on = DateField(label="Last dose on", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("text") and data.get("when") == "date" and not data.get("on") and "on" not in self.errors:
            self.add_error("on", "Enter the date of the last dose")
        if not data.get("text") and (data.get("when") or data.get("on")):
            self.add_error("text", "Enter the medicine, or clear the line")
        return data

    def value(self) -> dict[str, Any] | None:
        """The entry as the rules read it, or None for a blank line. A date not known stays open."""
        data = self.cleaned_data
        if not data.get("text"):
            return None
        last = data["on"].isoformat() if data["when"] == "date" else data["when"] or None
        return {"text": data["text"], "last_taken": last}


class MedicineList:
    """All lines of the list with the tick "takes nothing", as one form."""

    section = MEDICINES

    def __init__(self, data: Mapping[str, Any] | None, *, entries: list[dict[str, Any]], none_taken: str | None):
        count = _rows(data, len(entries))
        self.is_bound = data is not None
        self.lines = [
            MedicineForm(data, prefix=f"line-{i}", initial=_initial(entries[i]) if i < len(entries) else {})
            for i in range(count)
        ]
        self.head = SectionForm(data, section=MEDICINES, initial={"no_medications": none_taken})

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *(line.is_valid() for line in self.lines)])

    @property
    def errors(self) -> bool:
        return self.is_bound and not self.is_valid()

    @property
    def forms_in_error(self) -> list[ClinicForm]:
        return [form for form in [self.head, *self.lines] if form.is_bound and form.errors]

    @property
    def cleaned_data(self) -> dict[str, Any]:
        return self.head.cleaned_data

    def values(self) -> dict[str, Any]:
        entries = [entry for line in self.lines if (entry := line.value())]
        return {"medications": entries, **self.head.values()}


def _rows(data: Mapping[str, Any] | None, kept: int) -> int:
    if data is None:
        return kept + BLANK_ROWS
    try:
        asked = int(data.get("rows", kept + BLANK_ROWS))
    except (TypeError, ValueError):
        asked = kept + BLANK_ROWS
    return max(1, min(asked, 100))


def _initial(entry: Mapping[str, Any]) -> dict[str, Any]:
    last = entry.get("last_taken")
    if last in (None, "", "current", "never"):
        return {"text": entry["text"], "when": last or ""}
    return {"text": entry["text"], "when": "date", "on": last}


def section_form(section: str, data: Mapping[str, Any] | None, screening: Any, seen: str) -> Any:
    """The form of a section, filled with what the draft holds."""
    if section == MEDICINES:
        form = MedicineList(data, entries=screening.medications, none_taken=screening.answers.get("no_medications"))
        form.head.initial["seen"] = seen
        return form
    if section == VITALS:
        return VitalsForm(data, initial={**VitalsForm.initial_of(screening.vitals), "seen": seen})
    initial = {q.key: screening.answers.get(q.key) for q in asked_in(section)}
    return SectionForm(data, section=section, initial={**initial, "seen": seen})
