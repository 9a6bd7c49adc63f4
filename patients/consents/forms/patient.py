"""What a patient is asked on their own device: questions of understanding, wishes about touch, the signature."""

from typing import Any

from django import forms

from kap_clinic.web.forms import ClinicForm
from patients.consents import drawings
from patients.consents.forms.preparing import TouchForm
from patients.consents.selectors import Question

NAME = {"autocomplete": "name", "autocapitalize": "words"}


class QuestionForm(ClinicForm):
    """One question of understanding; nothing is chosen beforehand."""

    answer = forms.TypedChoiceField(
        coerce=int, widget=forms.RadioSelect, error_messages={"required": "Choose the answer that fits best"}
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].label = question.ask
        self.fields["answer"].choices = list(enumerate(question.answers))  # type: ignore[attr-defined]


class WishesForm(TouchForm):
    """The touch form without what staff say: the patient changes their own wishes before signing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["named"], self.fields["trained"]
        self.helper.layout = None
        self.fields["cue"].help_text = "For level 2 and 3"

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["trained"] = True  # said by the therapist when the draft was made
        return super().clean()

    def details(self) -> dict[str, Any]:
        self.cleaned_data["named"] = []
        said = super().details()
        return {name: value for name, value in said.items() if name not in {"named", "trained"}}


class SignForm(ClinicForm):
    """I agree and sign: a typed name always, a drawing for those who like one."""

    electronic = forms.BooleanField(
        label="I agree to read and sign on a screen",
        error_messages={"required": "Tick that you agree to sign on a screen, or ask us for paper"},
    )
    clear_headed = forms.BooleanField(
        label="I am clear-headed now: no alcohol, drugs or ketamine in me",
        error_messages={"required": "Tick that you are clear-headed. If you are not, come back another day"},
    )
    signed_name = forms.CharField(
        label="Type your full name",
        max_length=120,
        widget=forms.TextInput(attrs=NAME),
        help_text="This is your signature",
    )
    drawn_svg = forms.CharField(required=False, widget=forms.HiddenInput, max_length=drawings.LARGEST)

    def clean_drawn_svg(self) -> str:
        try:
            drawings.tidy(self.cleaned_data["drawn_svg"])
        except drawings.NotADrawing as no:
            raise forms.ValidationError(str(no)) from no
        return self.cleaned_data["drawn_svg"]


class RefusalForm(ClinicForm):
    """I do not agree: needs a name, no reason."""

    signed_name = forms.CharField(label="Type your full name", max_length=120, widget=forms.TextInput(attrs=NAME))
    why = forms.CharField(
        label="Do you want to say why?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class TakeBackForm(ClinicForm):
    """I take it back: one tap, no reason needed."""

    reason = forms.CharField(
        label="Do you want to say why?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
