"""How allauth behaves here: invitation only, one limiter, sealed secrets, the clinic's own letters."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin import entry, records, secrets_of, throttle
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

WRONG = "The e-mail address or the password is not right. Check both and try again."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, "email_password_mismatch": WRONG}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from invitations; nobody signs themselves up (SEC-20)."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person behind address and password. A disabled account answers like a wrong password."""
        who = credentials.get("email", "")
        try:
            throttle.ask(request, who)
        except throttle.TooMany as no:
            record(Event.SIGN_IN_THROTTLED, by="somebody", outcome="refused")
            raise ValidationError(str(no)) from no
        user = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()
        throttle.note(request, who, failed=user is None)
        if user is None:
            record(Event.SIGN_IN_FAILED, by="somebody", outcome="refused", way="password")
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        entry.signed_in(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not records.confirmed_within(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        return [{"id": "confirm", "description": "Confirm it is you", "url": reverse("confirm")}]

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """Only what is worded here is shown; allauth's own remarks are not."""
        if message := kwargs.get("message"):
            messages.add_message(request, level, message)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Our own letters are sent where the change is made (`accounts.notices`)."""


class FactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return cipher.seal(text, at=secrets_of.place())

    def decrypt(self, encrypted_text: str) -> str:
        return cipher.unseal(encrypted_text, at=secrets_of.place())

    def get_totp_issuer(self) -> str:
        return "KAP Clinic"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": "KAP Clinic"}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Our own letters are sent where the change is made (`accounts.notices`)."""
