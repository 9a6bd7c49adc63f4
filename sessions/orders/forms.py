"""What is asked when a dose is ordered, signed or ended, when a medicine is decided on, and of doses elsewhere."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Div, Field, Fieldset, Layout, Row
from django import forms

from kap_clinic.web.forms import DateField, NumberField, Segmented, Stacked, WithUnit
from patients.record.forms import Lines, Past, RecordForm, Words
from patients.record.forms.fields import yes_no
from sessions.orders import rules
from sessions.orders.models import DoseOrder
from sessions.orders.rules.checks import MOST_DOSES, MOST_MG
from sessions.orders.terms import Basis, Disposition, Route

TWO_DECIMALS = {"max_decimal_places": "Enter at most two decimals"}
STOPS = tuple(rules.DATA["stop_lines"])
BOOSTED = [route for route in Route.values if rules.limits_of(route).boosters]
FAR = dict.fromkeys(("max_digits", "max_whole_digits"), "Check the amount")


class Count(forms.IntegerField):
    """A whole number as people type it."""

    def __init__(self, *, example: str = "", **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **kwargs)
        self.error_messages["invalid"] = f"Enter a whole number{f', like {example}' if example else ''}"
        self.error_messages["min_value"] = "Enter %(limit_value)s or more"
        self.error_messages["max_value"] = "Enter %(limit_value)s or less"


class Amount(NumberField):
    """mg or mg/kg as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=7, decimal_places=3, **kwargs)
        self.error_messages |= FAR


class OrderForm(RecordForm):
    """A dose by one route, with its booster, sessions and days. Nothing is chosen beforehand."""

    route = forms.ChoiceField(label="Route", widget=forms.RadioSelect)
    amount = Amount(label="Dose", example="35")
    basis = forms.ChoiceField(
        label="In",
        choices=Basis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose mg or mg/kg"},
    )
    infusion_minutes = Count(label="Over how many minutes", example="40", required=False, min_value=1, max_value=240)
    hold_minutes = Count(label="Minutes in the mouth", example="10", required=False, min_value=1, max_value=60)
    swallow = yes_no("What is left is swallowed", help_text="“No” means it is spat out")
    booster_mg = Amount(label="Booster", unit="mg", example="15", required=False, help_text="Leave empty for none")
    booster_gap_minutes = Count(label="Earliest after the dose", example="30", required=False, min_value=1)
    doses = Count(label="Sessions", example="3", min_value=1, max_value=MOST_DOSES)
    spacing_days = Count(
        label="Days apart", required=False, min_value=1, max_value=90, help_text="At least, like 3 or 7"
    )
    valid_from = DateField(label="From")
    valid_until = DateField(label="Until")
    systolic_stop = Count(label="Upper blood pressure", required=False, min_value=1, max_value=400)
    diastolic_stop = Count(label="Lower blood pressure", required=False, min_value=1, max_value=400)
    heart_rate_stop = Count(label="Pulse", required=False, min_value=1, max_value=400)
    instructions = Lines(label="Instructions", rows=2, required=False, max_length=2000)

    def __init__(self, *args: Any, settings: rules.Settings, today: date, latest: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [choice for choice in Route.choices if choice[0] != Route.ESK or settings.esketamine]
        self.fields["route"].choices = offered  # type: ignore[attr-defined]
        self.fields["valid_until"].help_text = f"At most {latest}"
        self.helper.layout = Layout(
            Field("route"),
            Row(Field("amount"), Segmented("basis")),
            Div(WithUnit("infusion_minutes", "min"), css_class="of-iv"),
            Div(Row(WithUnit("hold_minutes", "min"), Segmented("swallow")), css_class="of-sl"),
            Div(
                Row(WithUnit("booster_mg", "mg"), WithUnit("booster_gap_minutes", "min")),
                css_class="of-boosted",
            ),
            Row("doses", "spacing_days"),
            Row("valid_from", "valid_until"),
            Fieldset(
                "This patient's own stop lines, where they are stricter",
                Row(
                    WithUnit("systolic_stop", "mmHg"),
                    WithUnit("diastolic_stop", "mmHg"),
                    WithUnit("heart_rate_stop", "a min"),
                ),
                css_class="form-group",
            ),
            "instructions",
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for name, words in _asked_of(said):
            if said.get(name) is None and name not in self.errors:
                self.add_error(name, words)
        most = MOST_MG if said.get("basis") == Basis.MG else Decimal(100)
        if said.get("amount") is not None and not 0 < said["amount"] <= most:
            self.add_error("amount", f"Enter a dose above 0 and up to {most}")
        if said.get("basis") == Basis.MG and _finer(said.get("amount")):
            self.add_error("amount", TWO_DECIMALS["max_decimal_places"])
        if said.get("booster_mg") is not None and (said["booster_mg"] <= 0 or _finer(said["booster_mg"])):
            self.add_error("booster_mg", "Enter an amount above 0 with at most two decimals")
        return said

    def order(self, kg: Decimal | None = None) -> dict[str, Any]:
        """The fields of an order, as far as they could be read; what belongs to another route is left out."""
        said, route = self.cleaned_data, self.cleaned_data.get("route")
        boosted = route in BOOSTED and said.get("booster_mg")
        by_weight = said.get("basis") == Basis.MG_PER_KG
        dose = said.get("amount")
        first = dose
        if by_weight:
            first = rules.mg_of(dose, kg) if dose is not None and kg else None
        return {
            "route": route,
            "basis": said.get("basis"),
            "mg_per_kg": dose if by_weight else None,
            "first_mg": first,
            "boosters": 1 if boosted else 0,
            "booster_mg": said.get("booster_mg") if boosted else None,
            "booster_gap_minutes": said.get("booster_gap_minutes") if boosted else None,
            "infusion_minutes": said.get("infusion_minutes") if route == Route.IV else None,
            "hold_minutes": said.get("hold_minutes") if route == Route.SL else None,
            "swallow": said.get("swallow") if route == Route.SL else None,
            "doses": said.get("doses"),
            "spacing_days": said.get("spacing_days"),
            "valid_from": said.get("valid_from"),
            "valid_until": said.get("valid_until"),
            "instructions": said.get("instructions", ""),
            **{name: said.get(name) for name in STOPS},
        }

    @staticmethod
    def initial_of(order: DoseOrder) -> dict[str, Any]:
        """What a draft says, as the form asks it."""
        names = ("route", "basis", "infusion_minutes", "hold_minutes", "booster_mg", "booster_gap_minutes", "doses")
        more = ("spacing_days", "valid_from", "valid_until", "instructions", *STOPS)
        values = {name: getattr(order, name) for name in (*names, *more)}
        dose = order.mg_per_kg if order.basis == Basis.MG_PER_KG else order.first_mg
        swallow = {None: None, True: "yes", False: "no"}[order.swallow]
        booster = rules.plain(order.booster_mg) if order.booster_mg else None
        return {**values, "amount": rules.plain(dose or 0), "swallow": swallow, "booster_mg": booster}


def _asked_of(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields that must be filled by this route, with what to do about them."""
    route = said.get("route")
    if route == Route.IV:
        return [("infusion_minutes", "Enter how many minutes the infusion takes, like 40")]
    asked = []
    if route == Route.SL:
        asked = [
            ("hold_minutes", "Enter how many minutes the lozenge is kept in the mouth, like 10"),
            ("swallow", "Say whether what is left is swallowed or spat out"),
        ]
    if route in BOOSTED and said.get("booster_mg"):
        asked.append(("booster_gap_minutes", "Enter how many minutes after the dose a booster may come, like 30"))
    return asked


def _finer(mg: Decimal | None) -> bool:
    """Whether an amount has more than two decimals."""
    return mg is not None and mg != mg.quantize(Decimal("0.01"))


class SignForm(RecordForm):
    """What the prescriber confirms, each warning by itself, and why a dose is above a limit."""

    confirmed = forms.MultipleChoiceField(
        label="I have seen and confirm",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "Something has changed since you read it. Read it again and confirm it"},
    )
    reason = Lines(label="Why the dose is above the limit", rows=3, required=False, max_length=2000)

    def __init__(self, *args: Any, checks: rules.Checks, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed"].choices = [(said, said) for said in checks.warnings]  # type: ignore[attr-defined]
        self.fields["reason"].help_text = "A second person reads this before they sign"
        self.helper.mark_optional = False
        for name, wanted in (("confirmed", checks.warnings), ("reason", checks.needs_second)):
            if not wanted:
                del self.fields[name]
        self.helper.layout = Layout(*(Stacked(name) if name == "confirmed" else name for name in self.fields))


class EndForm(RecordForm):
    why = Words(label="Why it ends", max_length=200, help_text="Like: blood pressure to be treated first")


class StrikeForm(RecordForm):
    why = Words(label="Why it is struck out", max_length=200)


class HoldForm(RecordForm):
    """What happens to a medicine before a dose."""

    disposition = forms.ChoiceField(
        label="Before a dose",
        choices=[
            (Disposition.CONTINUE, "Continue as usual"),
            (Disposition.HOLD, "Hold: last taken some hours before the dose"),
            (Disposition.TAPER, "Taper, with a plan"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose continue, hold or taper"},
    )
    hours_before = Count(label="Hours before the dose", example="24", required=False, min_value=1, max_value=720)
    words = Words(label="In words", max_length=300, required=False, help_text="Of a taper: how much less, and when")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            Stacked("disposition"), Div(WithUnit("hours_before", "h"), css_class="of-hold"), "words"
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("disposition") != Disposition.HOLD:
            said["hours_before"] = None
            self.errors.pop("hours_before", None)
        elif said.get("hours_before") is None and "hours_before" not in self.errors:
            self.add_error("hours_before", "Enter how many hours before the dose it is last taken, like 24")
        if said.get("disposition") == Disposition.TAPER and not said.get("words"):
            self.add_error("words", "Write the taper: how much less, and when")
        return said


class OutsideForm(RecordForm):
    """Ketamine given elsewhere, as told or as a paper says."""

    sessions = Count(label="How many sessions", example="6", min_value=1, max_value=500)
    route = forms.ChoiceField(
        label="Route", choices=[("", "Not known"), *Route.choices], required=False, widget=forms.Select
    )
    mg = Amount(
        label="Altogether", unit="mg", example="300", required=False, help_text="Leave empty when it is not known"
    )
    first_on = Past(label="First one", help_text="About when is enough")
    last_on = Past(label="Last one")
    source = Words(label="Who says so", max_length=200, help_text="Like: the patient, or a letter of Dr Winter")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_on", "last_on"):
            self.fields[name].today = today  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["max"] = today.isoformat()
        self.helper.layout = Layout(
            Row("sessions", "route"), WithUnit("mg", "mg"), Row("first_on", "last_on"), "source"
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        first, last = said.get("first_on"), said.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", "The last one is not before the first")
        if said.get("mg") is not None and (said["mg"] <= 0 or _finer(said["mg"])):
            self.add_error("mg", "Enter an amount above 0 with at most two decimals")
        return said
