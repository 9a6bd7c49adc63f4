"""Taking away every second factor of somebody who has lost theirs."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from kap_clinic.accounts.models import User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.proposals.terms import Event
from kap_clinic.accounts.signin import sessions
from kap_clinic.audit.actions import record


@transaction.atomic
def reset_second_factors(*, user: User, by: Any, reason: str, **facts: Any) -> None:
    """Passkeys, app and codes are gone, every session ends, the person is told, an alarm is raised (SEC-48)."""
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    notify(user.email, "factors_reset", name=user.name)
    record(Event.MFA_RESET, by=by, on=user, reason=reason, **facts)
