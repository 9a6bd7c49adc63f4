"""The two forms of emergency access."""

from django import forms

from kap_clinic.web.forms import ClinicForm, Stacked
from patients.breakglass.rules import REASON_LENGTH
from patients.breakglass.terms import Verdict


class ReasonForm(ClinicForm):
    reason = forms.CharField(
        label="Why you need to read this record now",
        help_text=f"{REASON_LENGTH} characters or more. The care team, the admin and the auditor read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class ReviewForm(ClinicForm):
    verdict = forms.ChoiceField(label="This access was", choices=Verdict.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="What you found", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = self.helper.build_default_layout(self)
        self.helper["verdict"].wrap(Stacked)
