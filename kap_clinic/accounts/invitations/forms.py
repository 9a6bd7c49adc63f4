"""What an invitation asks of the one who sends it and of the one who gets it."""

from typing import Any

from django import forms

from kap_clinic.accounts.invitations.actions import is_here
from kap_clinic.accounts.signin.forms import NewPasswordForm
from kap_clinic.accounts.terms import Role
from kap_clinic.web.forms import ClinicForm, Stacked


class InviteForm(ClinicForm):
    name = forms.CharField(max_length=120, label="Name", help_text="As it is printed, like Dr N. Okafor")
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    roles = forms.TypedMultipleChoiceField(
        label="Roles",
        choices=Role.choices,
        coerce=Role,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role"},
    )

    def __init__(self, *args: Any, clinic_id: int, **kwargs: Any) -> None:
        self.clinic_id = clinic_id
        super().__init__(*args, **kwargs)
        self.helper.layout.fields[2] = Stacked("roles")

    def clean_email(self) -> str:
        if is_here(self.clinic_id, self.cleaned_data["email"]):
            raise forms.ValidationError("This person works here already. Change their roles in the list above.")
        return self.cleaned_data["email"].lower()


class JoinForm(NewPasswordForm):
    name = forms.CharField(max_length=120, label="Your name", help_text="As it is printed, like Dr N. Okafor")
    field_order = ("name", "password")
