"""Forms of the dose day: vital signs, the dose, KAP-DR, what else is seen, touch, corrections."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from crispy_forms.layout import Layout
from django import forms
from uuid_utils.compat import uuid7

from kap_clinic.web.forms import ClinicForm, NumberField, Segmented, Stacked, WithUnit
from sessions.dosing.models import VitalSigns
from sessions.dosing.rules import doses, entries, limits
from sessions.dosing.rules.entries import TouchNow
from sessions.orders.models import DoseOrder
from sessions.orders.terms import Route

PRESSURE = re.compile(r"\s*(\d{2,3})\s*(?:/|\s|-)\s*(\d{2,3})\s*")
AGO = [("0", "Now"), ("1", "1 min ago"), ("2", "2 min"), ("5", "5 min"), ("10", "10 min")]
DOSE_AGO = [("0", "Now"), ("1", "1 min ago"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")]
# Outside of these a reading is asked about once more, and may still be saved (ux 7).
PLAUSIBLE = {
    "systolic": (60, 260, "Systolic"),
    "diastolic": (30, 160, "Diastolic"),
    "heart_rate": (30, 220, "Pulse"),
    "spo2": (70, 100, "SpO₂"),
    "respiratory_rate": (4, 60, "Breaths"),
}
STRIKES = [
    ("Wrong button", "Wrong button"),
    ("Wrong value", "Wrong value"),
    ("Wrong time", "Wrong time"),
    ("Twice", "Written twice"),
    ("Wrong patient", "Wrong patient"),
]


class LiveForm(ClinicForm):
    """A form of the live sheet: one hand, big targets, and a reference made with the page, so that it happens once."""

    client_ref = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"client_ref": uuid7(), **kwargs["initial"]}
        super().__init__(*args, **kwargs)
        self.helper.mark_optional = False

    @property
    def ref(self) -> UUID | None:
        return self.cleaned_data.get("client_ref")


def _ago(choices: list[tuple[str, str]] = AGO) -> forms.ChoiceField:
    return forms.ChoiceField(label="When", choices=choices, widget=forms.RadioSelect, required=False, initial="0")


def moment(ago: str, now: datetime) -> datetime:
    """What "5 min ago" means now."""
    return now - timedelta(minutes=int(ago or 0))


def _whole(label: str, hint: str = "") -> forms.IntegerField:
    wrong = f"{label}: enter a whole number"
    field = forms.IntegerField(label=label, required=False, help_text=hint, error_messages={"invalid": wrong})
    field.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "digits"})
    return field


class VitalsForm(LiveForm):
    """One reading, in the order people take it. Nothing is carried over from the last one."""

    pressure = forms.CharField(label="Blood pressure", required=False, max_length=20)
    heart_rate = _whole("Pulse")
    spo2 = _whole("SpO₂")
    respiratory_rate = _whole("Breaths")
    moaas = forms.ChoiceField(
        label="Awake (MOAA/S)",
        choices=[(str(score), f"{score} {words}") for score, words in limits.MOAAS.items()],
        widget=forms.RadioSelect,
        required=False,
    )
    distress = forms.ChoiceField(
        label="Distress",
        choices=[(str(score), f"{score} {words}") for score, words in limits.DISTRESS.items()],
        widget=forms.RadioSelect,
        required=False,
    )
    on_oxygen = forms.BooleanField(label="Oxygen is on", required=False)
    rested_minutes = _whole("Minutes of rest before")
    note = forms.CharField(label="Note", required=False, max_length=300)
    ago = _ago()
    sure = forms.BooleanField(label="I looked again: these numbers are right", required=False)
    struck_why = forms.ChoiceField(
        label="What was wrong with the older entry", choices=STRIKES, widget=forms.RadioSelect, required=False
    )

    def __init__(
        self,
        *args: Any,
        hints: Mapping[str, str] | None = None,
        baseline: bool = False,
        correcting: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.correcting = correcting
        for name, hint in (hints or {}).items():
            self.fields[name].help_text = hint
        self.fields["pressure"].widget.attrs |= {"inputmode": "tel", "autocomplete": "off", "class": "digits"}
        self.fields["pressure"].widget.attrs["data-focus"] = ""
        self.asks_again = bool(self.data.get("sure"))
        self.baseline = baseline
        self._lay_out()

    def _lay_out(self) -> None:
        rest = [WithUnit("rested_minutes", "min")] if self.baseline else []
        again = ["sure"] if self.asks_again else []
        why = [Segmented("struck_why")] if self.correcting else []
        self.helper.layout = Layout(
            *again,
            WithUnit("pressure", "mmHg"),
            WithUnit("heart_rate", "/min"),
            WithUnit("spo2", "%"),
            WithUnit("respiratory_rate", "/min"),
            Stacked("moaas"),
            Segmented("distress"),
            "on_oxygen",
            *rest,
            *([] if self.correcting else [Segmented("ago")]),
            *why,
            "note",
            "client_ref",
        )

    def clean_pressure(self) -> tuple[int, int] | None:
        text = self.cleaned_data["pressure"].strip()
        if not text:
            return None
        found = PRESSURE.fullmatch(text)
        if not found:
            raise forms.ValidationError("Enter both numbers, like 138/86")
        return int(found[1]), int(found[2])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.correcting and not said.get("struck_why"):
            self.add_error("struck_why", "Choose what was wrong with the older entry")
        odd = [
            f"{label} {value}"
            for name, (low, high, label) in PLAUSIBLE.items()
            if (value := self.values().get(name)) is not None and not low <= value <= high
        ]
        if odd and not said.get("sure"):
            self.asks_again = True
            self._lay_out()
            self.add_error("sure", f"{', '.join(odd)}: sure? Measure again, or tick this")
        return said

    def values(self) -> dict[str, Any]:
        """What was measured, as the action takes it; what was left empty is left out."""
        said = self.cleaned_data
        pressure = said.get("pressure")
        found: dict[str, Any] = {"systolic": pressure[0], "diastolic": pressure[1]} if pressure else {}
        for name in ("heart_rate", "spo2", "respiratory_rate", "rested_minutes"):
            found[name] = said.get(name)
        for name in ("moaas", "distress"):
            found[name] = int(said[name]) if said.get(name) else None
        found = {name: value for name, value in found.items() if value is not None}
        return found | {"on_oxygen": bool(said.get("on_oxygen")), "note": said.get("note", "")}

    @classmethod
    def of(cls, row: VitalSigns) -> dict[str, Any]:
        """The numbers of an entry that is corrected."""
        said = {name: getattr(row, name) for name in ("heart_rate", "spo2", "respiratory_rate", "moaas", "distress")}
        pressure = f"{row.systolic}/{row.diastolic}" if row.systolic is not None else ""
        return {**said, "pressure": pressure, "on_oxygen": row.on_oxygen, "note": row.note}


# The dose, in two steps


class PrepareForm(LiveForm):
    """Step one: what is drawn up or counted out, against the order."""

    mg = NumberField(unit="mg", example="60", label="Amount", max_digits=7, decimal_places=2, min_value=Decimal("0.01"))
    site = forms.CharField(label="Site", required=False, max_length=60, help_text="Like left deltoid")
    lot = forms.CharField(label="Lot", max_length=60, error_messages={"required": "Enter the lot"})
    pharmacy = forms.CharField(label="Pharmacy that compounded it", required=False, max_length=120)
    strength = forms.CharField(label="Strength", required=False, max_length=60, help_text="Like 100 mg a lozenge")
    checked = forms.MultipleChoiceField(
        label="Checked against the order",
        choices=list(doses.CHECKED.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Check patient, drug, dose, route and weight"},
    )

    def __init__(self, *args: Any, order: DoseOrder, most: Decimal, kg: Decimal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.most = order, most
        per_kg = f", {(most / kg).quantize(Decimal('0.01'))} mg/kg at {kg} kg" if kg else ""
        self.fields["mg"].help_text = f"Ordered: {most.normalize():f} mg{per_kg}. More is refused."
        self.fields["mg"].widget.attrs |= {"class": "digits", "data-focus": ""}
        made = ["pharmacy", "strength"] if order.route in doses.COMPOUNDED else []
        site = ["site"] if order.route in doses.INJECTED or order.route == Route.ESK else []
        self.helper.layout = Layout(WithUnit("mg", "mg"), *site, "lot", *made, Stacked("checked"), "client_ref")

    def clean_mg(self) -> Decimal:
        mg: Decimal = self.cleaned_data["mg"]
        if mg > self.most:
            raise forms.ValidationError(f"{mg.normalize():f} mg is above the order of {self.most.normalize():f} mg")
        return mg

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.order.route == Route.IM and not said.get("site"):
            self.add_error("site", "Enter the site, like left deltoid")
        if self.order.route in doses.COMPOUNDED:
            for name, words in (("pharmacy", "Enter the pharmacy"), ("strength", "Enter the strength")):
                if not said.get(name):
                    self.add_error(name, words)
        return said

    def prepared(self) -> dict[str, Any]:
        said = {name: self.cleaned_data[name] for name in ("site", "lot", "pharmacy", "strength", "checked")}
        return {**said, "mg": f"{self.cleaned_data['mg'].normalize():f}"}


class GiveForm(LiveForm):
    """Step two: the second person has looked, or it was looked at again; the patient says yes; given."""

    says_yes = forms.BooleanField(
        label="The patient says yes aloud", error_messages={"required": "Ask the patient, who says yes aloud"}
    )
    looked_again = forms.BooleanField(label="I looked again at patient, drug, dose, route and weight", required=False)
    ago = _ago(DOSE_AGO)
    set_back_why = forms.CharField(label="Why it is set back", required=False, max_length=200)

    def __init__(self, *args: Any, witnessed: bool, booster: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.witnessed = witnessed
        self.fields["ago"].label = "Given"
        if booster:
            self.fields["says_yes"].label = "The patient wishes the booster and says so aloud"
        alone = [] if witnessed else ["looked_again"]
        self.helper.layout = Layout("says_yes", *alone, Segmented("ago"), "set_back_why", "client_ref")

    def clean_looked_again(self) -> bool:
        if not self.witnessed and not self.cleaned_data["looked_again"]:
            raise forms.ValidationError("Look again at patient, drug, dose, route and weight, then tick this")
        return bool(self.cleaned_data["looked_again"])


# What else is seen


class KapDrForm(LiveForm):
    """Five lines, rated for right now. Our own and not validated; the words are in `instruments`."""

    def __init__(self, *args: Any, items: list[tuple[str, str, list[tuple[int, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"line{place}": link for place, (link, _, _) in enumerate(items, start=1)}
        for (name, _), (_, text, options) in zip(self.names.items(), items, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=text,
                choices=[(str(value), f"{value} {label}") for value, label in options],
                widget=forms.RadioSelect,
                error_messages={"required": f"Rate: {text}"},
            )
        self.fields["ago"] = _ago()
        self.helper.layout = Layout(*(Segmented(name) for name in self.names), Segmented("ago"), "client_ref")

    def answers(self) -> dict[str, int]:
        return {link: int(self.cleaned_data[name]) for name, link in self.names.items()}


class TouchForm(LiveForm):
    """Touch, with the limits agreed to while sober beside it. It always says whether the patient was asked now."""

    how = forms.ChoiceField(label="What", widget=forms.RadioSelect, error_messages={"required": "Choose what it was"})
    technique = forms.ChoiceField(label="Which body work", required=False)
    asked = forms.ChoiceField(
        label="Asked now?", choices=list(entries.ASKED.items()), widget=forms.RadioSelect, required=False
    )
    words = forms.CharField(label="Response, whose wish", required=False, max_length=300)
    ago = _ago()

    def __init__(self, *args: Any, touch: TouchNow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.touch = touch
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            (code, name if level <= touch.level else f"{name}: not agreed")
            for code, (name, level) in entries.TOUCH.items()
            if code != "technique" or touch.techniques
        ]
        self.fields["technique"].choices = [("", "–"), *((name, name) for name in touch.techniques)]  # type: ignore[attr-defined]
        work = ["technique"] if touch.techniques else []
        self.helper.layout = Layout(Stacked("how"), *work, Segmented("asked"), Segmented("ago"), "words", "client_ref")

    def touched(self) -> dict[str, Any]:
        said = {name: self.cleaned_data.get(name, "") for name in ("how", "asked", "technique")}
        return {name: value for name, value in said.items() if value}


class ObserveForm(LiveForm):
    """What opens alerts beside the vital signs: agitation, vomiting, symptoms."""

    agitation = forms.ChoiceField(
        label="Agitation",
        choices=[(str(score), f"{score} {words}") for score, words in limits.AGITATION.items()],
        widget=forms.RadioSelect,
        required=False,
    )
    vomited = forms.BooleanField(label="Vomited", required=False)
    symptoms = forms.MultipleChoiceField(
        label="Symptoms",
        choices=[(code, words) for code, (words, _) in limits.SYMPTOMS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    ago = _ago()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            Stacked("agitation"), "vomited", Stacked("symptoms"), Segmented("ago"), "client_ref"
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and not any(said.get(name) for name in ("agitation", "vomited", "symptoms")):
            raise forms.ValidationError("Choose what you see")
        return said

    def seen(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, code and data of each entry it makes."""
        said = self.cleaned_data
        found: list[tuple[str, str, dict[str, Any]]] = []
        if said["agitation"]:
            found.append(("agitation", "", {"level": int(said["agitation"])}))
        if said["vomited"]:
            found.append(("vomiting", "", {}))
        return found + [("symptom", code, {}) for code in said["symptoms"]]


class StrikeForm(LiveForm):
    why = forms.ChoiceField(
        label="Why is it wrong?",
        choices=STRIKES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is wrong"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(Stacked("why"), "client_ref")


class ReasonForm(LiveForm):
    """A move that needs its reason."""

    reason = forms.CharField(
        label="Reason", widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "Write the reason"}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("reason", "client_ref")


class ExplainForm(LiveForm):
    """Why a check was not made."""

    due_at = forms.DateTimeField(
        widget=forms.HiddenInput, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"]
    )
    words = forms.CharField(
        label="Why was this check not made?",
        max_length=300,
        error_messages={"required": "Write why the check was not made"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("words", "due_at", "client_ref")
