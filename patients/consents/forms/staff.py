"""What staff write down about a consent: the talk, their own signature, that the patient took it back."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from kap_clinic.web.forms import ClinicForm, Stacked
from patients.consents.terms import ConsentKind, Taught, Way


class TalkForm(ClinicForm):
    questions = forms.CharField(
        label="Questions the patient asked, and your answers",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        help_text="Printed in the consent. Write “none” if there were none.",
    )
    taught = forms.MultipleChoiceField(
        label="The patient said back in their own words",
        choices=Taught.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    sober = forms.BooleanField(label="The patient was sober and oriented during the talk")

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != ConsentKind.TREATMENT:
            del self.fields["taught"]
        self.helper.layout = Layout("questions", *([Stacked("taught")] if "taught" in self.fields else []), "sober")

    def talk(self) -> dict[str, Any]:
        return {"taught": [], **self.cleaned_data}


class CountersignForm(ClinicForm):
    """Nothing to fill in: the account says who signs, the drawing is for those who like one."""

    drawn_svg = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200_000)


class WithdrawalForm(ClinicForm):
    way = forms.ChoiceField(
        label="How the patient told you",
        choices=[(way, label) for way, label in Way.choices if way != Way.LINK],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="No reason is needed. Write it only if the patient gave one.",
    )
