"""What a draft is filled in with, kind by kind. `details()` is what `actions.draft` keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms

from kap_clinic.web.forms import ClinicForm, Short, Stacked
from patients.consents.selectors import Nameable
from patients.consents.terms import ConsentKind, Route, TouchLevel

LONG = forms.Textarea(attrs={"rows": 3})
NOTHING = "Write “none” if there is nothing."


@dataclass(frozen=True)
class Choices:
    """Who may be named in a draft, and which body work the clinic offers."""

    prescribers: Sequence[Nameable] = ()
    therapists: Sequence[Nameable] = ()
    may_touch: Sequence[Nameable] = ()
    techniques: Sequence[str] = field(default_factory=list)


def people(who: Sequence[Nameable]) -> list[tuple[str, str]]:
    return [(str(one.user_id), one.name) for one in who]


def named(who: Sequence[Nameable], user_id: str) -> Nameable:
    return next(one for one in who if str(one.user_id) == user_id)


class DetailForm(ClinicForm):
    """The privacy consent needs nothing of the patient's own; the others add their fields."""

    def __init__(self, *args: Any, choices: Choices, details: Mapping[str, Any], **kwargs: Any) -> None:
        self.choices = choices
        kwargs["initial"] = self.initial_of(details)
        super().__init__(*args, **kwargs)

    @staticmethod
    def initial_of(details: Mapping[str, Any]) -> dict[str, Any]:
        return dict(details)

    def details(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class FinancialForm(DetailForm):
    estimate = forms.CharField(
        label="Good-faith estimate",
        max_length=300,
        help_text="For the whole course as planned, like $4,900. The price list is under Settings, Consents.",
    )


class TreatmentForm(DetailForm):
    prescriber = forms.ChoiceField(label="Prescriber")
    prescriber_licence = forms.CharField(
        label="Licence of the prescriber", max_length=120, help_text="Like MD 204 118, Massachusetts"
    )
    therapist = forms.ChoiceField(label="Therapist")
    therapist_licence = forms.CharField(label="Licence of the therapist", max_length=120)
    reason = forms.CharField(
        label="Why it is offered", widget=LONG, max_length=1000, help_text="The diagnosis, in words the patient uses"
    )
    tried = forms.CharField(label="What the patient has tried", widget=LONG, max_length=1000, help_text=NOTHING)
    hope = forms.CharField(label="What you hope for together", widget=LONG, max_length=1000)
    preparation = forms.IntegerField(label="Talks to get ready", min_value=1, max_value=9)
    sessions = forms.IntegerField(label="Medicine sessions", min_value=1, max_value=20)
    routes = forms.MultipleChoiceField(
        label="How ketamine is given",
        choices=Route.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="A way that is not ticked needs a new consent",
    )
    stop_word = forms.CharField(label="Stop word", max_length=40)
    stop_gesture = forms.CharField(label="Stop sign", max_length=80, help_text="Like an open hand")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, who in (("prescriber", self.choices.prescribers), ("therapist", self.choices.therapists)):
            self.fields[name].choices = [("", "Choose"), *people(who)]  # type: ignore[attr-defined]
            if not who:
                self.fields[name].help_text = f"Nobody on the care team is a {name}. Add one to the team first."
        self.helper.layout = Layout(
            Fieldset(
                "Who treats",
                Row("prescriber", "prescriber_licence"),
                Row("therapist", "therapist_licence"),
            ),
            Fieldset("Why", "reason", "tried", "hope"),
            Fieldset("What is planned", Row(Short("preparation"), Short("sessions")), Stacked("routes")),
            Fieldset("How the patient stops", Row("stop_word", "stop_gesture")),
        )

    @staticmethod
    def initial_of(details: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(details)
        for name in ("prescriber", "therapist"):
            who = found.pop(name, None)
            found |= {name: str(who["user"]), f"{name}_licence": who["licence"]} if who else {}
        return found

    def details(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        for name, who in (("prescriber", self.choices.prescribers), ("therapist", self.choices.therapists)):
            one = named(who, said[name])
            said[name] = {"user": one.user_id, "name": one.name, "licence": said.pop(f"{name}_licence")}
        return said


class TouchForm(DetailForm):
    """Asked in a sober talk; level 0 is a full answer."""

    level = forms.TypedChoiceField(
        label="How much touch", choices=TouchLevel.choices, coerce=int, widget=forms.RadioSelect
    )
    cue = forms.CharField(
        label="Sign that touch is wanted", max_length=200, required=False, help_text="For level 2 and 3"
    )
    techniques = forms.MultipleChoiceField(
        label="Body work",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="For level 3, each by itself",
    )
    trained = forms.BooleanField(label="The therapists named are trained in it", required=False)
    areas = forms.CharField(label="Where nobody may touch", max_length=300, help_text=NOTHING)
    named = forms.MultipleChoiceField(
        label="Who keeps to these limits, and may touch as far as they go", widget=forms.CheckboxSelectMultiple
    )
    position = forms.CharField(label="Side and position", max_length=300, help_text=NOTHING)
    trauma = forms.CharField(
        label="What makes touch hard",
        max_length=1000,
        widget=LONG,
        help_text="Only as far as the patient wants to tell. Write “none” if there is nothing.",
    )
    stop_word = forms.CharField(label="Stop word", max_length=40)
    stop_gesture = forms.CharField(label="Stop sign", max_length=80, help_text="Like an open hand")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["techniques"].choices = [(one, one) for one in self.choices.techniques]  # type: ignore[attr-defined]
        self.fields["named"].choices = people(self.choices.may_touch)  # type: ignore[attr-defined]
        self.helper.layout = Layout(
            Stacked("level"),
            "cue",
            Stacked("techniques"),
            "trained",
            "areas",
            Stacked("named"),
            "position",
            "trauma",
            Row("stop_word", "stop_gesture"),
        )

    @staticmethod
    def initial_of(details: Mapping[str, Any]) -> dict[str, Any]:
        return {**details, "named": [str(one["user"]) for one in details.get("named", [])]}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        level = said.get("level", TouchLevel.NONE)
        if level >= TouchLevel.SUPPORTIVE and not said.get("cue"):
            self.add_error("cue", "Enter the sign that touch is wanted")
        if level == TouchLevel.SOMATIC and not said.get("techniques"):
            self.add_error("techniques", "Tick each body work the patient agrees to, or choose level 2")
        if level == TouchLevel.SOMATIC and not said.get("trained"):
            self.add_error("trained", "Only a therapist trained in it may offer body work: tick it, or choose level 2")
        return said

    def details(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        level = said["level"]
        people_named = [named(self.choices.may_touch, user_id) for user_id in said["named"]]
        return {
            **said,
            "cue": said["cue"] if level >= TouchLevel.SUPPORTIVE else "",
            "techniques": said["techniques"] if level == TouchLevel.SOMATIC else [],
            "named": [{"user": one.user_id, "name": one.name} for one in people_named],
        }


DETAIL_FORMS: Mapping[str, type[DetailForm]] = {
    ConsentKind.PRIVACY: DetailForm,
    ConsentKind.FINANCIAL: FinancialForm,
    ConsentKind.TREATMENT: TreatmentForm,
    ConsentKind.TOUCH: TouchForm,
}
