"""What is asked when a course goes on, stops, or ends."""

from datetime import date
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from integration.continuing.actions import PLAN
from integration.continuing.models import ContinuingPlan
from integration.continuing.terms import ENDINGS, OWN_WISH, Decision
from kap_clinic.web.forms import DateField, Stacked
from patients.course.terms import Ending, Stage
from patients.record.forms.fields import Lines, RecordForm, Words

LONGEST = 4000


class DecisionForm(RecordForm):
    """The decision and what it rests on. `seen` is the digest of the facts on the page."""

    decision = forms.ChoiceField(label="Decision", choices=Decision.choices, widget=forms.RadioSelect)
    reason = Lines(label="What it rests on", max_length=LONGEST, help_text="30 characters or more; a change says which")
    exposure_seen = forms.BooleanField(label="I have looked at the exposure flags", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, asks_exposure: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_exposure:
            del self.fields["exposure_seen"]
        exposure = ["exposure_seen"] if asks_exposure else []
        self.helper.layout = Layout(Stacked("decision"), "reason", *exposure, "seen")


class ContinuingPlanForm(RecordForm):
    """How the patient keeps what was won."""

    relapse_signs = Lines(label="First signs of a relapse", max_length=LONGEST)
    what_helps = Lines(label="What helps", max_length=LONGEST)
    who_to_call = Lines(label="Who to call", max_length=LONGEST, rows=2)
    follow_up = Lines(
        label="Follow-up", max_length=LONGEST, rows=2, help_text="Who goes on treating what, and when they are seen"
    )
    maintenance = Lines(
        label="Maintenance", max_length=LONGEST, rows=2, required=False, help_text="Longest interval that holds; review"
    )
    leftover_drug = Words(
        label="Leftover drug", max_length=200, required=False, help_text="Returned, or none was given to take home"
    )

    @staticmethod
    def initial_of(row: ContinuingPlan | None) -> dict[str, Any]:
        return {name: getattr(row, name) for name in PLAN} if row else {}


class CloseForm(RecordForm):
    """The words of one move towards the end of a course."""

    ending = forms.ChoiceField(
        label="How it ended", widget=forms.RadioSelect, error_messages={"required": "Choose how it ended"}
    )
    own_wish = forms.BooleanField(label="The patient asked for this", required=False)
    reason = Lines(label="Why", max_length=LONGEST, rows=2, required=False)
    hand_over = Words(
        label="Handed over to", max_length=300, required=False, help_text="Who looks after the patient now"
    )
    hand_over_on = DateField(label="From", required=False)
    offered_next = Words(label="Offered next", max_length=300, required=False)

    def __init__(self, *args: Any, to: Stage, today: date, **kwargs: Any) -> None:
        super().__init__(*args, prefix=str(to), **kwargs)
        self.to, self.today = to, today
        endings = ENDINGS.get(to, ())
        self.fields["ending"].choices = [(one.value, one.label) for one in endings]  # type: ignore[attr-defined]
        ends, early = bool(endings), to == Stage.ENDED_EARLY
        wanted = {
            "ending": ends,
            "own_wish": early,
            "hand_over": ends,
            "hand_over_on": ends,
            "offered_next": ends,
        }
        for name, asked in wanted.items():
            if not asked:
                del self.fields[name]
        if early:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "Write the reason"
            listed = ", ".join(Ending(one).label.lower() for one in OWN_WISH)
            self.fields["own_wish"].help_text = f"Only with: {listed}"
        self.helper.mark_optional = False  # what must be written hangs on how it ended
        self.helper.layout = Layout(*(Stacked(name) if name == "ending" else name for name in self.fields))

    def said(self) -> dict[str, Any]:
        """As close_course takes it."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
