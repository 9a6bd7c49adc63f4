"""What is asked on the day, one small form for each thing, shown in its row of the check."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils import timezone

from kap_clinic.web.forms import ClinicForm, NumberField, Segmented, Stacked
from patients.consents.terms import TouchLevel
from screening import measures
from screening.rules import QUESTIONS
from sessions.gate.rules import REASON_LENGTH, GateFacts, limits_of_fasting, span
from sessions.gate.rules.asked import FOLLOW_UP, NONE, WAIVER_LENGTH
from sessions.gate.rules.facts import Held
from sessions.gate.terms import Check, Comfort, EquipmentPart, Identifier, Topic

YES_NO, UNSURE = [("yes", "Yes"), ("no", "No")], ("unsure", "Not sure")
PRESSURE = re.compile(r"\s*([0-9]{2,3})\s*[/ -]\s*([0-9]{2,3})\s*")
MORE = "more_"  # before the name of a field that follows a topic
MEDICINE_ROWS = 3  # new medicines told at once; more on the page of medicines


@dataclass(frozen=True)
class Around:
    """What the forms need to know: the facts, who could be in the room, and the escort on file."""

    facts: GateFacts
    therapists: Sequence[tuple[int, str]] = ()
    clinicians: Sequence[tuple[int, str]] = ()
    escort: tuple[str, str] = ("", "")


class When(forms.DateTimeField):
    """A day and time, typed or picked natively, in the clinic's zone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
            error_messages={"invalid": "Enter day and time, like 2026-11-24 07:30"},
            **kwargs,
        )

    def clean(self, value: Any) -> datetime | None:
        moment = super().clean(value)
        if moment is not None and moment > timezone.now():
            raise forms.ValidationError("This is in the future; enter when it was")
        return moment


def yes_no(label: str, *, unsure: bool = False, help_text: str = "") -> forms.ChoiceField:
    choices = [*YES_NO, UNSURE] if unsure else YES_NO
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, help_text=help_text)


def words(label: str, *, required: bool = False, rows: int = 2, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=500, required=required, widget=area, help_text=help_text)


class CheckForm(ClinicForm):
    """One thing asked. `answer()` is what `actions.answer` takes."""

    code: Check
    act = "Save"

    def __init__(self, *args: Any, around: Around, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.code}_%s")
        super().__init__(*args, **kwargs)
        self.around = around
        self.ask()
        self.helper.mark_optional = False
        self.helper.summary = self.is_bound
        self.helper.layout = Layout(*self.laid_out())

    def ask(self) -> None:
        """Fields that depend on the patient, the route or the clinic."""

    def laid_out(self) -> list[Any]:
        return [self.shown(name) for name in self.fields]

    def shown(self, name: str) -> Any:
        asked = self.fields[name]
        if isinstance(asked.widget, forms.RadioSelect):
            return Segmented(name) if len(asked.choices) <= len("yes") else Stacked(name)  # type: ignore[attr-defined]
        return Stacked(name) if isinstance(asked.widget, forms.CheckboxSelectMultiple) else name

    def answer(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class IdentityForm(CheckForm):
    code = Check.IDENTITY
    act = "This is the patient: begin the check"
    identifiers = forms.MultipleChoiceField(
        label="What did you check? Two at least",
        choices=Identifier.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick two things you checked"},
    )


class ChangesForm(CheckForm):
    """Every topic is asked; what a yes or a "not sure" asks besides opens under it."""

    code = Check.CHANGES

    def ask(self) -> None:
        for topic in Topic:
            self.fields[topic.value] = yes_no(topic.label, unsure=True)
        for about, keys in FOLLOW_UP.items():
            for key in keys:
                asked = QUESTIONS[key]
                choices = [one for one in asked.choices if (about, one[0]) not in NOT_NEW]
                self.fields[MORE + key] = forms.ChoiceField(
                    label=asked.short if about != Topic.ILLNESS else asked.wording,
                    choices=choices,
                    widget=forms.RadioSelect,
                    required=False,
                )
        for number in range(1, MEDICINE_ROWS + 1):
            self.fields[f"medicine_{number}"] = forms.CharField(
                label=f"Medicine {number}" if number > 1 else "Medicine, as told", max_length=300, required=False
            )
            self.fields[f"medicine_{number}_taken"] = forms.DateField(
                label="Last taken",
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"invalid": "Enter a date, like 2026-11-23"},
            )
        self.fields["words"] = words("What is new, in a few words")

    def laid_out(self) -> list[Any]:
        rows: list[Any] = []
        for topic in Topic:
            inside = [MORE + key for key in FOLLOW_UP.get(topic, ())]
            if topic == Topic.MEDICINE:
                inside = [name for name in self.fields if name.startswith("medicine_")]
            more = [Div(*(self.shown(name) for name in inside), css_class="more")] if inside else []
            rows.append(Div(Segmented(topic.value), *more, css_class="topic"))
        return [*rows, "words"]

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "topics": {topic.value: said[topic.value] for topic in Topic},
            "words": said["words"],
            "answers": {key: said[MORE + key] for keys in FOLLOW_UP.values() for key in keys if said.get(MORE + key)},
            "medicines": [one for one in map(self._medicine, range(1, MEDICINE_ROWS + 1)) if one["text"]],
        }

    def _medicine(self, number: int) -> dict[str, str]:
        text, on = self.cleaned_data[f"medicine_{number}"], self.cleaned_data[f"medicine_{number}_taken"]
        return {"text": text, "last_taken": on.isoformat() if on else ""}


# What a "yes, new" cannot be followed by.
NOT_NEW = {(Topic.PREGNANCY, "not_possible"), (Topic.BLADDER, "none")}


class MedicinesForm(CheckForm):
    """When each medicine was last taken, and that tapers were kept."""

    code = Check.MEDICINES

    def ask(self) -> None:
        medicines = self.around.facts.medicines
        self.fields["list_is_right"] = yes_no("Is this list right and complete?")
        for at, (_ref, name, hold) in enumerate(self.asked_of()):
            held = f"Ordered: held from {hold.hours_before} h before" if hold and hold.hours_before else ""
            self.fields[f"at_{at}"] = When(label=f"{name}, last taken", help_text=held)
            self.fields[f"none_{at}"] = forms.BooleanField(label=f"{name}: not taken for a month", required=False)
        for at, taper in enumerate(self.tapers()):
            self.fields[f"kept_{at}"] = yes_no(f"{taper.name}: taper kept as ordered? {taper.words}".strip())
        if medicines is None:
            del self.fields["list_is_right"]

    def asked_of(self) -> list[tuple[str, str, Held | None]]:
        """Each medicine of the list with its hold, then held ones that are not on it."""
        medicines = self.around.facts.medicines
        if medicines is None:
            return []
        holds = {hold.medicine or hold.ref: hold for hold in medicines.holds if hold.disposition == "hold"}
        listed = [(one.ref, one.name, holds.pop(one.ref, None)) for one in medicines.listed]
        return [*listed, *((ref, hold.name, hold) for ref, hold in holds.items())]

    def tapers(self) -> list[Held]:
        medicines = self.around.facts.medicines
        return [hold for hold in medicines.holds if hold.disposition == "taper"] if medicines else []

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for at, (_ref, name, _hold) in enumerate(self.asked_of()):
            if f"at_{at}" in said and bool(said.get(f"at_{at}")) == bool(said.get(f"none_{at}")):
                self.add_error(f"at_{at}", f"Enter when {name} was last taken, or tick that it was not")
        return said

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        taken = {
            ref: NONE if said[f"none_{at}"] else said[f"at_{at}"].isoformat()
            for at, (ref, _name, _hold) in enumerate(self.asked_of())
        }
        kept = {taper.ref: said[f"kept_{at}"] for at, taper in enumerate(self.tapers())}
        return {"list_is_right": said["list_is_right"], "taken": taken, "kept": kept}


class AsqForm(CheckForm):
    """The questions in their own words and order. The fifth is asked when one before is a yes or declined."""

    code = Check.ASQ

    def ask(self) -> None:
        for item in measures.instrument("asq").items:
            self.fields[item.link_id.replace(".", "_")] = forms.TypedChoiceField(
                label=item.text,
                choices=[(option.value, option.label) for option in item.options],
                coerce=int,
                empty_value=None,
                widget=forms.RadioSelect,
                required=item.required,
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        positive = any(value for name, value in said.items() if name != "asq_5")
        if positive and said.get("asq_5") is None and "asq_5" not in self.errors:
            self.add_error("asq_5", "One of the answers above is a yes or declined: ask this one too")
        return said

    def answer(self) -> dict[str, Any]:
        given = {name.replace("_", "."): value for name, value in self.cleaned_data.items()}
        return {key: value for key, value in given.items() if value is not None}


class FastingForm(CheckForm):
    """What is asked for the route of the order; each a time, or nothing since yesterday."""

    code = Check.FASTING

    def ask(self) -> None:
        asked: list[Any] = limits_of_fasting(self.around.facts) or [("solids_at", "solid food", None)]
        for key, what, least in asked:
            ordered = f"At least {span(least)} before this route" if least else ""
            self.fields[key] = When(label=f"Last had {what}", help_text=ordered)
            self.fields[f"none_{key}"] = forms.BooleanField(label=f"No {what} since yesterday", required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for key in self._keys():
            if key in said and bool(said[key]) == bool(said.get(f"none_{key}")):
                self.add_error(key, "Enter the time, or tick that there was none")
        return said

    def _keys(self) -> list[str]:
        return [name for name in self.fields if name.endswith("_at") and not name.startswith("none_")]

    def answer(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {key: NONE if said[f"none_{key}"] else said[key].isoformat() for key in self._keys()}


class SubstancesForm(CheckForm):
    code = Check.SUBSTANCES
    alcohol = yes_no("Alcohol in the last 48 hours?", unsure=True)
    cannabis = yes_no("Cannabis in the last 48 hours?", unsure=True)
    other = yes_no("Anything else in the last 48 hours?", unsure=True, help_text="Not the medicines of the list")
    intoxicated = yes_no("Does the patient look intoxicated?", unsure=True)
    words = words("In a few words, if there was any")


class EscortForm(CheckForm):
    code = Check.ESCORT
    name = forms.CharField(label="Name", max_length=120)
    phone = forms.CharField(label="Phone", max_length=30, widget=forms.TextInput(attrs={"type": "tel"}))
    adult = yes_no("An adult?")
    how = forms.ChoiceField(
        label="How do they arrive?",
        choices=[("in_person", "In person"), ("not_in_person", "Not in person")],
        widget=forms.RadioSelect,
    )
    second_name = forms.CharField(
        label="A second adult by phone: name",
        max_length=120,
        required=False,
        help_text="Only when the first cannot come",
    )
    second_phone = forms.CharField(label="A second adult by phone: phone", max_length=30, required=False)

    def ask(self) -> None:
        self.initial.setdefault("name", self.around.escort[0])
        self.initial.setdefault("phone", self.around.escort[1])


class StaffForm(CheckForm):
    code = Check.STAFF
    therapist = forms.TypedChoiceField(label="Trained therapist in the room", coerce=int)
    clinician = forms.TypedChoiceField(
        label="Clinician on site for airway and blood pressure",
        coerce=int,
        required=False,
        empty_value=None,
        help_text="Needed for injected and nasal routes",
    )

    def ask(self) -> None:
        for name, people in (("therapist", self.around.therapists), ("clinician", self.around.clinicians)):
            self.fields[name].choices = [("", "Choose"), *people]  # type: ignore[attr-defined]


class EquipmentForm(CheckForm):
    code = Check.EQUIPMENT
    act = "Sign the equipment list"
    items = forms.MultipleChoiceField(
        label="Checked today and in order",
        choices=EquipmentPart.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class ConsentTodayForm(CheckForm):
    code = Check.CONSENT_TODAY
    sober = yes_no("Sober?")
    oriented = yes_no("Oriented to person, place and time?")
    says_yes = yes_no("Says yes to the dose today?")
    touch_level = forms.TypedChoiceField(
        label="Touch level the patient confirms today", coerce=int, widget=forms.RadioSelect
    )

    def ask(self) -> None:
        held = self.around.facts.consents
        signed = held.touch_level if held and held.touch_level is not None else 0
        levels = [(level.value, level.label) for level in TouchLevel if level <= signed]
        self.fields["touch_level"].choices = levels  # type: ignore[attr-defined]
        self.fields["touch_level"].help_text = f"Signed: level {TouchLevel(signed).label}. Never above it"


class ConditionsForm(CheckForm):
    code = Check.CONDITIONS
    act = "Confirm"
    confirmed = forms.MultipleChoiceField(
        label="Checked or confirmed today", widget=forms.CheckboxSelectMultiple, required=False
    )

    def ask(self) -> None:
        screened = self.around.facts.screened
        found = screened.conditions if screened else ()
        self.fields["confirmed"].choices = [(one, one) for one in found]  # type: ignore[attr-defined]


class WaiverForm(CheckForm):
    code = Check.WAIVER
    act = "Waive the integration"
    words = words(
        "Why is the integration waived?",
        required=True,
        help_text=f"By the therapist, once in a course; {WAIVER_LENGTH} characters or more",
    )


class IntentionForm(CheckForm):
    code = Check.INTENTION
    words = words("Intention for today, in the patient's words", required=True)


class ComfortForm(CheckForm):
    code = Check.COMFORT
    items = forms.MultipleChoiceField(
        label="Done", choices=Comfort.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class SeenForm(CheckForm):
    """The prescriber acknowledges the caution of one reading."""

    code = Check.VITALS_SEEN
    act = "I have seen this"
    vitals = forms.CharField(widget=forms.HiddenInput)
    words = words(
        "Your reason",
        help_text=f"Needed below a lower limit or with a fever; {REASON_LENGTH} characters or more",
    )

    def ask(self) -> None:
        baseline = self.around.facts.baseline
        self.initial["vitals"] = baseline.ref if baseline else ""


FORMS: dict[Check, type[CheckForm]] = {
    form.code: form
    for form in (
        IdentityForm,
        ChangesForm,
        MedicinesForm,
        AsqForm,
        FastingForm,
        SubstancesForm,
        EscortForm,
        StaffForm,
        EquipmentForm,
        ConsentTodayForm,
        ConditionsForm,
        WaiverForm,
        IntentionForm,
        ComfortForm,
        SeenForm,
    )
}


# What is measured, and what is signed


class BaselineForm(ClinicForm):
    """A reading at rest. Nothing is carried over from the last one."""

    act = "Save the reading"
    pressure = forms.CharField(
        label="Blood pressure",
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
        help_text="mmHg, like 138/86",
    )
    heart_rate = NumberField(label="Pulse", unit="beats/min", min_value=20, max_value=260, example="72")
    spo2 = NumberField(label="Oxygen saturation", unit="%", min_value=50, max_value=100, example="98")
    respiratory_rate = NumberField(label="Breaths", unit="a minute", min_value=2, max_value=70, example="14")
    temperature_c = NumberField(
        label="Temperature (optional)", unit="°C", min_value=30, max_value=43, example="36.6", required=False
    )
    rested_minutes = NumberField(label="Rested before it", unit="minutes", min_value=0, max_value=120, example="5")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_baseline_%s", **kwargs)
        self.helper.mark_optional = False
        self.helper.summary = self.is_bound
        self.helper.layout = Layout(Div(*self.fields, css_class="measured"))

    def clean_pressure(self) -> tuple[int, int]:
        found = PRESSURE.fullmatch(self.cleaned_data["pressure"])
        if found is None:
            raise forms.ValidationError("Enter both numbers, like 138/86")
        return int(found[1]), int(found[2])

    def values(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        upper, lower = said.pop("pressure")
        whole = {key: None if value is None else int(value) for key, value in said.items() if key != "temperature_c"}
        return {"systolic": upper, "diastolic": lower, **whole, "temperature_c": said["temperature_c"]}


class ReasonForm(ClinicForm):
    """A reason in words: of an override, or of "not today"."""

    reason = words("Reason", required=True, rows=3)

    def __init__(self, *args: Any, label: str, least: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_reason_%s", **kwargs)
        self.fields["reason"].label = label
        self.fields["reason"].min_length = least  # type: ignore[attr-defined]
        if least > 1:
            self.fields["reason"].help_text = f"{least} characters or more; printed on every later paper"
