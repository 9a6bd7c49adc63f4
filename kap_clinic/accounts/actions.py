"""What is done with clinics and the people in them."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.models import Clinic, ClinicSetting, Heartbeat, Membership, User
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.actions import record


@transaction.atomic
def open_clinic(*, name: str, zone: str, by: Any = "system", is_demo: bool = False) -> Clinic:
    """Make a clinic and step inside its wall for the rest of this transaction."""
    clinic = Clinic.objects.create(name=name, zone=zone, is_demo=is_demo)
    wall.set_clinic(clinic.pk)
    record(Event.CLINIC_OPENED, by=by, on=clinic)
    return clinic


@transaction.atomic
def add_member(*, clinic: Clinic, user: User, roles: list[Role], by: Any = "system") -> Membership:
    """Give a person their place and roles in the clinic."""
    member = Membership.objects.create(clinic=clinic, user=user, roles=sorted(roles))
    record(Event.MEMBER_JOINED, by=by, on=member, roles=member.roles, member=user.pk)
    return member


@transaction.atomic
def change_setting(*, clinic: Clinic, key: str, value: Any, by: User | None, reason: str = "") -> ClinicSetting:
    """A new version of a setting; the old one stays readable. NotAllowed: the value does not fit the key."""
    declared = setting_keys.known(key)
    stored = declared.to_json(declared.cleaned(value))
    version = ClinicSetting.objects.create(clinic=clinic, key=key, value=stored, set_by=by, reason=reason)
    record(Event.SETTING_CHANGED, by=by or "system", on=version, reason=reason, key=key)
    return version


def beat(name: str = "worker") -> None:
    """Say that a background process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def let_go() -> None:
    """Delete what was kept for a while only: tries to sign in, ended sessions, forms nobody came back for."""
    from kap_clinic.accounts.lock import held
    from kap_clinic.accounts.signin import throttle

    throttle.forget_old()
    SessionStore.clear_expired()
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with wall.as_clinic(clinic_id):
            held.forget_old()
