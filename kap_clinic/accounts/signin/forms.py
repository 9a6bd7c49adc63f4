"""What is asked of somebody who signs in, confirms it is them, or sets a new password."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin import factors, passkeys, records, throttle
from kap_clinic.web.forms import ClinicForm, JsonField, Tidy, ask_plainly

LONGEST_PASSWORD = 128
WRONG_CODE = "This code is not right, or was used already. Enter the one your app shows now, or a recovery code."
WRONG_PASSKEY = "This passkey was not accepted. Try again, or use another way."  # words, no secret
WRONG_PASSWORD = "This password is not right. Try again."  # noqa: S105  # words, no secret


def password_field(label: str, *, new: bool = False, **kwargs: Any) -> forms.CharField:
    """A password: pasting and password managers are welcome (SEC-18)."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=LONGEST_PASSWORD, **kwargs)


def code_field(**kwargs: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off"}
    kwargs.setdefault("label", "Code")
    return forms.CharField(widget=forms.TextInput(attrs=attrs), max_length=40, **kwargs)


class SignInForm(Tidy, LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        self.fields["login"].widget.attrs = {"autocomplete": "username webauthn", "autofocus": True}
        self.fields["password"] = password_field("Password")
        for name in ("login", "password"):
            ask_plainly(self.fields[name], str(self.fields[name].label))


class CodeForm(ClinicForm):
    code = code_field(help_text="Six digits from your authenticator app, or one of your recovery codes")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        self.authenticator = _tried(factors.check_code, self.user, self.cleaned_data["code"], or_else=WRONG_CODE)
        return self.cleaned_data["code"]

    def save(self) -> None:
        records.add_factor(context.request, self.user, self.authenticator)


class PasskeyForm(ClinicForm):
    """The browser's answer to the question `passkeys.question` asked."""

    credential = JsonField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_credential(self) -> Authenticator:
        return _tried(passkeys.check, self.user, self.cleaned_data["credential"], or_else=WRONG_PASSKEY)

    def save(self) -> None:
        records.add_factor(context.request, self.user, self.cleaned_data["credential"])


class PasskeyOnlyForm(forms.Form):
    """Signing in with a passkey and nothing else: the passkey says who it is."""

    credential = JsonField(widget=forms.HiddenInput, error_messages={"required": WRONG_PASSKEY})

    def clean_credential(self) -> Authenticator:
        return _tried(passkeys.whose, self.cleaned_data["credential"], or_else=WRONG_PASSKEY)


class ProofForm(ClinicForm):
    """Who one is, shown again: the password, a code, or a passkey; for a signature password and code, or a passkey."""

    password = password_field("Password", required=False)
    code = code_field(label="Code from your app", required=False)
    credential = JsonField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, both: bool = False, **kwargs: Any) -> None:
        self.user, self.both = user, both
        super().__init__(*args, **kwargs)
        self.helper.mark_optional = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        password, code, credential = (given.get(name) for name in ("password", "code", "credential"))
        if not (password or code or credential) or (self.both and not credential and not (password and code)):
            raise ValidationError(
                "Enter your password and the code of your app, or use a passkey"
                if self.both
                else "Enter your password or the code of your app, or use a passkey"
            )
        if password:
            self._try("password", _check_password, password, WRONG_PASSWORD)
        if code and not self.errors:
            self._try("code", factors.check_code, code, WRONG_CODE)
        if credential and not self.errors:
            self._try("", passkeys.check, credential, WRONG_PASSKEY)
        return given

    def _try(self, field: str, check: Any, given: Any, or_else: str) -> None:
        try:
            proof = _tried(check, self.user, given, or_else=or_else)
        except ValidationError as error:
            self.add_error(field or None, error)
        else:
            self.proofs = [*getattr(self, "proofs", []), proof]

    def save(self) -> None:
        """Note in the session what was shown."""
        for proof in self.proofs:
            if isinstance(proof, Authenticator):
                records.add_factor(context.request, self.user, proof)
            else:
                records.add(context.request, self.user, "password", reauthenticated=True)


class NewPasswordForm(ClinicForm):
    password = password_field(
        "New password",
        new=True,
        help_text="12 characters or more. A few words in a row are easy to keep and hard to guess.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]


class AddressForm(ClinicForm):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))


def _check_password(request: Any, user: User, password: str) -> bool | None:
    """The account's own password, counted like a sign-in. Raises throttle.TooMany."""
    throttle.ask(request, user.email)
    right = user.check_password(password)
    throttle.note(request, user.email, failed=not right)
    return right or None


def _tried(check: Any, *given: Any, or_else: str) -> Any:
    try:
        proof = check(context.request, *given)
    except throttle.TooMany as no:
        raise ValidationError(str(no)) from no
    if proof is None:
        raise ValidationError(or_else)
    return proof
