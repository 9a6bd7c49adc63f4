"""What is asked about a medicine."""

from datetime import date
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from kap_clinic.web.forms import Stacked
from patients.medicines.selectors import CURRENT, NEVER
from patients.record.forms import Past, RecordForm, Words

ON, UNKNOWN = "on", "unknown"


class MedicineForm(RecordForm):
    """One medicine as told, and when it was last taken. "Not known" is an answer; nothing is chosen beforehand."""

    text = Words(
        label="Medicine",
        max_length=300,
        help_text="As told, with the amount if known, like: Xanax 0.5 mg as needed. Supplements and street drugs too.",
    )
    taken = forms.ChoiceField(
        label="Last taken",
        choices=[
            (CURRENT, "Takes it now, also if only as needed"),
            (ON, "Last taken on a day"),
            (NEVER, "Never took it"),
            (UNKNOWN, "Not known"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose when it was last taken, or “Not known”"},
    )
    on = Past(label="On which day", required=False)

    def __init__(self, *args: Any, today: date, read_at: str, **kwargs: Any) -> None:
        """`read_at` answers what the matcher makes of the text, while it is typed."""
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs |= {
            "hx-post": read_at,
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#made",
            "hx-params": "text",  # not the form's key: it is for what is saved
        }
        self.fields["on"].today = today  # type: ignore[attr-defined]
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.helper.layout = Layout("text", Stacked("taken"), "on")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("taken") == ON and not said.get("on") and "on" not in self.errors:
            self.add_error("on", "Enter the day it was last taken")
        if said.get("on") and said.get("taken") not in {ON, None}:
            self.add_error("taken", "You gave a day. Choose “Last taken on a day”, or clear the day")
        return said

    @property
    def last_taken(self) -> str:
        """As the record keeps it: a day, "current", "never", or "" when nobody knows."""
        taken, on = self.cleaned_data["taken"], self.cleaned_data["on"]
        return {CURRENT: CURRENT, NEVER: NEVER, UNKNOWN: ""}.get(taken) if taken != ON else on.isoformat()  # type: ignore[return-value]


class StopForm(RecordForm):
    """Why a medicine is not taken any more."""

    why = Words(label="Why it stopped", max_length=200, required=False, help_text="Like: stopped by Dr Winter, 3 May")
